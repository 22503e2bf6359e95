// A real sshd inside a namespace: configuration, host key and log in a temporary folder, and an accepted client key.
import { type ChildProcess, execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Namespace } from './namespaces.js';

const SSHD = '/usr/sbin/sshd';

export interface SshServer {
  /** Options of `ssh` for logging in without a prompt. */
  readonly clientOptions: string;
  readonly process: ChildProcess;
}

export const missingSshd = (): string | false =>
  existsSync(SSHD) ? false : 'sshd is not installed';

/** Needs root; accepts only root, by the key in `folder`. */
export function startSshServer(
  folder: string,
  namespace: Namespace,
  ports: readonly number[] = [22],
): SshServer {
  for (const key of ['host', 'user'])
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, key)]);
  copyFileSync(join(folder, 'user.pub'), join(folder, 'authorized'));
  const file = join(folder, 'sshd_config');
  const lines = [
    ...ports.map((port) => `Port ${port}`),
    `HostKey ${join(folder, 'host')}`,
    `AuthorizedKeysFile ${join(folder, 'authorized')}`,
    'StrictModes no',
    'UsePAM no',
    'PermitRootLogin yes',
    'PasswordAuthentication yes',
    'MaxStartups 200',
    'PidFile none',
  ];
  writeFileSync(file, `${lines.join('\n')}\n`);
  mkdirSync('/run/sshd', { recursive: true });
  // OpenSSH 9.8 penalises clients with many failures, before this test's tools have failed often enough.
  const lenient = ['-o', 'PerSourcePenalties=no'];
  const known = spawnSync(SSHD, ['-t', '-f', file, ...lenient]).status === 0;
  const more = known ? lenient : [];
  const process = namespace.start(SSHD, '-D', '-f', file, '-E', join(folder, 'log'), ...more);
  const quiet = ['StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null', 'LogLevel=ERROR'];
  const clientOptions = quiet.map((option) => `-o ${option}`).join(' ');
  return { clientOptions: `-F /dev/null -i ${join(folder, 'user')} ${clientOptions}`, process };
}

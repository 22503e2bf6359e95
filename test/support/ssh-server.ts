// A real sshd inside a namespace: its own configuration, key and log in a temporary folder; a key that gets in.
import { type ChildProcess, execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Namespace } from './namespaces.js';

const SSHD = '/usr/sbin/sshd';

export interface SshServer {
  /** The options of `ssh` that log in without a question. */
  readonly clientOptions: string;
  readonly process: ChildProcess;
}

export const missingSshd = (): string | false =>
  existsSync(SSHD) ? false : 'sshd is not installed';

/** Needs root; logs in root, by the key of `folder` only. */
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
  // OpenSSH 9.8 shuts out who fails too often, before this test's tools have failed enough.
  const lenient = ['-o', 'PerSourcePenalties=no'];
  const known = spawnSync(SSHD, ['-t', '-f', file, ...lenient]).status === 0;
  const more = known ? lenient : [];
  const process = namespace.start(SSHD, '-D', '-f', file, '-E', join(folder, 'log'), ...more);
  const quiet = ['StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null', 'LogLevel=ERROR'];
  const clientOptions = quiet.map((option) => `-o ${option}`).join(' ');
  return { clientOptions: `-F /dev/null -i ${join(folder, 'user')} ${clientOptions}`, process };
}

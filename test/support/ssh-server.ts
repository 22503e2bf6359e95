// An sshd of the test's own: keys, configuration and port in a temporary folder, inside a network namespace, nothing of the machine's touched.
import { type ChildProcess, execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Namespace } from './namespaces.js';

const sshd = '/usr/sbin/sshd';
const port = 2222;
/** Compiled into sshd: its unprivileged half sits there. */
const separationFolder = '/run/sshd';

export class SshServer {
  private constructor(
    readonly folder: string,
    private readonly namespace: Namespace,
    private readonly child: ChildProcess,
  ) {}

  static async start(namespace: Namespace): Promise<SshServer> {
    if (!existsSync(sshd)) throw new Error('no sshd here: npm test installs openssh-server');
    mkdirSync(separationFolder, { recursive: true, mode: 0o755 });
    const folder = mkdtempSync(join(tmpdir(), 'knp-ssh-'));
    for (const name of ['host', 'user'])
      execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, name)]);
    copyFileSync(join(folder, 'user.pub'), join(folder, 'authorized'));
    chmodSync(join(folder, 'authorized'), 0o600);
    const configuration = join(folder, 'sshd_config');
    writeFileSync(
      configuration,
      [
        `Port ${port}`,
        'ListenAddress 127.0.0.1',
        `HostKey ${join(folder, 'host')}`,
        `AuthorizedKeysFile ${join(folder, 'authorized')}`,
        `PidFile ${join(folder, 'pid')}`,
        'PermitRootLogin prohibit-password',
        'PasswordAuthentication no',
        'StrictModes no',
        'UsePAM no',
        '',
      ].join('\n'),
    );
    const child = namespace.start(sshd, '-D', '-e', '-f', configuration);
    let told = '';
    child.stderr?.on('data', (text: Buffer) => {
      told += text.toString();
    });
    const limit = performance.now() + 20_000;
    while (!/Server listening/.test(told)) {
      if (child.exitCode !== null || performance.now() > limit)
        throw new Error(`sshd does not listen: ${told}`);
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
    return new SshServer(folder, namespace, child);
  }

  /** The command line that runs a shell line at the other end, in a terminal of its own. */
  command(line: string): [file: string, args: string[]] {
    return this.namespace.command(
      'ssh',
      '-tt',
      '-F',
      'none',
      '-p',
      String(port),
      '-i',
      join(this.folder, 'user'),
      '-o',
      `UserKnownHostsFile=${join(this.folder, 'known')}`,
      '-o',
      'StrictHostKeyChecking=no',
      '-o',
      'LogLevel=ERROR',
      'root@127.0.0.1',
      line,
    );
  }

  /** Processes that serve one connection each: without them a link is dead, and nobody has said good-bye. */
  sessions(): number[] {
    const text = execFileSync('ps', ['-e', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' });
    return text
      .split('\n')
      .map((line) => /^\s*(\d+)\s+(\d+)\s+/.exec(line))
      .filter((match) => match !== null && Number(match[2]) === this.child.pid)
      .map((match) => Number(match![1]));
  }

  stop(): void {
    for (const session of this.sessions()) process.kill(session, 'SIGKILL');
    this.child.kill('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  }
}

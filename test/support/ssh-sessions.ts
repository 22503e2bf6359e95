// Terminals over SSH: an sshd in a namespace, sessions over its loopback, and the processes that serve them.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Namespace } from './namespaces.js';
import { missingSshd, type SshServer, startSshServer } from './ssh-server.js';

export class SshSessions {
  private constructor(
    readonly folder: string,
    private readonly namespace: Namespace,
    private readonly server: SshServer,
  ) {}

  static async start(namespace: Namespace): Promise<SshSessions> {
    const missing = missingSshd();
    if (missing !== false) throw new Error(`${missing}: npm test installs openssh-server`);
    const folder = mkdtempSync(join(tmpdir(), 'knp-ssh-'));
    const server = startSshServer(folder, namespace);
    const log = join(folder, 'log');
    const limit = performance.now() + 20_000;
    const logText = (): string => (existsSync(log) ? readFileSync(log, 'utf8') : '');
    while (!/Server listening/.test(logText())) {
      if (server.process.exitCode !== null || performance.now() > limit)
        throw new Error(`sshd does not listen: ${logText()}`);
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
    return new SshSessions(folder, namespace, server);
  }

  /** The command line that runs a shell line at the other end, in a terminal of its own. */
  command(line: string): [file: string, args: string[]] {
    const options = this.server.clientOptions.split(' ');
    return this.namespace.command('ssh', '-tt', ...options, 'root@127.0.0.1', line);
  }

  /**
   * sshd's processes that serve connections: killing them breaks a connection without closing it. One for each connection; from
   * OpenSSH 10 on, two, of which the second, a child of the first, survives the first.
   */
  serving(): number[] {
    const text = execFileSync('ps', ['-e', '-o', 'pid=,ppid=,comm='], { encoding: 'utf8' });
    const found = new Set([this.server.process.pid]);
    const lines = text.split('\n').map((line) => line.trim().split(/\s+/));
    const servers = lines.filter(([, , name]) => name?.startsWith('sshd'));
    // Parents before their children: as deep as a connection's processes are.
    for (let depth = 0; depth < 2; depth += 1) {
      for (const [own, parent] of servers) if (found.has(Number(parent))) found.add(Number(own));
    }
    found.delete(this.server.process.pid);
    return [...found].map(Number);
  }

  stop(): void {
    for (const one of this.serving()) process.kill(one, 'SIGKILL');
    this.server.process.kill('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  }
}

// Network namespaces for tests: created, connected by veth pairs, and always removed again.
import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';

export interface CommandResult {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command to its end; throws with its stderr if it fails. */
export function run(command: string, ...args: string[]): string {
  return execFileSync(command, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 60_000,
  });
}

export class Namespace {
  readonly #children: ChildProcess[] = [];

  constructor(readonly name: string) {
    run('ip', 'netns', 'add', name);
    this.ip('link', 'set', 'lo', 'up');
  }

  /** Many commands of ip in one call of it. */
  ipBatch(lines: readonly string[]): void {
    const script = `printf '%s\\n' "$@" | ip -batch -`;
    const result = this.run('sh', '-c', script, 'sh', ...lines);
    assert.equal(result.status, 0, result.stderr);
  }

  /** `ip -n NAME …` */
  ip(...args: string[]): string {
    return run('ip', '-n', this.name, ...args);
  }

  /** The command line that runs `command` inside, by nsenter: unlike `ip netns exec` it doesn't remount /sys. */
  command(command: string, ...args: string[]): [string, string[]] {
    return ['nsenter', [`--net=/run/netns/${this.name}`, '--', command, ...args]];
  }

  run(command: string, ...args: string[]): CommandResult {
    const [file, argv] = this.command(command, ...args);
    const result = spawnSync(file, argv, { encoding: 'utf8', timeout: 120_000 });
    return { status: result.status, stdout: result.stdout, stderr: result.stderr };
  }

  /** Starts a command that is ended, at the latest, when the namespace is removed. */
  start(command: string, ...args: string[]): ChildProcess {
    const [file, argv] = this.command(command, ...args);
    // hydra and others leave files in their working folder when killed.
    const child = spawn(file, argv, { cwd: tmpdir(), stdio: ['ignore', 'pipe', 'pipe'] });
    this.#children.push(child);
    return child;
  }

  remove(): void {
    for (const child of this.#children) if (child.exitCode === null) child.kill('SIGKILL');
    // hydra's children outlive it and hold our pipes: the test file would never end.
    const left = spawnSync('ip', ['netns', 'pids', this.name], { encoding: 'utf8' }).stdout ?? '';
    // Some test processes have entered the namespace themselves.
    for (const id of left.split('\n').map(Number)) if (id > 0 && id !== process.pid) endProcess(id);
    spawnSync('ip', ['netns', 'del', this.name]);
  }
}

function endProcess(id: number): void {
  try {
    process.kill(id, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

export interface Pair {
  readonly left: Namespace;
  readonly right: Namespace;
  readonly leftInterface: string;
  readonly rightInterface: string;
  readonly leftAddress: string;
  readonly rightAddress: string;
  readonly leftAddress6: string;
  readonly rightAddress6: string;
  remove(): void;
}

/** Interface names have at most 15 characters: a prefix of up to 6 and 6 random ones leave space for a suffix. */
export function uniqueName(prefix: string): string {
  return `${prefix}${randomBytes(3).toString('hex')}`;
}

/** Two namespaces, one veth: 10.77.0.1/24 and fd77::1 on the left, .2 and ::2 on the right. IPv6 DAD is off. */
export function makePair(prefix: string): Pair {
  const left = new Namespace(`${uniqueName(prefix)}l`);
  const right = new Namespace(`${uniqueName(prefix)}r`);
  const leftInterface = 'veth0';
  const rightInterface = 'veth0';
  for (const side of [left, right]) {
    side.run(
      'sysctl',
      '-qw',
      'net.ipv6.conf.all.accept_dad=0',
      'net.ipv6.conf.default.accept_dad=0',
    );
  }
  run(
    'ip',
    'link',
    'add',
    leftInterface,
    'netns',
    left.name,
    'type',
    'veth',
    'peer',
    'name',
    rightInterface,
    'netns',
    right.name,
  );
  left.ip('addr', 'add', '10.77.0.1/24', 'dev', leftInterface);
  right.ip('addr', 'add', '10.77.0.2/24', 'dev', rightInterface);
  left.ip('-6', 'addr', 'add', 'fd77::1/64', 'dev', leftInterface, 'nodad');
  right.ip('-6', 'addr', 'add', 'fd77::2/64', 'dev', rightInterface, 'nodad');
  left.ip('link', 'set', leftInterface, 'up');
  right.ip('link', 'set', rightInterface, 'up');
  return {
    left,
    right,
    leftInterface,
    rightInterface,
    leftAddress: '10.77.0.1',
    rightAddress: '10.77.0.2',
    leftAddress6: 'fd77::1',
    rightAddress6: 'fd77::2',
    remove() {
      left.remove();
      right.remove();
    },
  };
}

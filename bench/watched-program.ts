// The real program on a pseudo terminal with real traffic, for benchmarks: two namespaces, a paced sender, and /proc statistics.
import { type ChildProcess, execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type IPty, spawn } from '@lydell/node-pty';
import { makePair, type Pair } from '../test/support/namespaces.js';
import { programPath, projectRoot } from '../test/support/program.js';

const KILOBYTES_A_MEGABYTE = 1000 / 1.024;
/** USER_HZ: the unit of /proc/PID/stat. */
const TICKS_A_SECOND = 100;

export const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

/** `flood`: always new forged flows; `known`: the same flows; `office`: a third of them active in each second, ten packets each. */
export type TrafficShape = 'flood' | 'known' | 'office';

/** Two connected namespaces and the compiled sender. */
export class Laboratory {
  readonly #pair: Pair = makePair('eng');
  readonly #folder = mkdtempSync(join(tmpdir(), 'knp-bench-'));
  readonly #sender = join(this.#folder, 'traffic');

  constructor() {
    const source = join(projectRoot(), 'bench/traffic.c');
    execFileSync('clang', ['-O2', '-o', this.#sender, source]);
  }

  /** Sends so many flows a second, evenly spread. */
  send(shape: TrafficShape, flows: number, seconds: number): ChildProcess {
    const { left, right, leftInterface, rightInterface } = this.#pair;
    const mac = /link\/ether (\S+)/.exec(right.ip('-o', 'link', 'show', rightInterface))![1]!;
    const hex = mac.replaceAll(':', '');
    return left.start(this.#sender, leftInterface, hex, shape, String(flows), String(seconds));
  }

  /** Starts the program, with its screen on a terminal of 120x40, unless its arguments disable the screen. */
  watch(...args: string[]): WatchedProgram {
    return this.watchAt({ cols: 120, rows: 40 }, ...args);
  }

  watchAt(size: TerminalSize, ...args: string[]): WatchedProgram {
    const program = process.env.BENCH_PROGRAM ?? programPath;
    const [file, argv] = this.#pair.right.command(process.execPath, program, 'veth0', ...args);
    return new WatchedProgram(file, argv, size);
  }

  remove(): void {
    this.#pair.remove();
    rmSync(this.#folder, { recursive: true });
  }
}

interface ThreadTime {
  readonly name: string;
  /** User and system time since its start. */
  readonly seconds: number;
  /** How often the thread went to sleep. */
  readonly sleeps: number;
}

export interface TerminalSize {
  readonly cols: number;
  readonly rows: number;
}

export class WatchedProgram {
  readonly #pty: IPty;
  readonly #beganMs = performance.now();
  readonly #ended: Promise<unknown>;
  #text = '';
  bytes = 0;

  constructor(file: string, args: readonly string[], size: TerminalSize) {
    const env = { ...process.env, TERM: 'xterm-256color', LANG: 'C.UTF-8' } as Record<
      string,
      string
    >;
    for (const name of ['CI', 'NO_COLOR']) delete env[name];
    this.#pty = spawn(file, [...args], { ...size, name: 'xterm-256color', env });
    this.#ended = new Promise((resolve) => this.#pty.onExit(resolve));
    this.#pty.onData((data) => {
      this.bytes += Buffer.byteLength(data);
      this.#text = (this.#text + data).slice(-20_000);
    });
  }

  get pid(): number {
    return this.#pty.pid;
  }

  /** Milliseconds from exec until this text appears on the terminal. */
  async shows(text: string, limitMs = 20_000): Promise<number> {
    while (!this.#text.includes(text)) {
      if (performance.now() - this.#beganMs > limitMs) {
        throw new Error(`the screen never showed ${JSON.stringify(text)}: ${this.#text}`);
      }
      await pause(1);
    }
    return performance.now() - this.#beganMs;
  }

  /** Decimal megabytes. */
  get residentMegabytes(): number {
    return this.#status('VmRSS') / KILOBYTES_A_MEGABYTE;
  }

  get peakMegabytes(): number {
    return this.#status('VmHWM') / KILOBYTES_A_MEGABYTE;
  }

  #status(field: string): number {
    const status = readFileSync(`/proc/${this.pid}/status`, 'utf8');
    return Number(new RegExp(`${field}:\\s+(\\d+)`).exec(status)![1]);
  }

  /** By thread id. */
  threads(): Map<string, ThreadTime> {
    const threads = new Map<string, ThreadTime>();
    for (const id of readdirSync(`/proc/${this.pid}/task`)) {
      const stat = readFileSync(`/proc/${this.pid}/task/${id}/stat`, 'utf8');
      const status = readFileSync(`/proc/${this.pid}/task/${id}/status`, 'utf8');
      const name = /\((.*)\)/.exec(stat)![1]!;
      // schedstat is in nanoseconds; stat, in hundredths of a second, is charged by whole ticks.
      const schedule = readFileSync(`/proc/${this.pid}/task/${id}/schedstat`, 'utf8').split(' ');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      const byTicks = (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND;
      const seconds = Number(schedule[0]) / 1e9 || byTicks;
      const sleeps = Number(/^voluntary_ctxt_switches:\s+(\d+)/m.exec(status)![1]);
      threads.set(id, { name: id === String(this.pid) ? 'main' : name, seconds, sleeps });
    }
    return threads;
  }

  type(keys: string): void {
    this.#pty.write(keys);
  }

  async end(): Promise<void> {
    this.#pty.write('q');
    await Promise.race([this.#ended, pause(3000)]);
    this.#pty.kill('SIGKILL');
  }
}

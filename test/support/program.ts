// Runs the built program as a user would and reads its NDJSON, exit status and stderr.
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The project's root: the folder with package.json above this file, bundled or not. */
export function projectRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  return folder;
}

/** In an emulated machine JavaScript is 16 times slower: time limits, which only bound a failure, are longer there. */
export const patience = process.env['KNP_MACHINE'] === '1' ? 5 : 1;

export const programPath = join(projectRoot(), 'dist/kubenetprobe-top.cjs');

// biome-ignore lint/suspicious/noExplicitAny: tests read fields by the names of contract.md
export type Line = Record<string, any>;

export class RunningProgram {
  readonly lines: Line[] = [];
  readonly child: ChildProcess;
  stderr = '';
  #rest = '';
  #waiters: { test: (line: Line) => boolean; resolve: (line: Line) => void }[] = [];
  readonly #exit: Promise<{ status: number | null; signal: NodeJS.Signals | null }>;

  constructor(file: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env) {
    this.child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'], env });
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => this.#read(text));
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
    this.#exit = new Promise((resolve) => {
      this.child.once('close', (status, signal) => resolve({ status, signal }));
    });
  }

  #read(text: string): void {
    const parts = (this.#rest + text).split('\n');
    this.#rest = parts.pop() ?? '';
    for (const part of parts) {
      const line = JSON.parse(part) as Line;
      this.lines.push(line);
      this.#waiters = this.#waiters.filter((waiter) => {
        if (!waiter.test(line)) return true;
        waiter.resolve(line);
        return false;
      });
    }
  }

  /** Resolves with the first line (past or future) that passes; rejects on timeout or if the program ends first. */
  async waitFor(what: string, test: (line: Line) => boolean, limitMs = 60_000): Promise<Line> {
    const past = this.lines.find(test);
    if (past) return past;
    let timer: NodeJS.Timeout | undefined;
    try {
      return await Promise.race([
        new Promise<Line>((resolve) => this.#waiters.push({ test, resolve })),
        new Promise<never>((_, reject) => {
          timer = setTimeout(
            () => reject(new Error(`no line with ${what} within ${limitMs} ms\n${this.stderr}`)),
            limitMs * patience,
          );
        }),
        this.#exit.then((end) => {
          throw new Error(
            `the program ended (${end.status ?? end.signal}) before ${what}\n${this.stderr}`,
          );
        }),
      ]);
    } finally {
      clearTimeout(timer);
    }
  }

  /**
   * Everything counted until now is in the lines when it returns. The summary alone isn't enough on a busy machine: a
   * worker whose last drain takes too long ends without it, and says so.
   */
  async counted(): Promise<void> {
    const now = Date.now();
    // By the lines' own time: lines may be late. The first may have been drained while the last packet arrived.
    const later = () =>
      this.lines.filter((line) => line['type'] === 'tick' && Date.parse(line['time']) > now);
    await this.waitFor('two ticks of a later time', () => later().length >= 2, 60_000);
  }

  async exit(limitMs = 120_000): Promise<{ status: number | null; signal: NodeJS.Signals | null }> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        this.child.kill('SIGKILL');
        reject(new Error(`still running after ${limitMs} ms\n${this.stderr}`));
      }, limitMs * patience);
    });
    try {
      return await Promise.race([this.#exit, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  get summary(): Line {
    const summary = this.lines.at(-1);
    if (summary?.type !== 'summary') throw new Error(`the last line is no summary\n${this.stderr}`);
    return summary;
  }
}

/** Starts the program with these arguments, inside the given namespace, if any. */
export function startProgram(
  args: readonly string[],
  options: {
    namespace?: { command(file: string, ...args: string[]): [string, string[]] };
    env?: NodeJS.ProcessEnv;
    /** Node.js and the program, if other than the checkout's. */
    files?: readonly [node: string, program: string];
  } = {},
): RunningProgram {
  const [node, program] = options.files ?? [process.execPath, programPath];
  const [file, argv] = options.namespace
    ? options.namespace.command(node, program, ...args)
    : [node, [program, ...args]];
  return new RunningProgram(file, argv, options.env);
}

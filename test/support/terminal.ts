// A program in a pseudo terminal with a terminal emulator: types, resizes, stops reading, and returns the visible screen.

import { type IPty, spawn } from '@lydell/node-pty';
import { Unicode11Addon } from '@xterm/addon-unicode11';
import xterm from '@xterm/headless';

export interface TerminalOptions {
  readonly columns?: number;
  readonly rows?: number;
  readonly env?: Readonly<Record<string, string | undefined>>;
}

export interface Ending {
  readonly status: number;
  readonly signal: number;
}

const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

export class Terminal {
  private readonly pty: IPty;
  private readonly emulator: InstanceType<typeof xterm.Terminal>;
  private ending: Ending | null = null;
  /** All raw output. */
  received = '';

  constructor(file: string, args: readonly string[], options: TerminalOptions = {}) {
    const { columns = 80, rows = 24 } = options;
    this.emulator = new xterm.Terminal({
      cols: columns,
      rows,
      allowProposedApi: true,
      scrollback: 200,
    });
    this.emulator.loadAddon(new Unicode11Addon());
    this.emulator.unicode.activeVersion = '11';
    const environment: Record<string, string> = {};
    const given = {
      ...process.env,
      NO_COLOR: undefined,
      FORCE_COLOR: undefined,
      CI: undefined,
      LANG: 'C.UTF-8',
      LC_ALL: undefined,
      ...options.env,
    };
    for (const [name, value] of Object.entries(given))
      if (value !== undefined) environment[name] = value;
    this.pty = spawn(file, [...args], {
      cols: columns,
      rows,
      name: environment['TERM_FOR_TEST'] ?? 'xterm-256color',
      env: environment,
    });
    this.pty.onData((data) => {
      this.received += data;
      this.emulator.write(data);
    });
    this.pty.onExit(({ exitCode, signal }) => {
      this.ending = { status: exitCode, signal: signal ?? 0 };
    });
  }

  get processId(): number {
    return this.pty.pid;
  }

  type(keys: string): void {
    this.pty.write(keys);
  }

  resize(columns: number, rows: number): void {
    this.emulator.resize(columns, rows);
    this.pty.resize(columns, rows);
  }

  /** Stops reading: output fills the kernel's buffer, then writes block. */
  stopReading(): void {
    this.pty.pause();
  }

  readAgain(): void {
    this.pty.resume();
  }

  kill(signal: NodeJS.Signals): void {
    this.pty.kill(signal);
  }

  lines(): string[] {
    const { active } = this.emulator.buffer;
    return Array.from(
      { length: this.emulator.rows },
      (_, row) => active.getLine(active.viewportY + row)?.translateToString(true) ?? '',
    );
  }

  text(): string {
    return this.lines().join('\n');
  }

  get onAlternateScreen(): boolean {
    return this.emulator.buffer.active.type === 'alternate';
  }

  /** Waits for content, never for time; on timeout the error shows the screen. */
  async until(what: string, test: (text: string) => boolean, limitMs = 60_000): Promise<void> {
    const limit = performance.now() + limitMs;
    for (;;) {
      await new Promise<void>((resolve) => this.emulator.write('', resolve));
      if (test(this.text())) return;
      if (performance.now() > limit)
        throw new Error(`no ${what} within ${limitMs} ms; the screen:\n${this.text()}`);
      await pause(15);
    }
  }

  async exit(limitMs = 60_000): Promise<Ending> {
    const limit = performance.now() + limitMs;
    while (this.ending === null) {
      if (performance.now() > limit) {
        this.pty.kill('SIGKILL');
        throw new Error(`still running after ${limitMs} ms; the screen:\n${this.text()}`);
      }
      await pause(15);
    }
    // Output still in transit when the program ended.
    await pause(50);
    await new Promise<void>((resolve) => this.emulator.write('', resolve));
    return this.ending;
  }

  close(): void {
    if (this.ending === null) this.pty.kill('SIGKILL');
    this.emulator.dispose();
  }
}

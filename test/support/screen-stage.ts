// The whole screen without a terminal: a simulated monitor, a manual clock, keys in, cells out.
import { InteractiveScreen } from '../../src/ui/app/interactive-screen.js';
import type { ProgramActions } from '../../src/ui/commands/commands.js';
import type { Screen } from '../../src/ui/state/screen.js';
import { initialState, type ScreenState } from '../../src/ui/state/screen-state.js';
import { asciiFor } from '../../src/ui/terminal/ascii-glyphs.js';
import type { CellBuffer } from '../../src/ui/terminal/cell-buffer.js';
import { KeyTokenizer } from '../../src/ui/terminal/key-tokenizer.js';
import {
  background,
  bold,
  dim,
  foreground,
  inverse,
  type Style,
  underline,
} from '../../src/ui/terminal/style.js';
import { type SimulatedMonitor, simulationStartUs } from './simulated-monitor.js';

export interface StageOptions {
  readonly columns: number;
  readonly rows: number;
  readonly color?: boolean;
  readonly unicode?: boolean;
  readonly state?: Partial<ScreenState>;
}

/** A letter for each style that the themes use, to make golden files of styles readable. */
const letters: readonly (readonly [Style, string])[] = [
  [0, '.'],
  [dim, 'd'],
  [bold, 'B'],
  [underline, '_'],
  [bold | underline, 'E'],
  [inverse, 'i'],
  [inverse | bold, 'I'],
  [inverse | dim, 'j'],
  [inverse | bold | underline, 'U'],
  ...(['red', 'green', 'yellow', 'blue', 'magenta', 'cyan'] as const).flatMap(
    (name, index): [Style, string][] => [
      [foreground(name), 'rgyumc'[index]!],
      [foreground(name) | bold, 'RGYWMC'[index]!],
    ],
  ),
  [foreground('yellow') | inverse, 'p'],
  [foreground('brightWhite') | background('red') | bold, '!'],
];
const letterOf = new Map(letters);

export class ScreenStage {
  readonly screen: Screen;
  readonly done: string[] = [];
  readonly errors: unknown[] = [];
  private readonly interactive: InteractiveScreen;
  private readonly tokenizer = new KeyTokenizer();
  private nowMs = simulationStartUs / 1000;
  private readonly timers = new Map<object, { at: number; callback: () => void }>();

  constructor(
    readonly monitor: SimulatedMonitor,
    options: StageOptions,
  ) {
    const clock = {
      wallUs: () => this.nowMs * 1000,
      boottimeMs: () => this.nowMs,
      setTimeout: (callback: () => void, milliseconds: number) => {
        const timer = {};
        this.timers.set(timer, { at: this.nowMs + milliseconds, callback });
        return timer;
      },
      clearTimeout: (timer: unknown) => void this.timers.delete(timer as object),
    };
    const note = (word: keyof ProgramActions) => () => void this.done.push(word);
    this.interactive = new InteractiveScreen(monitor, {
      state: { ...initialState(options.columns, options.rows), ...options.state },
      clock,
      color: options.color ?? true,
      unicode: options.unicode ?? true,
      utcOffsetMinutes: () => 0,
      actions: {
        quit: note('quit'),
        redraw: note('redraw'),
        suspend: note('suspend'),
        save: note('save'),
        copy: (text) => void this.done.push(`copy ${text}`),
      },
    });
    this.screen = this.interactive.screen;
    const onError = (error: unknown): void => void this.errors.push(error);
    this.interactive.start({ onChange: () => {}, onError, onMonitorError: onError });
  }

  get state(): ScreenState {
    return this.screen.store.get();
  }

  /** Seconds of traffic, a snapshot each; advances the clock. */
  async tick(count = 1): Promise<void> {
    for (let index = 0; index < count; index++) {
      await this.wait(1000);
      this.monitor.tick();
      await this.settle();
    }
  }

  async wait(milliseconds: number): Promise<void> {
    this.nowMs += milliseconds;
    for (const [timer, { at, callback }] of [...this.timers]) {
      if (at > this.nowMs) continue;
      this.timers.delete(timer);
      callback();
    }
    await this.settle();
  }

  async keys(bytes: string): Promise<void> {
    for (const event of [...this.tokenizer.feed(bytes), ...this.tokenizer.flush()]) {
      this.interactive.handle(event);
      await this.settle();
    }
  }

  /** All keys at once, as a slow link delivers them, without rendering in between. */
  async batch(bytes: string): Promise<void> {
    for (const event of this.tokenizer.feed(bytes)) this.interactive.handle(event);
    await this.settle();
  }

  async resize(columns: number, rows: number): Promise<void> {
    this.interactive.resize(columns, rows);
    await this.settle();
  }

  /** Waits for React's microtasks, the monitor's promises, and the second layout that the first one requests. */
  async settle(): Promise<void> {
    for (let round = 0; round < 3; round++) {
      for (let turn = 0; turn < 12; turn++) await Promise.resolve();
      this.interactive.compose();
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  draw(): CellBuffer {
    return this.interactive.compose()!;
  }

  lines(ascii = false): string[] {
    const frame = this.draw();
    return Array.from({ length: frame.rows }, (_, row) => {
      const text = frame.textOf(row);
      const shown = ascii
        ? [...text].map((glyph) => String.fromCharCode(asciiFor(glyph.codePointAt(0)!))).join('')
        : text;
      return shown.trimEnd();
    });
  }

  text(): string {
    return this.lines().join('\n');
  }

  looks(): string[] {
    const frame = this.draw();
    return Array.from({ length: frame.rows }, (_, row) => {
      let line = '';
      for (let cell = row * frame.columns; cell < (row + 1) * frame.columns; cell++) {
        const style = frame.styles[cell]!;
        const blank = frame.codes[cell] === 0x20 && (style & (inverse | underline)) === 0;
        line += blank ? ' ' : (letterOf.get(style) ?? '?');
      }
      return line.trimEnd();
    });
  }

  close(): void {
    this.interactive.stop();
  }
}

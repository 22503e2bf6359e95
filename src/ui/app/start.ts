// Starts the screen: sets up the terminal, connects monitor, state, React and frames, and restores everything at the end.

import type { MonitorPort } from '../../core/model/monitor-port.js';
import { modeText } from '../panels/header.js';
import type { Screen } from '../state/screen.js';
import { defaultView, initialState, warningsMax } from '../state/screen-state.js';
import { looksFrom, savedViewsFrom, settingsOf, viewFrom } from '../state/settings.js';
import { type Capabilities, detectCapabilities, screenRefusal } from '../terminal/capabilities.js';
import { clipboardSequence } from '../terminal/clipboard.js';
import { FrameSink } from '../terminal/frame-sink.js';
import { KeyboardReader } from '../terminal/keyboard-reader.js';
import { TerminalOutput } from '../terminal/terminal-output.js';
import { TerminalSession } from '../terminal/terminal-session.js';
import { InteractiveScreen } from './interactive-screen.js';
import type { ScreenHandle, ScreenOptions, ScreenResult } from './screen-options.js';

export type { ScreenSettings } from '../../core/options/schema.js';
export type {
  Rights,
  ScreenHandle,
  ScreenOptions,
  ScreenResult,
} from './screen-options.js';

/** Debounces a burst of resizes before the layout changes. */
const resizePauseMs = 60;
/** Data alone draws no more than four frames a second; keys draw at once. */
const dataFrameMs = 250;

class RunningScreen {
  readonly result: Promise<ScreenResult>;
  private resolveResult: (result: ScreenResult) => void = () => {};
  private readonly capabilities: Capabilities;
  private readonly output: TerminalOutput;
  private readonly session: TerminalSession;
  private readonly sink: FrameSink;
  private readonly interactive: InteractiveScreen;
  private readonly screen: Screen;
  private readonly keyboard: KeyboardReader | null;
  private frameDue = false;
  private dataTimer: unknown = null;
  private lastFrameMs = 0;
  private resizeTimer: unknown = null;
  private finished = false;

  constructor(
    port: MonitorPort,
    private readonly options: ScreenOptions,
  ) {
    const { stdout, stdin, clock, flags, env } = options;
    const capabilities = detectCapabilities(env, flags, Boolean(stdin?.isTTY));
    this.capabilities = capabilities;
    this.result = new Promise((resolve) => {
      this.resolveResult = resolve;
    });
    const { columns, rows } = sizeOf(stdout);
    const settings = options.settings ?? {};
    this.interactive = new InteractiveScreen(port, {
      state: {
        ...initialState(columns, rows),
        view: { ...defaultView, ...viewFrom({ ...settings }) },
        looks: looksFrom(settings, capabilities.lightBackground),
        savedViews: savedViewsFrom(settings),
        intervalSeconds: options.intervalSeconds,
        interfaces: options.interfaces,
        rights: options.rights ?? null,
      },
      clock,
      color: capabilities.color,
      unicode: capabilities.unicode,
      utcOffsetMinutes: clock.utcOffsetMinutes,
      actions: {
        quit: () => this.finish({ reason: 'quit' }),
        redraw: () => this.redraw(),
        suspend: () => this.suspend(),
        save: () => void this.save(),
        copy: (text) => this.copy(text),
      },
    });
    this.screen = this.interactive.screen;
    this.output = new TerminalOutput(stdout, options.descriptors);
    this.sink = new FrameSink(this.output, {
      encoding: { color: capabilities.color, unicode: capabilities.unicode },
      synchronized: capabilities.synchronized,
    });
    this.session = new TerminalSession(this.output, stdin, { mouse: flags.mouse });
    this.keyboard =
      stdin === null
        ? null
        : new KeyboardReader(stdin, clock, (event) => {
            this.guard(() => this.interactive.handle(event));
            this.drawSoon();
          });
  }

  run(): void {
    const { store } = this.screen;
    this.output.onGone(() => this.finish({ reason: 'gone' }));
    this.session.take();
    this.options.onTaken?.(this.handle);
    store.subscribe(() => this.drawData());
    this.options.stdout.on('resize', this.onResize);
    this.keyboard?.start();
    const problems = this.options.problems ?? [];
    for (const problem of problems) this.warn('settings', problem);
    if (problems.length === 0) this.showHookReason();
    this.interactive.start({
      onChange: () => this.drawSoon(),
      onError: (error) => this.fail(error),
      onMonitorError: (error) => this.finish({ reason: 'failed', error }),
    });
  }

  /** Narrow headers have no room for the reason. */
  private showHookReason(): void {
    const [first] = this.options.interfaces;
    if (first === undefined || first.ingress.reason === '') return;
    this.screen.say(`${first.name}: ${modeText(first)} (${first.ingress.reason})`);
  }

  private readonly handle: ScreenHandle = {
    restoreTerminal: () => {
      this.sink.stop();
      this.session.giveBack();
    },
    suspend: () => this.suspend(),
    resume: () => this.resume(),
    end: () => this.finish({ reason: 'quit' }),
  };

  private warn(code: string, message: string): void {
    const { store, clock } = this.screen;
    const warning = { timeUs: this.screen.nowUs, wallUs: clock.wallUs(), code, message };
    store.update({ warnings: [...store.get().warnings, warning].slice(-warningsMax) });
    this.screen.say(message, 'warning');
  }

  /** OSC 52: the terminal at the other end of the link has the clipboard, and may refuse without a word. */
  private copy(text: string): void {
    if (!this.capabilities.clipboard) {
      this.screen.say('this terminal has no writable clipboard (OSC 52)', 'warning');
      return;
    }
    this.sink.sendBetween(clipboardSequence(text));
    this.screen.say(`sent to the terminal clipboard by OSC 52: ${text}`);
  }

  /** Keys draw at once: after React has had its turn with what the key changed. */
  private drawSoon(): void {
    if (this.frameDue || this.finished) return;
    this.frameDue = true;
    queueMicrotask(() => queueMicrotask(() => this.draw()));
  }

  private drawData(): void {
    if (this.dataTimer !== null) return;
    const { clock } = this.screen;
    const wait = this.lastFrameMs + dataFrameMs - clock.boottimeMs();
    if (wait <= 0) this.drawSoon();
    else
      this.dataTimer = clock.setTimeout(() => {
        this.dataTimer = null;
        this.drawSoon();
      }, wait);
  }

  private draw(): void {
    this.frameDue = false;
    if (this.finished || !this.session.active) return;
    this.guard(() => {
      const frame = this.interactive.compose();
      if (frame === null) return;
      this.lastFrameMs = this.screen.clock.boottimeMs();
      this.sink.submit(frame);
    });
  }

  private readonly onResize = (): void => {
    const { clock } = this.screen;
    if (this.resizeTimer !== null) clock.clearTimeout(this.resizeTimer);
    this.resizeTimer = clock.setTimeout(() => {
      this.resizeTimer = null;
      this.applySize();
    }, resizePauseMs);
  };

  private applySize(): void {
    if (this.finished) return;
    const { columns, rows } = sizeOf(this.options.stdout);
    this.sink.invalidate();
    this.interactive.resize(columns, rows);
    this.drawSoon();
  }

  private redraw(): void {
    this.sink.invalidate();
    this.drawSoon();
  }

  private suspend(): void {
    const { stopProcess } = this.options;
    if (stopProcess === undefined || !this.session.active) return;
    this.sink.stop();
    this.session.giveBack();
    stopProcess();
    this.resume();
  }

  private resume(): void {
    if (this.finished) return;
    this.session.retake();
    this.sink.resume();
    this.applySize();
  }

  private async save(): Promise<void> {
    const { saveSettings } = this.options;
    if (saveSettings === undefined)
      return this.screen.say('settings cannot be saved here', 'warning');
    try {
      const path = await saveSettings(settingsOf(this.screen.store.get()));
      this.screen.say(`settings written to ${path}`);
    } catch (error) {
      this.screen.say(`settings not saved: ${messageOf(error)}`, 'error');
    }
  }

  private guard(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.fail(error);
    }
  }

  private fail(error: unknown): void {
    this.finish({
      reason: 'failed',
      error: error instanceof Error ? error : new Error(String(error)),
    });
  }

  private finish(result: ScreenResult): void {
    if (this.finished) return;
    this.finished = true;
    const { clock } = this.screen;
    if (this.resizeTimer !== null) clock.clearTimeout(this.resizeTimer);
    if (this.dataTimer !== null) clock.clearTimeout(this.dataTimer);
    this.options.stdout.off('resize', this.onResize);
    this.keyboard?.stop();
    this.sink.stop();
    this.session.giveBack();
    this.interactive.stop();
    this.output.close();
    this.resolveResult(result);
  }
}

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);

/** A terminal that says 0x0 (some serial lines, some containers) is assumed to be 80x24. */
const sizeOf = (stdout: ScreenOptions['stdout']): { columns: number; rows: number } => ({
  columns: stdout.columns > 0 ? Math.min(stdout.columns, 1000) : 80,
  rows: stdout.rows > 0 ? Math.min(stdout.rows, 500) : 24,
});

/** Rejects only where no screen is possible at all (ask `screenRefusal` first); every other end is a result. */
export async function startScreen(
  port: MonitorPort,
  options: ScreenOptions,
): Promise<ScreenResult> {
  const refusal = screenRefusal(options.env, options.stdout.isTTY);
  if (refusal !== null) throw new Error(`${refusal.message}: ${refusal.advice}`);
  const running = new RunningScreen(port, options);
  running.run();
  return running.result;
}

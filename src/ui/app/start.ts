// The way in: takes the terminal, joins monitor, state, React and frames, and gives everything back when it ends.

import { knownWords } from '../../core/flows/filter/words.js';
import type { MonitorPort } from '../../core/model/monitor-port.js';
import { Commands } from '../commands/commands.js';
import { Input } from '../commands/input.js';
import { modeText } from '../panels/header.js';
import { DataFeed } from '../state/data-feed.js';
import { FlowList } from '../state/flow-list.js';
import { Screen } from '../state/screen.js';
import { defaultView, initialState, warningsMax } from '../state/screen-state.js';
import { looksFrom, savedViewsFrom, settingsOf, viewFrom } from '../state/settings.js';
import { ScreenStore } from '../state/store.js';
import { Traffic } from '../state/traffic.js';
import { type Capabilities, detectCapabilities, screenRefusal } from '../terminal/capabilities.js';
import { clipboardSequence } from '../terminal/clipboard.js';
import { FrameSink } from '../terminal/frame-sink.js';
import { KeyboardReader } from '../terminal/keyboard-reader.js';
import { TerminalOutput } from '../terminal/terminal-output.js';
import { TerminalSession } from '../terminal/terminal-session.js';
import type { Rectangle } from '../widgets/canvas.js';
import { ScreenFrames } from './screen-frames.js';
import type { ScreenHandle, ScreenOptions, ScreenResult } from './screen-options.js';

export type { ScreenSettings } from '../../core/options/schema.js';
export { columnNames } from '../table/flow-columns.js';
export { screenRefusal } from '../terminal/capabilities.js';
export { themeNames } from '../widgets/theme.js';
export type {
  Rights,
  ScreenHandle,
  ScreenOptions,
  ScreenResult,
} from './screen-options.js';

/** A resize storm settles before the layout follows. */
const resizePauseMs = 60;
/** Data alone draws no more than four frames a second; keys draw at once. */
const dataFrameMs = 250;

class RunningScreen {
  readonly result: Promise<ScreenResult>;
  private settle: (result: ScreenResult) => void = () => {};
  private readonly capabilities: Capabilities;
  private readonly output: TerminalOutput;
  private readonly session: TerminalSession;
  private readonly sink: FrameSink;
  private readonly screen: Screen;
  private readonly feed: DataFeed;
  private readonly keyboard: KeyboardReader | null;
  private frames: ScreenFrames | null = null;
  private frameDue = false;
  private dataTimer: unknown = null;
  private lastFrameMs = 0;
  private resizeTimer: unknown = null;
  private finished = false;
  private tableTop: number | null = null;

  constructor(
    port: MonitorPort,
    private readonly options: ScreenOptions,
  ) {
    const { stdout, stdin, clock, flags, env } = options;
    const capabilities = detectCapabilities(env, flags, Boolean(stdin?.isTTY));
    this.capabilities = capabilities;
    this.result = new Promise((resolve) => {
      this.settle = resolve;
    });
    const { columns, rows } = sizeOf(stdout);
    const settings = options.settings ?? {};
    const store = new ScreenStore({
      ...initialState(columns, rows),
      view: { ...defaultView, ...viewFrom({ ...settings }) },
      looks: looksFrom(settings, capabilities.lightBackground),
      savedViews: savedViewsFrom(settings),
      intervalSeconds: options.intervalSeconds,
      interfaces: options.interfaces,
      rights: options.rights ?? null,
    });
    this.screen = new Screen(
      store,
      new FlowList(),
      new Traffic(),
      clock,
      capabilities.color,
      clock.utcOffsetMinutes,
      capabilities.unicode,
    );
    this.output = new TerminalOutput(stdout, options.descriptors);
    this.sink = new FrameSink(this.output, {
      encoding: { color: capabilities.color, unicode: capabilities.unicode },
      synchronized: capabilities.synchronized,
    });
    this.session = new TerminalSession(this.output, stdin, { mouse: flags.mouse });
    this.feed = new DataFeed(this.screen, port);
    const commands = new Commands(this.screen, this.feed, port, {
      quit: () => this.finish({ reason: 'quit' }),
      redraw: () => this.redraw(),
      suspend: () => this.suspend(),
      save: () => void this.save(),
      copy: (text) => this.copy(text),
    });
    const input = new Input({
      screen: this.screen,
      feed: this.feed,
      commands,
      filterWords: [...knownWords()],
      onMouse: (event) => this.click(event.row, event.action === 'press', commands),
    });
    this.keyboard =
      stdin === null
        ? null
        : new KeyboardReader(stdin, clock, (event) => {
            this.guard(() => input.handle(event));
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
    this.frames = new ScreenFrames(this.screen, {
      onChange: () => this.drawSoon(),
      onTablePlace: (place) => this.onTablePlace(place),
      onError: (error) => this.fail(error),
    });
    const problems = this.options.problems ?? [];
    for (const problem of problems) this.warn('settings', problem);
    if (problems.length === 0) this.tellHook();
    this.feed.start({ onError: (error) => this.finish({ reason: 'failed', error }) });
  }

  /** Narrow headers have no room for the reason. */
  private tellHook(): void {
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
    warn: (code, message) => this.warn(code, message),
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
      this.screen.say('this terminal has no clipboard that could be written', 'warning');
      return;
    }
    this.sink.sendBetween(clipboardSequence(text));
    this.screen.say(`sent to the terminal's clipboard (if it takes OSC 52): ${text}`);
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
    const { frames } = this;
    if (this.finished || !this.session.active || frames === null) return;
    this.guard(() => {
      this.lastFrameMs = this.screen.clock.boottimeMs();
      this.sink.submit(frames.compose());
    });
  }

  private onTablePlace(place: Rectangle): void {
    const { flows } = this.screen;
    this.tableTop = place.top;
    const rows = Math.max(1, place.height - 1);
    if (flows.height === rows) return;
    flows.resize(rows);
    void this.feed.request();
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
    this.screen.store.update({ columns, rows });
    this.frames?.resize(columns, rows);
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

  /** A click selects the row; a second one on it opens its detail. */
  private click(row: number, pressed: boolean, commands: Commands): void {
    if (!pressed) return;
    const { flows, store } = this.screen;
    const place = this.tableTop;
    const { overlay, programsScreen } = store.get();
    if (place === null || overlay !== null || programsScreen) return;
    const index = flows.top + row - place - 1;
    if (row <= place || index >= flows.total || row - place > flows.height) return;
    if (flows.cursor === index) commands.run('detail', 'Enter');
    else flows.select(index);
    this.drawSoon();
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
    this.feed.stop();
    this.keyboard?.stop();
    this.sink.stop();
    this.session.giveBack();
    this.frames?.unmount();
    this.output.close();
    this.settle(result);
  }
}

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);

/** A terminal that says 0x0 (some serial lines, some containers) is taken for the classic one. */
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

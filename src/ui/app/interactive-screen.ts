// State, data, commands, input and frames joined: the whole screen but for the terminal. The program and the tests run this one.
import { knownWords } from '../../core/flows/filter/words.js';
import type { MonitorPort } from '../../core/model/monitor-port.js';
import { Commands, type ProgramActions } from '../commands/commands.js';
import { Input } from '../commands/input.js';
import { DataFeed } from '../state/data-feed.js';
import { FlowList } from '../state/flow-list.js';
import { Screen, type ScreenClock } from '../state/screen.js';
import type { ScreenState } from '../state/screen-state.js';
import { ScreenStore } from '../state/store.js';
import { Traffic } from '../state/traffic.js';
import type { CellBuffer } from '../terminal/cell-buffer.js';
import type { InputEvent } from '../terminal/key-tokenizer.js';
import type { Rectangle } from '../widgets/canvas.js';
import { ScreenFrames } from './screen-frames.js';

export interface InteractiveScreenOptions {
  readonly state: ScreenState;
  readonly clock: ScreenClock;
  readonly color: boolean;
  readonly unicode: boolean;
  /** Minutes that local time is ahead of UTC at that moment. */
  readonly utcOffsetMinutes: (timeMs: number) => number;
  readonly actions: ProgramActions;
}

export interface InteractiveScreenListeners {
  /** The next frame will differ. */
  readonly onChange: () => void;
  /** A component threw. */
  readonly onError: (error: unknown) => void;
  /** The monitor failed. */
  readonly onMonitorError: (error: Error) => void;
}

export class InteractiveScreen {
  readonly screen: Screen;
  private readonly feed: DataFeed;
  private readonly input: Input;
  private frames: ScreenFrames | null = null;
  /** Row of the table's head line. */
  private tableTop: number | null = null;

  constructor(port: MonitorPort, options: InteractiveScreenOptions) {
    this.screen = new Screen(
      new ScreenStore(options.state),
      new FlowList(),
      new Traffic(),
      options.clock,
      options.color,
      options.utcOffsetMinutes,
      options.unicode,
    );
    this.feed = new DataFeed(this.screen, port);
    const commands = new Commands(this.screen, this.feed, port, options.actions);
    this.input = new Input({
      screen: this.screen,
      feed: this.feed,
      commands,
      filterWords: [...knownWords()],
      tableTop: () => this.tableTop,
    });
  }

  /** Lays out the first frame and asks the monitor for what it shows. */
  start({ onChange, onError, onMonitorError }: InteractiveScreenListeners): void {
    this.frames = new ScreenFrames(this.screen, {
      onChange,
      onError,
      onTablePlace: (place) => this.onTablePlace(place),
    });
    this.feed.start({ onError: onMonitorError });
  }

  private onTablePlace(place: Rectangle): void {
    const { flows } = this.screen;
    this.tableTop = place.top;
    const rows = Math.max(1, place.height - 1);
    if (flows.height === rows) return;
    flows.resize(rows);
    void this.feed.request();
  }

  handle(event: InputEvent): void {
    this.input.handle(event);
  }

  resize(columns: number, rows: number): void {
    this.screen.store.update({ columns, rows });
    this.frames?.resize(columns, rows);
  }

  /** The frame as it is now; it belongs to us and is drawn over by the next call. null before `start`. */
  compose(): CellBuffer | null {
    return this.frames?.compose() ?? null;
  }

  stop(): void {
    this.feed.stop();
    this.frames?.unmount();
  }
}

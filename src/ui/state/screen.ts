// Context of every painter and command: state, the rows on the screen, rates over time, the clock.
import type { Clock } from '../../core/model/clock.js';
import { type Theme, themeFor } from '../widgets/theme.js';
import type { FlowList } from './flow-list.js';
import type { Message } from './screen-state.js';
import type { ScreenStore } from './store.js';
import type { Traffic } from './traffic.js';

/** Pace and messages go by CLOCK_BOOTTIME; the wall clock is only shown. */
export interface ScreenClock extends Clock {
  readonly setTimeout: (callback: () => void, milliseconds: number) => unknown;
  readonly clearTimeout: (timer: unknown) => void;
}

const noteMs = 3000;
const troubleMs = 8000;

export class Screen {
  constructor(
    readonly store: ScreenStore,
    readonly flows: FlowList,
    readonly traffic: Traffic,
    readonly clock: ScreenClock,
    readonly color: boolean,
    /** Minutes that local time is ahead of UTC at this moment; asked each time, for summer time begins at night. */
    readonly utcOffsetMinutes: (timeMs: number) => number,
    /** False: every glyph is sent as ASCII. */
    readonly unicode: boolean,
  ) {}

  get theme(): Theme {
    return themeFor(this.store.get().looks.theme, this.color);
  }

  /** A word in the footer, for a few seconds. */
  say(text: string, level: Message['level'] = 'note'): void {
    const untilMs = this.clock.boottimeMs() + (level === 'note' ? noteMs : troubleMs);
    this.store.update({ message: { text, level, untilMs } });
    this.clock.setTimeout(() => {
      if (this.store.get().message?.untilMs === untilMs) this.store.update({ message: null });
    }, untilMs - this.clock.boottimeMs());
  }

  /** The tick's time by the run clock, while paused or ended too: ages stand still with the rows. */
  get nowUs(): number {
    return this.store.get().snapshot?.timeUs ?? 0;
  }

  /** "14:02:07", local. */
  timeOfDay(timeUs: number): string {
    const timeMs = timeUs / 1000;
    const local = timeMs + this.utcOffsetMinutes(timeMs) * 60_000;
    if (!Number.isFinite(local) || Math.abs(local) > 8.64e15) return '--:--:--';
    return new Date(local).toISOString().slice(11, 19);
  }
}

// What the monitor tells about BPF programs, maps and a user's object, kept for the programs panel.
import type { CustomEvent, CustomReport } from '../../core/model/custom.js';
import type { MonitorPort } from '../../core/model/monitor-port.js';
import type { ProgramsReport } from '../../core/model/programs.js';
import { type Figures, figuresOf } from './custom-values.js';
import type { ScreenStore } from './store.js';

/** Events that can be scrolled through: more than anybody reads of a stream. */
export const customEventsMax = 200;

export interface ProgramsView {
  readonly report: ProgramsReport | null;
  readonly custom: CustomReport | null;
  /** Counters of the report before, and how long ago it was. */
  readonly before: Figures;
  readonly beforeSeconds: number;
  /** Newest first. */
  readonly events: readonly CustomEvent[];
}

export const noPrograms: ProgramsView = {
  report: null,
  custom: null,
  before: new Map(),
  beforeSeconds: 0,
  events: [],
};

/** Follows the port; while the screen is paused the panel stands still, and events go on to be kept. */
export function feedPrograms(store: ScreenStore, port: MonitorPort): (() => void)[] {
  const change = (change: Partial<ProgramsView>) =>
    store.update({ programs: { ...store.get().programs, ...change } });
  return [
    port.on('programs', (report) => {
      if (store.get().pausedFor === null) change({ report });
    }),
    port.on('custom', (custom) => {
      const { programs, pausedFor } = store.get();
      const events = [...[...custom.events].reverse(), ...programs.events].slice(
        0,
        customEventsMax,
      );
      if (pausedFor !== null) {
        change({ events });
        return;
      }
      const last = programs.custom;
      change({
        custom,
        events,
        before: last && last.version === custom.version ? figuresOf(last) : new Map(),
        beforeSeconds: last ? (custom.timeUs - last.timeUs) / 1e6 : 0,
      });
    }),
  ];
}

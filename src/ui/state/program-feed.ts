// Keeps the monitor's reports on BPF programs, maps and a user's object for the programs panel.
import type { MonitorPort } from '../../core/model/monitor-port.js';
import { figuresOf } from './custom-values.js';
import type { ProgramsView } from './programs-view.js';
import type { ScreenStore } from './store.js';

/** Events that can be scrolled through: more than anybody reads of a stream. */
export const customEventsMax = 200;

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

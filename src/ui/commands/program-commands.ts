// What keys do to the programs panel: open, scroll, leave. While it is open the kernel measures all the time.
import type { MonitorPort } from '../../core/model/monitor-port.js';
import { programLineCount } from '../panels/programs-screen.js';
import type { Screen } from '../state/screen.js';

/** Header, protocols, the panel's own head, footer: what a page of lines leaves out. */
const rowsAround = 6;

export class ProgramCommands {
  constructor(
    private readonly screen: Screen,
    private readonly port: MonitorPort,
  ) {}

  toggle(): void {
    const { store } = this.screen;
    if (store.get().programsScreen) {
      this.leave();
      return;
    }
    store.update({
      programsScreen: true,
      programsTop: 0,
      alertsScreen: false,
      detail: null,
      focus: 'flows',
    });
    this.port.measurePrograms(true);
  }

  leave(): void {
    const { store } = this.screen;
    if (!store.get().programsScreen) return;
    store.update({ programsScreen: false });
    this.port.measurePrograms(false);
  }

  scroll(step: number): void {
    const { store } = this.screen;
    const { programsTop, rows } = store.get();
    const last = Math.max(0, programLineCount(this.screen) - Math.max(1, rows - rowsAround));
    store.update({ programsTop: Math.max(0, Math.min(last, programsTop + step)) });
  }
}

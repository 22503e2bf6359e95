// Maps each command to its handler.
import type { MonitorPort } from '../../core/model/monitor-port.js';
import type { DataFeed } from '../state/data-feed.js';
import type { Command } from '../state/keymap.js';
import type { Screen } from '../state/screen.js';
import { AlertCommands } from './alert-commands.js';
import { ProgramCommands } from './program-commands.js';
import { RowCommands } from './row-commands.js';
import { ViewCommands } from './view-commands.js';

export interface ProgramActions {
  readonly quit: () => void;
  readonly redraw: () => void;
  readonly suspend: () => void;
  readonly save: () => void;
  /** Text for the terminal's clipboard. */
  readonly copy: (text: string) => void;
}

export class Commands {
  readonly view: ViewCommands;
  private readonly programs: ProgramCommands;
  private readonly table: Readonly<Record<Command, (key: string) => void>>;

  constructor(screen: Screen, feed: DataFeed, port: MonitorPort, program: ProgramActions) {
    const view = new ViewCommands(screen, feed, port);
    const alerts = new AlertCommands(screen, port);
    const programs = new ProgramCommands(screen, port);
    const rows = new RowCommands(screen, feed, view, alerts, programs);
    const page = (): number => Math.max(1, screen.flows.height - 1);
    const half = (): number => Math.max(1, Math.floor(screen.flows.height / 2));
    this.view = view;
    this.programs = programs;
    this.table = {
      up: () => rows.move(-1),
      down: () => rows.move(1),
      pageUp: () => rows.move(-page()),
      pageDown: () => rows.move(page()),
      halfUp: () => rows.move(-half()),
      halfDown: () => rows.move(half()),
      top: () => rows.move(Number.NEGATIVE_INFINITY),
      bottom: () => rows.move(Number.POSITIVE_INFINITY),
      cellLeft: () => rows.moveCell(-1),
      cellRight: () => rows.moveCell(1),
      focusNext: () => rows.moveFocus(1),
      focusPrevious: () => rows.moveFocus(-1),
      detail: () => rows.openDetail(),
      toggle: () => rows.toggleRow(),
      back: () => rows.back(),
      follow: () => rows.toggleFollow(),
      keepCell: () => rows.filterByCell(false),
      dropCell: () => rows.filterByCell(true),
      copyFilter: () => rows.showAsFilter(),
      copy: () => rows.copyAsFilter(program.copy),
      runStatus: () => screen.store.update({ overlay: { kind: 'run', top: 0 } }),
      filter: () => view.openFilter(),
      sortPrevious: () => view.sortByNeighbour(-1),
      sortNext: () => view.sortByNeighbour(1),
      sortColumn: (key) => view.sortByPlace(Number(key)),
      sortRate: () => view.sortBy('rate'),
      sortTotal: () => view.sortBy('bytes'),
      sortName: () => view.sortBy('destination'),
      reverse: () => view.reverse(),
      sortMenu: () => view.openMenu('sort'),
      groupMenu: () => view.openMenu('group'),
      columns: () => view.openMenu('columns'),
      views: () => view.openMenu('views'),
      theme: () => view.openMenu('themes'),
      interface: () => view.nextInterface(),
      freeze: () => view.toggleFrozen(),
      pause: () => view.pause(),
      units: () => view.toggleUnits(),
      wide: () => view.toggleWide(),
      graph: () => view.toggleGraph(),
      slower: () => view.stepInterval(1),
      faster: () => view.stepInterval(-1),
      interval: () => view.openPrompt('interval'),
      saveView: () => view.openPrompt('viewName'),
      alerts: () => {
        programs.leave();
        alerts.toggleAlerts();
      },
      programs: () => programs.toggle(),
      acknowledge: () => alerts.acknowledge(),
      mute: () => alerts.mute(),
      help: () => screen.store.update({ overlay: { kind: 'help', page: 0 } }),
      save: program.save,
      redraw: program.redraw,
      suspend: program.suspend,
      quit: program.quit,
    };
  }

  scrollPrograms(step: number): void {
    this.programs.scroll(step);
  }

  run(command: Command, key: string): void {
    this.table[command](key);
  }
}

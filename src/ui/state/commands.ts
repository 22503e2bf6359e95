// What each command does. Movement touches the list only; everything else makes a new state and, where needed, asks the monitor anew.
import type { MonitorPort } from '../../core/model/monitor-port.js';
import type { Command } from '../keymap.js';
import { alertFilter } from '../panels/alert-detail.js';
import { endpointText } from '../panels/flow-columns.js';
import { placedColumns } from '../panels/flow-table.js';
import { listedAlerts, stripAlerts } from './alert-order.js';
import type { DataFeed } from './data-feed.js';
import { sortChoices } from './menu-items.js';
import { promptWith } from './prompt.js';
import type { Screen } from './screen.js';
import { type MenuKind, pinnedMax, type ViewChoice } from './screen-state.js';

export interface ProgramActions {
  readonly quit: () => void;
  readonly redraw: () => void;
  readonly suspend: () => void;
  /** Says where it was written, or why it was not. */
  readonly save: () => void;
}

/** contract.md: --interval. */
export const intervalMin = 0.1;
export const intervalMax = 60;
const intervalSteps = [0.1, 0.2, 0.5, 1, 2, 3, 5, 10, 30, 60];
const muteMicroseconds = 3600 * 1e6;

export class Commands {
  constructor(
    private readonly screen: Screen,
    private readonly feed: DataFeed,
    private readonly port: MonitorPort,
    private readonly program: ProgramActions,
  ) {}

  run(command: Command, key: string): void {
    const { store, flows } = this.screen;
    const page = Math.max(1, flows.height - 1);
    const half = Math.max(1, Math.floor(flows.height / 2));
    switch (command) {
      case 'up':
        return this.move(-1);
      case 'down':
        return this.move(1);
      case 'pageUp':
        return this.move(-page);
      case 'pageDown':
        return this.move(page);
      case 'halfUp':
        return this.move(-half);
      case 'halfDown':
        return this.move(half);
      case 'top':
        return this.move(Number.NEGATIVE_INFINITY);
      case 'bottom':
        return this.move(Number.POSITIVE_INFINITY);
      case 'cellLeft':
        return this.moveCell(-1);
      case 'cellRight':
        return this.moveCell(1);
      case 'focusNext':
        return this.moveFocus(1);
      case 'focusPrevious':
        return this.moveFocus(-1);
      case 'detail':
        return this.openDetail();
      case 'toggle':
        return this.toggleRow();
      case 'back':
        return this.back();
      case 'filter':
        return this.openFilter();
      case 'keepCell':
        return this.filterByCell(false);
      case 'dropCell':
        return this.filterByCell(true);
      case 'copyFilter':
        return this.showAsFilter();
      case 'sortPrevious':
        return this.sortByNeighbour(-1);
      case 'sortNext':
        return this.sortByNeighbour(1);
      case 'sortColumn':
        return this.sortByPlace(Number(key));
      case 'sortRate':
        return this.sortBy('rate');
      case 'sortTotal':
        return this.sortBy('bytes');
      case 'sortName':
        return this.sortBy('destination');
      case 'reverse':
        return this.reverse();
      case 'sortMenu':
        return this.openMenu('sort');
      case 'groupMenu':
        return this.openMenu('group');
      case 'columns':
        return this.openMenu('columns');
      case 'views':
        return this.openMenu('views');
      case 'theme':
        return this.openMenu('themes');
      case 'interface':
        return this.nextInterface();
      case 'follow':
        return this.toggleFollow();
      case 'freeze':
        return store.update({ frozen: !store.get().frozen });
      case 'pause':
        return this.pause();
      case 'units':
        return this.changeLooks({
          units: store.get().looks.units === 'bits' ? 'bytes' : 'bits',
        });
      case 'wide':
        return this.changeLooks({ wide: !store.get().looks.wide });
      case 'alerts':
        return this.toggleAlerts();
      case 'acknowledge':
        return this.acknowledge();
      case 'mute':
        return this.mute();
      case 'slower':
        return this.stepInterval(1);
      case 'faster':
        return this.stepInterval(-1);
      case 'interval':
        return store.update({
          prompt: { kind: 'interval', line: promptWith(''), error: '' },
        });
      case 'saveView':
        return store.update({
          prompt: { kind: 'viewName', line: promptWith(''), error: '' },
        });
      case 'help':
        return store.update({ overlay: { kind: 'help', page: 0 } });
      case 'save':
        return this.program.save();
      case 'redraw':
        return this.program.redraw();
      case 'suspend':
        return this.program.suspend();
      case 'quit':
        return this.program.quit();
    }
  }

  changeView(change: Partial<ViewChoice>): void {
    const { store, flows } = this.screen;
    store.update({ view: { ...store.get().view, ...change } });
    flows.reset();
    void this.feed.request();
  }

  changeLooks(change: Partial<ReturnType<Screen['store']['get']>['looks']>): void {
    const { store } = this.screen;
    store.update({ looks: { ...store.get().looks, ...change } });
  }

  setInterval(seconds: number): void {
    this.port.setIntervalSeconds(seconds);
    this.screen.store.update({ intervalSeconds: seconds });
  }

  private move(step: number): void {
    const { store, flows } = this.screen;
    const state = store.get();
    if (state.alertsScreen || state.focus === 'alerts') {
      const count = state.alertsScreen ? listedAlerts(state).length : stripAlerts(state).length;
      const index = Math.max(0, Math.min(count - 1, state.alertIndex + step));
      store.update({ alertIndex: Number.isNaN(index) ? 0 : index });
      return;
    }
    flows.move(step);
    this.feed.requestIfOutside();
    const selected = flows.selectedFlow;
    if (state.detail?.kind === 'flow' && selected !== null && selected.id !== state.detail.id) {
      store.update({ detail: { kind: 'flow', id: selected.id, data: null, gone: false } });
      void this.feed.refreshDetail();
    }
  }

  private moveCell(step: number): void {
    const { store, flows } = this.screen;
    const columns = placedColumns(this.screen, store.get().columns).filter(
      ({ column }) => column.id !== 'direction' && column.id !== 'trend',
    );
    if (flows.cursor === null) flows.select(flows.top);
    const at = columns.findIndex(({ column }) => column.id === store.get().cellColumn);
    const next = at < 0 ? (step > 0 ? 0 : columns.length - 1) : at + step;
    const cell = columns[Math.max(0, Math.min(columns.length - 1, next))];
    store.update({ cellColumn: cell?.column.id ?? null, focus: 'flows' });
  }

  private moveFocus(step: number): void {
    const { store } = this.screen;
    const state = store.get();
    const stops: (typeof state.focus)[] = ['flows'];
    if (stripAlerts(state).length > 0) stops.push('alerts');
    if (state.detail !== null) stops.push('detail');
    const at = Math.max(0, stops.indexOf(state.focus));
    store.update({ focus: stops[(at + step + stops.length) % stops.length]! });
  }

  private selectedAlert() {
    const state = this.screen.store.get();
    if (state.alertsScreen) return listedAlerts(state)[state.alertIndex];
    if (state.detail?.kind === 'alert') {
      const { id } = state.detail;
      return state.alerts.find((alert) => alert.id === id);
    }
    const alerts = stripAlerts(state);
    return state.focus === 'alerts'
      ? alerts[Math.min(state.alertIndex, alerts.length - 1)]
      : alerts[0];
  }

  private openDetail(): void {
    const { store, flows } = this.screen;
    const state = store.get();
    if (state.alertsScreen || state.focus === 'alerts') {
      const alert = this.selectedAlert();
      if (alert !== undefined) store.update({ detail: { kind: 'alert', id: alert.id } });
      return;
    }
    if (flows.cursor === null) flows.select(flows.top);
    const line = flows.selected;
    if (line?.kind === 'group') {
      this.toggleGroup(line.group.key);
      return;
    }
    if (line === undefined) return;
    store.update({ detail: { kind: 'flow', id: line.row.id, data: null, gone: false } });
    void this.feed.refreshDetail();
    void this.feed.request();
  }

  private toggleGroup(key: string): void {
    const { store } = this.screen;
    const open = store.get().openGroups;
    store.update({
      openGroups: open.includes(key) ? open.filter((one) => one !== key) : [...open, key],
    });
    void this.feed.request();
  }

  private toggleRow(): void {
    const { store, flows } = this.screen;
    if (flows.cursor === null) flows.select(flows.top);
    const line = flows.selected;
    if (line === undefined) return;
    if (line.kind === 'group') return this.toggleGroup(line.group.key);
    const { pinned } = store.get();
    const { id } = line.row;
    if (pinned.includes(id)) store.update({ pinned: pinned.filter((one) => one !== id) });
    else if (pinned.length >= pinnedMax)
      return this.screen.say(`at most ${pinnedMax} rows can be pinned`, 'warning');
    else store.update({ pinned: [...pinned, id] });
    void this.feed.request();
  }

  /** One step back: detail, focus, alerts, selection, then the filter. */
  private back(): void {
    const { store, flows } = this.screen;
    const state = store.get();
    if (state.message !== null) store.update({ message: null });
    if (state.detail !== null) store.update({ detail: null, focus: 'flows' });
    else if (state.alertsScreen) store.update({ alertsScreen: false });
    else if (state.focus !== 'flows') store.update({ focus: 'flows' });
    else if (state.cellColumn !== null) store.update({ cellColumn: null });
    else if (flows.cursor !== null) flows.deselect();
    else if (state.view.filter !== '') this.changeView({ filter: '' });
    else if (state.view.groupBy.length > 0) this.changeView({ groupBy: [] });
  }

  private openFilter(): void {
    const { store } = this.screen;
    const { filter } = store.get().view;
    store.update({
      prompt: { kind: 'filter', line: promptWith(filter), error: null, before: filter },
    });
  }

  private filterByCell(not: boolean): void {
    const { store, flows } = this.screen;
    const line = flows.selected;
    if (line === undefined) return this.screen.say('select a row first (↑ ↓), and a cell (← →)');
    const column = placedColumns(this.screen, store.get().columns).find(
      (placed) => placed.column.id === (store.get().cellColumn ?? 'destination'),
    )?.column;
    const term = line.kind === 'group' ? line.group.filter : (column?.term(line.row) ?? null);
    if (term === null) return this.screen.say('this cell has no value to filter by');
    const { filter } = store.get().view;
    const wanted = not ? `not (${term})` : term;
    const joined =
      filter === ''
        ? wanted
        : `${/\bor\b|\|\|/i.test(filter) ? `(${filter})` : filter} and ${wanted}`;
    this.changeView({ filter: joined });
  }

  private showAsFilter(): void {
    const { flows, store } = this.screen;
    const state = store.get();
    if (state.alertsScreen || state.focus === 'alerts' || state.detail?.kind === 'alert') {
      const alert = this.selectedAlert();
      const filter = alert === undefined ? '' : alertFilter(alert);
      if (filter === '') return this.screen.say('this alert names nobody to filter by');
      store.update({ alertsScreen: false, detail: null, focus: 'flows' });
      return this.changeView({ filter });
    }
    const row = flows.selectedFlow;
    if (row === null) return this.screen.say('select a row first (↑ ↓)');
    const ports = [row.source.port, row.destination.port].filter((port) => port !== null);
    const terms = [
      `host ${row.source.address}`,
      `host ${row.destination.address}`,
      ...ports.map((port) => `port ${port}`),
      `proto = ${row.protocol}`,
    ];
    this.screen.say(
      `/${terms.join(' and ')}   (${endpointText(row.source)} and ${endpointText(row.destination)})`,
    );
  }

  sortBy(field: string): void {
    const { view } = this.screen.store.get();
    const choice = sortChoices.find((one) => one.field === field);
    const same = view.sort.field === field;
    const descending = same ? !view.sort.descending : (choice?.descending ?? true);
    this.changeView({ sort: { field, descending } });
  }

  private sortByNeighbour(step: number): void {
    const { store } = this.screen;
    const { view, columns } = store.get();
    const sortable = placedColumns(this.screen, columns)
      .map(({ column }) => column.sortField)
      .filter((field) => field !== null);
    const current = view.sort.field === 'rate' ? 'in' : view.sort.field;
    const at = sortable.indexOf(current);
    const field = sortable[(at + step + sortable.length) % sortable.length];
    if (field !== undefined && field !== view.sort.field) this.sortBy(field);
  }

  private sortByPlace(place: number): void {
    const columns = placedColumns(this.screen, this.screen.store.get().columns).filter(
      ({ column }) => column.sortField !== null,
    );
    const field = columns[place - 1]?.column.sortField;
    if (field) this.sortBy(field);
  }

  private reverse(): void {
    const { sort } = this.screen.store.get().view;
    this.changeView({ sort: { field: sort.field, descending: !sort.descending } });
  }

  private openMenu(menu: MenuKind): void {
    this.screen.store.update({ overlay: { kind: 'menu', menu, index: 0 } });
  }

  private nextInterface(): void {
    const { interfaces, view } = this.screen.store.get();
    if (interfaces.length < 2)
      return this.screen.say('one interface is watched: start with several names, or with any');
    const names: (string | null)[] = [null, ...interfaces.map((one) => one.name)];
    const next = names[(names.indexOf(view.interface) + 1) % names.length] ?? null;
    this.changeView({ interface: next });
    this.screen.say(next === null ? 'all interfaces' : `only ${next}`);
  }

  private toggleFollow(): void {
    const { store, flows } = this.screen;
    if (flows.cursor === null) flows.select(flows.top);
    store.update({ following: !store.get().following });
  }

  private pause(): void {
    const { store } = this.screen;
    const paused = store.get().pausedFor !== null;
    store.update({ pausedFor: paused ? null : 0 });
  }

  private toggleAlerts(): void {
    const { store } = this.screen;
    const open = store.get().alertsScreen;
    store.update({ alertsScreen: !open, alertIndex: 0, focus: 'flows', detail: null });
  }

  private acknowledge(): void {
    const { store } = this.screen;
    const alert = this.selectedAlert();
    if (alert === undefined) return this.screen.say('there is no alert to acknowledge');
    this.port.acknowledgeAlert(alert.id);
    store.update({ acknowledged: new Set([...store.get().acknowledged, alert.id]) });
    this.leaveEmptyStrip();
  }

  private mute(): void {
    const { store } = this.screen;
    const alert = this.selectedAlert();
    if (alert === undefined) return this.screen.say('there is no alert to mute');
    const untilUs = alert.lastSeenUs + muteMicroseconds;
    this.port.muteAlert(alert.id, untilUs);
    store.update({ muted: new Map([...store.get().muted, [alert.id, untilUs]]) });
    this.screen.say(`muted for an hour: ${alert.message}`);
    this.leaveEmptyStrip();
  }

  private leaveEmptyStrip(): void {
    const { store } = this.screen;
    const state = store.get();
    if (state.focus === 'alerts' && stripAlerts(state).length === 0)
      store.update({ focus: 'flows' });
  }

  private stepInterval(step: number): void {
    const now = this.screen.store.get().intervalSeconds;
    const nearest = intervalSteps.findIndex((seconds) => seconds >= now);
    const index = Math.max(0, Math.min(intervalSteps.length - 1, nearest + step));
    this.setInterval(intervalSteps[index]!);
  }
}

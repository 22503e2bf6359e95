// What keys do to rows: cursor, cell, focus, detail, groups, pins, and filters made from a cell.
import type { FlowRow } from '../../core/model/flow.js';
import { alertFilter } from '../state/alert-filter.js';
import { listedAlerts, stripAlerts } from '../state/alert-order.js';
import type { DataFeed } from '../state/data-feed.js';
import type { Screen } from '../state/screen.js';
import { pinnedMax } from '../state/screen-state.js';
import { placedColumns } from '../table/flow-table.js';
import type { AlertCommands } from './alert-commands.js';
import type { ProgramCommands } from './program-commands.js';
import type { ViewCommands } from './view-commands.js';

export class RowCommands {
  constructor(
    private readonly screen: Screen,
    private readonly feed: DataFeed,
    private readonly view: ViewCommands,
    private readonly alerts: AlertCommands,
    private readonly programs: ProgramCommands,
  ) {}

  move(step: number): void {
    const { store, flows } = this.screen;
    const state = store.get();
    if (state.programsScreen) {
      this.programs.scroll(step);
      return;
    }
    if (state.detail?.kind === 'alert' && state.focus === 'detail') {
      const last = (state.detail.flows?.length ?? 0) - 1;
      const index = Math.max(0, Math.min(last, state.detail.index + step));
      store.update({ detail: { ...state.detail, index } });
      return;
    }
    if (state.alertsScreen || state.focus === 'alerts') {
      const count = state.alertsScreen ? listedAlerts(state).length : stripAlerts(state).length;
      const index = Math.max(0, Math.min(count - 1, state.alertIndex + step));
      store.update({ alertIndex: Number.isNaN(index) ? 0 : index });
      const alert = this.alerts.selected();
      if (state.detail?.kind === 'alert' && alert !== undefined) this.showAlert(alert.id);
      return;
    }
    flows.move(step);
    this.feed.requestIfOutside();
    const selected = flows.selectedFlow;
    if (state.detail?.kind === 'flow' && selected !== null && selected.id !== state.detail.id) {
      this.showFlow(selected.id, null);
    }
  }

  private showFlow(id: number, fromAlert: string | null): void {
    const { store } = this.screen;
    store.update({ detail: { kind: 'flow', id, data: null, gone: false, fromAlert } });
    void this.feed.refreshDetail();
  }

  private showAlert(id: string): void {
    const { store } = this.screen;
    const { detail } = store.get();
    if (detail?.kind === 'alert' && detail.id === id) return;
    store.update({ detail: { kind: 'alert', id, flows: null, index: 0 } });
    void this.feed.refreshDetail();
  }

  moveCell(step: number): void {
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

  moveFocus(step: number): void {
    const { store } = this.screen;
    const state = store.get();
    const stops: (typeof state.focus)[] = ['flows'];
    if (stripAlerts(state).length > 0) stops.push('alerts');
    if (state.detail !== null) stops.push('detail');
    const at = Math.max(0, stops.indexOf(state.focus));
    store.update({ focus: stops[(at + step + stops.length) % stops.length]! });
  }

  openDetail(): void {
    const { store, flows } = this.screen;
    const state = store.get();
    if (state.programsScreen) return;
    if (state.detail?.kind === 'alert' && state.focus === 'detail') {
      const row = state.detail.flows?.[state.detail.index];
      if (row !== undefined) this.showFlow(row.id, state.detail.id);
      return;
    }
    if (state.alertsScreen || state.focus === 'alerts') {
      const alert = this.alerts.selected();
      if (alert === undefined) return;
      if (state.detail?.kind === 'alert' && state.detail.id === alert.id) {
        if ((state.detail.flows?.length ?? 0) > 0) store.update({ focus: 'detail' });
      } else this.showAlert(alert.id);
      return;
    }
    if (flows.cursor === null) flows.select(flows.top);
    const line = flows.selected;
    if (line?.kind === 'group') {
      this.toggleGroup(line.group.key);
      return;
    }
    if (line === undefined) return;
    this.showFlow(line.row.id, null);
    void this.feed.request();
  }

  toggleGroup(key: string): void {
    const { store } = this.screen;
    const open = store.get().openGroups;
    store.update({
      openGroups: open.includes(key) ? open.filter((one) => one !== key) : [...open, key],
    });
    void this.feed.request();
  }

  toggleRow(): void {
    const { store, flows } = this.screen;
    if (flows.cursor === null) flows.select(flows.top);
    const line = flows.selected;
    if (line === undefined) return;
    if (line.kind === 'group') {
      this.toggleGroup(line.group.key);
      return;
    }
    const { pinned } = store.get();
    const { id } = line.row;
    if (pinned.includes(id)) store.update({ pinned: pinned.filter((one) => one !== id) });
    else if (pinned.length >= pinnedMax) {
      this.screen.say(`at most ${pinnedMax} rows can be pinned`, 'warning');
      return;
    } else store.update({ pinned: [...pinned, id] });
    void this.feed.request();
  }

  /** One step back: detail, focus, alerts, selection, then the filter. */
  back(): void {
    const { store, flows } = this.screen;
    const state = store.get();
    if (state.message !== null) store.update({ message: null });
    const { detail } = state;
    if (detail?.kind === 'flow' && detail.fromAlert !== null) {
      this.showAlert(detail.fromAlert);
      store.update({ focus: 'detail' });
    } else if (detail?.kind === 'alert' && state.focus === 'detail')
      store.update({ focus: state.alertsScreen ? 'flows' : 'alerts' });
    else if (detail !== null) store.update({ detail: null, focus: 'flows' });
    else if (state.programsScreen) this.programs.leave();
    else if (state.alertsScreen) store.update({ alertsScreen: false });
    else if (state.focus !== 'flows') store.update({ focus: 'flows' });
    else if (state.cellColumn !== null) store.update({ cellColumn: null });
    else if (flows.cursor !== null) flows.deselect();
    else if (state.view.filter !== '') this.view.change({ filter: '' });
    else if (state.view.groupBy.length > 0) this.view.change({ groupBy: [] });
  }

  filterByCell(not: boolean): void {
    const { store, flows } = this.screen;
    const line = flows.selected;
    if (line === undefined) {
      this.screen.say('select a row first (↑ ↓), and a cell (← →)');
      return;
    }
    const column = placedColumns(this.screen, store.get().columns).find(
      (placed) => placed.column.id === (store.get().cellColumn ?? 'destination'),
    )?.column;
    const term = line.kind === 'group' ? line.group.filter : (column?.term(line.row) ?? null);
    if (term === null) {
      this.screen.say('this cell cannot be used as a filter');
      return;
    }
    const { filter } = store.get().view;
    const wanted = not ? `not (${term})` : term;
    const joined =
      filter === ''
        ? wanted
        : `${/\bor\b|\|\|/i.test(filter) ? `(${filter})` : filter} and ${wanted}`;
    this.view.change({ filter: joined });
  }

  /** An alert's filter is applied; a row's stands in the prompt, applied, to be read, changed or copied. */
  showAsFilter(): void {
    const { store } = this.screen;
    const filter = this.asFilter();
    if (filter === null) return;
    if (this.onAlert()) {
      store.update({ alertsScreen: false, detail: null, focus: 'flows' });
      this.view.change({ filter });
    } else this.view.openFilter(filter);
  }

  copyAsFilter(copy: (text: string) => void): void {
    const filter = this.asFilter();
    if (filter !== null) copy(filter);
  }

  private onAlert(): boolean {
    const { alertsScreen, focus, detail } = this.screen.store.get();
    return alertsScreen || focus === 'alerts' || detail?.kind === 'alert';
  }

  /** What the cursor stands on as a filter; null: it was said why there is none. */
  private asFilter(): string | null {
    if (this.onAlert()) {
      const alert = this.alerts.selected();
      const filter = alert === undefined ? '' : alertFilter(alert);
      if (filter !== '') return filter;
      this.screen.say('this alert has no address to filter by');
      return null;
    }
    const line = this.screen.flows.selected;
    if (line !== undefined) return line.kind === 'group' ? line.group.filter : rowFilter(line.row);
    this.screen.say('select a row first (↑ ↓)');
    return null;
  }

  toggleFollow(): void {
    const { store, flows } = this.screen;
    if (flows.cursor === null) flows.select(flows.top);
    store.update({ following: !store.get().following });
  }
}

const rowFilter = (row: FlowRow): string => {
  const ports = [row.source.port, row.destination.port].filter((port) => port !== null);
  return [
    `host ${row.source.address}`,
    `host ${row.destination.address}`,
    ...ports.map((port) => `port ${port}`),
    `proto = ${row.protocol}`,
  ].join(' and ');
};

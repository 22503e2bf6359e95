// What keys do to the view: filter, order, grouping, interface, looks, interval, pause.

import { sortChoices } from '../../core/flows/schema/menus.js';
import type { MonitorPort } from '../../core/model/monitor-port.js';
import type { DataFeed } from '../state/data-feed.js';
import { promptWith } from '../state/prompt.js';
import type { Screen } from '../state/screen.js';
import type { DisplayOptions, MenuKind, Prompt, ViewChoice } from '../state/screen-state.js';
import { placedColumns } from '../table/flow-table.js';

const intervalSteps = [0.1, 0.2, 0.5, 1, 2, 3, 5, 10, 30, 60];

export class ViewCommands {
  constructor(
    private readonly screen: Screen,
    private readonly feed: DataFeed,
    private readonly port: MonitorPort,
  ) {}

  change(change: Partial<ViewChoice>): void {
    const { store, flows } = this.screen;
    store.update({ view: { ...store.get().view, ...change } });
    // Who is followed keeps the cursor, wherever the new order puts it.
    if (store.get().following && flows.selectedFlow !== null) flows.top = 0;
    else flows.reset();
    void this.feed.request();
  }

  changeDisplayOptions(change: Partial<DisplayOptions>): void {
    const { store } = this.screen;
    store.update({ looks: { ...store.get().looks, ...change } });
  }

  setInterval(seconds: number): void {
    this.port.setIntervalSeconds(seconds);
    this.screen.store.update({ intervalSeconds: seconds });
  }

  /** With a text it is tried at once, as if it had been typed. */
  openFilter(text?: string): void {
    const { store } = this.screen;
    const { filter } = store.get().view;
    store.update({
      prompt: {
        kind: 'filter',
        line: promptWith(text ?? filter),
        error: null,
        judged: filter,
        before: filter,
      },
    });
    if (text !== undefined) void this.feed.tryFilter(text);
  }

  sortBy(field: string): void {
    const { view } = this.screen.store.get();
    const choice = sortChoices.find((one) => one.field === field);
    const same = view.sort.field === field;
    const descending = same ? !view.sort.descending : (choice?.descending ?? true);
    this.change({ sort: { field, descending } });
  }

  sortByNeighbour(step: number): void {
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

  sortByPlace(place: number): void {
    const columns = placedColumns(this.screen, this.screen.store.get().columns).filter(
      ({ column }) => column.sortField !== null,
    );
    const field = columns[place - 1]?.column.sortField;
    if (field) this.sortBy(field);
  }

  reverse(): void {
    const { sort } = this.screen.store.get().view;
    this.change({ sort: { field: sort.field, descending: !sort.descending } });
  }

  openMenu(menu: MenuKind): void {
    this.screen.store.update({ overlay: { kind: 'menu', menu, index: 0 } });
  }

  nextInterface(): void {
    const { interfaces, view } = this.screen.store.get();
    if (interfaces.length < 2) {
      this.screen.say('only one interface is watched: start with several names, or with "any"');
      return;
    }
    const names: (string | null)[] = [null, ...interfaces.map((one) => one.name)];
    const next = names[(names.indexOf(view.interface) + 1) % names.length] ?? null;
    this.change({ interface: next });
    this.screen.say(next === null ? 'all interfaces' : `only ${next}`);
  }

  pause(): void {
    const { store } = this.screen;
    const paused = store.get().pausedFor !== null;
    store.update({ pausedFor: paused ? null : 0 });
  }

  stepInterval(step: number): void {
    const now = this.screen.store.get().intervalSeconds;
    const nearest = intervalSteps.findIndex((seconds) => seconds >= now);
    const index = Math.max(0, Math.min(intervalSteps.length - 1, nearest + step));
    this.setInterval(intervalSteps[index]!);
  }

  toggleUnits(): void {
    const { units } = this.screen.store.get().looks;
    this.changeDisplayOptions({ units: units === 'bits' ? 'bytes' : 'bits' });
  }

  toggleWide(): void {
    this.changeDisplayOptions({ wide: !this.screen.store.get().looks.wide });
  }

  toggleGraph(): void {
    const graph = this.screen.store.get().looks.graph === 'blocks' ? 'braille' : 'blocks';
    this.changeDisplayOptions({ graph });
    this.screen.say(
      this.screen.unicode ? `graphs of ${graph}` : 'graphs of ASCII: this terminal has no more',
    );
  }

  toggleFrozen(): void {
    const { store } = this.screen;
    store.update({ frozen: !store.get().frozen });
    void this.feed.request();
  }

  openPrompt(kind: Exclude<Prompt['kind'], 'filter'>): void {
    this.screen.store.update({ prompt: { kind, line: promptWith(''), error: '' } });
  }
}

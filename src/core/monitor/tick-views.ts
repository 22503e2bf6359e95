// The snapshots of one tick: what all views share is described once, flows are selected once for each filter and order, equal views get the same snapshot.
import type { QueryColumns } from '../flows/columns.generated.js';
import type { FieldContext } from '../flows/field-context.js';
import { groupFlows } from '../flows/group.js';
import { type FlowSelection, selectFlows } from '../flows/query.js';
import { rowMaker } from '../flows/row.js';
import { packRows, type RowBatch } from '../flows/row-columns.js';
import type { FlowRow } from '../model/flow.js';
import { type FlowGroup, GROUP_MEMBERS_MAX } from '../model/group.js';
import type { Snapshot } from '../model/snapshot.js';
import { PINNED_FLOWS_MAX } from '../model/view.js';
import { type CompiledView, compileView } from './compiled-view.js';

/** Without `flows`: they are built from `rows` in the other thread. */
export interface PackedSnapshot {
  readonly snapshot: Snapshot;
  readonly rows: RowBatch;
}

/** The parts that don't depend on a view. */
export type TickBase = Omit<Snapshot, 'flows' | 'groups' | 'flowsMatched'>;

export interface TickSource {
  readonly columns: QueryColumns;
  readonly context: FieldContext;
  readonly base: TickBase;
  /** -1: it has left the table. */
  readonly slotOf: (id: number) => number;
}

interface ViewContent {
  readonly slots: readonly number[];
  readonly groups: readonly FlowGroup[];
  readonly flowsMatched: number;
  /** Beyond the most that a view may pin. */
  readonly pinnedIgnored: number;
}

export class TickViews {
  readonly #source: TickSource;
  /** Most flows that a view of this filter and order wants. */
  readonly #wanted = new Map<string, number>();
  readonly #selections = new Map<string, FlowSelection>();
  readonly #contents = new Map<string, ViewContent>();
  readonly #snapshots = new Map<string, Snapshot>();
  /** Rows of this tick by slot: views overlap. */
  readonly #rows = new Map<number, FlowRow>();
  readonly #makeRow: (slot: number) => FlowRow;

  /** `views`: all that will be requested. */
  constructor(source: TickSource, views: Iterable<CompiledView>) {
    this.#source = source;
    this.#makeRow = rowMaker(source.columns, source.context);
    for (const { orderKey, view } of views) {
      if (view.groupBy.length > 0) continue;
      const before = this.#wanted.get(orderKey) ?? 0;
      this.#wanted.set(orderKey, Math.max(before, view.offset + view.limit));
    }
  }

  snapshot(compiled: CompiledView): Snapshot {
    const known = this.#snapshots.get(compiled.key);
    if (known) return known;
    const content = this.#content(compiled);
    const snapshot = this.#with(content, this.#rowsOf(content.slots));
    this.#snapshots.set(compiled.key, snapshot);
    return snapshot;
  }

  packed(compiled: CompiledView): PackedSnapshot {
    const { columns, context } = this.#source;
    const content = this.#content(compiled);
    return {
      snapshot: this.#with(content, []),
      rows: packRows(columns, content.slots, context),
    };
  }

  #with({ groups, flowsMatched, pinnedIgnored }: ViewContent, flows: readonly FlowRow[]): Snapshot {
    const { base } = this.#source;
    const health =
      pinnedIgnored > 0 ? { ...base.health, pinnedFlowsIgnored: pinnedIgnored } : base.health;
    return { ...base, health, flows, groups, flowsMatched };
  }

  #content(compiled: CompiledView): ViewContent {
    const known = this.#contents.get(compiled.key);
    if (known) return known;
    const { columns, context } = this.#source;
    const { sort, offset, limit, groupBy, pinned } = compiled.view;
    const pinnedIgnored = Math.max(0, pinned.length - PINNED_FLOWS_MAX);
    let content: ViewContent;
    if (groupBy.length > 0) {
      const query = { filter: compiled.filter, sort, offset, limit };
      const { groups, matched } = groupFlows(columns, context, query, groupBy);
      content = {
        slots: this.#withPinned([], pinned),
        groups: groups.map((group) => this.#withMembers(compiled, group)),
        flowsMatched: matched,
        pinnedIgnored,
      };
    } else {
      const { slots, matched } = this.#select(compiled);
      const shown = slots.slice(offset, offset + limit);
      content = {
        slots: this.#withPinned(shown, pinned),
        groups: [],
        flowsMatched: matched,
        pinnedIgnored,
      };
    }
    this.#contents.set(compiled.key, content);
    return content;
  }

  #select({ filter, orderKey, view }: CompiledView): FlowSelection {
    const known = this.#selections.get(orderKey);
    if (known) return known;
    const { columns, context } = this.#source;
    const limit = this.#wanted.get(orderKey) ?? view.offset + view.limit;
    const selection = selectFlows(columns, context, { filter, sort: view.sort, offset: 0, limit });
    this.#selections.set(orderKey, selection);
    return selection;
  }

  #rowsOf(slots: readonly number[]): FlowRow[] {
    return slots.map((slot) => {
      const row = this.#rows.get(slot) ?? this.#makeRow(slot);
      this.#rows.set(slot, row);
      return row;
    });
  }

  #withPinned(slots: readonly number[], pinned: readonly number[]): readonly number[] {
    if (pinned.length === 0) return slots;
    const chosen = new Set(slots);
    for (const id of pinned.slice(0, PINNED_FLOWS_MAX)) {
      const slot = this.#source.slotOf(id);
      if (slot >= 0) chosen.add(slot);
    }
    return [...chosen];
  }

  /** The first flows of a group that is open on the screen. */
  #withMembers({ view }: CompiledView, group: FlowGroup): FlowGroup {
    if (!view.openGroups?.includes(group.key)) return group;
    const both = view.filter === '' ? group.filter : `(${view.filter}) and ${group.filter}`;
    const members = compileView({ ...view, filter: both });
    if (!members.ok) return group;
    const { columns, context } = this.#source;
    const query = { filter: members.compiled.filter, sort: view.sort };
    const { slots } = selectFlows(columns, context, {
      ...query,
      offset: 0,
      limit: GROUP_MEMBERS_MAX,
    });
    return { ...group, members: this.#rowsOf(slots) };
  }
}

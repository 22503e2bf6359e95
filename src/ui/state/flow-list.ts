// The rows of the table as they stand on the screen: order, cursor, scroll place, and the part of the list that is loaded.
import type { FlowRow } from '../../core/model/flow.js';
import type { FlowGroup } from '../../core/model/group.js';
import type { Snapshot } from '../../core/model/snapshot.js';
import { calmOrder, holdPlace, keepOrder } from './flow-order.js';

export type TableLine =
  | {
      readonly kind: 'flow';
      readonly row: FlowRow;
      readonly member: boolean;
      readonly pinned: boolean;
    }
  | { readonly kind: 'group'; readonly group: FlowGroup; readonly open: boolean };

export interface Adoption {
  readonly pinned: readonly number[];
  readonly openGroups: readonly string[];
  /** False: rows keep their places (frozen, paused fingers, too soon after the last time or a key). */
  readonly reorder: boolean;
  /** The list has changed (sort, filter, group, scrolled): old positions are invalid. */
  readonly listChanged: boolean;
  readonly following: boolean;
  /** For the hysteresis, when the sort is by a rate; else null. */
  readonly rateOf: ((row: FlowRow) => number) | null;
  /** Where `snapshot.flows` begins in the whole list. */
  readonly offset: number;
}

/** Rows asked for at once: the screen and a screen each way, within these bounds. */
const windowMin = 60;
const windowMax = 600;
/** Cap on requested groups: groups are few, and open ones are long. */
export const groupsMax = 500;

export const lineKey = (line: TableLine): string =>
  line.kind === 'flow' ? `f${line.row.id}` : `g${line.group.key}`;

export class FlowList {
  private pinnedLines: TableLine[] = [];
  private lines: TableLine[] = [];
  private offset = 0;
  private cursorKey: string | null = null;
  total = 0;
  top = 0;
  /** null: no row is selected. */
  cursor: number | null = null;
  /** Rows that fit into the table; known after the first layout. */
  height = 20;

  lineAt(index: number): TableLine | undefined {
    if (index < this.pinnedLines.length) return this.pinnedLines[index];
    return this.lines[index - this.pinnedLines.length - this.offset];
  }

  get selected(): TableLine | undefined {
    return this.cursor === null ? undefined : this.lineAt(this.cursor);
  }

  get selectedFlow(): FlowRow | null {
    const line = this.selected;
    return line?.kind === 'flow' ? line.row : null;
  }

  /** Flows on the screen now: those that must stay while the order is frozen. */
  visibleIds(): number[] {
    const ids: number[] = [];
    for (let index = this.top; index < this.top + this.height; index++) {
      const line = this.lineAt(index);
      if (line?.kind === 'flow' && !line.pinned) ids.push(line.row.id);
    }
    return ids;
  }

  /** What to ask the monitor for, so that scrolling has something to show at once. */
  window(grouped: boolean): { offset: number; limit: number } {
    if (grouped) return { offset: 0, limit: groupsMax };
    const limit = Math.min(windowMax, Math.max(windowMin, this.height * 3));
    return { offset: Math.max(0, this.top - this.height - this.pinnedLines.length), limit };
  }

  /** True when the screen shows, or is about to show, rows that are not loaded. */
  outside(): boolean {
    const first = Math.max(this.top, this.pinnedLines.length) - this.pinnedLines.length;
    const last = Math.min(this.top + this.height, this.total) - this.pinnedLines.length;
    return first < this.offset || last > this.offset + this.lines.length;
  }

  move(step: number): void {
    if (this.total === 0) return;
    const from = this.cursor ?? (step > 0 ? this.top - 1 : this.top + 1);
    this.select(from + step);
  }

  select(index: number): void {
    if (this.total === 0) return;
    this.cursor = Math.max(0, Math.min(this.total - 1, index));
    this.reveal();
    this.rememberCursor();
  }

  deselect(): void {
    this.cursor = null;
    this.cursorKey = null;
  }

  scroll(step: number): void {
    this.top = Math.max(0, Math.min(this.top + step, this.total - this.height));
  }

  reset(): void {
    this.top = 0;
    this.deselect();
  }

  resize(height: number): void {
    this.height = Math.max(1, height);
    this.top = Math.max(0, Math.min(this.top, this.total - this.height));
    if (this.cursor !== null) this.reveal();
  }

  adopt(snapshot: Snapshot, adoption: Adoption): void {
    if (snapshot.groups.length > 0) this.adoptGroups(snapshot, adoption);
    else this.adoptFlows(snapshot, adoption);
    this.top = Math.max(0, Math.min(this.top, this.total - this.height));
    this.findCursor(adoption.following);
  }

  private adoptFlows(snapshot: Snapshot, adoption: Adoption): void {
    const selected = this.selectedFlow;
    const pinned = new Set(adoption.pinned);
    const byId = new Map(snapshot.flows.map((row) => [row.id, row]));
    this.pinnedLines = adoption.pinned
      .map((id) => byId.get(id))
      .filter((row) => row !== undefined)
      .map((row) => ({ kind: 'flow', row, member: false, pinned: true }));
    const wanted = snapshot.flows.filter((row) => !pinned.has(row.id));
    const rows = this.ordered(wanted, adoption, selected);
    this.lines = rows.map((row) => ({ kind: 'flow', row, member: false, pinned: false }));
    this.offset = adoption.offset;
    this.total = Math.max(
      snapshot.flowsMatched,
      this.offset + rows.length + this.pinnedLines.length,
    );
  }

  /** Whatever the order, the selected row keeps its place under the cursor, unless it is followed to where it belongs. */
  private ordered(
    wanted: readonly FlowRow[],
    adoption: Adoption,
    selected: FlowRow | null,
  ): readonly FlowRow[] {
    const place = (this.cursor ?? 0) - this.pinnedLines.length - adoption.offset;
    const held = (rows: readonly FlowRow[]): readonly FlowRow[] =>
      selected === null || adoption.following || place < 0
        ? rows
        : holdPlace(rows, selected.id, place);
    if (adoption.listChanged || this.offset !== adoption.offset) return held(wanted);
    const shown = this.lines.flatMap((line) => (line.kind === 'flow' ? [line.row.id] : []));
    if (!adoption.reorder) return keepOrder(wanted, shown);
    return held(adoption.rateOf === null ? wanted : calmOrder(wanted, shown, adoption.rateOf));
  }

  private adoptGroups(snapshot: Snapshot, adoption: Adoption): void {
    const open = new Set(adoption.openGroups);
    this.pinnedLines = [];
    this.offset = 0;
    const shown = this.lines.flatMap((line) => (line.kind === 'group' ? [line.group.key] : []));
    const byKey = new Map(snapshot.groups.map((group) => [group.key, group]));
    let groups: readonly FlowGroup[] = snapshot.groups;
    if (!adoption.reorder && !adoption.listChanged) {
      const kept = shown.map((key) => byKey.get(key)).filter((group) => group !== undefined);
      const known = new Set(shown);
      groups = [...kept, ...snapshot.groups.filter((group) => !known.has(group.key))];
    }
    this.lines = groups.flatMap((group): TableLine[] => [
      { kind: 'group', group, open: open.has(group.key) },
      ...(open.has(group.key) ? (group.members ?? []) : []).map(
        (row): TableLine => ({ kind: 'flow', row, member: true, pinned: false }),
      ),
    ]);
    this.total = this.lines.length;
  }

  /** The cursor stays with its row; when the row is gone, with its place. */
  private findCursor(following: boolean): void {
    // An empty list may come from a half-typed filter: the next list restores the position.
    if (this.cursor === null || this.total === 0) return;
    const all = [...this.pinnedLines, ...this.lines];
    const at = all.findIndex((line) => lineKey(line) === this.cursorKey);
    if (at >= 0) this.cursor = at < this.pinnedLines.length ? at : at + this.offset;
    else this.cursor = Math.min(this.cursor, this.total - 1);
    if (following) this.reveal();
    else
      this.cursor = Math.max(
        this.top,
        Math.min(this.cursor, this.top + this.height - 1, this.total - 1),
      );
    this.rememberCursor();
  }

  private reveal(): void {
    if (this.cursor === null) return;
    if (this.cursor < this.top) this.top = this.cursor;
    else if (this.cursor >= this.top + this.height) this.top = this.cursor - this.height + 1;
  }

  private rememberCursor(): void {
    const line = this.selected;
    if (line !== undefined) this.cursorKey = lineKey(line);
  }
}

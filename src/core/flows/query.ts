// Which flows to show: filter, order and limit on columns, without sorting what nobody asked for.
import type { SortOrder } from '../model/view.js';
import type { FieldContext, QueryColumns } from './field-context.js';
import { findSortField } from './fields.js';
import { compareKeys } from './key-order.js';

/** Clears mask[slot] of each flow that doesn't match; slots that are 0 already are left alone. */
export type SlotFilter = (columns: QueryColumns, context: FieldContext, mask: Uint8Array) => void;

export interface FlowQuery {
  /** null: all. */
  readonly filter: SlotFilter | null;
  readonly sort: SortOrder;
  readonly offset: number;
  /** Infinity: all. */
  readonly limit: number;
}

export interface FlowSelection {
  readonly slots: readonly number[];
  readonly matched: number;
}

/** Slots in use that match, in slot order. */
export function matchingSlots(
  columns: QueryColumns,
  context: FieldContext,
  filter: SlotFilter | null,
): Uint32Array {
  const { used, highWater } = columns;
  const slots = new Uint32Array(columns.count);
  let count = 0;
  if (!filter) {
    for (let slot = 0; slot < highWater; slot += 1) if (used[slot]) slots[count++] = slot;
    return slots.subarray(0, count);
  }
  const mask = used.slice(0, highWater);
  filter(columns, context, mask);
  for (let slot = 0; slot < highWater; slot += 1) if (mask[slot]) slots[count++] = slot;
  return slots.subarray(0, count);
}

/** Equal values are ordered by bytes, most first, then by key (contract.md). */
function slotOrder(
  columns: QueryColumns,
  context: FieldContext,
  sort: SortOrder,
): { key: (slot: number) => number; ties: (a: number, b: number) => number } {
  const field = findSortField(sort.field) ?? findSortField('rate')!;
  const read = field.read(columns, context);
  const sign = sort.descending ? 1 : -1;
  const { lowToHighBytes, highToLowBytes } = columns;
  let key = (slot: number): number => sign * read(slot);
  if (field.label) {
    const rank = labelRanks(columns, context, read, (code) => field.label!(code, context));
    key = (slot) => sign * rank.get(read(slot))!;
  }
  const compare = field.compare?.(columns);
  return {
    key,
    ties: (a, b) =>
      (compare ? sign * compare(b, a) : 0) ||
      lowToHighBytes[b]! + highToLowBytes[b]! - lowToHighBytes[a]! - highToLowBytes[a]! ||
      compareKeys(columns, a, b),
  };
}

/** Names sort as text: each distinct code gets the rank of its label. */
function labelRanks(
  columns: QueryColumns,
  _context: FieldContext,
  read: (slot: number) => number,
  label: (code: number) => string,
): Map<number, number> {
  const codes = new Set<number>();
  for (let slot = 0; slot < columns.highWater; slot += 1) {
    if (columns.used[slot]) codes.add(read(slot));
  }
  const sorted = [...codes].sort((a, b) => {
    const [left, right] = [label(a), label(b)];
    return left < right ? -1 : left > right ? 1 : a - b;
  });
  return new Map(sorted.map((code, rank) => [code, rank]));
}

/** The first `wanted` of `slots`, best first: a bounded heap whose root is the worst of the best. */
function best(
  slots: Uint32Array,
  wanted: number,
  key: (slot: number) => number,
  ties: (a: number, b: number) => number,
): number[] {
  const keys = new Float64Array(wanted);
  const heap = new Uint32Array(wanted);
  let size = 0;
  const worse = (keyA: number, a: number, keyB: number, b: number): boolean =>
    keyA !== keyB ? keyA < keyB : ties(a, b) > 0;
  const siftDown = (): void => {
    let at = 0;
    const value = keys[0]!;
    const slot = heap[0]!;
    for (;;) {
      let child = at * 2 + 1;
      if (child >= size) break;
      const right = child + 1;
      if (right < size && worse(keys[right]!, heap[right]!, keys[child]!, heap[child]!))
        child = right;
      if (!worse(keys[child]!, heap[child]!, value, slot)) break;
      keys[at] = keys[child]!;
      heap[at] = heap[child]!;
      at = child;
    }
    keys[at] = value;
    heap[at] = slot;
  };
  const siftUp = (value: number, slot: number): void => {
    let at = size++;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!worse(value, slot, keys[parent]!, heap[parent]!)) break;
      keys[at] = keys[parent]!;
      heap[at] = heap[parent]!;
      at = parent;
    }
    keys[at] = value;
    heap[at] = slot;
  };
  for (let i = 0; i < slots.length; i += 1) {
    const slot = slots[i]!;
    const value = key(slot);
    if (size < wanted) {
      siftUp(value, slot);
    } else if (worse(keys[0]!, heap[0]!, value, slot)) {
      keys[0] = value;
      heap[0] = slot;
      siftDown();
    }
  }
  const order = Array.from({ length: size }, (_, i) => i);
  order.sort((a, b) => keys[b]! - keys[a]! || ties(heap[a]!, heap[b]!));
  return order.map((i) => heap[i]!);
}

function sorted(
  slots: Uint32Array,
  key: (slot: number) => number,
  ties: (a: number, b: number) => number,
): number[] {
  const keys = new Float64Array(slots.length);
  for (let i = 0; i < slots.length; i += 1) keys[i] = key(slots[i]!);
  const order = Uint32Array.from(slots, (_, i) => i);
  order.sort((a, b) => keys[b]! - keys[a]! || ties(slots[a]!, slots[b]!));
  return Array.from(order, (i) => slots[i]!);
}

/** Above this share of the matches a full sort is cheaper than the heap. */
const SORT_SHARE = 0.25;

export function selectFlows(
  columns: QueryColumns,
  context: FieldContext,
  query: FlowQuery,
): FlowSelection {
  const slots = matchingSlots(columns, context, query.filter);
  const wanted = Math.min(slots.length, query.offset + query.limit);
  if (wanted <= query.offset) return { slots: [], matched: slots.length };
  const { key, ties } = slotOrder(columns, context, query.sort);
  const ordered =
    wanted > slots.length * SORT_SHARE ? sorted(slots, key, ties) : best(slots, wanted, key, ties);
  return { slots: ordered.slice(query.offset, wanted), matched: slots.length };
}

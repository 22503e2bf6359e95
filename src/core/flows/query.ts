// Which flows to show: filter, order and limit on columns, without sorting more than the limit.
import type { SortOrder } from '../model/view.js';
import type { QueryColumns } from './columns.generated.js';
import type { FieldContext } from './field-context.js';
import { findSortField } from './fields.js';
import { compareKeys } from './key-order.js';
import { labelOf } from './labels.js';

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
  const label = labelOf(field, context);
  if (label) {
    const rank = labelRanks(columns, read, label);
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

/**
 * The best so far, as a heap whose root is the worst of them. A class with methods: functions that each query makes anew are compiled anew, too,
 * 25 ms of a quiet run's first half minute.
 */
class Best {
  readonly #keys: Float64Array;
  readonly #slots: Uint32Array;
  readonly #ties: (a: number, b: number) => number;
  #size = 0;

  constructor(wanted: number, ties: (a: number, b: number) => number) {
    this.#keys = new Float64Array(wanted);
    this.#slots = new Uint32Array(wanted);
    this.#ties = ties;
  }

  offer(key: number, slot: number): void {
    if (this.#size < this.#keys.length) this.#siftUp(key, slot);
    else if (this.#isWorse(this.#keys[0]!, this.#slots[0]!, key, slot)) this.#siftDown(key, slot);
  }

  /** What is below needs no offer. */
  get leastKey(): number {
    return this.#size < this.#keys.length ? Number.NEGATIVE_INFINITY : this.#keys[0]!;
  }

  /** Best first. */
  inOrder(): number[] {
    const [keys, slots, ties] = [this.#keys, this.#slots, this.#ties];
    const order = Array.from({ length: this.#size }, (_, i) => i);
    order.sort((a, b) => keys[b]! - keys[a]! || ties(slots[a]!, slots[b]!));
    return order.map((i) => slots[i]!);
  }

  #isWorse(keyA: number, a: number, keyB: number, b: number): boolean {
    return keyA !== keyB ? keyA < keyB : this.#ties(a, b) > 0;
  }

  #siftUp(key: number, slot: number): void {
    const [keys, slots] = [this.#keys, this.#slots];
    let at = this.#size++;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#isWorse(key, slot, keys[parent]!, slots[parent]!)) break;
      keys[at] = keys[parent]!;
      slots[at] = slots[parent]!;
      at = parent;
    }
    keys[at] = key;
    slots[at] = slot;
  }

  /** Replaces the root. */
  #siftDown(key: number, slot: number): void {
    const [keys, slots, size] = [this.#keys, this.#slots, this.#size];
    let at = 0;
    for (;;) {
      let child = at * 2 + 1;
      if (child >= size) break;
      const right = child + 1;
      if (right < size && this.#isWorse(keys[right]!, slots[right]!, keys[child]!, slots[child]!))
        child = right;
      if (!this.#isWorse(keys[child]!, slots[child]!, key, slot)) break;
      keys[at] = keys[child]!;
      slots[at] = slots[child]!;
      at = child;
    }
    keys[at] = key;
    slots[at] = slot;
  }
}

function best(
  slots: Uint32Array,
  wanted: number,
  key: (slot: number) => number,
  ties: (a: number, b: number) => number,
): number[] {
  const heap = new Best(wanted, ties);
  let { leastKey } = heap;
  for (let i = 0; i < slots.length; i += 1) {
    const slot = slots[i]!;
    const value = key(slot);
    if (value < leastKey) continue;
    heap.offer(value, slot);
    leastKey = heap.leastKey;
  }
  return heap.inOrder();
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

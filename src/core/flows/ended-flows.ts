// Flows that left the table in one tick, as they were when they left: kept for who asks, until the next tick.
import type { FlowEndReason } from '../model/consumer.js';
import { MutableFlowColumns } from './columns.generated.js';

/** One epoch of the default's kernel table: no tick can bring more new flows than that, so a flood at the table's cap evicts no more. */
export const ENDED_A_TICK_MAX = 65_536;
const FIRST_CAPACITY = 256;

type Doubles = readonly Float64Array[];
type Words = readonly Uint32Array[];
type Halves = readonly Uint16Array[];
type Bytes = readonly Uint8Array[];

interface ColumnLists {
  readonly capacity: number;
  readonly doubles: Doubles;
  readonly words: Words;
  readonly halves: Halves;
  readonly bytes: Bytes;
}

/** By kind of array: V8 optimizes loops over one kind each. */
function listsOf(columns: MutableFlowColumns): ColumnLists {
  const arrays = Object.values(columns) as unknown[];
  const of = <Kind>(kind: new (...args: never[]) => Kind): Kind[] =>
    arrays.filter((array): array is Kind => array instanceof kind);
  return {
    capacity: columns.used.length,
    doubles: of(Float64Array),
    words: of(Uint32Array),
    halves: of(Uint16Array),
    bytes: of(Uint8Array),
  };
}

// One function for each kind of array, as in column-copies.ts.
function copyDoubles(to: Doubles, from: Doubles, at: number, slot: number): void {
  for (let i = 0; i < to.length; i += 1) to[i]![at] = from[i]![slot]!;
}

function copyWords(to: Words, from: Words, at: number, slot: number, capacity: number): void {
  for (let i = 0; i < to.length; i += 1) {
    const width = to[i]!.length / capacity;
    for (let j = 0; j < width; j += 1) to[i]![at * width + j] = from[i]![slot * width + j]!;
  }
}

function copyHalves(to: Halves, from: Halves, at: number, slot: number, capacity: number): void {
  for (let i = 0; i < to.length; i += 1) {
    const width = to[i]!.length / capacity;
    for (let j = 0; j < width; j += 1) to[i]![at * width + j] = from[i]![slot * width + j]!;
  }
}

function copyBytes(to: Bytes, from: Bytes, at: number, slot: number, capacity: number): void {
  for (let i = 0; i < to.length; i += 1) {
    const width = to[i]!.length / capacity;
    for (let j = 0; j < width; j += 1) to[i]![at * width + j] = from[i]![slot * width + j]!;
  }
}

export class EndedFlows {
  /** Slots 0 … count - 1 are in use: queried and made into rows as the table's. */
  columns = new MutableFlowColumns(FIRST_CAPACITY, null);
  readonly reasons: FlowEndReason[] = [];
  /** Beyond the cap, in this tick. */
  dropped = 0;
  #to = listsOf(this.columns);
  #from: ColumnLists | null = null;
  #fromColumns: MutableFlowColumns | null = null;

  get count(): number {
    return this.columns.count;
  }

  clear(): void {
    this.columns.used.fill(0, 0, this.columns.highWater);
    this.columns.highWater = 0;
    this.columns.count = 0;
    this.reasons.length = 0;
    this.dropped = 0;
  }

  /** Before the slot is given back. */
  add(from: MutableFlowColumns, slot: number, reason: FlowEndReason): void {
    if (this.count >= ENDED_A_TICK_MAX) {
      this.dropped += 1;
      return;
    }
    const at = this.count;
    if (at >= this.#to.capacity) {
      this.columns = new MutableFlowColumns(this.#to.capacity * 2, this.columns);
      this.#to = listsOf(this.columns);
    }
    if (this.#fromColumns !== from || !this.#from) {
      this.#fromColumns = from;
      this.#from = listsOf(from);
    }
    const [to, source] = [this.#to, this.#from];
    copyDoubles(to.doubles, source.doubles, at, slot);
    copyWords(to.words, source.words, at, slot, to.capacity);
    copyHalves(to.halves, source.halves, at, slot, to.capacity);
    copyBytes(to.bytes, source.bytes, at, slot, to.capacity);
    this.columns.used[at] = 1;
    this.columns.highWater = at + 1;
    this.columns.count = at + 1;
    this.reasons.push(reason);
  }
}

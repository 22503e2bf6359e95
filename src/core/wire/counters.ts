// The totals and counters sections of a batch: rows by number, read without making objects.
import type { Batch } from './batch.js';
import { counterRow, interfaceTotalLayout, trafficCounterLayout } from './layout.generated.js';
import { readU64 } from './words.js';

const ROW_WORDS = trafficCounterLayout.size / 4;
const PACKETS = trafficCounterLayout.offset.packets / 4;
const BYTES = trafficCounterLayout.offset.bytes / 4;

const TOTAL_WORDS = interfaceTotalLayout.size / 4;
const INTERFACE_INDEX = interfaceTotalLayout.offset.interfaceIndex / 4;
/** Slot in the lower half, protocol in the upper one. */
const SLOT_AND_PROTOCOL = interfaceTotalLayout.offset.slot / 4;
const TRAFFIC = interfaceTotalLayout.offset.traffic / 4;

/** Values of one row, in the order received packets, sent packets, received bytes, sent bytes. */
export const VALUES_A_ROW = 4;

function readRow(words: Uint32Array, rowWord: number, into: Float64Array, at: number): void {
  into[at] = readU64(words, rowWord + PACKETS);
  into[at + 1] = readU64(words, rowWord + PACKETS + 2);
  into[at + 2] = readU64(words, rowWord + BYTES);
  into[at + 3] = readU64(words, rowWord + BYTES + 2);
}

export interface InterfaceTotal {
  readonly interfaceIndex: number;
  readonly slot: number;
  /** enum protocol_index. */
  readonly protocol: number;
  /** VALUES_A_ROW numbers, of this interval; filled again by the next row. */
  readonly traffic: Float64Array;
}

/** Every interface and protocol that had traffic in this interval. Both the row and its numbers are the same object each time. */
export function* readTotals(batch: Batch): Generator<InterfaceTotal> {
  const { words } = batch;
  const row = {
    interfaceIndex: 0,
    slot: 0,
    protocol: 0,
    traffic: new Float64Array(VALUES_A_ROW),
  };
  for (let i = 0; i < batch.totalCount; i += 1) {
    const start = batch.totalsWord + i * TOTAL_WORDS;
    const slotAndProtocol = words[start + SLOT_AND_PROTOCOL]!;
    row.interfaceIndex = words[start + INTERFACE_INDEX]!;
    row.slot = slotAndProtocol & 0xffff;
    row.protocol = slotAndProtocol >>> 16;
    readRow(words, start + TRAFFIC, row.traffic, 0);
    yield row;
  }
}

/** `count` rows of the counters section from `row` on; rows that the batch lacks are 0. */
export function readCounters(batch: Batch, row: number, count: number, into: Float64Array): void {
  const there = Math.max(0, Math.min(count, Math.min(batch.counterCount, counterRow.rows) - row));
  for (let i = 0; i < there; i += 1) {
    readRow(batch.words, batch.countersWord + (row + i) * ROW_WORDS, into, i * VALUES_A_ROW);
  }
  into.fill(0, there * VALUES_A_ROW, count * VALUES_A_ROW);
}

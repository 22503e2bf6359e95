// The totals and counters sections of a batch: rows by number, read without making objects.
import type { Batch } from './batch.js';
import { KNP_PROTOCOL_ROWS, trafficCounterLayout } from './layout.generated.js';
import { readU64 } from './words.js';

const ROW_WORDS = trafficCounterLayout.size / 4;
const PACKETS = trafficCounterLayout.offset.packets / 4;
const BYTES = trafficCounterLayout.offset.bytes / 4;

/** Values of one row, in the order received packets, sent packets, received bytes, sent bytes. */
export const VALUES_A_ROW = 4;

function readRow(words: Uint32Array, rowWord: number, into: Float64Array, at: number): void {
  into[at] = readU64(words, rowWord + PACKETS);
  into[at + 1] = readU64(words, rowWord + PACKETS + 2);
  into[at + 2] = readU64(words, rowWord + BYTES);
  into[at + 3] = readU64(words, rowWord + BYTES + 2);
}

/** All protocol rows of one interface slot, VALUES_A_ROW numbers each. */
export function readTotals(batch: Batch, slot: number, into: Float64Array): void {
  const first = batch.totalsWord + slot * KNP_PROTOCOL_ROWS * ROW_WORDS;
  for (let row = 0; row < KNP_PROTOCOL_ROWS; row += 1) {
    readRow(batch.words, first + row * ROW_WORDS, into, row * VALUES_A_ROW);
  }
}

/** `count` rows of the counters section from `row` on. */
export function readCounters(batch: Batch, row: number, count: number, into: Float64Array): void {
  for (let i = 0; i < count; i += 1) {
    readRow(batch.words, batch.countersWord + (row + i) * ROW_WORDS, into, i * VALUES_A_ROW);
  }
}

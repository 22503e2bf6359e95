// Addon sessions for tests: opened with small tables, drained until quiet, and read by the product's decoder.
import { strict as assert } from 'node:assert';
import type { NativeSession, NativeSessionOptions } from '../../src/core/native/contract.js';
import { isNativeError, loadNative, type NativeError } from '../../src/core/native/load.js';
import { type Batch, openBatch } from '../../src/core/wire/batch.js';
import { readCounters, readTotals, VALUES_A_ROW } from '../../src/core/wire/counters.js';
import {
  counterRow,
  flowCountersLayout,
  flowRecordLayout,
  KNP_PROTOCOL_ROWS,
} from '../../src/core/wire/layout.generated.js';
import { readU64 } from '../../src/core/wire/words.js';
import { makePair, type Namespace, type Pair } from './namespaces.js';

export function openSession(options: Partial<NativeSessionOptions> = {}): NativeSession {
  return new (loadNative().Session)({
    maxFlows: 4096,
    interfaceSlots: 2,
    features: 0,
    ringBytes: 64 * 1024,
    capture: false,
    ...options,
  });
}

/** Sums over batches: totals since the first batch read; flows and untracked as in the last batch. */
export interface Sums {
  received: number;
  receivedBytes: number;
  sent: number;
  untracked: number;
  flowPackets: number;
  flowBytes: number;
  flows: number;
}

/** Reads the batches of one session in order. */
export function sumsReader(slot = 0): (buffer: ArrayBuffer) => Sums {
  const totals = { received: 0, receivedBytes: 0, sent: 0 };
  return (buffer) => {
    const batch = openBatch(buffer);
    for (const { slot: one, traffic } of readTotals(batch)) {
      if (one !== slot) continue;
      totals.received += traffic[0]!;
      totals.sent += traffic[1]!;
      totals.receivedBytes += traffic[2]!;
    }
    return { ...totals, ...sumsOfInterval(batch) };
  };
}

function sumsOfInterval(batch: Batch) {
  const sums = { untracked: 0, flowPackets: 0, flowBytes: 0, flows: batch.flowCount };
  const rows = new Float64Array(KNP_PROTOCOL_ROWS * VALUES_A_ROW);
  readCounters(batch, counterRow.untracked, KNP_PROTOCOL_ROWS, rows);
  for (let row = 0; row < rows.length; row += VALUES_A_ROW) {
    sums.untracked += rows[row]! + rows[row + 1]!;
  }
  for (let flow = 0; flow < batch.flowCount; flow++) {
    const start = batch.flowsWord + (flow * flowRecordLayout.size) / 4;
    const packets = start + flowCountersLayout.offset.packets / 4;
    const bytes = start + flowCountersLayout.offset.bytes / 4;
    sums.flowPackets += readU64(batch.words, packets) + readU64(batch.words, packets + 2);
    sums.flowBytes += readU64(batch.words, bytes) + readU64(batch.words, bytes + 2);
  }
  return sums;
}

/** Returns the error that `body` must throw. */
export function nativeErrorOf(body: () => unknown): NativeError {
  try {
    body();
  } catch (error) {
    assert.ok(isNativeError(error), `not an error of the addon: ${error}`);
    return error;
  }
  assert.fail('nothing was thrown');
}

export async function nativeRejectionOf(promise: Promise<unknown>): Promise<NativeError> {
  const error: unknown = await promise.then(
    () => assert.fail('the promise was kept'),
    (reason) => reason,
  );
  assert.ok(isNativeError(error), `not an error of the addon: ${error}`);
  return error;
}

export interface WatchedPair {
  readonly pair: Pair;
  /** The other side, which sends traffic. */
  readonly peer: Namespace;
  /** Index of the local interface; this process is in its namespace. */
  readonly index: number;
  remove(): void;
}

/** A veth pair; this process enters the namespace of its left side and stays there. */
export function enterPair(prefix: string): WatchedPair {
  const pair = makePair(prefix);
  loadNative().enterNetworkNamespace(`/run/netns/${pair.left.name}`);
  const link = loadNative()
    .links()
    .find((one) => one.name === pair.leftInterface);
  assert.ok(link);
  return { pair, peer: pair.right, index: link.index, remove: () => pair.remove() };
}

/** Program ids at the hooks of one side, as the kernel lists them, without a session. */
export function hooked(index: number, direction: 'ingress' | 'egress'): Record<string, number[]> {
  const ids: Record<string, number[]> = {};
  for (const program of loadNative().hookedPrograms(index)) {
    if (program.direction !== direction) continue;
    ids[program.hook] = [...(ids[program.hook] ?? []), program.id];
  }
  return ids;
}

export function programId(session: NativeSession, name: string): number {
  const found = session.programs().find((one) => one.name === name);
  assert.ok(found, `no program ${name}`);
  return found.id;
}

// A batch's header and sections, checked: a recording comes from a stranger, so nothing in it is believed before it fits.
import {
  batchHeaderLayout,
  clockKind,
  counterRow,
  flowRecordLayout,
  KNP_ABI_VERSION,
  KNP_BATCH_MAGIC,
  KNP_INTERFACE_SLOTS_MAX,
  KNP_PROTOCOL_ROWS,
  trafficCounterLayout,
} from './layout.generated.js';
import { nanosecondsToMicroseconds, readU64 } from './words.js';

/** The bytes are no batch that this version can read. */
export class BatchError extends Error {
  override readonly name = 'BatchError';
}

export interface Batch {
  /** The whole buffer as little-endian words and bytes; the flow table and the decoders read from these. */
  readonly words: Uint32Array;
  readonly bytes: Uint8Array;
  /** Realtime at the swap, microseconds since 1970. */
  readonly capturedAtUs: number;
  /** The programs' clock at that moment, in its own units. */
  readonly clockAtCapture: number;
  readonly clockNsPerUnit: number;
  /** True: the clock counts nanoseconds since 1970 (captures), no conversion by clockAtCapture. */
  readonly clockIsNanoseconds: boolean;
  readonly interfaceSlots: number;
  readonly flowCount: number;
  /** Index of the first word of each section. */
  readonly totalsWord: number;
  readonly countersWord: number;
  readonly flowsWord: number;
  readonly drainMilliseconds: number;
}

const at = batchHeaderLayout.offset;

export function openBatch(buffer: ArrayBuffer): Batch {
  if (buffer.byteLength < batchHeaderLayout.size) {
    throw new BatchError(`batch of ${buffer.byteLength} bytes is shorter than its header`);
  }
  const words = new Uint32Array(buffer, 0, buffer.byteLength >>> 2);
  const word = (offset: number): number => words[offset >>> 2]!;
  const long = (offset: number): number => readU64(words, offset >>> 2);

  if (word(at.magic) !== KNP_BATCH_MAGIC) throw new BatchError('batch has the wrong magic number');
  if (word(at.abiVersion) !== KNP_ABI_VERSION) {
    throw new BatchError(
      `batch has record layout ${word(at.abiVersion)}, this program reads ${KNP_ABI_VERSION}`,
    );
  }
  const length = long(at.length);
  if (length > buffer.byteLength) {
    throw new BatchError(`batch says ${length} bytes, ${buffer.byteLength} are there`);
  }
  const interfaceSlots = word(at.interfaceSlots);
  if (interfaceSlots > KNP_INTERFACE_SLOTS_MAX) {
    throw new BatchError(`batch has ${interfaceSlots} interface slots`);
  }
  const flowCount = word(at.flowCount);
  const section = (name: string, offset: number, bytes: number): number => {
    if (offset % 8 !== 0 || offset < batchHeaderLayout.size || offset + bytes > length) {
      throw new BatchError(`batch section ${name} lies outside of the batch`);
    }
    return offset / 4;
  };
  const row = trafficCounterLayout.size;
  const clockNsPerUnit = long(at.clockNsPerUnit);
  // 10^9: a clock of one tick a second would be the coarsest that makes sense.
  if (clockNsPerUnit < 1 || clockNsPerUnit > 1e9) {
    throw new BatchError(`batch clock has ${clockNsPerUnit} ns a unit`);
  }
  return {
    words,
    bytes: new Uint8Array(buffer),
    capturedAtUs: nanosecondsToMicroseconds(word(at.capturedAtNs), word(at.capturedAtNs + 4)),
    clockAtCapture: long(at.clockAtCapture),
    clockNsPerUnit,
    clockIsNanoseconds: word(at.clockKind) === clockKind.nanoseconds,
    interfaceSlots,
    flowCount,
    totalsWord: section('totals', long(at.totalsOffset), interfaceSlots * KNP_PROTOCOL_ROWS * row),
    countersWord: section('counters', long(at.countersOffset), counterRow.rows * row),
    flowsWord: section('flows', long(at.flowsOffset), flowCount * flowRecordLayout.size),
    drainMilliseconds: long(at.drainNs) / 1e6,
  };
}

/** The programs' clock at `wordIndex` → microseconds since 1970. */
export function clockToMicroseconds(batch: Batch, words: Uint32Array, wordIndex: number): number {
  if (batch.clockIsNanoseconds) {
    return nanosecondsToMicroseconds(words[wordIndex]!, words[wordIndex + 1]!);
  }
  const age = batch.clockAtCapture - readU64(words, wordIndex);
  return Math.floor(batch.capturedAtUs - (age * batch.clockNsPerUnit) / 1000);
}

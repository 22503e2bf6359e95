// A batch's header and sections, checked: a recording is untrusted, so everything in it is validated before use.
import {
  batchHeaderLayout,
  clockKind,
  counterRow,
  flowRecordLayout,
  interfaceTotalLayout,
  KNP_ABI_VERSION,
  recordLayout,
  sectionKind,
  trafficCounterLayout,
} from './layout.generated.js';
import type { RecordLayouts } from './record-layout.js';
import { BatchError, checkHeader, readSections, type Section } from './sections.js';
import { translateBatch } from './translate.js';
import { nanosecondsToMicroseconds, readU64 } from './words.js';

export { BatchError } from './sections.js';

export interface Batch {
  /** The whole buffer as little-endian words and bytes; the flow table and the decoders read from these. */
  readonly words: Uint32Array;
  readonly bytes: Uint8Array;
  /** Realtime at the swap, microseconds since 1970. */
  readonly capturedAtUs: number;
  /** CLOCK_BOOTTIME at the swap, microseconds; in captures as capturedAtUs. */
  readonly boottimeUs: number;
  /** The programs' clock at that moment, in its own units. */
  readonly clockAtCapture: number;
  readonly clockNsPerUnit: number;
  /** True: the clock counts nanoseconds since 1970 (captures), no conversion by clockAtCapture. */
  readonly clockIsNanoseconds: boolean;
  /** Records and index of the first word of each section; a section that the batch lacks has no records. */
  readonly totalCount: number;
  readonly totalsWord: number;
  /** Rows that are there of enum counter_row. */
  readonly counterCount: number;
  readonly countersWord: number;
  readonly flowCount: number;
  readonly flowsWord: number;
  readonly drainMilliseconds: number;
}

const at = batchHeaderLayout.offset;

/** What this version reads, by kind: the size of a record, the name of its layout, and how many records may come. */
const known = {
  totals: {
    kind: sectionKind.totals,
    size: interfaceTotalLayout.size,
    layout: recordLayout.interfaceTotal,
    countMax: Number.POSITIVE_INFINITY,
  },
  counters: {
    kind: sectionKind.counters,
    size: trafficCounterLayout.size,
    layout: recordLayout.trafficCounter,
    countMax: counterRow.rows,
  },
  flows: {
    kind: sectionKind.flows,
    size: flowRecordLayout.size,
    layout: recordLayout.flowRecord,
    countMax: Number.POSITIVE_INFINITY,
  },
} as const;

/**
 * `layouts`: of a recording's header, by which its records are decoded. Live there are none: the records are those that this
 * version was compiled for. Throws BatchError.
 */
export function openBatch(buffer: ArrayBuffer, layouts?: RecordLayouts): Batch {
  return layouts ? readBatch(translateBatch(buffer, layouts)) : readBatch(buffer);
}

function readBatch(buffer: ArrayBuffer): Batch {
  const { words, length } = checkHeader(buffer);
  const abiVersion = words[at.abiVersion >>> 2]!;
  if (abiVersion !== KNP_ABI_VERSION) {
    throw new BatchError(
      `batch has records of ABI ${abiVersion} and no description of them, this program's are ${KNP_ABI_VERSION}`,
    );
  }
  const long = (offset: number): number => readU64(words, offset >>> 2);
  const microseconds = (offset: number): number =>
    nanosecondsToMicroseconds(words[offset >>> 2]!, words[(offset >>> 2) + 1]!);
  const clockNsPerUnit = long(at.clockNsPerUnit);
  // 10^9: a clock of one tick a second would be the coarsest that makes sense.
  if (clockNsPerUnit < 1 || clockNsPerUnit > 1e9) {
    throw new BatchError(`batch clock has ${clockNsPerUnit} ns a unit`);
  }
  const sections = readSections(words, length);
  const totals = find(sections, 'totals');
  const counters = find(sections, 'counters');
  const flows = find(sections, 'flows');
  return {
    words,
    bytes: new Uint8Array(buffer),
    capturedAtUs: microseconds(at.capturedAtNs),
    boottimeUs: microseconds(at.boottimeNs),
    clockAtCapture: long(at.clockAtCapture),
    clockNsPerUnit,
    clockIsNanoseconds: words[at.clockKind >>> 2] === clockKind.nanoseconds,
    totalCount: totals?.count ?? 0,
    totalsWord: (totals?.offset ?? 0) / 4,
    counterCount: counters?.count ?? 0,
    countersWord: (counters?.offset ?? 0) / 4,
    flowCount: flows?.count ?? 0,
    flowsWord: (flows?.offset ?? 0) / 4,
    drainMilliseconds: long(at.drainNs) / 1e6,
  };
}

function find(sections: ReadonlyMap<number, Section>, name: keyof typeof known): Section | null {
  const { kind, size, layout, countMax } = known[name];
  const section = sections.get(kind);
  if (!section) return null;
  if (section.recordSize !== size || section.layoutId !== layout) {
    throw new BatchError(
      `batch section ${name} has records of ${section.recordSize} bytes in layout ${section.layoutId}, ours have ${size} in ${layout}`,
    );
  }
  if (section.count > countMax) {
    throw new BatchError(`batch section ${name} has ${section.count} records`);
  }
  return section;
}

/** The programs' clock at `wordIndex` → microseconds since 1970. */
export function clockToMicroseconds(batch: Batch, words: Uint32Array, wordIndex: number): number {
  if (batch.clockIsNanoseconds) {
    return nanosecondsToMicroseconds(words[wordIndex]!, words[wordIndex + 1]!);
  }
  const age = batch.clockAtCapture - readU64(words, wordIndex);
  return Math.floor(batch.capturedAtUs - (age * batch.clockNsPerUnit) / 1000);
}

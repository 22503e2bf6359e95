// Converts a batch of another version to this version's layouts, by those that its file's header describes.
import {
  batchHeaderLayout,
  batchSectionLayout,
  counterRow,
  KNP_ABI_VERSION,
  recordLayout,
  sectionKind,
} from './layout.generated.js';
import {
  compiledLayouts,
  type FieldPlace,
  type RecordLayout,
  type RecordLayouts,
} from './record-layout.js';
import { BatchError, checkHeader, readSections, type Section } from './sections.js';

/** What this version reads, in the order in which it is written. */
const sections = [
  { kind: sectionKind.totals, layout: recordLayout.interfaceTotal },
  { kind: sectionKind.counters, layout: recordLayout.trafficCounter, countMax: counterRow.rows },
  { kind: sectionKind.flows, layout: recordLayout.flowRecord },
] as const;

/** Fields that say "none" by all ones, not by zero: where another version lacks them or has fewer, that is their value. */
const NONE_IS_ONES: ReadonlySet<string> = new Set(['key.vlan', 'key.firstSynDirection']);

/** Throws BatchError. Returns `buffer` itself where it is of this version already. */
export function translateBatch(buffer: ArrayBuffer, layouts: RecordLayouts): ArrayBuffer {
  const { words, length } = checkHeader(buffer);
  const directory = readSections(words, length);
  const found = sections.flatMap((target) => {
    const section = directory.get(target.kind);
    return section ? [{ section, target, from: layoutOf(section, layouts) }] : [];
  });
  const isOurs =
    words[batchHeaderLayout.offset.abiVersion >>> 2] === KNP_ABI_VERSION &&
    found.every(({ section, target, from }) => {
      const ours = compiledLayouts.get(target.layout)!;
      return section.layoutId === target.layout && sameLayout(from, ours);
    });
  if (isOurs) return buffer;

  const parts = found.map(({ section, target, from }) => {
    // Rows behind the last known one belong to a later version.
    const count = 'countMax' in target ? Math.min(section.count, target.countMax) : section.count;
    return { section, target, from, count, to: compiledLayouts.get(target.layout)! };
  });
  let end = batchHeaderLayout.size + parts.length * batchSectionLayout.size;
  const placed = parts.map((part) => {
    const start = Math.ceil(end / 8) * 8;
    end = start + part.count * part.to.size;
    return { ...part, start };
  });
  const made = new ArrayBuffer(Math.ceil(end / 8) * 8);
  writeHeader(buffer, made, placed);
  const bytes = new Uint8Array(buffer);
  const into = new Uint8Array(made);
  for (const { section, from, to, count, start } of placed) {
    const plan = planOf(from, to);
    for (let record = 0; record < count; record += 1) {
      const source = section.offset + record * from.size;
      const target = start + record * to.size;
      for (const step of plan) copyField(bytes, source, into, target, step);
    }
  }
  return made;
}

function layoutOf(section: Section, layouts: RecordLayouts): RecordLayout {
  const layout = layouts.get(section.layoutId);
  if (!layout) {
    throw new BatchError(
      `batch section ${section.kind} has layout ${section.layoutId}, which its file doesn't describe`,
    );
  }
  if (layout.size !== section.recordSize) {
    throw new BatchError(
      `batch section ${section.kind} has records of ${section.recordSize} bytes, its layout has ${layout.size}`,
    );
  }
  return layout;
}

function sameLayout(a: RecordLayout, b: RecordLayout): boolean {
  if (a.size !== b.size || a.fields.size !== b.fields.size) return false;
  return [...a.fields].every(([name, one]) => {
    const other = b.fields.get(name);
    return one.offset === other?.offset && one.width === other.width && one.count === other.count;
  });
}

interface Step {
  readonly from: FieldPlace | null;
  readonly to: FieldPlace;
  /** Of each byte of an element that the source lacks. */
  readonly none: number;
}

function planOf(from: RecordLayout, to: RecordLayout): Step[] {
  return Array.from(to.fields, ([name, place]) => ({
    from: from.fields.get(name) ?? null,
    to: place,
    none: NONE_IS_ONES.has(name) ? 0xff : 0,
  }));
}

/** Little-endian; a value that doesn't fit into a narrower field is the greatest that does. */
function copyField(
  bytes: Uint8Array,
  source: number,
  into: Uint8Array,
  target: number,
  { from, to, none }: Step,
): void {
  for (let element = 0; element < to.count; element += 1) {
    const at = target + to.offset + element * to.width;
    if (!from || element >= from.count) {
      if (none !== 0) into.fill(none, at, at + to.width);
      continue;
    }
    const start = source + from.offset + element * from.width;
    const width = Math.min(from.width, to.width);
    into.set(bytes.subarray(start, start + width), at);
    for (let i = width; i < from.width; i += 1) {
      if (bytes[start + i] !== 0) {
        into.fill(0xff, at, at + to.width);
        break;
      }
    }
  }
}

function writeHeader(
  buffer: ArrayBuffer,
  made: ArrayBuffer,
  placed: readonly {
    readonly target: (typeof sections)[number];
    readonly count: number;
    readonly to: RecordLayout;
    readonly start: number;
  }[],
): void {
  const header = batchHeaderLayout.offset;
  const view = new DataView(made);
  // Fields of the header are only ever appended.
  new Uint8Array(made).set(new Uint8Array(buffer, 0, batchHeaderLayout.size));
  view.setUint32(header.abiVersion, KNP_ABI_VERSION, true);
  view.setUint32(header.headerSize, batchHeaderLayout.size, true);
  view.setUint32(header.sectionCount, placed.length, true);
  view.setBigUint64(header.length, BigInt(made.byteLength), true);
  placed.forEach(({ target, count, to, start }, i) => {
    const at = batchHeaderLayout.size + i * batchSectionLayout.size;
    const { offset } = batchSectionLayout;
    view.setUint32(at + offset.kind, target.kind, true);
    view.setUint32(at + offset.recordSize, to.size, true);
    view.setUint32(at + offset.count, count, true);
    view.setUint32(at + offset.layoutId, target.layout, true);
    view.setBigUint64(at + offset.offset, BigInt(start), true);
  });
}

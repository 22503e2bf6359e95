// The directory of a batch, checked: every section lies inside of the batch, apart from the others, and holds what it says.
import { batchHeaderLayout, batchSectionLayout, KNP_BATCH_MAGIC } from './layout.generated.js';
import { readU64 } from './words.js';

/** The bytes are no batch that this version can read. */
export class BatchError extends Error {
  override readonly name = 'BatchError';
}

export interface Section {
  /** enum section_kind, or a kind that this version doesn't know. */
  readonly kind: number;
  /** Bytes of one record. */
  readonly recordSize: number;
  readonly count: number;
  readonly layoutId: number;
  /** Bytes from the start of the batch; a multiple of 8. */
  readonly offset: number;
}

/** A batch has a handful; a directory that is longer than this was made to keep us busy. */
const SECTIONS_MAX = 64;
/** A longer record is no record of a packet monitor: the longest that we write has 192 bytes. */
const RECORD_BYTES_MAX = 4096;

const header = batchHeaderLayout.offset;
const at = batchSectionLayout.offset;

/** Magic and length: what stands before anything else of the batch is read. Throws BatchError. */
export function checkHeader(buffer: ArrayBuffer): { words: Uint32Array; length: number } {
  if (buffer.byteLength < batchHeaderLayout.size) {
    throw new BatchError(`batch of ${buffer.byteLength} bytes is shorter than its header`);
  }
  const words = new Uint32Array(buffer, 0, buffer.byteLength >>> 2);
  if (words[header.magic >>> 2] !== KNP_BATCH_MAGIC) {
    throw new BatchError('batch has the wrong magic number');
  }
  const length = readU64(words, header.length >>> 2);
  if (length > buffer.byteLength) {
    throw new BatchError(`batch says ${length} bytes, ${buffer.byteLength} are there`);
  }
  return { words, length };
}

/** `length`: bytes of the batch by its own header. Throws BatchError. */
export function readSections(words: Uint32Array, length: number): Map<number, Section> {
  const headerSize = words[header.headerSize >>> 2]!;
  const count = words[header.sectionCount >>> 2]!;
  if (headerSize < batchHeaderLayout.size || headerSize % 8 !== 0 || headerSize > length) {
    throw new BatchError(`batch header says it has ${headerSize} bytes`);
  }
  if (count > SECTIONS_MAX) throw new BatchError(`batch has ${count} sections`);
  const end = headerSize + count * batchSectionLayout.size;
  if (end > length) throw new BatchError('batch ends inside its directory of sections');

  const sections = new Map<number, Section>();
  for (let i = 0; i < count; i += 1) {
    const section = readSection(words, headerSize + i * batchSectionLayout.size);
    const { kind, recordSize, offset } = section;
    if (sections.has(kind)) throw new BatchError(`batch has two sections of kind ${kind}`);
    if (recordSize === 0 || recordSize > RECORD_BYTES_MAX) {
      throw new BatchError(`batch section ${kind} has records of ${recordSize} bytes`);
    }
    if (offset % 8 !== 0 || offset < end || offset + bytesOf(section) > length) {
      throw new BatchError(`batch section ${kind} lies outside of the batch`);
    }
    sections.set(kind, section);
  }
  refuseOverlaps([...sections.values()]);
  return sections;
}

export function bytesOf({ count, recordSize }: Section): number {
  return count * recordSize;
}

function readSection(words: Uint32Array, start: number): Section {
  const word = (offset: number): number => words[(start + offset) >>> 2]!;
  return {
    kind: word(at.kind),
    recordSize: word(at.recordSize),
    count: word(at.count),
    layoutId: word(at.layoutId),
    offset: readU64(words, (start + at.offset) >>> 2),
  };
}

function refuseOverlaps(sections: Section[]): void {
  sections.sort((a, b) => a.offset - b.offset);
  let end = 0;
  for (const section of sections) {
    if (section.count === 0) continue;
    if (section.offset < end) {
      throw new BatchError(`batch section ${section.kind} overlaps the one before it`);
    }
    end = section.offset + bytesOf(section);
  }
}

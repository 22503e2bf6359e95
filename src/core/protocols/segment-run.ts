// One direction's bytes from a message's start, put in order by sequence number: segments may overlap, repeat, be late or missing.

/** As many bytes as the kernel reports of each direction. */
export const MESSAGE_BYTES_MAX = 2048;
/** Pieces with gaps between them: more is no reordering of a network. */
const PIECES_MAX = 16;
const SMALLEST_BUFFER = 256;

export type Joined =
  /** Its bytes are new, or some of them. */
  | 'joined'
  /** All of it was known. */
  | 'repeated'
  /** Other bytes where some are known, too far away, or one piece too many: not part of this message. */
  | 'apart';

interface Piece {
  start: number;
  end: number;
}

/** How far `to` lies behind `from`, negative before it: sequence numbers wrap. */
export function sequenceDistance(from: number, to: number): number {
  return (to - from) | 0;
}

export class SegmentRun {
  #bytes: Uint8Array;
  /** Sorted, apart from each other, offsets from `sequence`. */
  readonly #pieces: Piece[] = [];
  #sequence: number;

  constructor(sequence: number, bytes: Uint8Array) {
    this.#sequence = sequence;
    this.#bytes = new Uint8Array(
      Math.min(MESSAGE_BYTES_MAX, Math.max(SMALLEST_BUFFER, bytes.length)),
    );
    this.#bytes.set(bytes.subarray(0, MESSAGE_BYTES_MAX));
    this.#pieces.push({ start: 0, end: Math.min(bytes.length, MESSAGE_BYTES_MAX) });
  }

  /** Of its first byte. */
  get sequence(): number {
    return this.#sequence;
  }

  /** Bytes up to the first gap; a view that the next segment may change. */
  get head(): Uint8Array {
    return this.#bytes.subarray(0, this.#pieces[0]!.end);
  }

  get isFull(): boolean {
    return this.#pieces[0]!.end >= MESSAGE_BYTES_MAX;
  }

  /** What follows the gaps, in order, each with its sequence number. */
  *rest(): IterableIterator<{ readonly sequence: number; readonly bytes: Uint8Array }> {
    for (const { start, end } of this.#pieces.slice(1))
      yield { sequence: (this.#sequence + start) >>> 0, bytes: this.#bytes.subarray(start, end) };
  }

  add(sequence: number, segment: Uint8Array): Joined {
    const offset = sequenceDistance(this.#sequence, sequence);
    if (offset < 0) return this.#addBefore(-offset, segment);
    if (offset >= MESSAGE_BYTES_MAX) return 'apart';
    return this.#addAt(offset, segment.subarray(0, MESSAGE_BYTES_MAX - offset));
  }

  /** A segment that was overtaken by what this run began with. */
  #addBefore(by: number, segment: Uint8Array): Joined {
    const last = this.#pieces.at(-1)!.end;
    if (segment.length === 0) return 'repeated';
    if (by + last > MESSAGE_BYTES_MAX) return 'apart';
    if (this.#conflicts(-by, segment)) return 'apart';
    this.#grow(by + last);
    this.#bytes.copyWithin(by, 0, last);
    for (const piece of this.#pieces) {
      piece.start += by;
      piece.end += by;
    }
    this.#sequence = (this.#sequence - by) >>> 0;
    // All that it has lies in front: a piece of its own, until it is merged.
    const isOnePieceTooMany = this.#pieces.length >= PIECES_MAX && segment.length < by;
    if (isOnePieceTooMany) this.#pieces.pop();
    return this.#addAt(0, segment.subarray(0, MESSAGE_BYTES_MAX));
  }

  #addAt(offset: number, segment: Uint8Array): Joined {
    const end = offset + segment.length;
    const head = this.#pieces[0]!;
    // Nearly always: the next one, and nothing is missing.
    if (this.#pieces.length === 1 && offset === head.end && segment.length > 0) {
      this.#grow(end);
      this.#bytes.set(segment, offset);
      head.end = end;
      return 'joined';
    }
    if (this.#pieces.some((piece) => piece.start <= offset && end <= piece.end))
      return this.#conflicts(offset, segment) ? 'apart' : 'repeated';
    if (this.#conflicts(offset, segment)) return 'apart';
    const touched = this.#pieces.filter((piece) => piece.start <= end && offset <= piece.end);
    if (touched.length === 0 && this.#pieces.length >= PIECES_MAX) return 'apart';
    this.#grow(end);
    this.#bytes.set(segment, offset);
    const merged = {
      start: Math.min(offset, ...touched.map((piece) => piece.start)),
      end: Math.max(end, ...touched.map((piece) => piece.end)),
    };
    const kept = this.#pieces.filter((piece) => !touched.includes(piece));
    this.#pieces.length = 0;
    this.#pieces.push(...kept, merged);
    this.#pieces.sort((a, b) => a.start - b.start);
    return 'joined';
  }

  /** Both readings of an overlap are worth reading: who sends two of them hides one. */
  #conflicts(offset: number, segment: Uint8Array): boolean {
    for (const piece of this.#pieces) {
      const from = Math.max(piece.start, offset);
      const to = Math.min(piece.end, offset + segment.length);
      for (let at = from; at < to; at += 1)
        if (this.#bytes[at] !== segment[at - offset]) return true;
    }
    return false;
  }

  #grow(length: number): void {
    if (length <= this.#bytes.length) return;
    const larger = new Uint8Array(
      Math.min(MESSAGE_BYTES_MAX, Math.max(length, this.#bytes.length * 2)),
    );
    larger.set(this.#bytes);
    this.#bytes = larger;
  }
}

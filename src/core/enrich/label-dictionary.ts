// Names by code: columns hold the code, so that a late or changed name applies to all rows without an update.
import { safeText } from '../format/safe-text.js';

/** A column of codes. */
export type LabelCodes = Uint16Array | Uint32Array;

/** Retired codes are looked for in the flows only when there are this many, and a quarter of all: a look goes through all slots. */
const RETIRED_MIN = 64;

/** Code 0: the dictionary was full when the label came. */
const REFUSED = 0;

export class LabelDictionary {
  readonly #labels: string[];
  readonly #free: number[] = [];
  readonly #retired = new Set<number>();
  readonly #cap: number;
  #refused = 0;

  /** `cap`: labels at once, below what the column can hold. `withoutRoom`: the label of what is refused. */
  constructor(cap: number, withoutRoom: string) {
    this.#cap = cap;
    this.#labels = [withoutRoom];
  }

  /** Labels that found no room since start. */
  get refused(): number {
    return this.#refused;
  }

  /** Labels that are kept. */
  get size(): number {
    return this.#labels.length - 1 - this.#free.length;
  }

  get hasRoom(): boolean {
    return this.#free.length > 0 || this.#labels.length <= this.#cap;
  }

  /** A code for it; 0 when the dictionary is full, which is counted. Names are untrusted: control characters are removed here, once. */
  add(label: string): number {
    if (!this.hasRoom) {
      this.#refused += 1;
      return REFUSED;
    }
    const code = this.#free.pop() ?? this.#labels.length;
    this.#labels[code] = safeText(label);
    return code;
  }

  /** Another name for the same: all flows with the code have it from now on. */
  rename(code: number, label: string): void {
    if (code !== REFUSED) this.#labels[code] = safeText(label);
  }

  label(code: number): string {
    return this.#labels[code] ?? '';
  }

  /** The named object was removed: the label is freed once no flow has it. */
  retire(code: number): void {
    if (code !== REFUSED) this.#retired.add(code);
  }

  /** It is back. */
  revive(code: number): void {
    this.#retired.delete(code);
  }

  /** Is a look for retired codes worth its cost? */
  get isForgettingDue(): boolean {
    const { size } = this.#retired;
    return size > 0 && (size >= Math.max(RETIRED_MIN, this.size / 4) || this.size >= this.#cap);
  }

  /** Forgets retired labels that no flow has any more; returns their codes, which are given out again. */
  forget(codes: LabelCodes, used: Uint8Array, highWater: number): number[] {
    const seen = new Uint8Array(this.#labels.length);
    for (let slot = 0; slot < highWater; slot += 1) if (used[slot]) seen[codes[slot]!] = 1;
    const forgotten = [...this.#retired].filter((code) => seen[code] === 0);
    for (const code of forgotten) {
      this.#retired.delete(code);
      this.#labels[code] = '';
      this.#free.push(code);
    }
    return forgotten;
  }
}

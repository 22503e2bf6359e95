// Follows one object file by looking at it: written in place, replaced by rename, behind a link that is turned, gone and back again.
import { statSync } from 'node:fs';
import type { ObjectFile } from './object-file.js';
import { readObjectFile } from './object-reader.js';

/** The result of one poll of the file. */
export type FileChange =
  | { readonly kind: 'same' }
  | { readonly kind: 'new'; readonly file: ObjectFile }
  | { readonly kind: 'broken'; readonly error: Error }
  | { readonly kind: 'gone' };

/** A file that can't be read, or is missing, may be in the middle of a replacement: reported only after so many polls. */
const pollsBeforeReport = 4;

/** Identifies a version, following links; '' while there is no such file. */
function fingerprintOf(path: string): string {
  try {
    const { dev, ino, size, mtimeMs, ctimeMs } = statSync(path);
    return `${dev} ${ino} ${size} ${mtimeMs} ${ctimeMs}`;
  } catch {
    // Missing, perhaps only for now: the loaded version keeps running either way.
    return '';
  }
}

const sameBytes = (left: Uint8Array, right: Uint8Array) => Buffer.compare(left, right) === 0;

export class WatchedObject {
  readonly path: string;
  /** The version that was loaded, or reported, last. */
  #reported: string;
  #candidate: string;
  #pollsOfCandidate = 0;
  #bytes: Uint8Array;

  /** `bytes`: the content that is loaded; the file may have changed since. */
  constructor(path: string, bytes: Uint8Array) {
    this.path = path;
    this.#bytes = bytes;
    this.#reported = '?';
    this.#candidate = this.#reported;
  }

  /** Call it a few times a second. */
  look(): FileChange {
    const now = fingerprintOf(this.path);
    if (now === this.#reported) return this.#unchanged(now);
    if (now !== this.#candidate) {
      this.#candidate = now;
      this.#pollsOfCandidate = 0;
      return { kind: 'same' };
    }
    // Unchanged between two polls: not being written.
    this.#pollsOfCandidate += 1;
    return now === '' ? this.#gone() : this.#read(now);
  }

  #unchanged(now: string): FileChange {
    this.#candidate = now;
    return { kind: 'same' };
  }

  #gone(): FileChange {
    if (this.#pollsOfCandidate < pollsBeforeReport) return { kind: 'same' };
    this.#reported = '';
    return { kind: 'gone' };
  }

  #read(now: string): FileChange {
    try {
      const file = readObjectFile(this.path);
      // Written to while it was read: the next look finds it again.
      if (fingerprintOf(this.path) !== now) return { kind: 'same' };
      this.#reported = now;
      // Touched, copied over itself, or back again.
      if (sameBytes(file.bytes, this.#bytes)) return { kind: 'same' };
      this.#bytes = file.bytes;
      return { kind: 'new', file };
    } catch (error) {
      if (this.#pollsOfCandidate < pollsBeforeReport) return { kind: 'same' };
      this.#reported = now;
      return { kind: 'broken', error: error as Error };
    }
  }
}

// The object file on disk: read when it is loaded, looked at in each tick when it is watched.
import { readFileSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { ExpectedError } from '../errors/expected-error.js';
import { objectFileError } from './object-error.js';
import { type ObjectFile, parseObjectFile } from './object-file.js';

/** An object of a whole kernel's worth of programs has a few MB. */
const objectBytesMax = 64 * 2 ** 20;

/** Throws ExpectedError. */
export function readObjectFile(path: string): ObjectFile {
  const label = basename(path);
  let bytes: Uint8Array;
  try {
    const status = statSync(path);
    if (!status.isFile())
      throw objectFileError(label, 'this is no file', 'name a file that clang has made');
    if (status.size > objectBytesMax) {
      throw objectFileError(
        label,
        `${status.size} bytes are too many for a BPF object`,
        'name another file',
      );
    }
    bytes = new Uint8Array(readFileSync(path));
  } catch (error) {
    if (error instanceof ExpectedError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    throw new ExpectedError(
      `cannot read ${path}: ${code === 'ENOENT' ? 'no such file' : (code ?? message)}`,
      {
        status: code === 'EACCES' || code === 'EPERM' ? 3 : 5,
        advice: 'give the path of a BPF object file to --object',
        cause: error,
      },
    );
  }
  return parseObjectFile(bytes, label);
}

/** Tells versions apart; null while there is no such file (an editor may be replacing it). */
function fingerprintOf(path: string): string | null {
  try {
    const { mtimeMs, size, ino } = statSync(path);
    return `${mtimeMs} ${size} ${ino}`;
  } catch {
    // Gone for the moment, or for good: the version that is loaded goes on either way.
    return null;
  }
}

/** What a look at the file finds. */
export type Sighting =
  | { readonly kind: 'same' }
  | { readonly kind: 'new'; readonly file: ObjectFile }
  | { readonly kind: 'broken'; readonly error: Error };

/** Follows one file. A version that is being written is left alone until it can be read, or stays as it is. */
export class WatchedObject {
  readonly path: string;
  #seen: string | null;
  #broken: string | null = null;

  constructor(path: string) {
    this.path = path;
    this.#seen = fingerprintOf(path);
  }

  look(): Sighting {
    const now = fingerprintOf(this.path);
    if (now === null || now === this.#seen) return { kind: 'same' };
    try {
      const file = readObjectFile(this.path);
      // Written to while it was read: the next look finds it again.
      if (fingerprintOf(this.path) !== now) return { kind: 'same' };
      this.#seen = now;
      this.#broken = null;
      return { kind: 'new', file };
    } catch (error) {
      // Half written, perhaps: told only if it stays so.
      if (this.#broken !== now) {
        this.#broken = now;
        return { kind: 'same' };
      }
      this.#seen = now;
      return { kind: 'broken', error: error as Error };
    }
  }
}

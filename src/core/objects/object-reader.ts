// The object file on disk, read whole.
import { readFileSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { adviceFor } from '../errors/audience.js';
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
        advice: `give the path of a BPF object file${adviceFor(' to --object', '')}`,
        cause: error,
      },
    );
  }
  return parseObjectFile(bytes, label);
}

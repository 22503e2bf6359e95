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
    if (status.size > objectBytesMax) throw tooLarge(status.size, label);
    bytes = new Uint8Array(readFileSync(path));
  } catch (error) {
    if (error instanceof ExpectedError) throw error;
    throw unreadable(path, error as NodeJS.ErrnoException);
  }
  return parseObjectFile(bytes, label);
}

function unreadable(path: string, cause: NodeJS.ErrnoException): ExpectedError {
  const { code, message } = cause;
  if (code === 'EACCES' || code === 'EPERM') {
    return new ExpectedError(`cannot read ${path}: not permitted (${code})`, {
      status: 3,
      advice: 'Give this user read permission on the file and search permission on its directories',
      cause,
    });
  }
  return new ExpectedError(
    `cannot read ${path}: ${code === 'ENOENT' ? 'no such file' : (code ?? message)}`,
    {
      status: 5,
      advice: `Give the path of a BPF object file${adviceFor(' to --object', '')}`,
      cause,
    },
  );
}

/** The same limits for bytes; a copy, since types are read of it later. */
export function takeObjectBytes(bytes: Uint8Array, label: string): ObjectFile {
  if (bytes.length > objectBytesMax) throw tooLarge(bytes.length, label);
  return parseObjectFile(new Uint8Array(bytes), label);
}

const tooLarge = (bytes: number, label: string) =>
  objectFileError(label, `${bytes} bytes are too many for a BPF object`, 'name another file');

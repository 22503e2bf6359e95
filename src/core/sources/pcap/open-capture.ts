// Opens a capture file and finds out by its first bytes which format it has.
import { constants, fstatSync, read, type Stats } from 'node:fs';
import { open } from 'node:fs/promises';
import { promisify } from 'node:util';
import { ExpectedError } from '../../errors/expected-error.js';
import type { CaptureReader } from './capture-record.js';
import { ClassicReader, isClassicMagic } from './classic.js';
import { type ByteFile, FileWindow } from './file-window.js';
import { PcapngReader, sectionHeaderType } from './pcapng.js';

export interface OpenCapture {
  readonly file: ByteFile;
  readonly window: FileWindow;
  readonly reader: CaptureReader;
  /** null where it isn't known: a pipe. */
  readonly totalBytes: number | null;
  readonly modifiedUs: number;
}

/** What the file is, where it is no capture: reported before anything is printed. */
function noCapture(path: string, what: string): ExpectedError {
  return new ExpectedError(`${path}: ${what}`, {
    status: 1,
    advice: 'Nothing was counted; file and capinfos say what it is, editcap may convert it.',
  });
}

function failedToOpen(path: string, error: unknown): ExpectedError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return new ExpectedError(`no such capture file: ${path}`, {
        status: 5,
        advice: 'Check the path given to --pcap.',
        cause: error,
      });
    case 'EISDIR':
      return new ExpectedError(`${path} is a directory, not a capture file`, {
        status: 5,
        advice: 'Name one file after --pcap.',
        cause: error,
      });
    case 'EACCES':
    case 'EPERM':
      return new ExpectedError(`not permitted to read ${path}`, {
        status: 3,
        advice: `Check who may read it: ls -l ${path}`,
        cause: error,
      });
    default:
      return new ExpectedError(`cannot read ${path}: ${code === '' ? String(error) : code}`, {
        status: 1,
        advice: 'Check that the file system is healthy and the file is readable.',
        cause: error,
      });
  }
}

function readerFor(path: string, window: FileWindow): CaptureReader {
  if (window.available === 0) throw noCapture(path, 'the file is empty');
  if (window.available < 4) throw noCapture(path, 'the file is too short to be a capture');
  const magic = window.view.getUint32(window.start, false);
  if (magic === sectionHeaderType) return new PcapngReader(window);
  if (isClassicMagic(magic)) return new ClassicReader(window);
  if (magic >>> 16 === 0x1f8b) {
    throw noCapture(path, 'the file is compressed by gzip; unpack it first (gunzip)');
  }
  if (magic === 0x28b52ffd) {
    throw noCapture(path, 'the file is compressed by zstd; unpack it first (unzstd)');
  }
  throw noCapture(path, 'this is neither a pcap nor a pcapng file');
}

interface OpenFile {
  readonly file: ByteFile;
  readonly status: Stats;
}

async function openFile(path: string): Promise<OpenFile> {
  const file = await open(path, constants.O_RDONLY);
  return { file, status: await file.stat() };
}

/** By its descriptor: /dev/stdin can't be opened where a parent has given us a socket (Node does). */
function standardInput(): OpenFile {
  const readDescriptor = promisify(read);
  return {
    file: {
      read: (buffer, offset, length, position) =>
        readDescriptor(0, buffer, offset, length, position),
      close: () => Promise.resolve(),
    },
    status: fstatSync(0),
  };
}

/** `path` '-' is the standard input. Rejects with an ExpectedError. */
export async function openCapture(path: string): Promise<OpenCapture> {
  let file: ByteFile | undefined;
  try {
    const opened = path === '-' ? standardInput() : await openFile(path);
    file = opened.file;
    const { status } = opened;
    if (status.isDirectory()) {
      throw Object.assign(new Error('is a directory'), { code: 'EISDIR' });
    }
    const window = new FileWindow(file);
    await window.fill(4);
    return {
      file,
      window,
      reader: readerFor(path, window),
      totalBytes: status.isFile() ? status.size : null,
      modifiedUs: Math.floor(status.mtimeMs * 1000),
    };
  } catch (error) {
    await file?.close();
    throw error instanceof ExpectedError ? error : failedToOpen(path, error);
  }
}

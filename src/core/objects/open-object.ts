// From what was asked for to a user's object in a run.
import { ExpectedError } from '../errors/expected-error.js';
import type { NativeModule } from '../native/contract.js';
import type { EventListener } from './event-queue.js';
import { type ObjectFile, parseObjectFile } from './object-file.js';
import { readObjectFile } from './object-reader.js';
import { ObjectRun } from './object-run.js';
import { type MonitorSession, UserObject } from './user-object.js';

export interface RequestedObject {
  readonly path: string | null;
  readonly bytes: Uint8Array | null;
}

/** What errors call an object that came as bytes. */
const bytesLabel = 'object';

/** Throws ExpectedError: no such file, or nothing that can be a BPF object. */
export function readRequestedObject({ path, bytes }: RequestedObject): ObjectFile {
  if (path !== null) return readObjectFile(path);
  return parseObjectFile(bytes ?? new Uint8Array(), bytesLabel);
}

export interface OpenObjectOptions {
  readonly native: NativeModule;
  readonly file: ObjectFile;
  /** The session that has loaded it, where it stands in for the embedded one; null: a capture. */
  readonly session: MonitorSession | null;
  readonly watchedPath: string | null;
  readonly wallUs: () => number;
  readonly onEvent?: EventListener;
}

/** Loads it (beside the monitor) or looks into the session that has. Throws ExpectedError. */
export function openObjectRun(options: OpenObjectOptions): ObjectRun {
  const { file, session, watchedPath, wallUs } = options;
  if (!session) {
    throw new ExpectedError(`${file.label} cannot run over a capture file`, {
      status: 2,
      advice: 'leave --pcap or --object out',
    });
  }
  const object =
    file.role === 'monitor' ? UserObject.within(session, options) : UserObject.load(options);
  return new ObjectRun({ object, watchedPath, wallUs });
}

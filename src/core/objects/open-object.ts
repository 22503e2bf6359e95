// From what was asked for to a user's object in a run.
import type { NativeModule } from '../native/contract.js';
import type { ObjectFile } from './object-file.js';
import { readObjectFile, takeObjectBytes } from './object-reader.js';
import { ObjectRun, type ObjectRunOptions } from './object-run.js';
import { type MonitorSession, UserObject } from './user-object.js';

export interface RequestedObject {
  readonly path: string | null;
  readonly bytes: Uint8Array | null;
}

/** The name in errors of an object that was passed as bytes. */
const bytesLabel = 'object';

/** Throws ExpectedError: no such file, or nothing that can be a BPF object. */
export function readRequestedObject({ path, bytes }: RequestedObject): ObjectFile {
  if (path !== null) return readObjectFile(path);
  return takeObjectBytes(bytes ?? new Uint8Array(), bytesLabel);
}

export interface OpenObjectOptions {
  readonly native: NativeModule;
  readonly file: ObjectFile;
  readonly watchedPath: string | null;
  readonly now: ObjectRunOptions['now'];
  readonly after: ObjectRunOptions['after'];
}

/** Loads an object that runs beside the monitor; nothing is attached yet. Throws ExpectedError. */
export function loadCompanion(options: OpenObjectOptions): ObjectRun {
  return new ObjectRun({ ...options, object: UserObject.load(options) });
}

/** Looks into the session that has loaded the object in place of the embedded one. */
export function openWithin(session: MonitorSession, options: OpenObjectOptions): ObjectRun {
  return new ObjectRun({ ...options, object: UserObject.within(session, options) });
}

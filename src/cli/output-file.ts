// The file of --json=FILE: opened before anything else, with the rights of the invoking user, so that sudo opens no file of other users.
import { constants, openSync } from 'node:fs';
import { ExpectedError, type FailureStatus } from '../core/errors/expected-error.js';
import { invokingUser } from './privileges.js';

/** Appended, so that a restart keeps what was there and rotation by copying and truncating works. A FIFO without a reader is refused, not waited for. */
const FLAGS =
  constants.O_WRONLY |
  constants.O_CREAT |
  constants.O_APPEND |
  constants.O_NOCTTY |
  constants.O_NONBLOCK;
/** As any program's, under the umask. */
const MODE = 0o666;

const statusOf: Readonly<Record<string, FailureStatus>> = {
  EACCES: 3,
  EPERM: 3,
  EROFS: 3,
  ENOENT: 5,
  ENOTDIR: 5,
  EISDIR: 5,
  ELOOP: 5,
  ENAMETOOLONG: 5,
  ENXIO: 5,
};

function adviceFor(code: string, user: { readonly uid: number } | null): string {
  switch (code) {
    case 'ENXIO':
      return 'Start the reader of the pipe first';
    case 'EISDIR':
      return 'Give the path of a file';
    case 'ENOENT':
    case 'ENOTDIR':
      return 'Make its folder first, or give another path';
    case 'EACCES':
    case 'EPERM':
      return user === null
        ? 'Give a path that you may write to'
        : `Under sudo files are opened with the rights of user ${user.uid}: give a path that they may write to, or start as root without sudo (sudo -i)`;
    default:
      return 'Check that the disk has space and that the file is writable';
  }
}

/** The invoking user's rights for one call; nothing else runs meanwhile. */
function asUser<Result>(user: { uid: number; gid: number } | null, work: () => Result): Result {
  const groups = process.getgroups?.() ?? [];
  const [uid, gid] = [process.geteuid?.() ?? 0, process.getegid?.() ?? 0];
  if (user === null || uid !== 0) return work();
  try {
    process.setgroups!([user.gid]);
    process.setegid!(user.gid);
    process.seteuid!(user.uid);
  } catch {
    // A container may hold root without the right to become someone else: then nothing is given up later, either.
    restore();
    return work();
  }
  try {
    return work();
  } finally {
    restore();
  }
  function restore(): void {
    process.seteuid!(uid);
    process.setegid!(gid);
    try {
      process.setgroups!(groups);
    } catch {
      // It could not be changed, so it wasn't.
    }
  }
}

/** A descriptor that is the caller's to close. Throws an ExpectedError. */
export function openOutputFile(path: string, environment: NodeJS.ProcessEnv): number {
  const user = process.geteuid?.() === 0 ? invokingUser(environment) : null;
  try {
    return asUser(user, () => openSync(path, FLAGS, MODE));
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    throw new ExpectedError(`cannot write to ${path}: ${message}`, {
      status: statusOf[code] ?? 1,
      advice: adviceFor(code, user),
      cause: error,
    });
  }
}

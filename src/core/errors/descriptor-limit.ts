// Descriptor limits, of the process (EMFILE) or of the system (ENFILE): the same failure wherever one was requested.
import { ExpectedError } from './expected-error.js';

/** An interface needs two: a BPF link for each direction. */
const advice =
  'Allow more open files, two for each interface and 100 more: ulimit -n 20000, in a systemd unit LimitNOFILE=20000; or name fewer interfaces';

const codes = ['EMFILE', 'ENFILE'] as const;

/** Of a system call, of the addon, or of a worker thread that could not be made: that has the name in its message alone. */
function codeOf(error: Error & { readonly code?: unknown }): (typeof codes)[number] | undefined {
  return codes.find((code) => error.code === code || error.message.includes(code));
}

/** Null: the error is another one. */
export function descriptorLimitFailure(error: unknown): ExpectedError | null {
  if (!(error instanceof Error) || error instanceof ExpectedError) return null;
  const code = codeOf(error);
  if (code === undefined) return null;
  const { operation, detail } = error as { readonly operation?: string; readonly detail?: string };
  const what = operation === undefined ? 'go on' : operation;
  if (code === 'ENFILE') {
    return new ExpectedError(`cannot ${what}: the machine has no file descriptor left (ENFILE)`, {
      status: 4,
      advice: 'Look at /proc/sys/fs/file-nr, and raise fs.file-max: sysctl fs.file-max=1000000',
      cause: error,
    });
  }
  const limit = detail ? `: ${detail}` : '';
  return new ExpectedError(`cannot ${what}: too many open files${limit} (EMFILE)`, {
    status: 4,
    advice,
    cause: error,
  });
}

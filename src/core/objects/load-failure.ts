// A user's object that the kernel or libbpf refuses → the error that says which part and why.
import { adviceFor } from '../errors/audience.js';
import { ExpectedError } from '../errors/expected-error.js';
import type { NativeErrorFields } from '../native/contract.js';
import { isNativeError } from '../native/load.js';
import { nativeFailure } from '../sources/native-failure.js';
import { refusedProgram, summarizeVerifierLog } from './verifier-summary.js';

/** libbpf: `map 'name': failed to create: …(-7)`. */
function refusedMap(detail: string): string | null {
  return /map '([^']+)': failed to create/.exec(detail)?.[1] ?? null;
}

function verifierFailure(label: string, error: NativeErrorFields & Error): ExpectedError {
  const program = refusedProgram(error.detail);
  const lines = summarizeVerifierLog(error.detail);
  return new ExpectedError(
    `${label}: the kernel's verifier refuses ${program ? `program ${program}` : 'a program'}: ${lines.join(' | ')}`,
    {
      status: 4,
      advice: `Fix the program; ${adviceFor('--debug shows', 'detail has')} the whole log of the verifier`,
      detail: error.detail,
      cause: error,
    },
  );
}

export function loadFailure(label: string, error: unknown): Error {
  if (!isNativeError(error)) return nativeFailure(error);
  if (error.code === 'EVERIFIER') return verifierFailure(label, error);
  const map = refusedMap(error.detail);
  if (map && error.code !== 'EPERM') {
    return new ExpectedError(`${label}: the kernel cannot make map ${map} (${error.code})`, {
      status: 4,
      advice:
        error.code === 'EINVAL'
          ? 'look at its kind, flags, key and value: this kernel does not support such a map'
          : 'look at its max_entries, key and value sizes: what is too large for memory is refused',
      detail: error.detail,
      cause: error,
    });
  }
  if (error.code === 'EPERM' || error.code === 'EACCES' || error.operation.startsWith('attach')) {
    return nativeFailure(error);
  }
  const [words] = summarizeVerifierLog(error.detail, 1);
  return new ExpectedError(`${label}: cannot ${error.operation}: ${words ?? error.code}`, {
    status: error.operation.startsWith('open') ? 2 : 4,
    advice: `Load it with "bpftool prog load" to compare; ${adviceFor('--debug shows', 'detail has')} libbpf's full output`,
    detail: error.detail,
    cause: error,
  });
}

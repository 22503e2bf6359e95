// What can be wrong with a user's BPF object: expected errors, each with what to do.
import { ExpectedError } from '../errors/expected-error.js';

/** The file's content cannot be used, whatever kernel there is: exit status 2, as for any wrong input file. */
export function objectFileError(label: string, problem: string, advice: string): ExpectedError {
  return new ExpectedError(`${label}: ${problem}`, { status: 2, advice });
}

export const compileAdvice =
  'compile it with: clang -target bpf -O2 -g -c program.bpf.c -o program.bpf.o';

// An error that belongs to normal life: what and why in one line, what to do in the next, and the exit status that goes with it.

/**
 * 1: failed while running · 2: a wrong value or file · 3: not permitted · 4: the kernel or driver cannot · 5: no such interface or file.
 *
 * @example
 * ```ts
 * const notPermitted: FailureStatus = 3;
 * ```
 */
export type FailureStatus = 1 | 2 | 3 | 4 | 5;

/**
 * The parts of an ExpectedError.
 *
 * @example
 * ```ts
 * const made: ExpectedErrorOptions = { status: 5, advice: 'List interfaces with: ip link' };
 * ```
 */
export interface ExpectedErrorOptions {
  /** See `FailureStatus`. */
  readonly status: FailureStatus;
  /** What to do about it, one line. */
  readonly advice: string;
  /** Shown with --debug only: the verifier's or libbpf's words. */
  readonly detail?: string;
  /** What was caught. */
  readonly cause?: unknown;
}

/**
 * A failure that belongs to normal life. `message` says what and why.
 *
 * @example
 * ```ts
 * try {
 *   await NetworkMonitor.create({ interfaces: ['eth0'] });
 * } catch (error) {
 *   if (!(error instanceof ExpectedError)) throw error;
 *   console.error(`${error.message}\n  ${error.advice}`);
 *   process.exitCode = error.status;
 * }
 * ```
 */
export class ExpectedError extends Error {
  /** Tells it apart where `instanceof` can't (another copy of the package). */
  override readonly name = 'ExpectedError';
  /** What kind of failure; the program's exit status. */
  readonly status: FailureStatus;
  /** What to do about it, one line. */
  readonly advice: string;
  /** The kernel's or the verifier's own words, many lines; empty where there are none. */
  readonly detail: string;

  /** Constructed by the library only; catch it. */
  constructor(message: string, options: ExpectedErrorOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.status = options.status;
    this.advice = options.advice;
    this.detail = options.detail ?? '';
  }
}

// An error that belongs to normal life: what and why in one line, what to do in the next, and the exit status that goes with it.

/** contract.md, "Exit status". */
export type FailureStatus = 1 | 2 | 3 | 4 | 5;

export interface ExpectedErrorOptions {
  readonly status: FailureStatus;
  /** What to do about it, one line. */
  readonly advice: string;
  /** Shown with --debug only: the verifier's or libbpf's words. */
  readonly detail?: string;
  readonly cause?: unknown;
}

export class ExpectedError extends Error {
  override readonly name = 'ExpectedError';
  readonly status: FailureStatus;
  readonly advice: string;
  readonly detail: string;

  constructor(message: string, options: ExpectedErrorOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.status = options.status;
    this.advice = options.advice;
    this.detail = options.detail ?? '';
  }
}

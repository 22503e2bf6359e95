// The clocks of a run: the run clock, which never steps and which everything uses, and the wall clock, which is only printed; and timers.

/**
 * Of this machine; handed in by the command line and the library.
 *
 * @example
 * ```ts
 * const clock: Clock = { wallUs: () => Date.now() * 1000, boottimeMs: () => performance.now() };
 * ```
 */
export interface Clock {
  /** CLOCK_REALTIME, microseconds since 1970: for printing. It may be set at any moment, so nothing is computed from it. */
  wallUs(): number;
  /** CLOCK_BOOTTIME, milliseconds: it can't be set, and it advances while the machine is suspended. */
  boottimeMs(): number;
}

/**
 * Callbacks at a later time; handed in beside the clock.
 *
 * @example
 * ```ts
 * const timers: Timers = {
 *   after: (milliseconds, callback) => {
 *     const timer = setTimeout(callback, milliseconds);
 *     return () => clearTimeout(timer);
 *   },
 * };
 * ```
 */
export interface Timers {
  /** Calls back once after so many milliseconds; the result cancels. Needs no `this`. */
  readonly after: (milliseconds: number, callback: () => void) => () => void;
}

/** One moment on both: `timeUs` to compute with, `wallUs` to print. */
export interface Moment {
  /** The run clock, microseconds since 1970. */
  readonly timeUs: number;
  /** The wall clock at that moment, microseconds since 1970. */
  readonly wallUs: number;
}

/** The run clock: the wall clock when it was first read, and CLOCK_BOOTTIME from there on. It never steps. */
export class RunClock implements Clock {
  readonly #clock: Clock;
  #start: { readonly wallUs: number; readonly boottimeMs: number } | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  wallUs(): number {
    return Math.floor(this.#clock.wallUs());
  }

  boottimeMs(): number {
    return this.#clock.boottimeMs();
  }

  /** Whole microseconds since 1970, on the run clock. */
  nowUs(): number {
    return this.atBoottimeMs(this.#clock.boottimeMs());
  }

  /** What the run clock showed when CLOCK_BOOTTIME showed this. */
  atBoottimeMs(boottimeMs: number): number {
    this.#start ??= { wallUs: this.wallUs(), boottimeMs: this.#clock.boottimeMs() };
    return this.#start.wallUs + Math.floor((boottimeMs - this.#start.boottimeMs) * 1000);
  }

  readonly moment = (): Moment => ({ timeUs: this.nowUs(), wallUs: this.wallUs() });
}

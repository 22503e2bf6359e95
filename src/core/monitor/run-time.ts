// What time it is in a run: the run clock, which differences are computed from, the wall clock, which is printed, and a capture's segments.
import type { Moment } from '../model/clock.js';

/** The two clocks aren't read at the same instant: a smaller difference is no step of the wall clock. */
const SAME_CLOCK_US = 1000;

export class RunTime {
  #startUs = 0;
  #earlierSegmentsUs = 0;
  #nowUs = 0;
  #wallUs = 0;

  /** Of the last tick, by the run clock; never runs backwards within a segment. */
  get nowUs(): number {
    return this.#nowUs;
  }

  /** The wall clock at the last tick. */
  get wallUs(): number {
    return this.#wallUs;
  }

  /** Of all segments together. */
  get elapsedSeconds(): number {
    return (this.#earlierSegmentsUs + this.#nowUs - this.#startUs) / 1e6;
  }

  start({ timeUs, wallUs }: Moment): void {
    this.#startUs = timeUs;
    this.#nowUs = timeUs;
    this.#wallUs = wallUs;
  }

  tick({ timeUs, wallUs }: Moment): void {
    this.#nowUs = Math.max(this.#nowUs, timeUs);
    this.#wallUs = wallUs;
  }

  /** A capture's time has jumped back: the axis continues from there. */
  beginSegment(startUs: number): void {
    this.#earlierSegmentsUs += this.#nowUs - this.#startUs;
    this.#startUs = startUs;
    this.#nowUs = startUs;
    this.#wallUs = startUs;
  }

  /** Rules know the run clock only: their reports are printed by this tick's wall clock. */
  byWallClock<Reported extends { readonly wallUs: number }>(
    reported: readonly Reported[],
  ): readonly Reported[] {
    const aheadUs = this.#wallUs - this.#nowUs;
    if (reported.length === 0 || Math.abs(aheadUs) < SAME_CLOCK_US) return reported;
    return reported.map((report) => ({ ...report, wallUs: report.wallUs + aheadUs }));
  }
}

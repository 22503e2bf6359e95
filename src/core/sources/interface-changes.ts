// What is reported of interfaces that come and go: single changes while they are few, then their number.
import type { RunClock } from '../model/clock.js';
import type { Warning } from '../model/snapshot.js';

export type InterfaceChange =
  | 'interface_added'
  | 'interface_gone'
  | 'interface_awaited'
  | 'interface_renamed'
  | 'interface_up'
  | 'interface_down'
  | 'interface_not_attached';

/** Thirty pods that start are reported line by line; constant churn is summarized. */
const SINGLE_MAX = 40;
const SINGLE_A_SECOND = 0.5;
/** Interval of summaries, where there were too many single changes. */
const SUMMARY_EVERY_US = 10e6;

const verbs: readonly (readonly [InterfaceChange, string])[] = [
  ['interface_added', 'came'],
  ['interface_gone', 'went'],
  ['interface_awaited', 'are awaited'],
  ['interface_renamed', 'were renamed'],
  ['interface_up', 'went up'],
  ['interface_down', 'went down'],
  ['interface_not_attached', 'could not be watched'],
];

export class InterfaceChanges {
  readonly #clock: RunClock;
  #warnings: Warning[] = [];
  #singles = SINGLE_MAX;
  #refilledUs: number;
  readonly #summed = new Map<InterfaceChange, number>();
  #summedSinceUs = 0;
  #lastFailure = '';

  constructor(clock: RunClock) {
    this.#clock = clock;
    this.#refilledUs = clock.nowUs();
  }

  report(change: InterfaceChange, message: string): void {
    const { timeUs } = this.#clock.moment();
    const refill = ((timeUs - this.#refilledUs) / 1e6) * SINGLE_A_SECOND;
    this.#singles = Math.min(SINGLE_MAX, this.#singles + refill);
    this.#refilledUs = timeUs;
    if (this.#singles >= 1) {
      this.#singles -= 1;
      this.warn(change, message);
      return;
    }
    if (this.#summed.size === 0) this.#summedSinceUs = timeUs;
    this.#summed.set(change, (this.#summed.get(change) ?? 0) + 1);
    if (change === 'interface_not_attached') this.#lastFailure = message;
  }

  /** Rare by nature: never summarized. */
  warn(code: string, message: string): void {
    this.#warnings.push({ ...this.#clock.moment(), code, message });
  }

  /** Since the last call. `last`: nothing is kept for a later summary. */
  take(last: boolean): Warning[] {
    const waitedUs = this.#clock.nowUs() - this.#summedSinceUs;
    if (this.#summed.size > 0 && (last || waitedUs >= SUMMARY_EVERY_US)) this.#sumUp(waitedUs);
    const warnings = this.#warnings;
    this.#warnings = [];
    return warnings;
  }

  #sumUp(waitedUs: number): void {
    const counts = verbs.flatMap(([change, verb]) => {
      const count = this.#summed.get(change);
      return count === undefined ? [] : `${count} ${verb}`;
    });
    const failure = this.#lastFailure && `; the last that could not: ${this.#lastFailure}`;
    const seconds = Math.max(1, Math.round(waitedUs / 1e6));
    this.warn(
      'interfaces_changed',
      `within ${seconds} s, beside those named singly: of the interfaces ${counts.join(', ')}${failure}`,
    );
    this.#summed.clear();
    this.#lastFailure = '';
  }
}

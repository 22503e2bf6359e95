// A block of counter rows with names: cumulative, and what this tick has added.
import type { Counter } from '../model/counter.js';
import type { EncapsulationTotals } from '../model/snapshot.js';
import { VALUES_A_ROW } from '../wire/counters.js';
import { counterOf, type Values } from './directional-values.js';

/** A block of named counter rows, cumulative, with this tick's increments. */
export class NamedCounters {
  readonly #names: readonly string[];
  #now: Values;
  #before: Values;

  /** names[i] is row i; '' is skipped. */
  constructor(names: readonly string[]) {
    this.#names = names;
    this.#now = new Float64Array(names.length * VALUES_A_ROW);
    this.#before = new Float64Array(names.length * VALUES_A_ROW);
  }

  get rows(): number {
    return this.#names.length;
  }

  /** Swaps, and hands out the array to be filled with the new values. */
  next(): Values {
    [this.#now, this.#before] = [this.#before, this.#now];
    return this.#now;
  }

  /** Rows with packets: both directions together. */
  *counts(): Generator<[string, Counter]> {
    for (const [name, at] of this.#used()) {
      const packets = this.#now[at]! + this.#now[at + 1]!;
      yield [name, { packets, bytes: this.#now[at + 2]! + this.#now[at + 3]! }];
    }
  }

  *changes(): Generator<[string, Counter]> {
    for (const [name, at] of this.#used()) {
      const change = (i: number): number => this.#now[at + i]! - this.#before[at + i]!;
      const packets = change(0) + change(1);
      if (packets > 0) yield [name, { packets, bytes: change(2) + change(3) }];
    }
  }

  directional(): EncapsulationTotals[] {
    return Array.from(this.#used(), ([encapsulation, at]) => ({
      encapsulation,
      ...counterOf(this.#now, at),
    }));
  }

  *#used(): Generator<[string, number]> {
    for (let row = 0; row < this.#names.length; row += 1) {
      const name = this.#names[row]!;
      const at = row * VALUES_A_ROW;
      if (name !== '' && (this.#now[at] !== 0 || this.#now[at + 1] !== 0)) yield [name, at];
    }
  }
}

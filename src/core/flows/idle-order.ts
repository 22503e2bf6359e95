// Which flows have been idle longest: candidates for eviction when the table is at its cap.
import type { MutableFlowColumns } from './columns.generated.js';

/** Found in one scan and returned one by one, so that a flood of new flows costs one scan for thousands of evictions. */
const SHARE_OF_TABLE = 32;
const LEAST_CANDIDATES = 256;

export class IdleOrder {
  #slots: readonly number[] = [];
  #next = 0;
  /** The latest time among the candidates when they were listed: a flow seen since then is no longer one. */
  #limitUs = -Infinity;
  #times = new Float64Array(0);
  /** Evictions of the running tick and of the one before: a flood's next tick finds as many at once. */
  #tick = -1;
  #taken = 0;
  #takenBefore = 0;

  /** The slot idle longest that had no packet in this tick, or -1 when every flow had. */
  take(columns: MutableFlowColumns): number {
    if (columns.tick !== this.#tick) {
      this.#takenBefore = columns.tick === this.#tick + 1 ? this.#taken : 0;
      this.#taken = 0;
      this.#tick = columns.tick;
    }
    for (let refilled = false; ; refilled = true) {
      while (this.#next < this.#slots.length) {
        const slot = this.#slots[this.#next]!;
        this.#next += 1;
        // Touched, reused or refreshed since the list was made: not a candidate any more.
        if (
          columns.used[slot] &&
          columns.touchedTick[slot] !== columns.tick &&
          columns.lastSeenUs[slot]! <= this.#limitUs
        ) {
          this.#taken += 1;
          return slot;
        }
      }
      if (refilled) return -1;
      this.#refill(columns);
    }
  }

  #refill(columns: MutableFlowColumns): void {
    const { used, touchedTick, tick, lastSeenUs, highWater } = columns;
    const share = Math.floor(columns.count / SHARE_OF_TABLE);
    const wanted = Math.max(LEAST_CANDIDATES, share, this.#takenBefore - this.#taken);
    if (this.#times.length < highWater) this.#times = new Float64Array(used.length);
    const times = this.#times;
    let count = 0;
    for (let slot = 0; slot < highWater; slot += 1) {
      if (used[slot] && touchedTick[slot] !== tick) times[count++] = lastSeenUs[slot]!;
    }
    const sorted = times.subarray(0, count).sort();
    const limit = count === 0 ? -Infinity : sorted[Math.min(wanted, count) - 1]!;
    const slots: number[] = [];
    for (let slot = 0; slot < highWater; slot += 1) {
      if (used[slot] && touchedTick[slot] !== tick && lastSeenUs[slot]! <= limit) slots.push(slot);
    }
    slots.sort((a, b) => lastSeenUs[a]! - lastSeenUs[b]! || a - b);
    this.#slots = slots;
    this.#limitUs = limit;
    this.#next = 0;
  }
}

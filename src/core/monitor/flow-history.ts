// Rates of the flows whose detail is open, tick by tick. Only requested flows are kept.
import type { FlowRow } from '../model/flow.js';

/** The detail pane shows one flow, and a user may go back and forth between some. */
const FLOWS_KEPT = 16;
/** Five minutes at one tick a second: wider than any screen. */
const TICKS_KEPT = 300;

interface History {
  readonly forward: number[];
  readonly reverse: number[];
  forwardBytes: number;
  reverseBytes: number;
}

export class FlowHistory {
  /** In the order of the last request, oldest first. */
  readonly #flows = new Map<number, History>();

  /** Starts to keep it; returns what was kept so far. */
  ask(row: FlowRow): { forward: readonly number[]; reverse: readonly number[] } {
    const known = this.#flows.get(row.id);
    const history = known ?? {
      forward: [],
      reverse: [],
      forwardBytes: row.forward.bytes,
      reverseBytes: row.reverse.bytes,
    };
    this.#flows.delete(row.id);
    this.#flows.set(row.id, history);
    for (const id of this.#flows.keys()) {
      if (this.#flows.size <= FLOWS_KEPT) break;
      this.#flows.delete(id);
    }
    return { forward: [...history.forward], reverse: [...history.reverse] };
  }

  tick(rowOf: (id: number) => FlowRow | null, intervalSeconds: number): void {
    if (!(intervalSeconds > 0)) return;
    for (const [id, history] of this.#flows) {
      const row = rowOf(id);
      if (!row) {
        this.#flows.delete(id);
        continue;
      }
      history.forward.push(bits(row.forward.bytes - history.forwardBytes, intervalSeconds));
      history.reverse.push(bits(row.reverse.bytes - history.reverseBytes, intervalSeconds));
      if (history.forward.length > TICKS_KEPT) history.forward.shift();
      if (history.reverse.length > TICKS_KEPT) history.reverse.shift();
      history.forwardBytes = row.forward.bytes;
      history.reverseBytes = row.reverse.bytes;
    }
  }
}

/** Never below zero: an orientation that turns exchanges the two counters once. */
function bits(bytes: number, seconds: number): number {
  return Math.max(0, bytes * 8) / seconds;
}

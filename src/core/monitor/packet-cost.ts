// Nanoseconds a packet, from what the programs time by themselves (records.h, enum cost_row).
import type { Batch } from '../wire/batch.js';
import { readCounters, VALUES_A_ROW } from '../wire/counters.js';
import { costRow, counterRow } from '../wire/layout.generated.js';

/** Samples in one figure: fewer would let a single interrupt of some microseconds show. */
const SAMPLES_WANTED = 64;

/** Cumulative, both directions together. */
interface Sums {
  readonly packets: number;
  readonly nanoseconds: number;
  readonly samples: number;
}

const nothing: Sums = { packets: 0, nanoseconds: 0, samples: 0 };

function mean(since: Sums, now: Sums): number | null {
  const packets = now.packets - since.packets;
  return packets > 0 ? Math.max(0, now.nanoseconds - since.nanoseconds) / packets : null;
}

export class PacketCost {
  readonly #rows = new Float64Array(costRow.rowCount * VALUES_A_ROW);
  #now = nothing;
  #since = nothing;
  #latest: number | null = null;

  update(batch: Batch): void {
    readCounters(batch, counterRow.cost, costRow.rowCount, this.#rows);
    const [run, clock] = [costRow.run * VALUES_A_ROW, costRow.clock * VALUES_A_ROW];
    const both = (at: number): number => this.#rows[at]! + this.#rows[at + 1]!;
    this.#now = {
      packets: both(run),
      nanoseconds: both(run + 2) - both(clock + 2),
      samples: both(clock),
    };
    const enough = this.#now.samples - this.#since.samples >= SAMPLES_WANTED;
    // Until there have been enough for once, the few there are.
    if (enough || this.#since === nothing) this.#latest = mean(this.#since, this.#now);
    if (enough) this.#since = this.#now;
  }

  /** Of the last samples, at least 64 where there have been so many; null: no packet yet, or a capture. */
  get nanosecondsPerPacket(): number | null {
    return this.#latest;
  }

  /** Since start. */
  get samples(): number {
    return this.#now.samples;
  }

  /** Of the whole run. */
  get meanNanosecondsPerPacket(): number | null {
    return mean(nothing, this.#now);
  }
}

// Runs of our programs and nanoseconds a run, as they count and time them by themselves (records.h, enum cost_row): of each, and of all.
import type { Batch } from '../wire/batch.js';
import { readCounters, VALUES_A_ROW } from '../wire/counters.js';
import { costRow, counterRow } from '../wire/layout.generated.js';
import type { OwnProgram, RunFigures } from './own-programs.js';

/** Samples in one figure: fewer would let a single interrupt of some microseconds show. */
const SAMPLES_WANTED = 64;

/** Cumulative: the runs that the samples represent, their time, and the number of samples. */
interface Sums {
  readonly packets: number;
  readonly nanoseconds: number;
  readonly samples: number;
}

const nothing: Sums = { packets: 0, nanoseconds: 0, samples: 0 };

const sumOf = (all: readonly Sums[]): Sums => ({
  packets: all.reduce((sum, { packets }) => sum + packets, 0),
  nanoseconds: all.reduce((sum, { nanoseconds }) => sum + nanoseconds, 0),
  samples: all.reduce((sum, { samples }) => sum + samples, 0),
});

function mean(since: Sums, now: Sums): number | null {
  const packets = now.packets - since.packets;
  return packets > 0 ? Math.max(0, now.nanoseconds - since.nanoseconds) / packets : null;
}

/** The mean of the last samples that are enough for one. */
class SampledCost {
  now = nothing;
  #since = nothing;
  latest: number | null = null;

  update(now: Sums): void {
    this.now = now;
    const enough = now.samples - this.#since.samples >= SAMPLES_WANTED;
    // Until there have been enough for once, the few there are.
    if (enough || this.#since === nothing) this.latest = mean(this.#since, now);
    if (enough) this.#since = now;
  }
}

class ProgramCost {
  readonly #cost = new SampledCost();
  #counted = 0;
  #runs = 0;
  #runTimeNs = 0;

  update(sums: Sums, runs: number): void {
    this.#cost.update(sums);
    // Fewer than before: another version of the programs has begun to count.
    const more = runs >= this.#counted ? runs - this.#counted : runs;
    this.#counted = runs;
    this.#runs += more;
    this.#runTimeNs += more * (this.#cost.latest ?? 0);
  }

  figures(): RunFigures {
    const { latest } = this.#cost;
    return { runs: this.#runs, nanosecondsPerRun: latest, runTimeNs: this.#runTimeNs };
  }
}

const blocks = [
  { row: counterRow.cost, program: 'tcIngress', direction: 0 },
  { row: counterRow.cost, program: 'tcEgress', direction: 1 },
  { row: counterRow.costXdp, program: 'xdp', direction: 0 },
] as const;

export class PacketCost {
  readonly #rows = new Float64Array(costRow.rowCount * VALUES_A_ROW);
  readonly #all = new SampledCost();
  readonly #programs = {
    tcIngress: new ProgramCost(),
    tcEgress: new ProgramCost(),
    xdp: new ProgramCost(),
  };

  update(batch: Batch): void {
    const sums = blocks.map(({ row, program, direction }) => {
      readCounters(batch, row, costRow.rowCount, this.#rows);
      const packets = (cost: number): number => this.#rows[cost * VALUES_A_ROW + direction]!;
      const bytes = (cost: number): number => this.#rows[cost * VALUES_A_ROW + 2 + direction]!;
      const one: Sums = {
        packets: packets(costRow.run),
        nanoseconds: bytes(costRow.run) - bytes(costRow.clock),
        samples: packets(costRow.clock),
      };
      this.#programs[program].update(one, packets(costRow.calls));
      return one;
    });
    this.#all.update(sumOf(sums));
  }

  /** A capture's program has the rows of TC's ingress; it is not timed. */
  programs(): Readonly<Record<OwnProgram, RunFigures>> {
    const { tcIngress, tcEgress, xdp } = this.#programs;
    return {
      tcIngress: tcIngress.figures(),
      tcEgress: tcEgress.figures(),
      xdp: xdp.figures(),
      capture: tcIngress.figures(),
    };
  }

  /** Of all programs' last samples, at least 64 where there have been so many; null: no packet yet, or a capture. */
  get nanosecondsPerPacket(): number | null {
    return this.#all.latest;
  }

  /** Since start. */
  get samples(): number {
    return this.#all.now.samples;
  }

  /** Of the whole run. */
  get meanNanosecondsPerPacket(): number | null {
    return mean(nothing, this.#all.now);
  }
}

// What the program costs: share of a CPU, memory, time of a drain and of a tick.
import type { Cost } from '../model/snapshot.js';
import type { SourceCost } from '../sources/source.js';
import type { Machine } from './machine.js';

export class CostMeter {
  readonly #machine: Machine;
  #cpuUs: number;
  #monotonicMs: number;
  #cpuShare = 0;

  constructor(machine: Machine) {
    this.#machine = machine;
    this.#cpuUs = machine.cpuUs();
    this.#monotonicMs = machine.monotonicMs();
  }

  tick(
    source: SourceCost,
    figures: Pick<
      Cost,
      'nanosecondsPerPacket' | 'flowTableFill' | 'drainMilliseconds' | 'tickMilliseconds'
    >,
  ): Cost {
    const cpuUs = this.#machine.cpuUs();
    const monotonicMs = this.#machine.monotonicMs();
    const passedUs = (monotonicMs - this.#monotonicMs) * 1000;
    // Two ticks within a millisecond (a capture) say nothing about a share: the last one stands.
    if (passedUs >= 1000) {
      this.#cpuShare = (cpuUs - this.#cpuUs) / passedUs;
      this.#cpuUs = cpuUs;
      this.#monotonicMs = monotonicMs;
    }
    return {
      cpuShare: this.#cpuShare,
      residentBytes: this.#machine.residentBytes(),
      mapBytes: source.mapBytes,
      ...figures,
    };
  }
}

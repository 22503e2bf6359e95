// What the program costs: share of a CPU, memory, time of a drain and of a tick.
import type { Cost } from '../model/snapshot.js';
import type { SourceCost } from '../sources/source.js';
import type { HostRuntime } from './host-runtime.js';

export class CostMeter {
  readonly #runtime: HostRuntime;
  #cpuUs: number;
  #boottimeMs: number;
  #cpuShare = 0;

  constructor(runtime: HostRuntime) {
    this.#runtime = runtime;
    this.#cpuUs = runtime.cpuUs();
    this.#boottimeMs = runtime.clock.boottimeMs();
  }

  tick(
    source: SourceCost,
    figures: Pick<
      Cost,
      'nanosecondsPerPacket' | 'flowTableFill' | 'drainMilliseconds' | 'tickMilliseconds'
    >,
  ): Cost {
    const cpuUs = this.#runtime.cpuUs();
    const boottimeMs = this.#runtime.clock.boottimeMs();
    const passedUs = (boottimeMs - this.#boottimeMs) * 1000;
    // Two ticks within a millisecond (a capture) say nothing about a share: the last one stands.
    if (passedUs >= 1000) {
      this.#cpuShare = (cpuUs - this.#cpuUs) / passedUs;
      this.#cpuUs = cpuUs;
      this.#boottimeMs = boottimeMs;
    }
    return {
      cpuShare: this.#cpuShare,
      residentBytes: this.#runtime.residentBytes(),
      mapBytes: source.mapBytes,
      ...figures,
    };
  }
}

// A fake source and host runtime, controlled by the test: no kernel, no real clock.
import { type Moment, RunClock } from '../../src/core/model/clock.js';
import type { HostRuntime } from '../../src/core/monitor/host-runtime.js';
import type {
  Source,
  SourceInterface,
  SourcePrograms,
  SourceStart,
  SourceTick,
} from '../../src/core/sources/source.js';
import { CRAFTED_TIME_US, type CraftedBatch, craftBatch } from './batch-builder.js';

/** Time stands still until `advance`; callbacks run in the order in which they are due. */
export class FakeHostRuntime implements HostRuntime {
  nowMs = 1000;
  /** How far the wall clock has been stepped forward. */
  wallAheadUs = 0;
  readonly clock = new RunClock({
    wallUs: () => CRAFTED_TIME_US + (this.nowMs - 1000) * 1000 + this.wallAheadUs,
    boottimeMs: () => this.nowMs,
  });
  #timers: { dueMs: number; callback: () => void }[] = [];

  readonly after = (milliseconds: number, callback: () => void): (() => void) => {
    const timer = { dueMs: this.nowMs + milliseconds, callback };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((one) => one !== timer);
    };
  };

  cpuUs(): number {
    return 0;
  }

  residentBytes(): number {
    return 50e6;
  }

  async advance(milliseconds: number): Promise<void> {
    const untilMs = this.nowMs + milliseconds;
    await flushPromises();
    for (;;) {
      const [next] = this.#timers.toSorted((a, b) => a.dueMs - b.dueMs);
      if (!next || next.dueMs > untilMs) break;
      this.nowMs = Math.max(this.nowMs, next.dueMs);
      this.#timers = this.#timers.filter((one) => one !== next);
      next.callback();
      await flushPromises();
    }
    this.nowMs = untilMs;
    await flushPromises();
  }
}

/** Runs pending promise callbacks, however deep they are chained. */
async function flushPromises(): Promise<void> {
  for (let i = 0; i < 50; i += 1) await Promise.resolve();
}

export const craftedInterface: SourceInterface = {
  name: 'eth0',
  index: 2,
  slot: 0,
  ingress: { hook: 'tcx', mode: null, reason: 'crafted' },
  egress: { hook: 'tcx', mode: null, reason: 'crafted' },
  up: true,
  present: true,
};

export class FakeSource implements Source {
  readonly pacing: 'timer' | 'immediate';
  /** Results of the next pulls; then nothing (live) or the end (capture). */
  readonly batches: (CraftedBatch & Partial<Omit<SourceTick, 'batch' | 'timeUs' | 'wallUs'>>)[] =
    [];
  list: SourceInterface[] = [craftedInterface];
  pulls = 0;
  closed = false;
  lastTimeUs = CRAFTED_TIME_US;

  constructor(
    readonly runtime: FakeHostRuntime,
    kind: 'live' | 'capture' = 'live',
  ) {
    this.pacing = kind === 'live' ? 'timer' : 'immediate';
  }

  async start(): Promise<SourceStart> {
    return { ...this.#moment(), warnings: [] };
  }

  interfaces(): readonly SourceInterface[] {
    return this.list;
  }

  async pull(intervalSeconds: number): Promise<SourceTick | null> {
    this.pulls += 1;
    const next = this.batches.shift();
    if (!next && this.pacing === 'immediate') return null;
    if (next?.segmentStartUs !== undefined) this.lastTimeUs = next.segmentStartUs;
    const { timeUs, wallUs } = this.#moment(intervalSeconds);
    const seconds = (timeUs - this.lastTimeUs) / 1e6;
    this.lastTimeUs = timeUs;
    const {
      kernelEvents = [],
      kernelEventsLost = 0,
      warnings = [],
      fault,
      segmentStartUs,
      ...crafted
    } = next ?? {};
    return {
      batch: craftBatch({ ...crafted, capturedAtUs: wallUs }),
      kernelEvents,
      kernelEventsLost,
      warnings,
      timeUs,
      wallUs,
      intervalSeconds: seconds,
      ...(fault && { fault }),
      ...(segmentStartUs !== undefined && { segmentStartUs }),
    };
  }

  #moment(intervalSeconds = 0): Moment {
    if (this.pacing === 'timer') return this.runtime.clock.moment();
    const timeUs = this.lastTimeUs + intervalSeconds * 1e6;
    return { timeUs, wallUs: timeUs };
  }

  cost(): { mapBytes: number } {
    return { mapBytes: 1e6 };
  }

  readonly programs: SourcePrograms | null = null;

  async close(): Promise<void> {
    this.closed = true;
  }
}

// The kernel's program statistics: on for one second in thirty, since they cost every program on the host; longer where somebody watches.
import type { NativeProgramInfo, NativeSession } from '../native/contract.js';

const MEASURED_MS = 1000;
const PERIOD_MS = 30_000;
/**
 * What the kernel's own measuring puts into each run, taken off: 20 ns where reading the clock is cheap. It is more in some virtual
 * machines (an empty TC program read 65 ns in ours), so the figure is an upper bound, never too small.
 */
const OWN_COST_NS = 20;

/** Run by us once a drain, not by packets. */
const NOT_BY_PACKETS: ReadonlySet<string> = new Set(['network_monitor_clock']);

function sum(programs: readonly NativeProgramInfo[]): { runs: number; timeNs: number } {
  let runs = 0;
  let timeNs = 0;
  for (const { name, runCount, runTimeNs } of programs) {
    if (NOT_BY_PACKETS.has(name)) continue;
    runs += runCount;
    timeNs += runTimeNs;
  }
  return { runs, timeNs };
}

export class ProgramStatistics {
  readonly #session: NativeSession;
  #permitted = true;
  #continuous = false;
  #onSinceMs: number | null = null;
  #nextMs = 0;
  #measuredMs = 0;
  #base = { runs: 0, timeNs: 0 };
  #nanosecondsPerPacket: number | null = null;

  constructor(session: NativeSession) {
    this.#session = session;
  }

  /** Of the last second that was measured; null: not permitted, or no packet ran in it. */
  get nanosecondsPerPacket(): number | null {
    return this.#nanosecondsPerPacket;
  }

  get measuring(): boolean {
    return this.#onSinceMs !== null;
  }

  /** How long they have been on, altogether. */
  measuredSeconds(nowMs: number): number {
    const now = this.#onSinceMs === null ? 0 : nowMs - this.#onSinceMs;
    return (this.#measuredMs + now) / 1000;
  }

  /** Somebody looks at the figures: measured all the time, from the next tick on. */
  setContinuous(continuous: boolean): void {
    this.#continuous = continuous;
  }

  /** Called at each tick. */
  tick(nowMs: number): void {
    if (!this.#permitted) return;
    if (this.#onSinceMs === null) {
      if (this.#continuous || nowMs >= this.#nextMs) this.#begin(nowMs);
    } else if (nowMs - this.#onSinceMs >= MEASURED_MS) {
      this.#take(nowMs);
      if (!this.#continuous) this.#stop(nowMs);
    }
  }

  #begin(nowMs: number): void {
    try {
      this.#session.enableStatistics();
    } catch {
      // EPERM without CAP_SYS_ADMIN, EINVAL before Linux 5.8: the figure stays null, which is what it then means.
      this.#permitted = false;
      return;
    }
    this.#base = sum(this.#session.programs());
    this.#onSinceMs = nowMs;
  }

  /** The figure of the time since it was taken last. */
  #take(nowMs: number): void {
    const { runs, timeNs } = sum(this.#session.programs());
    const count = runs - this.#base.runs;
    if (count > 0) {
      this.#nanosecondsPerPacket = Math.max(0, (timeNs - this.#base.timeNs) / count - OWN_COST_NS);
    }
    this.#base = { runs, timeNs };
    this.#measuredMs += nowMs - this.#onSinceMs!;
    this.#onSinceMs = nowMs;
  }

  #stop(nowMs: number): void {
    this.#session.disableStatistics();
    this.#onSinceMs = null;
    this.#nextMs = nowMs + PERIOD_MS - MEASURED_MS;
  }
}

// The world that the monitor needs and doesn't take by itself: clocks, timers, and what this process costs.
import type { RunClock } from '../model/clock.js';

export interface HostRuntime {
  readonly clock: RunClock;
  /** Calls back once after so many milliseconds; the result cancels. */
  after(milliseconds: number, callback: () => void): () => void;
  /** CPU time of the whole process so far, user and system, microseconds. */
  cpuUs(): number;
  residentBytes(): number;
}

// The world that the monitor needs and doesn't take by itself: clocks, timers, and what this process costs.
import type { RunClock, Timers } from '../model/clock.js';

export interface HostRuntime extends Timers {
  readonly clock: RunClock;
  /** CPU time of the whole process so far, user and system, microseconds. */
  cpuUs(): number;
  residentBytes(): number;
}

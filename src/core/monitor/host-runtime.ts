// The host's services that are injected into the monitor: clocks, timers, and this process's cost.
import type { RunClock, Timers } from '../model/clock.js';

export interface HostRuntime extends Timers {
  readonly clock: RunClock;
  /** CPU time of the whole process so far, user and system, microseconds. */
  cpuUs(): number;
  residentBytes(): number;
}

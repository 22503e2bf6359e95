// V8 heap settings that keep resident memory small in runs of days: no pages that only the start needed, and small heaps.
import { setFlagsFromString } from 'node:v8';
import type { MonitorPort } from '../core/model/monitor-port.js';
import { loadNative } from '../core/native/load.js';

/** The screen stands, and the rules have been run twice: what is needed in each second has been touched. */
const TICKS_OF_START = 3;
/**
 * Above this V8 collects before it asks for more, in both threads: by default garbage of a busy second grows to four times of what lives,
 * 57 MB with 64 k flows, 130 in a flood. Below, that would only cost: 1 % of a core in an ordinary run, 100 ms at the start.
 */
const LOW_MEMORY_ABOVE = 100e6;
const DEFAULT_BELOW = 85e6;
const LOW_MEMORY_FLAGS = ['--optimize-for-size', '--incremental-marking'];
/**
 * Incremental marking, before the memory is needed, is what V8 does to the main thread's heap eight seconds after the start, and again as long as
 * it finds something: 80 ms for the usual two, helper threads included. A small heap is collected when it is full, in some 10 ms at once.
 */
const DEFAULT_FLAGS = ['--no-optimize-for-size', '--no-incremental-marking'];

/** By name, so that a test can see what they do. */
export const heapFlags = { lowMemory: LOW_MEMORY_FLAGS, ordinary: DEFAULT_FLAGS };

function setFlags(flags: readonly string[]): void {
  for (const flag of flags) setFlagsFromString(flag);
}

export function spareMemory(monitor: MonitorPort): void {
  let ticks = 0;
  let isLowMemory = false;
  monitor.on('snapshot', ({ cost }) => {
    ticks += 1;
    if (ticks === TICKS_OF_START) {
      loadNative().dropStartupPages();
      setFlags(DEFAULT_FLAGS);
    }
    if (ticks <= TICKS_OF_START || !cost) return;
    const limit = isLowMemory ? DEFAULT_BELOW : LOW_MEMORY_ABOVE;
    if (cost.residentBytes > limit === isLowMemory) return;
    isLowMemory = !isLowMemory;
    setFlags(isLowMemory ? LOW_MEMORY_FLAGS : DEFAULT_FLAGS);
  });
}

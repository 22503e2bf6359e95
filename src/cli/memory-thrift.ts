// A run that goes on for days keeps little resident: small heaps, and no pages that only its start needed.
import { setFlagsFromString } from 'node:v8';
import type { MonitorPort } from '../core/model/monitor-port.js';
import { loadNative } from '../core/native/load.js';

/** The screen stands, and the rules have been run twice: what is needed in each second has been touched. */
const TICKS_OF_START = 3;

/**
 * From the first tick on V8 collects before it asks for more, in both threads: by default garbage of a busy second grows to four times of
 * what lives, 57 MB with 64 k flows, 130 in a flood. Not before: while everything is being loaded it costs 100 ms of CPU.
 */
export function spareMemory(monitor: MonitorPort): void {
  let ticks = 0;
  const forget = monitor.on('snapshot', () => {
    ticks += 1;
    if (ticks === 1) setFlagsFromString('--optimize-for-size');
    if (ticks < TICKS_OF_START) return;
    forget();
    loadNative().dropStartupPages();
  });
}

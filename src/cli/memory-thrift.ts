// A run that goes on for days keeps its heaps small: V8 collects before it asks the system for more.
import { setFlagsFromString } from 'node:v8';
import type { MonitorPort } from '../core/model/monitor-port.js';

/**
 * From the first tick on, of both threads. By default the collector lets garbage of a busy second grow to four times of what lives:
 * 57 MB with 64 k flows, 130 in a flood. Not before: while everything is being loaded it costs 100 ms of CPU.
 */
export function spareMemory(monitor: MonitorPort): void {
  const forget = monitor.on('snapshot', () => {
    forget();
    setFlagsFromString('--optimize-for-size');
  });
}

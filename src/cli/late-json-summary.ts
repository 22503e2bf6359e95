// The NDJSON summary where the worker thread missed the deadline and was terminated: from the last tick that the main thread received.
import { writeSync } from 'node:fs';
import { tickObject, warningObject } from '../core/export/json-objects.js';
import type { SinkRequest } from '../core/export/sinks.js';
import type { MonitorPort } from '../core/model/monitor-port.js';

const nothingKnown = { ticksSkipped: 0, alertsDropped: 0 };

export function writeLateSummary(monitor: MonitorPort, sinks: readonly SinkRequest[]): void {
  let isLate = false;
  const write = (object: unknown): void => {
    for (const sink of sinks) {
      if (sink.kind !== 'json') continue;
      try {
        writeSync(sink.descriptor, `${JSON.stringify(object)}\n`);
      } catch {
        // A slow or closed reader: at exit there is no way to wait for it.
      }
    }
  };
  monitor.on('warning', (warning) => {
    if (warning.code !== 'summary_incomplete') return;
    isLate = true;
    write(warningObject(warning));
  });
  monitor.on('snapshot', (snapshot) => {
    if (isLate) write(tickObject(snapshot, nothingKnown));
  });
}

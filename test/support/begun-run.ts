// A started MonitorRun on a fake source: the test advances its clock, and its events are recorded in order.
import type { Snapshot } from '../../src/core/model/snapshot.js';
import { defaultView } from '../../src/core/monitor/compiled-view.js';
import { MonitorRun, type RunOptions } from '../../src/core/monitor/monitor-run.js';
import { FakeHostRuntime, FakeSource } from './fake-source.js';

export interface BegunRun {
  readonly run: MonitorRun;
  readonly source: FakeSource;
  readonly runtime: FakeHostRuntime;
  readonly events: string[];
  readonly snapshots: Snapshot[];
  readonly errors: Error[];
}

export async function begin(
  options: Partial<RunOptions> = {},
  kind: 'live' | 'capture' = 'live',
  prepare: (source: FakeSource) => void = () => {},
  beforeStart: (run: MonitorRun, runtime: FakeHostRuntime) => void = () => {},
): Promise<BegunRun> {
  const runtime = new FakeHostRuntime();
  const source = new FakeSource(runtime, kind);
  prepare(source);
  const run = new MonitorRun({
    source,
    detector: null,
    runtime,
    maxFlows: 1024,
    flowTimeoutSeconds: 0,
    intervalSeconds: 1,
    // Whole intervals, unless a test says otherwise.
    firstTickMs: null,
    durationSeconds: null,
    count: null,
    view: defaultView,
    ...options,
  });
  const recorded: BegunRun = { run, source, runtime, events: [], snapshots: [], errors: [] };
  run.on('start', () => recorded.events.push('start'));
  run.on('interfaces', () => recorded.events.push('interfaces'));
  run.on('warning', ({ code }) => recorded.events.push(code));
  run.on('alert', ({ state }) => recorded.events.push(`alert ${state}`));
  run.on('snapshot', (snapshot) => {
    recorded.snapshots.push(snapshot);
    recorded.events.push(snapshot.final ? 'summary' : 'tick');
  });
  run.on('error', (error) => {
    recorded.errors.push(error);
    recorded.events.push('error');
  });
  run.on('end', () => recorded.events.push('end'));
  beforeStart(run, runtime);
  await run.start();
  return recorded;
}

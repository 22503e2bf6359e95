// A run on a source that is made up, begun: its machine is stepped by the test, what it tells is kept in order.
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
  const told: BegunRun = { run, source, runtime, events: [], snapshots: [], errors: [] };
  run.on('start', () => told.events.push('start'));
  run.on('interfaces', () => told.events.push('interfaces'));
  run.on('warning', ({ code }) => told.events.push(code));
  run.on('alert', ({ state }) => told.events.push(`alert ${state}`));
  run.on('snapshot', (snapshot) => {
    told.snapshots.push(snapshot);
    told.events.push(snapshot.final ? 'summary' : 'tick');
  });
  run.on('error', (error) => {
    told.errors.push(error);
    told.events.push('error');
  });
  run.on('end', () => told.events.push('end'));
  beforeStart(run, runtime);
  await run.start();
  return told;
}

// The main thread's end of the worker: what it passes on, and how it ends when the worker doesn't.
import { describe, expect, it } from 'vitest';
import { ExpectedError } from '../../../src/core/errors/expected-error.js';
import type { Snapshot } from '../../../src/core/model/snapshot.js';
import { defaultView } from '../../../src/core/monitor/compiled-view.js';
import { MonitorClient } from '../../../src/core/monitor/monitor-client.js';
import type { RunRequest } from '../../../src/core/monitor/run-request.js';
import { workerLink } from '../../../src/core/monitor/worker-link.js';

const request: RunRequest = {
  source: {
    kind: 'live',
    interfaces: ['eth0'],
    environmentInterface: undefined,
    ingress: 'auto',
    egress: 'tc',
    networkNamespace: null,
  },
  view: defaultView,
  maxFlows: 1024,
  flowTimeoutSeconds: 0,
  intervalSeconds: 1,
  durationSeconds: null,
  count: null,
  tunnels: 'inner',
};

const counter = { packets: 10, bytes: 1000 };
const snapshot = {
  sequence: 1,
  timeUs: 5,
  wallUs: 5,
  elapsedSeconds: 4,
  intervalSeconds: 1,
  protocols: [
    { protocol: 'TCP', received: counter, sent: counter, packetsPerSecond: 1, bitsPerSecond: 1 },
  ],
  flows: [],
  final: false,
} as unknown as Snapshot;

/** A worker of a few lines, with `port` in hand. */
function monitorOf(
  script: string,
  asked = request,
): {
  monitor: MonitorClient;
  events: string[];
  snapshots: Snapshot[];
  errors: Error[];
} {
  const text = `import { parentPort as port } from 'node:worker_threads';
    const start = { type: 'start', values: [{ timeUs: 1, wallUs: 1, interfaces: [], intervalSeconds: 1 }] };
    const rows = { count: 0, memory: new ArrayBuffer(0), context: {}, labels: {} };
    const tick = { type: 'snapshot', snapshot: ${JSON.stringify(snapshot)}, rows };
    const hang = () => { for (;;) {} };
    ${script}`;
  const monitor = new MonitorClient({
    request: asked,
    link: workerLink(new URL(`data:text/javascript,${encodeURIComponent(text)}`), asked),
    after: (milliseconds, callback) => {
      const timer = setTimeout(callback, milliseconds);
      return () => clearTimeout(timer);
    },
  });
  const told = {
    monitor,
    events: [] as string[],
    snapshots: [] as Snapshot[],
    errors: [] as Error[],
  };
  monitor.on('snapshot', (one) => {
    told.snapshots.push(one);
    told.events.push(one.final ? 'summary' : 'tick');
  });
  monitor.on('warning', ({ code }) => told.events.push(code));
  monitor.on('end', () => told.events.push('end'));
  monitor.on('error', (error) => told.errors.push(error));
  return told;
}

const until = async (test: () => boolean): Promise<void> => {
  for (let i = 0; i < 500 && !test(); i += 1)
    await new Promise((resolve) => setTimeout(resolve, 10));
};

describe('a worker', () => {
  it('that ends in time has the last word', async () => {
    const { monitor, events } = monitorOf(`
      port.postMessage(start); port.postMessage(tick);
      port.on('message', ({ type }) => {
        if (type !== 'stop') return;
        port.postMessage({ ...tick, snapshot: { ...tick.snapshot, final: true } });
        port.postMessage({ type: 'end', values: [] });
        port.close();
      });`);
    await monitor.start();
    await monitor.stop();
    expect(events).toEqual(['tick', 'summary', 'end']);
  });

  it('that reads a capture is asked for the next tick when this one has been printed', async () => {
    const capture: RunRequest = { ...request, source: { kind: 'capture', path: 'x.pcap' } };
    const { monitor, events } = monitorOf(
      `port.postMessage(start); port.postMessage(tick);
      let taken = 0;
      port.on('message', ({ type }) => {
        if (type !== 'taken') return;
        taken += 1;
        if (taken < 3) port.postMessage(tick);
        else { port.postMessage({ type: 'end', values: [] }); port.close(); }
      });`,
      capture,
    );
    let print = (): void => {};
    monitor.pace(
      () =>
        new Promise((resolve) => {
          print = resolve;
        }),
    );
    await monitor.start();
    for (const printed of [1, 2, 3]) {
      await until(() => events.length >= printed);
      await new Promise((resolve) => setTimeout(resolve, 30));
      expect(events).toEqual(Array(printed).fill('tick'));
      print();
    }
    await until(() => events.includes('end'));
    expect(events).toEqual(['tick', 'tick', 'tick', 'end']);
  });

  it('that hangs is ended, and the summary comes from its last tick, with means over the run', async () => {
    const { monitor, events, snapshots } = monitorOf(
      'port.postMessage(start); port.postMessage(tick); setTimeout(hang, 50);',
    );
    await monitor.start();
    await until(() => events.includes('tick'));
    await new Promise((resolve) => setTimeout(resolve, 100));
    await monitor.stop();
    expect(events).toEqual(['tick', 'summary_incomplete', 'summary', 'end']);
    expect(snapshots.at(-1)!.protocols[0]).toMatchObject({
      bitsPerSecond: 4000,
      packetsPerSecond: 5,
    });
  });

  it('that is stopped while it loads leaves nobody waiting', async () => {
    const { monitor, events } = monitorOf('hang();');
    const started = monitor.start();
    await monitor.stop();
    await started;
    expect(events).toEqual(['end']);
  });

  it('whose start fails says why, with status and advice', async () => {
    const { monitor } = monitorOf(`port.postMessage({ type: 'error', error: {
      message: 'not permitted', stack: '', expected: { status: 3, advice: 'sudo', detail: 'EPERM' } } });`);
    const error = await monitor.start().catch((one: unknown) => one);
    expect(error).toBeInstanceOf(ExpectedError);
    expect(error).toMatchObject({ message: 'not permitted', status: 3, advice: 'sudo' });
  });

  it('that throws is an error, and questions to it are answered', async () => {
    const { monitor, errors } = monitorOf(
      "port.postMessage(start); port.on('message', () => { throw new Error('broken'); });",
    );
    await monitor.start();
    expect(await monitor.flowDetail(1)).toBeNull();
    expect(errors[0]!.message).toBe('broken');
    expect(await monitor.setView(defaultView)).toBeNull();
  });
});

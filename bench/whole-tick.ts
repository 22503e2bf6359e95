// The cost of a tick from batch to snapshot: with and without detection, and for one, two and five consumers of the same and of different views.
import { DetectionEngine } from '../src/core/detect/engine.js';
import { builtInRules } from '../src/core/detect/rules/index.js';
import type { Consumer } from '../src/core/model/consumer.js';
import { defaultView } from '../src/core/monitor/compiled-view.js';
import { ConsumerList } from '../src/core/monitor/consumer-list.js';
import { Pipeline } from '../src/core/monitor/pipeline.js';
import type { SourceInterface } from '../src/core/sources/source.js';
import { manyFlows } from './many-flows.js';

const hook = { hook: 'tcx', mode: null, reason: '' } as const;
const interfaces: SourceInterface[] = [
  { name: 'eth0', index: 2, slot: 0, ingress: hook, egress: hook, up: true, present: true },
];
const FLOWS = 65_000;
const TICKS = 20;

const different = ['tcp', 'port 443', 'not port 22', 'bytes > 1k', 'udp or icmp'];

function consumersOf(count: number, kind: 'same' | 'different'): ConsumerList {
  const list = new ConsumerList({ after: () => () => {}, warn: () => {} });
  for (let i = 0; i < count; i += 1) {
    const consumer: Consumer = { name: `consumer ${i}`, tick: () => {} };
    list.subscribe(kind === 'same' ? {} : { filter: different[i % different.length]! }, consumer);
  }
  return list;
}

/** Milliseconds of each tick, and of its snapshots only. */
function run(detection: boolean, consumers: ConsumerList): { ticks: number[]; views: number[] } {
  const pipeline = new Pipeline({
    maxFlows: 65_536,
    flowTimeoutSeconds: 600,
    detector: detection ? new DetectionEngine(builtInRules) : null,
  });
  const batch = manyFlows(FLOWS, 0);
  let timeUs = 1_700_000_000_000_000;
  pipeline.start({ timeUs, wallUs: timeUs }, interfaces);
  const ticks: number[] = [];
  const views: number[] = [];
  for (let tick = 0; tick < TICKS; tick += 1) {
    timeUs += 1e6;
    const start = performance.now();
    pipeline.tick(
      {
        batch,
        kernelEvents: [],
        kernelEventsLost: 0,
        timeUs,
        wallUs: timeUs,
        intervalSeconds: 1,
        warnings: [],
      },
      interfaces,
    );
    const applied = performance.now();
    consumers.tick(
      pipeline.views({ final: false, cost: null, consumers: [], views: consumers.views() }),
    );
    const end = performance.now();
    ticks.push(end - start);
    views.push(end - applied);
  }
  return { ticks, views };
}

const least = (values: readonly number[]): string => Math.min(...values.slice(2)).toFixed(2);

for (const detection of [false, true]) {
  const { ticks } = run(detection, consumersOf(1, 'same'));
  const memory = process.memoryUsage();
  process.stdout.write(
    `${FLOWS.toLocaleString('en')} flows, ${detection ? 'with' : 'without'} detection: first ${ticks[0]!.toFixed(0)} ms, then at least ` +
      `${least(ticks)} ms; rss ${(memory.rss / 2 ** 20).toFixed(0)} MiB, ` +
      `heap ${(memory.heapUsed / 2 ** 20).toFixed(0)} MiB, buffers ${(memory.arrayBuffers / 2 ** 20).toFixed(0)} MiB\n`,
  );
}
for (const kind of ['same', 'different'] as const) {
  for (const count of [0, 1, 2, 5]) {
    const { ticks, views } = run(false, consumersOf(count, kind));
    process.stdout.write(
      `${count} consumers, ${kind} views: tick at least ${least(ticks)} ms, ${least(views)} of it for the views (${defaultView.limit} flows each)\n`,
    );
  }
}

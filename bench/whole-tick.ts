// What does one tick cost from batch to snapshot, with and without detection, and how much memory does it leave in use?
import { DetectionEngine } from '../src/core/detect/engine.js';
import { builtInRules } from '../src/core/detect/rules/index.js';
import { defaultView, Pipeline } from '../src/core/monitor/pipeline.js';
import type { SourceInterface } from '../src/core/sources/source.js';
import { manyFlows } from './many-flows.js';

const hook = { hook: 'tcx', mode: null, reason: '' } as const;
const interfaces: SourceInterface[] = [
  { name: 'eth0', index: 2, slot: 0, ingress: hook, egress: hook, up: true, present: true },
];

for (const detection of [false, true]) {
  const pipeline = new Pipeline({
    maxFlows: 65_536,
    flowTimeoutSeconds: 600,
    detector: detection ? new DetectionEngine(builtInRules) : null,
    capture: false,
  });
  pipeline.setView({ ...defaultView, limit: 50 });
  const batch = manyFlows(65_000, 0);
  let timeUs = 1_700_000_000_000_000;
  pipeline.start(timeUs, interfaces);
  const times: number[] = [];
  for (let tick = 0; tick < 10; tick += 1) {
    timeUs += 1e6;
    const start = performance.now();
    pipeline.tick(
      { batch, kernelEvents: [], kernelEventsLost: 0, timeUs, intervalSeconds: 1, warnings: [] },
      interfaces,
    );
    pipeline.snapshot(false, null);
    times.push(performance.now() - start);
  }
  const memory = process.memoryUsage();
  process.stdout.write(
    `65,000 flows, ${detection ? 'with' : 'without'} detection: first ${times[0]!.toFixed(0)} ms, then ` +
      `${times
        .slice(1)
        .map((time) => time.toFixed(0))
        .join(' ')} ms; rss ${(memory.rss / 2 ** 20).toFixed(0)} MiB, ` +
      `heap ${(memory.heapUsed / 2 ** 20).toFixed(0)} MiB, buffers ${(memory.arrayBuffers / 2 ** 20).toFixed(0)} MiB\n`,
  );
}

// The flow table's time for a tick, with flows that are new, known, and a tenth new.
import { FlowTable } from '../src/core/flows/flow-table.js';
import { openBatch } from '../src/core/wire/batch.js';
import { manyFlows } from './many-flows.js';

function milliseconds(work: () => void): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}

for (const count of [65_536, 1_048_576]) {
  const table = new FlowTable({ capacity: count * 4, timeoutSeconds: 600 });
  const batch = openBatch(manyFlows(count, 0));
  const other = openBatch(manyFlows(count, 1));
  let now = batch.capturedAtUs;
  const tick = (one: typeof batch): number => {
    now += 1e6;
    return milliseconds(() => table.apply(one, now, 1));
  };
  const cold = tick(batch);
  const warm = Array.from({ length: 7 }, () => tick(batch)).sort((a, b) => a - b);
  const mixed = tick(other);
  process.stdout.write(
    `${count} records: all new ${cold.toFixed(1)} ms, all known min ${warm[0]!.toFixed(1)} median ` +
      `${warm[3]!.toFixed(1)} ms, all new again ${mixed.toFixed(1)} ms, ` +
      `rss ${(process.memoryUsage().rss / 2 ** 20).toFixed(0)} MiB, flows ${table.columns.count}\n`,
  );
}

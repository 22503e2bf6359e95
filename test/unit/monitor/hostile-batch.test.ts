// Records of random bytes through the whole pipeline: a recording comes from a stranger, and nothing in it may make a tick fail.
import { describe, expect, it } from 'vitest';
import { DetectionEngine } from '../../../src/core/detect/engine.js';
import { builtInRules } from '../../../src/core/detect/rules/index.js';
import { tickObject } from '../../../src/core/export/json-objects.js';
import { onceTable } from '../../../src/core/export/once-table.js';
import { groupKeys } from '../../../src/core/flows/fields.js';
import { fields } from '../../../src/core/flows/schema/schema.js';
import { compileView, defaultView } from '../../../src/core/monitor/compiled-view.js';
import { Pipeline } from '../../../src/core/monitor/pipeline.js';
import { BatchError, openBatch } from '../../../src/core/wire/batch.js';
import {
  batchHeaderLayout,
  batchSectionLayout,
  flowRecordLayout,
  interfaceTotalLayout,
} from '../../../src/core/wire/layout.generated.js';
import { CRAFTED_TIME_US, craftBatch } from '../../support/batch-builder.js';
import { craftedInterface } from '../../support/fake-source.js';

let state = 4711;
const random = (): number => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return state;
};

/** Everything behind the directory is random; a third of the bytes zero or all ones, where mistakes live. */
function randomBatch(flows: number): ArrayBuffer {
  const totals = Array.from({ length: 20 }, (): [number, number, object] => [0, 0, {}]);
  const buffer = craftBatch({ totals, flows: Array.from({ length: flows }, () => ({})) });
  const bytes = new Uint8Array(buffer);
  const end = batchHeaderLayout.size + 3 * batchSectionLayout.size;
  for (let i = end; i < bytes.length; i += 1) {
    const value = random() >>> 16;
    bytes[i] = value % 6 === 0 ? 0 : value % 6 === 1 ? 255 : value;
  }
  return buffer;
}

describe('random bytes in a batch’s sections', () => {
  it('neither fail a tick, nor a view, nor what is printed', () => {
    const pipeline = new Pipeline({
      maxFlows: 1024,
      flowTimeoutSeconds: 5,
      detector: new DetectionEngine(builtInRules),
    });
    pipeline.start({ timeUs: CRAFTED_TIME_US, wallUs: CRAFTED_TIME_US }, [craftedInterface]);
    for (let tick = 1; tick <= 60; tick += 1) {
      const kernelEvents = new Uint8Array(4096).map(() => random() >>> 24).buffer;
      pipeline.tick(
        {
          batch: randomBatch(40),
          kernelEvents: [kernelEvents],
          kernelEventsLost: 0,
          timeUs: CRAFTED_TIME_US + tick * 1e6,
          wallUs: CRAFTED_TIME_US + tick * 1e6,
          intervalSeconds: 1,
          warnings: [],
        },
        [craftedInterface],
      );
      const sort = { field: fields[tick % fields.length]!.name, descending: tick % 2 === 0 };
      const groupBy = tick % 3 === 0 ? [groupKeys[tick % groupKeys.length]!.name] : [];
      const filter = tick % 4 ? '' : 'not "x"';
      const view = compileView({ ...defaultView, sort, groupBy, filter });
      if (!view.ok) throw new Error(view.error.message);
      const views = [view.compiled];
      const snapshot = pipeline
        .views({ final: false, cost: null, consumers: [], views })
        .snapshot(view.compiled);
      const text = JSON.stringify(tickObject(snapshot, { ticksSkipped: 0, alertsDropped: 0 }));
      expect(JSON.parse(text).flowsTracked).toBeLessThanOrEqual(4096);
      expect(onceTable(snapshot, [])).not.toMatch(/undefined|NaN/);
    }
    expect(() => pipeline.end()).not.toThrow();
  });
});

describe('random damage to a batch’s header and directory', () => {
  it('is refused by a BatchError, or what is read lies within the batch', () => {
    const front = batchHeaderLayout.size + 3 * batchSectionLayout.size;
    let refused = 0;
    for (let round = 0; round < 5_000; round += 1) {
      const buffer = craftBatch({ flows: [{}, {}, {}], totals: [[0, 6, {}]] });
      const bytes = new Uint8Array(buffer);
      for (let i = 0; i < 1 + (random() >>> 30); i += 1) {
        bytes[(random() >>> 8) % front] = random() >>> 24;
      }
      const cut = random() >>> 29 === 0 ? buffer.slice(0, (random() >>> 8) % bytes.length) : buffer;
      try {
        const { words, flowsWord, flowCount, totalsWord, totalCount, countersWord, counterCount } =
          openBatch(cut);
        expect(flowsWord + flowCount * (flowRecordLayout.size / 4)).toBeLessThanOrEqual(
          words.length,
        );
        expect(totalsWord + totalCount * (interfaceTotalLayout.size / 4)).toBeLessThanOrEqual(
          words.length,
        );
        expect(countersWord + counterCount * 8).toBeLessThanOrEqual(words.length);
      } catch (error) {
        if (!(error instanceof BatchError)) throw error;
        expect(error.message).toMatch(/^batch /);
        refused += 1;
      }
    }
    expect(refused).toBeGreaterThan(1_000);
    expect(refused).toBeLessThan(5_000);
  });
});

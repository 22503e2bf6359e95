// Nanoseconds a packet from the programs' samples: the first at once, then of 64 samples, the run's mean at the end.
import { describe, expect, it } from 'vitest';
import { PacketCost } from '../../../src/core/monitor/packet-cost.js';
import { openBatch } from '../../../src/core/wire/batch.js';
import { costRow, counterRow } from '../../../src/core/wire/layout.generated.js';
import { craftBatch } from '../../support/batch-builder.js';

type Pair = [received: number, sent: number];

function batchOf(packets: Pair, runNs: Pair, samples: Pair, clockNs: Pair) {
  return openBatch(
    craftBatch({
      counters: [
        [counterRow.cost + costRow.run, { packets, bytes: runNs }],
        [counterRow.cost + costRow.clock, { packets: samples, bytes: clockNs }],
      ],
    }),
  );
}

describe('the cost of a packet', () => {
  it('is not known before one was timed', () => {
    const cost = new PacketCost();
    cost.update(batchOf([0, 0], [0, 0], [0, 0], [0, 0]));
    expect([cost.nanosecondsPerPacket, cost.meanNanosecondsPerPacket]).toEqual([null, null]);
  });

  it('is that of few samples at first, without the clock’s own, both directions together', () => {
    const cost = new PacketCost();
    cost.update(batchOf([1, 3], [100, 300], [1, 2], [30, 90]));
    expect(cost.nanosecondsPerPacket).toBe(70);
  });

  it('is that of the last 64 samples later, and goes on as long as there are packets', () => {
    const cost = new PacketCost();
    cost.update(batchOf([1000, 0], [100_000, 0], [64, 0], [20_000, 0]));
    expect(cost.nanosecondsPerPacket).toBe(80);
    // Too few to say something new.
    cost.update(batchOf([1010, 0], [900_000, 0], [65, 0], [20_000, 0]));
    expect(cost.nanosecondsPerPacket).toBe(80);
    cost.update(batchOf([2000, 0], [140_000, 0], [128, 0], [40_000, 0]));
    expect(cost.nanosecondsPerPacket).toBe(20);
    expect(cost.meanNanosecondsPerPacket).toBe(50);
  });

  it('is never below nothing, whatever the clock does', () => {
    const cost = new PacketCost();
    cost.update(batchOf([10, 0], [100, 0], [10, 0], [200, 0]));
    expect(cost.nanosecondsPerPacket).toBe(0);
  });
});

describe('the programs', () => {
  const calls = (block: number, received: number, sent = 0): [number, { packets: Pair }] => [
    block + costRow.calls,
    { packets: [received, sent] },
  ];

  it('have their own runs and samples each', () => {
    const cost = new PacketCost();
    cost.update(
      openBatch(
        craftBatch({
          counters: [
            [counterRow.cost + costRow.run, { packets: [10, 20], bytes: [1000, 4000] }],
            calls(counterRow.cost, 1000, 30),
            [counterRow.costXdp + costRow.run, { packets: [5, 0], bytes: [250, 0] }],
            calls(counterRow.costXdp, 7),
          ],
        }),
      ),
    );
    expect(cost.programs()).toMatchObject({
      tcIngress: { runs: 1000, nanosecondsPerRun: 100, runTimeNs: 100_000 },
      tcEgress: { runs: 30, nanosecondsPerRun: 200, runTimeNs: 6000 },
      xdp: { runs: 7, nanosecondsPerRun: 50, runTimeNs: 350 },
    });
    expect(cost.nanosecondsPerPacket).toBe(150);
  });

  it('go on where another version begins to count anew', () => {
    const cost = new PacketCost();
    for (const runs of [1000, 1200, 50])
      cost.update(openBatch(craftBatch({ counters: [calls(counterRow.cost, runs)] })));
    expect(cost.programs().tcIngress.runs).toBe(1250);
  });
});

// Flows that leave the table are handed to who asks: each with its reason and its final totals, once, and never more than are kept.
import { describe, expect, it } from 'vitest';
import { MutableFlowColumns } from '../../../src/core/flows/columns.generated.js';
import { ENDED_A_TICK_MAX, EndedFlows } from '../../../src/core/flows/ended-flows.js';
import type { EndedFlow } from '../../../src/core/model/consumer.js';
import type { MonitorRun } from '../../../src/core/monitor/monitor-run.js';
import type { CraftedFlow } from '../../support/batch-builder.js';
import { begin } from '../../support/begun-run.js';
import { craftedInterface } from '../../support/fake-source.js';

const UDP = 17;
const RST = 0x04;

function collect(run: MonitorRun, filter = ''): EndedFlow[] {
  const ended: EndedFlow[] = [];
  run.subscribe({ filter }, { name: 'ended', flowEnded: (one) => void ended.push(one) });
  return ended;
}

const reasonsOf = (ended: readonly EndedFlow[]): string[] => ended.map(({ reason }) => reason);

describe('a flow that ends', () => {
  it('idle: after the timeout, with all that it has ever counted', async () => {
    const { run, runtime } = await begin({ flowTimeoutSeconds: 3 }, 'live', ({ batches }) => {
      const flow: CraftedFlow = {
        highPort: 53,
        protocol: UDP,
        packets: [1, 2],
        bytes: [100, 300],
      };
      batches.push({ flows: [flow] }, { flows: [flow] });
    });
    const ended = collect(run);
    await runtime.advance(4000);
    expect(ended).toEqual([]);
    await runtime.advance(3000);
    expect(reasonsOf(ended)).toEqual(['idle']);
    const { flow, timeUs } = ended[0]!;
    expect(flow.forward.packets + flow.reverse.packets).toBe(6);
    expect(flow.forward.bytes + flow.reverse.bytes).toBe(800);
    expect(flow).toMatchObject({ protocol: 'UDP', interface: 'eth0', bitsPerSecond: 0 });
    expect(timeUs).toBeGreaterThan(flow.lastSeenUs);
    await run.stop();
    expect(ended).toHaveLength(1);
  });

  it('closed: a reset connection after a tenth of it', async () => {
    const { run, runtime } = await begin({ flowTimeoutSeconds: 20 }, 'live', ({ batches }) => {
      batches.push({ flows: [{ highPort: 80, flags: [RST, 0] }, { highPort: 81 }] });
    });
    const ended = collect(run);
    await runtime.advance(5000);
    expect(ended.map(({ reason, flow }) => [reason, flow.tcp?.state])).toEqual([
      ['closed', 'reset'],
    ]);
    await run.stop();
    expect(reasonsOf(ended)).toEqual(['closed', 'run_ended']);
  });

  it('interface_gone: a tenth of the timeout after its interface was deleted', async () => {
    const other = { ...craftedInterface, name: 'eth1', index: 3, slot: 1 };
    const { run, runtime, source } = await begin(
      { flowTimeoutSeconds: 20 },
      'live',
      ({ batches, list }) => {
        list.push(other);
        batches.push({ flows: [{}, { highPort: 7, interfaceIndex: 3 }] });
      },
    );
    const ended = collect(run);
    await runtime.advance(4000);
    expect(ended).toEqual([]);
    source.list = [source.list[0]!, { ...other, present: false }];
    await runtime.advance(2000);
    expect(ended.map(({ reason, flow }) => [reason, flow.interface])).toEqual([
      ['interface_gone', 'eth1'],
    ]);
    await run.stop();
    source.list = [craftedInterface];
  });

  it('evicted: the longest idle, when the table is full', async () => {
    const many = (from: number, count: number) =>
      Array.from({ length: count }, (_, i) => ({ highPort: 1 + from + i }));
    const { run, runtime, snapshots } = await begin({ maxFlows: 1024 }, 'live', ({ batches }) => {
      batches.push({ flows: many(0, 4096) }, { flows: many(4096, 1000) });
    });
    const ended = collect(run);
    await runtime.advance(2000);
    expect(ended).toHaveLength(1000);
    expect(new Set(reasonsOf(ended))).toEqual(new Set(['evicted']));
    expect(new Set(ended.map(({ flow }) => flow.id)).size).toBe(1000);
    expect(snapshots.at(-1)!.expired.packets).toBe(
      ended.reduce((sum, { flow }) => sum + flow.forward.packets + flow.reverse.packets, 0),
    );
    await run.stop();
  });

  it('beyond 65,536 a tick is counted, and the next tick begins anew', () => {
    const table = new MutableFlowColumns(1, null);
    table.lowToHighBytes[0] = 77;
    const ended = new EndedFlows();
    for (let i = 0; i < ENDED_A_TICK_MAX + 3; i += 1) ended.add(table, 0, 'evicted');
    expect([ended.count, ended.dropped, ended.reasons.length]).toEqual([65_536, 3, 65_536]);
    expect(ended.columns.lowToHighBytes[65_535]).toBe(77);
    ended.clear();
    expect([ended.count, ended.dropped, ended.columns.used[0]]).toEqual([0, 0, 0]);
  });

  it('is handed out where the view’s filter matches it, and nothing is kept where nobody asks', async () => {
    const { run, runtime } = await begin({ flowTimeoutSeconds: 2 }, 'live', ({ batches }) => {
      const flows = [{ highPort: 443 }, { highPort: 53, protocol: UDP }];
      batches.push({ flows }, {}, {}, {}, { flows });
    });
    await runtime.advance(4000);
    const udp = collect(run, 'udp');
    const all = collect(run);
    await runtime.advance(1000);
    expect(all).toEqual([]);
    await runtime.advance(4000);
    expect(udp.map(({ flow }) => flow.protocol)).toEqual(['UDP']);
    expect(all).toHaveLength(2);
    await run.stop();
  });

  it('run_ended: what a capture still has at its end comes before the summary', async () => {
    const calls: string[] = [];
    const { runtime, events } = await begin(
      {},
      'capture',
      ({ batches }) => {
        batches.push({ flows: [{ highPort: 443 }] }, { flows: [{ highPort: 22 }] });
      },
      (run) => {
        run.subscribe(
          {},
          {
            name: 'ended',
            tick: ({ final }) => void calls.push(final ? 'summary' : 'tick'),
            flowEnded: ({ reason }) => void calls.push(reason),
            finish: () => void calls.push('finish'),
          },
        );
      },
    );
    await runtime.advance(100);
    expect(calls).toEqual(['tick', 'tick', 'run_ended', 'run_ended', 'summary', 'finish']);
    expect(events.at(-1)).toBe('end');
  });

  it('closed: in a capture with a timeout', async () => {
    let ended: EndedFlow[] = [];
    const { runtime } = await begin(
      { flowTimeoutSeconds: 10 },
      'capture',
      ({ batches }) => {
        batches.push({ flows: [{ flags: [RST, 0] }] });
        for (let i = 0; i < 4; i += 1) batches.push({});
      },
      (run) => {
        ended = collect(run);
      },
    );
    await runtime.advance(100);
    expect(reasonsOf(ended)).toEqual(['closed']);
  });
});

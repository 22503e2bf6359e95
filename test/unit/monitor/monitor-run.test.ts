// A run from start to summary: when ticks come, what ends it, what is told and in which order.
import { describe, expect, it } from 'vitest';
import type { Detector } from '../../../src/core/detect/contract.js';
import type { Alert } from '../../../src/core/model/alert.js';
import type { Snapshot } from '../../../src/core/model/snapshot.js';
import { PINNED_FLOWS_MAX } from '../../../src/core/model/view.js';
import { defaultView } from '../../../src/core/monitor/compiled-view.js';
import {
  counterRow,
  malformedReason,
  protocolIndex,
} from '../../../src/core/wire/layout.generated.js';
import { CRAFTED_TIME_US, type CraftedFlow } from '../../support/batch-builder.js';
import { begin } from '../../support/begun-run.js';

const TCP = 6;
const UDP = 17;

describe('a live run', () => {
  it('ticks once an interval, and a summary ends it after --count', async () => {
    const { runtime, events, source } = await begin({ count: 3 });
    await runtime.advance(999);
    expect(events).toEqual(['start', 'interfaces']);
    await runtime.advance(1);
    expect(events).toEqual(['start', 'interfaces', 'tick']);
    await runtime.advance(2000);
    expect(events).toEqual(['start', 'interfaces', 'tick', 'tick', 'tick', 'summary', 'end']);
    expect(source.closed).toBe(true);
  });

  it('--duration that is whole intervals has as many ticks', async () => {
    const { runtime, events } = await begin({ durationSeconds: 3 });
    await runtime.advance(5000);
    expect(events.filter((event) => event === 'tick')).toHaveLength(3);
    expect(events.slice(-2)).toEqual(['summary', 'end']);
  });

  it('--duration 2.3: what is left of an interval is in the summary only', async () => {
    const { runtime, events, snapshots } = await begin({ durationSeconds: 2.3 });
    await runtime.advance(5000);
    expect(events.filter((event) => event === 'tick')).toHaveLength(2);
    expect(snapshots.at(-1)!.elapsedSeconds).toBeCloseTo(2.3);
  });

  it('stop() drains once more before the summary', async () => {
    const { run, runtime, snapshots, events } = await begin({}, 'live', ({ batches }) => {
      batches.push({ totals: [[0, TCP, { packets: [5, 0], bytes: [500, 0] }]] });
      batches.push({ totals: [[0, TCP, { packets: [4, 0], bytes: [400, 0] }]] });
    });
    await runtime.advance(1400);
    await run.stop();
    expect(events.slice(-2)).toEqual(['summary', 'end']);
    expect(snapshots.at(-1)!.interfaces[0]!.received).toEqual({ packets: 9, bytes: 900 });
  });

  it('programs are told after the first tick, when they are due, while somebody looks, and at the end', async () => {
    const { run, runtime } = await begin({ programsEverySeconds: 5 });
    const told: number[] = [];
    let ticks = 0;
    run.on('snapshot', ({ final }) => {
      if (!final) ticks += 1;
    });
    run.on('programs', () => told.push(ticks));
    for (let second = 0; second < 7; second += 1) await runtime.advance(1000);
    expect(told).toEqual([1, 6]);
    run.measurePrograms(true);
    await runtime.advance(1000);
    await runtime.advance(1000);
    run.measurePrograms(false);
    await runtime.advance(1000);
    expect(told).toEqual([1, 6, 8, 9]);
    await run.stop();
    expect(told).toHaveLength(5);
  });

  it('a new interval is obeyed at once', async () => {
    const { run, runtime, events } = await begin({ intervalSeconds: 60 });
    await runtime.advance(500);
    run.setIntervalSeconds(1);
    await runtime.advance(500);
    expect(events.filter((event) => event === 'tick')).toHaveLength(1);
    await runtime.advance(1000);
    expect(events.filter((event) => event === 'tick')).toHaveLength(2);
    await run.stop();
  });

  it('the source’s fault ends it: summary first, then the error', async () => {
    const { runtime, events, errors } = await begin({}, 'live', ({ batches }) => {
      batches.push({}, { fault: new Error('every interface is gone') });
    });
    await runtime.advance(3000);
    expect(events.slice(-3)).toEqual(['tick', 'summary', 'error']);
    expect(errors[0]!.message).toBe('every interface is gone');
  });

  it('a batch that lies ends it with an error, after the summary of what was known', async () => {
    const machineAndAll = await begin({}, 'live', (source) => {
      source.batches.push({ totals: [[0, TCP, { packets: [5, 0], bytes: [500, 0] }]] });
      const pull = source.pull.bind(source);
      source.pull = async (seconds) => {
        const tick = await pull(seconds);
        if (source.pulls === 2 && tick) new DataView(tick.batch).setUint32(0, 7, true);
        return tick;
      };
    });
    await machineAndAll.runtime.advance(3000);
    expect(machineAndAll.events.slice(-2)).toEqual(['summary', 'error']);
    expect(machineAndAll.snapshots.at(-1)!.interfaces[0]!.received.packets).toBe(5);
  });
});

describe('a capture', () => {
  it('runs as fast as it is pulled, to its end', async () => {
    const { runtime, events, snapshots } = await begin({}, 'capture', ({ batches }) => {
      for (let i = 1; i <= 4; i += 1)
        batches.push({ flows: [{ packets: [1, 0], bytes: [100, 0] }] });
    });
    await runtime.advance(0);
    expect(events).toEqual([
      'start',
      'interfaces',
      'tick',
      'tick',
      'tick',
      'tick',
      'summary',
      'end',
    ]);
    expect(snapshots.at(-1)!.elapsedSeconds).toBe(4);
    expect(snapshots.at(-1)!.flows[0]!.bitsPerSecond).toBe(800);
  });

  it('time jumps back: seconds and counters go on, alerts end, the clock is the capture’s', async () => {
    const ends: number[] = [];
    const open = { state: 'ended', wallUs: 0 } as Alert;
    const { runtime, events, snapshots } = await begin(
      {
        detector: {
          features: 0,
          tick: () => [],
          end: () => [],
          endSegment: (nowUs) => {
            ends.push((nowUs - CRAFTED_TIME_US) / 1e6);
            return [open];
          },
          current: () => [],
          acknowledge: () => {},
          mute: () => {},
          forgotten: new Map(),
          takeWarnings: () => [],
        } satisfies Detector,
      },
      'capture',
      (source) => {
        const flow = (agoMs: number): CraftedFlow => ({
          packets: [2, 0],
          bytes: [200, 0],
          firstSeenAgoMs: agoMs,
          lastSeenAgoMs: agoMs,
        });
        source.batches.push({ flows: [flow(0)] }, { flows: [flow(0)] });
        source.batches.push({ flows: [flow(500)], segmentStartUs: CRAFTED_TIME_US - 3600e6 });
      },
    );
    await runtime.advance(0);
    expect(ends).toEqual([2]);
    expect(snapshots.map(({ elapsedSeconds }) => elapsedSeconds)).toEqual([1, 2, 3, 3]);
    expect(snapshots.map(({ timeUs }) => (timeUs - CRAFTED_TIME_US) / 1e6)).toEqual([
      1, 2, -3599, -3599,
    ]);
    const [flow] = snapshots.at(-1)!.flows;
    expect(flow!.forward.packets).toBe(6);
    // The earliest and the latest of all segments.
    expect((flow!.firstSeenUs - CRAFTED_TIME_US) / 1e6).toBe(-3599.5);
    expect((flow!.lastSeenUs - CRAFTED_TIME_US) / 1e6).toBe(2);
    expect(events.filter((event) => event === 'alert ended')).toHaveLength(1);
  });

  it('--duration is capture time', async () => {
    const { runtime, events } = await begin({ durationSeconds: 2 }, 'capture', ({ batches }) => {
      for (let i = 0; i < 9; i += 1) batches.push({});
    });
    await runtime.advance(0);
    expect(events.filter((event) => event === 'tick')).toHaveLength(2);
  });
});

describe('totals', () => {
  it('Σ protocols = Σ interfaces; rates are of the interval, in the summary of the run', async () => {
    const { runtime, snapshots, run } = await begin({}, 'live', (source) => {
      source.list = [source.list[0]!, { ...source.list[0]!, name: 'eth1', index: 3, slot: 1 }];
      source.batches.push({
        totals: [
          [0, TCP, { packets: [10, 5], bytes: [1000, 500] }],
          [1, TCP, { packets: [1, 0], bytes: [60, 0] }],
          [1, protocolIndex.arp, { packets: [2, 2], bytes: [84, 84] }],
        ],
      });
      source.batches.push({
        totals: [
          [0, TCP, { packets: [10, 0], bytes: [1000, 0] }],
          [0, UDP, { packets: [1, 0], bytes: [100, 0] }],
        ],
      });
      source.batches.push({});
    });
    await runtime.advance(2000);
    const [, second] = snapshots;
    expect(second!.protocols.map((row) => [row.protocol, row.bitsPerSecond])).toEqual([
      ['TCP', 8000],
      ['UDP', 800],
      ['ARP', 0],
    ]);
    const sum = (rows: Snapshot['interfaces']): number =>
      rows.reduce((total, row) => total + row.received.bytes + row.sent.bytes, 0);
    expect(sum(second!.interfaces)).toBe(2828);
    expect(
      second!.protocols.reduce((total, row) => total + row.received.bytes + row.sent.bytes, 0),
    ).toBe(2828);
    await run.stop();
    expect(snapshots.at(-1)!.protocols[0]!.bitsPerSecond).toBe((2560 * 8) / 2);
  });

  it('a capture’s undecoded link type has its own name', async () => {
    const { runtime, snapshots } = await begin({ count: 1 }, 'live', (source) => {
      source.list = [{ ...source.list[0]!, linkTypeName: 'IEEE802_11' }];
      source.batches.push({
        totals: [[0, protocolIndex.linkType, { packets: [3, 0], bytes: [90, 0] }]],
      });
    });
    await runtime.advance(1000);
    expect(snapshots[0]!.protocols[0]!.protocol).toBe('IEEE802_11');
  });

  it('malformed, untracked, encapsulations, fragments and health by name', async () => {
    const { runtime, snapshots } = await begin({ count: 1 }, 'live', (source) => {
      source.batches.push({
        totals: [[0, protocolIndex.malformed, { packets: [4, 1], bytes: [400, 60] }]],
        counters: [
          [counterRow.encapsulation, { packets: [7, 0], bytes: [700, 0] }],
          [
            counterRow.malformed + malformedReason.ipv4HeaderLength,
            { packets: [4, 1], bytes: [400, 60] },
          ],
          [counterRow.health, { packets: [3, 0], bytes: [300, 0] }],
          [counterRow.health + 1, { packets: [11, 0] }],
          [counterRow.health + 3, { packets: [2, 0] }],
          [counterRow.healthXdp + 3, { packets: [40, 0] }],
          [counterRow.untracked + UDP, { packets: [50, 5], bytes: [5000, 500] }],
        ],
      });
    });
    await runtime.advance(1000);
    expect(snapshots[0]).toMatchObject({
      malformed: { packets: 5, bytes: 460 },
      malformedReasons: { ipv4HeaderLength: 5 },
      encapsulations: [{ encapsulation: 'VLAN', received: { packets: 7 } }],
      fragments: { packets: 3, bytes: 300 },
      eventsLost: 11,
      health: { depthExceeded: 42 },
      untracked: { packets: 55, bytes: 5500 },
      untrackedProtocols: { UDP: { packets: 55, bytes: 5500 } },
    });
  });
});

describe('the view', () => {
  const three = { flows: [{ highPort: 443 }, { highPort: 22 }, { highPort: 53, protocol: UDP }] };

  it('filters, sorts and limits what is shown at once, never what is counted', async () => {
    const { run, runtime, snapshots } = await begin({}, 'live', ({ batches }) =>
      batches.push(three),
    );
    await runtime.advance(1000);
    expect(await run.setView({ ...defaultView, filter: 'tcp', limit: 1 })).toBeNull();
    const latest = snapshots.at(-1)!;
    expect(latest).toMatchObject({ sequence: 1, flowsMatched: 2, flowsTracked: 3 });
    expect(latest.flows).toHaveLength(1);
    await run.stop();
  });

  it('a wrong filter is told, and the old view stays', async () => {
    const { run, runtime, snapshots } = await begin({}, 'live', ({ batches }) =>
      batches.push(three),
    );
    await runtime.advance(1000);
    await run.setView({ ...defaultView, filter: 'udp' });
    expect(await run.setView({ ...defaultView, filter: 'port htps' })).toMatchObject({
      position: 5,
      length: 4,
    });
    await runtime.advance(1000);
    expect(snapshots.at(-1)!.flows.map((row) => row.protocol)).toEqual(['UDP']);
    await run.stop();
  });

  it('pinned flows are among the rows whatever the limit says', async () => {
    const { run, runtime, snapshots } = await begin({}, 'live', ({ batches }) =>
      batches.push(three),
    );
    await runtime.advance(1000);
    const last = snapshots[0]!.flows.at(-1)!;
    await run.setView({ ...defaultView, limit: 1, pinned: [last.id, 999] });
    expect(snapshots.at(-1)!.flows.map((row) => row.id)).toContain(last.id);
    expect(snapshots.at(-1)!.flows).toHaveLength(2);
    await run.stop();
  });

  it('pinned flows beyond the cap are counted, not looked up', async () => {
    const { run, runtime, snapshots } = await begin({}, 'live', ({ batches }) =>
      batches.push(three),
    );
    await runtime.advance(1000);
    const [first, second] = snapshots[0]!.flows;
    const unknown = Array.from({ length: PINNED_FLOWS_MAX - 1 }, (_, i) => 1000 + i);
    const pinned = [...unknown, first!.id, second!.id];
    await run.setView({ ...defaultView, limit: 0, pinned });
    expect(snapshots.at(-1)!.flows.map((row) => row.id)).toEqual([first!.id]);
    expect(snapshots.at(-1)!.health['pinnedFlowsIgnored']).toBe(1);
    await run.stop();
  });

  it('answers which flows match another filter, and the view stays', async () => {
    const { run, runtime, snapshots } = await begin({}, 'live', ({ batches }) => {
      batches.push({ flows: [{ packets: [1, 2], bytes: [100, 200] }] });
    });
    await runtime.advance(1000);
    const [flow] = snapshots[0]!.flows;
    const { address } = flow!.source;
    expect(await run.flowsMatching(`host ${address}`, 10)).toMatchObject([{ id: flow!.id }]);
    expect(await run.flowsMatching(`not host ${address}`, 10)).toEqual([]);
    expect(await run.flowsMatching('port htps', 10)).toEqual([]);
    expect(snapshots).toHaveLength(1);
    await run.stop();
  });

  it('a flow’s history begins when it is asked for', async () => {
    const { run, runtime, snapshots } = await begin({}, 'live', ({ batches }) => {
      for (let i = 0; i < 3; i += 1)
        batches.push({ flows: [{ packets: [1, 2], bytes: [100, 200] }] });
    });
    await runtime.advance(1000);
    const [flow] = snapshots[0]!.flows;
    expect(await run.flowDetail(flow!.id)).toMatchObject({ forwardHistory: [] });
    await runtime.advance(2000);
    expect(await run.flowDetail(flow!.id)).toMatchObject({ forwardHistory: [800, 800] });
    expect(await run.flowDetail(12345)).toBeNull();
    await run.stop();
  });
});

describe('detection', () => {
  it('gets each tick, and its open alerts come as ended before the summary', async () => {
    const alert = { id: 'a', state: 'new', source: null, destination: null } as unknown as Alert;
    const seen: number[] = [];
    const { run, runtime, events } = await begin(
      {
        detector: {
          features: 0,
          tick: (input) => {
            seen.push(input.flows.touchedCount);
            return seen.length === 1 ? [alert] : [];
          },
          endSegment: () => [],
          end: () => [{ ...alert, state: 'ended' }],
          current: () => [],
          acknowledge: () => {},
          forgotten: new Map(),
          mute: () => {},
          takeWarnings: () => [],
        },
      },
      'live',
      ({ batches }) => batches.push({ flows: [{}, { highPort: 1 }] }),
    );
    await runtime.advance(1500);
    await run.stop();
    expect(seen).toEqual([2, 0]);
    expect(events).toEqual([
      'start',
      'interfaces',
      'alert new',
      'tick',
      'alert ended',
      'summary',
      'end',
    ]);
  });
});

// The flow table: how conversations are made, added up, turned, aged and evicted.
import { describe, expect, it } from 'vitest';
import type { FieldContext } from '../../../src/core/flows/field-context.js';
import { nextFlowId, slotOfFlowId } from '../../../src/core/flows/flow-id.js';
import { FlowTable } from '../../../src/core/flows/flow-table.js';
import { rowMaker } from '../../../src/core/flows/row.js';
import type { FlowRow } from '../../../src/core/model/flow.js';
import { openBatch } from '../../../src/core/wire/batch.js';
import { flowSeen } from '../../../src/core/wire/layout.generated.js';
import { CRAFTED_TIME_US, type CraftedFlow, craftBatch } from '../../support/batch-builder.js';

const FIN = 0x01;
const SYN = 0x02;
const RST = 0x04;
const ACK = 0x10;

class Fixture {
  readonly table: FlowTable;
  nowUs = CRAFTED_TIME_US;

  constructor(capacity = 4096, timeoutSeconds = 0) {
    this.table = new FlowTable({ capacity, timeoutSeconds });
  }

  tick(flows: CraftedFlow[], seconds = 1): void {
    this.nowUs += seconds * 1e6;
    const batch = openBatch(craftBatch({ flows, capturedAtUs: this.nowUs }));
    this.table.apply(batch, this.nowUs, seconds);
  }

  rows(final = false): FlowRow[] {
    const context: FieldContext = {
      nowUs: this.nowUs,
      intervalSeconds: 1,
      elapsedSeconds: (this.nowUs - CRAFTED_TIME_US) / 1e6,
      final,
      label: (_dictionary, index) => `if${index}`,
    };
    const { columns } = this.table;
    const make = rowMaker(columns, context);
    const rows: FlowRow[] = [];
    for (let slot = 0; slot < columns.highWater; slot += 1)
      if (columns.used[slot]) rows.push(make(slot));
    return rows;
  }

  get row(): FlowRow {
    const rows = this.rows();
    expect(rows).toHaveLength(1);
    return rows[0]!;
  }
}

const tcp = (flow: CraftedFlow): CraftedFlow => ({
  low: '10.0.0.1',
  high: '10.0.0.2',
  lowPort: 5000,
  highPort: 6000,
  ...flow,
});

describe('who began', () => {
  const cases: [string, CraftedFlow, 'low' | 'high'][] = [
    [
      "a SYN's sender",
      { firstSynDirection: 1, syn: [0, 1], lowPort: 40000, highPort: 443, firstDirection: 0 },
      'high',
    ],
    ["a SYN-ACK's receiver", { synAck: [1, 0], firstDirection: 0 }, 'high'],
    [
      'the side opposite to the only port below 1,024',
      { lowPort: 443, highPort: 50000, firstDirection: 0 },
      'high',
    ],
    [
      'the sender of the first packet where both ports are low',
      { lowPort: 443, highPort: 80, firstDirection: 1 },
      'high',
    ],
    ['the sender of the first packet where both ports are high', { firstDirection: 0 }, 'low'],
  ];
  it.each(cases)('%s', (_name, flow, side) => {
    const fixture = new Fixture();
    fixture.tick([tcp(flow)]);
    expect(fixture.row.source.address).toBe(side === 'low' ? '10.0.0.1' : '10.0.0.2');
  });

  it('a later SYN turns a flow, once', () => {
    const fixture = new Fixture();
    fixture.tick([tcp({ firstDirection: 0, packets: [1, 2] })]);
    expect(fixture.row.source.address).toBe('10.0.0.1');
    fixture.tick([tcp({ firstSynDirection: 1, syn: [0, 1], packets: [0, 1] })]);
    expect(fixture.row.source.address).toBe('10.0.0.2');
    expect(fixture.row.forward.packets).toBe(3);
    fixture.tick([tcp({ firstSynDirection: 0, syn: [1, 0], packets: [1, 0] })]);
    expect(fixture.row.source.address).toBe('10.0.0.2');
  });

  it('a SYN that came first is never turned', () => {
    const fixture = new Fixture();
    fixture.tick([tcp({ firstSynDirection: 0, syn: [1, 0] })]);
    fixture.tick([tcp({ firstSynDirection: 1, syn: [0, 1], packets: [0, 1] })]);
    expect(fixture.row.source.address).toBe('10.0.0.1');
  });

  it('equal endpoints: all is forward', () => {
    const fixture = new Fixture();
    fixture.tick([
      { low: '127.0.0.1', high: '127.0.0.1', lowPort: 5000, highPort: 5000, packets: [3, 4] },
    ]);
    expect(fixture.row.forward.packets).toBe(7);
    expect(fixture.row.reverse.packets).toBe(0);
  });
});

describe('adding up', () => {
  it('ticks of the same flow are one flow, deltas are the last tick only', () => {
    const fixture = new Fixture();
    fixture.tick([tcp({ packets: [10, 5], bytes: [1000, 500] })]);
    fixture.tick([tcp({ packets: [1, 1], bytes: [100, 50] })]);
    expect(fixture.row.forward).toEqual({ packets: 11, bytes: 1100 });
    expect(fixture.row.packetsPerSecond).toBe(2);
    expect(fixture.row.bitsPerSecond).toBe(1200);
    fixture.tick([]);
    expect(fixture.row.packetsPerSecond).toBe(0);
    expect(fixture.rows(true)[0]!.bitsPerSecond).toBe((1650 * 8) / 3);
  });

  it('two records of one epoch (two CPUs inserted at once) are one flow, the older one saw it begin', () => {
    const fixture = new Fixture();
    fixture.tick([
      tcp({ packets: [1, 0], firstDirection: 0, firstSeenAgoMs: 100 }),
      tcp({ packets: [0, 2], firstDirection: 1, firstSeenAgoMs: 500 }),
    ]);
    expect(fixture.row.forward.packets).toBe(2);
    expect(fixture.row.reverse.packets).toBe(1);
    expect(fixture.row.source.address).toBe('10.0.0.2');
    expect(fixture.row.firstSeenUs).toBe(fixture.nowUs - 500_000);
    expect(fixture.table.columns.touchedCount).toBe(1);
  });

  it('equal fingerprints of different keys stay apart', () => {
    const fixture = new Fixture();
    const flows = [
      tcp({ fingerprint: 7n }),
      tcp({ fingerprint: 7n, highPort: 6001 }),
      tcp({ fingerprint: 7n, vlan: [5] }),
    ];
    fixture.tick(flows);
    fixture.tick(flows);
    expect(fixture.rows().map((row) => row.forward.packets)).toEqual([2, 2, 2]);
  });

  it('every part of the key makes another flow', () => {
    const fixture = new Fixture();
    fixture.tick([
      tcp({}),
      tcp({ low: '10.0.0.0' }),
      tcp({ high: '10.0.0.3' }),
      tcp({ lowPort: 5001 }),
      tcp({ highPort: 6001 }),
      tcp({ interfaceIndex: 9 }),
      tcp({ protocol: 17 }),
      tcp({ vlan: [0] }),
      tcp({ vlan: [1, 2] }),
      tcp({ tunnelType: 1, tunnelId: 1 }),
      tcp({ tunnelType: 1, tunnelId: 2 }),
      tcp({ family: 1, protocol: 0 }),
    ]);
    expect(fixture.rows()).toHaveLength(12);
  });

  it('counters beyond 2^32 are exact', () => {
    const fixture = new Fixture();
    fixture.tick([tcp({ packets: [2 ** 40 + 1, 0], bytes: [2 ** 50 + 3, 0] })]);
    fixture.tick([tcp({ packets: [1, 0], bytes: [1, 0] })]);
    expect(fixture.row.forward).toEqual({ packets: 2 ** 40 + 2, bytes: 2 ** 50 + 4 });
  });

  it('grows through many doublings and finds every flow again', () => {
    const fixture = new Fixture(300_000);
    const flows = Array.from({ length: 140_000 }, (_, i) =>
      tcp({ low: `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`, lowPort: i & 0xffff }),
    );
    fixture.tick(flows);
    fixture.tick(flows);
    expect(fixture.table.columns.count).toBe(140_000);
    expect(new Set(fixture.rows().map((row) => row.id)).size).toBe(140_000);
    expect(fixture.rows().every((row) => row.forward.packets + row.reverse.packets === 2)).toBe(
      true,
    );
  });
});

describe('received and sent', () => {
  it('by the hooks that saw each direction', () => {
    const fixture = new Fixture();
    fixture.tick([
      tcp({
        packets: [3, 5],
        bytes: [300, 500],
        seen: flowSeen.sentLowToHigh | flowSeen.receivedHighToLow,
      }),
    ]);
    expect(fixture.row.received).toEqual({ packets: 5, bytes: 500 });
    expect(fixture.row.sent).toEqual({ packets: 3, bytes: 300 });
    expect(fixture.row.inBitsPerSecond).toBe(4000);
    expect(fixture.row.outBitsPerSecond).toBe(2400);
    expect(fixture.row.forwardDirection).toBe('out');
  });
});

describe('TCP states', () => {
  const state = (...ticks: CraftedFlow[]): string => {
    const fixture = new Fixture();
    for (const flow of ticks) fixture.tick([tcp(flow)]);
    return fixture.row.tcp!.state;
  };
  const opened: CraftedFlow = { firstSynDirection: 0, syn: [1, 0], flags: [SYN, 0] };
  const answered: CraftedFlow = { synAck: [0, 1], flags: [0, SYN | ACK] };
  const talking: CraftedFlow = { flags: [ACK, ACK] };
  it('follow a connection from its SYN to its end', () => {
    expect(state(opened)).toBe('syn_sent');
    expect(state(opened, answered)).toBe('syn_received');
    expect(state(opened, answered, talking)).toBe('established');
    expect(state(opened, answered, talking, { fin: [1, 0], flags: [FIN | ACK, 0] })).toBe(
      'closing',
    );
    expect(state(opened, answered, talking, { fin: [1, 1], flags: [FIN | ACK, FIN | ACK] })).toBe(
      'closed',
    );
  });
  it('a whole connection within one tick is closed', () => {
    const all = SYN | ACK | FIN;
    expect(
      state({ firstSynDirection: 0, syn: [1, 0], synAck: [0, 1], fin: [1, 1], flags: [all, all] }),
    ).toBe('closed');
  });
  it('a refused one is reset', () => {
    expect(state({ ...opened, rst: [0, 1], flags: [SYN, RST | ACK] })).toBe('reset');
  });
  it('joined in the middle: established when both sides acknowledge, unknown before', () => {
    expect(state({ flags: [ACK, 0] })).toBe('unknown');
    expect(state({ flags: [ACK, ACK] })).toBe('established');
  });
  it('a new SYN on the same ports begins anew, and is counted', () => {
    const fixture = new Fixture();
    const all = SYN | ACK | FIN;
    fixture.tick([tcp({ firstSynDirection: 0, syn: [1, 0], fin: [1, 1], flags: [all, all] })]);
    fixture.tick([tcp(opened)]);
    expect(fixture.row.tcp).toMatchObject({ state: 'syn_sent', syn: 2, fin: 2 });
  });
});

describe('leaving', () => {
  it('idle flows leave after the timeout, closed TCP after a tenth; what they had is `expired`', () => {
    const fixture = new Fixture(4096, 100);
    const fins: CraftedFlow = { fin: [1, 1], flags: [FIN | ACK, FIN | ACK], lowPort: 1111 };
    fixture.tick([tcp({ packets: [2, 1], bytes: [200, 100] }), tcp(fins)]);
    fixture.tick([], 9);
    expect(fixture.rows()).toHaveLength(2);
    fixture.tick([], 2);
    expect(fixture.rows()).toHaveLength(1);
    expect(fixture.table.expired).toEqual({ packets: 1, bytes: 100 });
    fixture.tick([], 90);
    expect(fixture.rows()).toHaveLength(0);
    expect(fixture.table.expired).toEqual({ packets: 4, bytes: 400 });
  });

  it('at the cap the flow idle longest makes room; nothing is lost from the sum', () => {
    const fixture = new Fixture(1024);
    const flow = (i: number): CraftedFlow =>
      tcp({ low: '10.0.0.1', high: `10.1.${i >> 8}.${i & 255}` });
    for (let i = 0; i < 1024; i += 1) fixture.tick([flow(i)]);
    fixture.tick([flow(0), flow(2000), flow(2001)]);
    const addresses = new Set(fixture.rows().map((row) => row.destination.address));
    expect(fixture.rows()).toHaveLength(1024);
    expect(addresses.has('10.1.0.0')).toBe(true);
    expect(addresses.has('10.1.0.1')).toBe(false);
    expect(addresses.has('10.1.0.2')).toBe(false);
    expect(addresses.has('10.1.0.3')).toBe(true);
    expect(fixture.table.expired.packets).toBe(2);
  });

  it('more flows in one tick than the table holds: the rest counts as expired', () => {
    const fixture = new Fixture(1024);
    fixture.tick(
      Array.from({ length: 1500 }, (_, i) => tcp({ high: `10.2.${i >> 8}.${i & 255}` })),
    );
    const tracked = fixture.rows().reduce((sum, row) => sum + row.forward.packets, 0);
    expect(tracked).toBe(1024);
    expect(fixture.table.expired.packets).toBe(476);
  });

  it('ids are never used again, slots are', () => {
    const fixture = new Fixture(4096, 10);
    fixture.tick([tcp({})]);
    const [first] = fixture.rows();
    fixture.tick([], 20);
    fixture.tick([tcp({})]);
    expect(fixture.table.columns.highWater).toBe(1);
    expect(fixture.row.id).not.toBe(first!.id);
    expect(fixture.row.forward.packets).toBe(1);
  });

  it('a flow is found by its id as long as it is in the table, and its successor in the slot is not it', () => {
    const fixture = new Fixture(4096, 10);
    const before: number[] = [];
    for (let life = 0; life < 5; life += 1) {
      fixture.tick([tcp({}), tcp({ highPort: 7000 })]);
      const { table } = fixture;
      const ids = fixture.rows().map((row) => row.id);
      expect(ids.map((id) => table.slotOf(id)).sort()).toEqual([0, 1]);
      for (const id of ids) expect(table.columns.id[table.slotOf(id)]).toBe(id);
      for (const id of before) expect(table.slotOf(id)).toBe(-1);
      before.push(...ids);
      fixture.tick([], 20);
      for (const id of before) expect(table.slotOf(id)).toBe(-1);
    }
    for (const id of [0, -1, 0.5, 1e300, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(fixture.table.slotOf(id)).toBe(-1);
    }
  });

  it('ids of the largest table stay exact and apart over half a million lives of a slot', () => {
    const last = 2 ** 24 - 1;
    let id = 0;
    for (let life = 0; life < 500_000; life += 1) {
      const next = nextFlowId(id, last);
      expect(next > id && Number.isSafeInteger(next) && slotOfFlowId(next) === last).toBe(true);
      id = next;
    }
    expect(slotOfFlowId(nextFlowId(0, 0))).toBe(0);
  });

  it('a random life against a plain map: the same flows, the same sums', () => {
    const fixture = new Fixture(512, 5);
    const model = new Map<string, { packets: number; seenUs: number }>();
    let state = 99;
    const random = (below: number): number => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return Math.floor((state / 2 ** 32) * below);
    };
    let sent = 0;
    for (let tick = 0; tick < 200; tick += 1) {
      const chosen = new Set(Array.from({ length: random(60) }, () => random(400)));
      const flows = [...chosen].map((i) =>
        tcp({ high: `10.3.${i >> 8}.${i & 255}`, packets: [i + 1, 0] }),
      );
      fixture.tick(flows);
      for (const i of chosen) {
        const key = `10.3.${i >> 8}.${i & 255}`;
        const packets = (model.get(key)?.packets ?? 0) + i + 1;
        model.set(key, { packets, seenUs: fixture.nowUs });
        sent += i + 1;
      }
      for (const [key, { seenUs }] of model) if (seenUs <= fixture.nowUs - 5e6) model.delete(key);
      const rows = fixture.rows();
      expect(new Map(rows.map((row) => [row.destination.address, row.forward.packets]))).toEqual(
        new Map([...model].map(([key, { packets }]) => [key, packets])),
      );
      const tracked = rows.reduce((sum, row) => sum + row.forward.packets, 0);
      expect(tracked + fixture.table.expired.packets).toBe(sent);
    }
  });
});

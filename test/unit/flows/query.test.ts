// Order, limit and grouping of flows; and that no way of choosing changes what is chosen.
import { describe, expect, it } from 'vitest';
import type { FieldContext } from '../../../src/core/flows/field-context.js';
import { findSortField, groupKeys, sortNames } from '../../../src/core/flows/fields.js';
import { compileFilter } from '../../../src/core/flows/filter/compile-filter.js';
import { FlowTable } from '../../../src/core/flows/flow-table.js';
import { groupFlows } from '../../../src/core/flows/group.js';
import { matchingSlots, selectFlows } from '../../../src/core/flows/query.js';
import { rowMaker } from '../../../src/core/flows/row.js';
import { fields } from '../../../src/core/flows/schema/schema.js';
import { openBatch } from '../../../src/core/wire/batch.js';
import { type CraftedFlow, craftBatch } from '../../support/batch-builder.js';

function tableOf(flows: CraftedFlow[]): FlowTable {
  const table = new FlowTable({ capacity: 65_536, timeoutSeconds: 0 });
  const batch = openBatch(craftBatch({ flows }));
  table.apply(batch, batch.capturedAtUs, 1);
  // Codes are the kernel's indexes here.
  table.columns.interfaceLabel.set(table.columns.interfaceIndex);
  return table;
}

const context: FieldContext = {
  nowUs: 1_700_000_001_000_000,
  intervalSeconds: 1,
  elapsedSeconds: 1,
  final: false,
  label: (_dictionary, index) => `if${index}`,
};

function selected(
  table: FlowTable,
  field: string,
  descending: boolean,
  limit = Infinity,
  offset = 0,
): string[] {
  const query = { filter: null, sort: { field, descending }, offset, limit };
  const { slots } = selectFlows(table.columns, context, query);
  const make = rowMaker(table.columns, context);
  return slots.map((slot) => make(slot).destination.address);
}

describe('order', () => {
  const table = tableOf([
    { high: '10.0.0.5', bytes: [500, 0], packets: [1, 0], protocol: 17, highPort: 53 },
    { high: '10.0.0.9', bytes: [900, 0], packets: [3, 0], highPort: 443 },
    { high: '10.0.0.2', bytes: [200, 0], packets: [2, 0], protocol: 1 },
    { low: '2001:db8::1', high: '2001:db8::2', bytes: [100, 0], packets: [9, 0], highPort: 22 },
  ]);
  const cases: [string, boolean, string[]][] = [
    ['rate', true, ['10.0.0.9', '10.0.0.5', '10.0.0.2', '2001:db8::2']],
    ['rate', false, ['2001:db8::2', '10.0.0.2', '10.0.0.5', '10.0.0.9']],
    ['packets', true, ['2001:db8::2', '10.0.0.9', '10.0.0.2', '10.0.0.5']],
    ['destination', false, ['10.0.0.2', '10.0.0.5', '10.0.0.9', '2001:db8::2']],
    ['port', false, ['10.0.0.2', '2001:db8::2', '10.0.0.5', '10.0.0.9']],
    ['protocol', false, ['10.0.0.2', '10.0.0.9', '2001:db8::2', '10.0.0.5']],
  ];
  it.each(cases)('by %s, descending %s', (field, descending, expected) => {
    expect(selected(table, findSortField(field)!.name, descending)).toEqual(expected);
  });

  it('equal values are ordered by bytes, then by key', () => {
    const equal = tableOf([
      { high: '10.0.0.7', packets: [1, 0], bytes: [100, 0] },
      { high: '10.0.0.3', packets: [1, 0], bytes: [100, 0] },
      { high: '10.0.0.5', packets: [1, 0], bytes: [300, 0] },
    ]);
    for (const descending of [true, false]) {
      expect(selected(equal, 'packets', descending)).toEqual(['10.0.0.5', '10.0.0.3', '10.0.0.7']);
    }
  });

  it('a limit takes the first of the whole order, whatever the field', () => {
    let state = 7;
    const random = (below: number): number => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return Math.floor((state / 2 ** 32) * below);
    };
    const many = tableOf(
      Array.from({ length: 3000 }, (_, i) => ({
        high: `10.${random(4)}.${i >> 8}.${i & 255}`,
        packets: [random(20) + 1, random(3)] as [number, number],
        bytes: [random(50) * 60, random(50) * 60] as [number, number],
        protocol: [6, 17, 1][random(3)]!,
        highPort: random(5),
      })),
    );
    for (const { name } of fields.filter((field) => field.isSortable)) {
      for (const descending of [true, false]) {
        const whole = selected(many, name, descending);
        expect(selected(many, name, descending, 40), name).toEqual(whole.slice(0, 40));
        expect(selected(many, name, descending, 10, 500), name).toEqual(whole.slice(500, 510));
      }
    }
  });

  it('every name that help offers can be sorted by', () => {
    for (const name of sortNames) expect(findSortField(name), name).toBeDefined();
    for (const name of [
      'rate',
      'in',
      'out',
      'packets',
      'bytes',
      'age',
      'idle',
      'source',
      'destination',
      'port',
      'protocol',
    ]) {
      expect(sortNames).toContain(name);
    }
  });
});

describe('rows', () => {
  const rowOf = (flow: CraftedFlow) => rowMaker(tableOf([flow]).columns, context)(0);
  it('have null ports and the ICMP type where there are none', () => {
    const row = rowOf({ protocol: 1, icmpType: 8, icmpCode: 0 });
    expect(row).toMatchObject({
      protocol: 'ICMP',
      source: { port: null },
      icmp: { type: 8, code: 0 },
      tcp: null,
    });
  });
  it('of ARP are named so', () => {
    expect(rowOf({ family: 1, protocol: 0, hasPorts: false })).toMatchObject({
      protocol: 'ARP',
      icmp: null,
    });
  });
  it('say VLAN tags outermost first, priority tags too', () => {
    expect(rowOf({ vlan: [0, 7] }).vlan).toEqual([0, 7]);
  });
  it('say the tunnel', () => {
    const row = rowOf({
      tunnelType: 1,
      tunnelId: 42,
      tunnelSource: '192.0.2.1',
      tunnelDestination: '2001:db8::9',
    });
    expect(row.tunnel).toEqual({
      type: 'VXLAN',
      id: 42,
      source: '192.0.2.1',
      destination: '2001:db8::9',
    });
  });
  it('name protocols without a name by number', () => {
    expect(rowOf({ protocol: 253 }).protocol).toBe('IP-253');
  });
});

describe('groups', () => {
  const table = tableOf([
    { low: '10.0.0.1', high: '10.0.1.1', highPort: 443, bytes: [100, 0] },
    { low: '10.0.0.2', high: '10.0.1.2', highPort: 443, bytes: [200, 50] },
    {
      low: '10.0.0.1',
      high: '10.0.0.2',
      highPort: 53,
      protocol: 17,
      bytes: [10, 0],
      interfaceIndex: 3,
      vlan: [9],
    },
    {
      low: '2001:db8:1::1',
      high: '2001:db8:1::2',
      highPort: 443,
      bytes: [5, 0],
      tunnelType: 1,
      tunnelId: 42,
    },
  ]);
  const query = {
    filter: null,
    sort: { field: 'bytes', descending: true },
    offset: 0,
    limit: Infinity,
  };
  const by = (...keys: string[]): Record<string, number> =>
    Object.fromEntries(
      groupFlows(table.columns, context, query, keys).groups.map((group) => [
        group.labels.join(' '),
        group.total.bytes,
      ]),
    );

  it('by one key', () => {
    expect(by('protocol')).toEqual({ TCP: 355, UDP: 10 });
    expect(by('port')).toEqual({ 443: 355, 53: 10 });
    expect(by('source')).toEqual({ '10.0.0.2': 250, '10.0.0.1': 110, '2001:db8:1::1': 5 });
    expect(by('host')['10.0.0.1']).toBe(110);
    expect(by('subnet24')).toEqual({
      '10.0.0.0/24': 360,
      '10.0.1.0/24': 350,
      '2001:db8:1::/64': 5,
    });
    expect(by('subnet16')).toEqual({ '10.0.0.0/16': 360, '2001:db8:1::/48': 5 });
    expect(by('interface')).toEqual({ if2: 355, if3: 10 });
    expect(by('vlan')).toEqual({ '-': 355, 9: 10 });
    expect(by('tunnel')).toEqual({ '-': 360, 'VXLAN 42': 5 });
  });

  it('by two keys', () => {
    expect(by('protocol', 'subnet16')).toEqual({
      'TCP 10.0.0.0/16': 350,
      'UDP 10.0.0.0/16': 10,
      'TCP 2001:db8:1::/48': 5,
    });
  });

  it("each group's filter selects exactly its flows", () => {
    for (const { name } of groupKeys) {
      for (const group of groupFlows(table.columns, context, query, [name]).groups) {
        const compiled = compileFilter(group.filter);
        expect(compiled, group.filter).toMatchObject({ ok: true });
        if (!compiled.ok) continue;
        const slots = matchingSlots(table.columns, context, compiled.filter);
        expect(slots.length, `${name}: ${group.filter}`).toBe(group.flows);
      }
    }
  });
});

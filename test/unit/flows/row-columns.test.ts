// Rows that are made in another thread are those that would have been made in this one.
import { describe, expect, it } from 'vitest';
import type { FieldContext } from '../../../src/core/flows/field-context.js';
import { FlowTable } from '../../../src/core/flows/flow-table.js';
import { rowMaker } from '../../../src/core/flows/row.js';
import { packRows, unpackRows } from '../../../src/core/flows/row-columns.js';
import { openBatch } from '../../../src/core/wire/batch.js';
import { flowSeen } from '../../../src/core/wire/layout.generated.js';
import { type CraftedFlow, craftBatch } from '../../support/batch-builder.js';
import { Random } from '../../support/random.js';

const random = new Random(7);
const pair = (most: number): [number, number] => [random.below(most), random.below(most)];

/** Every field that a row has differs from its neighbours'. */
const someFlow = (index: number): CraftedFlow => {
  const isV6 = index % 5 === 0;
  const isIcmp = index % 7 === 0;
  return {
    low: isV6 ? `2001:db8::${index.toString(16)}` : `10.0.${index >> 8}.${index & 255}`,
    high: isV6 ? 'fd00::1' : '192.0.2.1',
    family: isV6 ? 6 : 4,
    protocol: isIcmp ? (isV6 ? 58 : 1) : index % 3 === 0 ? 17 : 6,
    hasPorts: !isIcmp,
    lowPort: isIcmp ? 0 : 1024 + index,
    highPort: isIcmp ? 0 : 443 + (index % 9),
    interfaceIndex: 1 + (index % 3),
    vlan: index % 4 === 0 ? [index, index + 1] : [],
    ...(index % 6 === 0 && {
      tunnelType: 1,
      tunnelId: index * 1000,
      tunnelSource: `172.16.0.${index & 255}`,
      tunnelDestination: '172.16.9.9',
    }),
    icmpType: isIcmp ? 8 : 0,
    icmpCode: isIcmp ? index % 2 : 0,
    firstDirection: index % 2 ? 1 : 0,
    packets: pair(1e6),
    bytes: pair(1e9),
    flags: [random.below(64), random.below(64)],
    seen: random.pick([flowSeen.receivedLowToHigh, flowSeen.sentHighToLow]),
    syn: pair(9),
    synAck: pair(9),
    fin: pair(9),
    rst: pair(9),
    firstSeenAgoMs: 500 + random.below(400),
    lastSeenAgoMs: random.below(400),
    fragments: random.below(99),
  };
};

function filledTable(): FlowTable {
  const table = new FlowTable({ capacity: 4096, timeoutSeconds: 0 });
  const flows = Array.from({ length: 300 }, (_, index) => someFlow(index + 1));
  for (const turn of [0, 1]) {
    const batch = openBatch(craftBatch({ flows: flows.slice(turn * 100) }));
    table.apply(batch, batch.capturedAtUs + turn * 1e6, 1);
    table.columns.interfaceLabel.set(table.columns.interfaceIndex);
  }
  return table;
}

const contextOf = (final: boolean): FieldContext => ({
  nowUs: 1_700_000_001_000_000,
  intervalSeconds: 1,
  elapsedSeconds: 2,
  final,
  label: (_dictionary, index) => `if${index}`,
});

describe('rows for another thread', () => {
  const { columns } = filledTable();
  const slots = Array.from({ length: columns.highWater }, (_, slot) => slot).reverse();

  for (const final of [false, true]) {
    it(`are the same there, ${final ? 'in a summary' : 'in a tick'}`, () => {
      const context = contextOf(final);
      const picked = packRows(columns, slots, context);
      const memory = picked.memory;
      const sent = structuredClone(picked, { transfer: [memory] });
      expect(memory.byteLength).toBe(0);
      const rows = unpackRows(sent);
      expect(rows).toHaveLength(300);
      expect(rows).toEqual(slots.map(rowMaker(columns, context)));
      expect(new Set(rows.map((row) => JSON.stringify(row))).size).toBe(300);
    });
  }

  it('are none of none', () => {
    expect(unpackRows(packRows(columns, [], contextOf(false)))).toEqual([]);
  });

  it('do not change when the table goes on', () => {
    const table = filledTable();
    const picked = packRows(table.columns, [0, 1, 2], contextOf(false));
    const before = unpackRows(picked);
    const batch = openBatch(craftBatch({ flows: [someFlow(1), someFlow(2), someFlow(3)] }));
    table.apply(batch, batch.capturedAtUs + 5e6, 1);
    expect(unpackRows(picked)).toEqual(before);
  });
});

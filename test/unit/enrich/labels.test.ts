// Labels: codes in columns, names in a dictionary that is capped, ages with the flows, and may be renamed at any time.
import { describe, expect, it } from 'vitest';
import { Enrichment } from '../../../src/core/enrich/enrichment.js';
import { InterfaceLabels } from '../../../src/core/enrich/interface-labels.js';
import { LabelDictionary } from '../../../src/core/enrich/label-dictionary.js';
import type { FieldContext } from '../../../src/core/flows/field-context.js';
import { compileFilter } from '../../../src/core/flows/filter/compile-filter.js';
import { FlowTable } from '../../../src/core/flows/flow-table.js';
import { groupFlows } from '../../../src/core/flows/group.js';
import { selectFlows } from '../../../src/core/flows/query.js';
import { rowMaker } from '../../../src/core/flows/row.js';
import { packRows, unpackRows } from '../../../src/core/flows/row-columns.js';
import { openBatch } from '../../../src/core/wire/batch.js';
import { CRAFTED_TIME_US, type CraftedFlow, craftBatch } from '../../support/batch-builder.js';

const named = (index: number, name: string, present = true) => ({ index, name, present });

/** A flow table with the stage behind it, as the pipeline runs them. */
class Fixture {
  readonly labels: InterfaceLabels;
  readonly enrichment: Enrichment;
  readonly table: FlowTable;
  nowUs = CRAFTED_TIME_US;

  constructor(labelsMax?: number, timeoutSeconds = 0) {
    this.labels = new InterfaceLabels(labelsMax);
    this.enrichment = new Enrichment([this.labels]);
    this.table = new FlowTable({ capacity: 65_536, timeoutSeconds });
  }

  tick(interfaces: ReturnType<typeof named>[], flows: CraftedFlow[], seconds = 1): void {
    this.nowUs += seconds * 1e6;
    this.labels.update(interfaces);
    this.enrichment.forget(this.table.columns);
    const batch = openBatch(craftBatch({ flows, capturedAtUs: this.nowUs }));
    this.table.apply(batch, this.nowUs, seconds);
    this.enrichment.label(this.table.columns);
  }

  get context(): FieldContext {
    return {
      nowUs: this.nowUs,
      intervalSeconds: 1,
      elapsedSeconds: 1,
      final: false,
      label: (dictionary, code) => this.enrichment.textOf(dictionary, code),
    };
  }

  /** Destination port → interface, of the flows that a filter selects, in the order of a sort. */
  names(filter = '', field = 'dport', descending = false): string[] {
    const compiled = compileFilter(filter);
    if (!compiled.ok) throw new Error(compiled.error.message);
    const { columns } = this.table;
    const { slots } = selectFlows(columns, this.context, {
      filter: compiled.filter,
      sort: { field, descending },
      offset: 0,
      limit: Infinity,
    });
    const rows = slots.map(rowMaker(columns, this.context));
    expect(unpackRows(packRows(columns, slots, this.context))).toEqual(rows);
    return rows.map((row) => `${row.destination.port} ${row.interface}`);
  }
}

const on = (interfaceIndex: number, highPort: number): CraftedFlow => ({
  interfaceIndex,
  lowPort: 40_000,
  highPort,
});

describe('names of interfaces', () => {
  it('are those of the tick in which the flow came, and reach filter, order and groups', () => {
    const fixture = new Fixture();
    const two = [named(2, 'veth1'), named(3, 'eth0')];
    fixture.tick(two, [on(2, 80), on(3, 81), on(3, 82)]);
    expect(fixture.names()).toEqual(['80 veth1', '81 eth0', '82 eth0']);
    expect(fixture.names('interface = eth0')).toEqual(['81 eth0', '82 eth0']);
    expect(fixture.names('dev:veth*')).toEqual(['80 veth1']);
    expect(fixture.names('', 'interface', true)[0]).toBe('80 veth1');
    expect(fixture.names('', 'interface').at(-1)).toBe('80 veth1');
  });

  it('a renamed interface reaches the flows that were there before', () => {
    const fixture = new Fixture();
    fixture.tick([named(2, 'eth0')], [on(2, 80)]);
    fixture.tick([named(2, 'wan0')], [on(2, 81)]);
    expect(fixture.names()).toEqual(['80 wan0', '81 wan0']);
    expect(fixture.names('interface = eth0')).toEqual([]);
    fixture.tick([named(2, 'aaa0')], []);
    expect(fixture.names('interface = aaa0')).toHaveLength(2);
  });

  it('an index that is used again by another interface renames no old flow', () => {
    const fixture = new Fixture();
    fixture.tick([named(5, 'pod1')], [on(5, 80)]);
    fixture.tick([named(5, 'pod1', false)], []);
    fixture.tick([named(5, 'pod1', false), named(5, 'pod2')], [on(5, 81)]);
    expect(fixture.names()).toEqual(['80 pod1', '81 pod2']);
    // Left out of the list is gone, too.
    fixture.tick([], []);
    fixture.tick([named(5, 'pod3')], [on(5, 82)]);
    expect(fixture.names()).toEqual(['80 pod1', '81 pod2', '82 pod3']);
    expect(fixture.labels.nameOf(5)).toBe('pod3');
  });

  it('one that was deleted and made again under its name is one group, whatever its index', () => {
    const fixture = new Fixture();
    fixture.tick([named(5, 'ppp0')], [on(5, 80)]);
    fixture.tick([named(6, 'ppp0')], [on(6, 80), on(6, 81)]);
    const query = {
      filter: null,
      sort: { field: 'rate', descending: true },
      offset: 0,
      limit: 9,
    };
    const { groups, matched } = groupFlows(fixture.table.columns, fixture.context, query, [
      'interface',
    ]);
    expect(matched).toBe(1);
    expect(groups[0]).toMatchObject({ labels: ['ppp0'], flows: 3, filter: 'interface = "ppp0"' });
    expect(fixture.names(groups[0]!.filter)).toHaveLength(3);
  });

  it('one that came and went between two ticks has its name', () => {
    const fixture = new Fixture();
    fixture.tick([named(9, 'tap9', false)], [on(9, 80)]);
    expect(fixture.names()).toEqual(['80 tap9']);
    fixture.tick([named(9, 'tap9', false), named(9, 'tap10')], [on(9, 81)]);
    expect(fixture.names()).toEqual(['80 tap9', '81 tap10']);
  });

  it('an interface that the source never named is called by its number', () => {
    const fixture = new Fixture();
    fixture.tick([], [on(77, 80)]);
    expect(fixture.names()).toEqual(['80 if77']);
    expect(fixture.labels.nameOf(78)).toBe('if78');
  });

  it('hostile ones lose their control characters once, and can be filtered by as they are written', () => {
    const fixture = new Fixture();
    const hostile = 'e\u001b[2J\u202e0';
    fixture.tick([named(2, hostile)], [on(2, 80)]);
    expect(fixture.names()).toEqual(['80 e·[2J·0']);
    expect(fixture.names(`interface = "${hostile}"`)).toHaveLength(1);
    expect(fixture.names('interface = "e·[2J·0"')).toHaveLength(1);
    fixture.tick([named(2, 'x\n')], []);
    expect(fixture.names()).toEqual(['80 x·']);
  });

  it('at the cap further ones share a label, and are counted', () => {
    const fixture = new Fixture(3);
    const five = [2, 3, 4, 5, 6].map((index) => named(index, `eth${index}`));
    fixture.tick(
      five,
      five.map(({ index }) => on(index, 80 + index)),
    );
    expect(fixture.names()).toEqual(['82 eth2', '83 eth3', '84 eth4', '85 other', '86 other']);
    expect(fixture.enrichment.refused).toBe(2);
    // Nothing is refused twice, and where room comes back the next flows are named.
    fixture.tick(five, []);
    expect(fixture.enrichment.refused).toBe(2);
  });

  it('what found no room is named as soon as there is some', () => {
    const fixture = new Fixture(1, 2);
    fixture.tick([named(2, 'eth2'), named(3, 'eth3')], [on(2, 82), on(3, 83)]);
    expect(fixture.names()).toEqual(['82 eth2', '83 other']);
    fixture.tick([named(3, 'eth3')], [on(3, 83)], 3);
    fixture.tick([named(3, 'eth3')], [on(3, 83)]);
    fixture.tick([named(3, 'eth3')], [on(3, 83), on(3, 84)]);
    expect(fixture.names()).toEqual(['83 other', '84 eth3']);
    expect(fixture.enrichment.refused).toBe(1);
  });

  it('4,096 interfaces that come and go: names stay right, and no more are kept than flows have', () => {
    const fixture = new Fixture(8192, 2);
    const { dictionary } = fixture.labels;
    for (let generation = 0; generation < 12; generation += 1) {
      const first = 10 + generation * 4096;
      const there = Array.from({ length: 4096 }, (_, i) =>
        named(first + i, `veth${generation}x${i}`),
      );
      fixture.tick(
        there,
        there.map(({ index }, i) => on(index, 1000 + i)),
      );
      expect(fixture.enrichment.refused).toBe(0);
      expect(dictionary.size).toBeLessThanOrEqual(8192);
      const mine = fixture.names(`interface ~ /^veth${generation}x/`);
      expect(mine).toHaveLength(4096);
      expect(mine[7]).toBe(`1007 veth${generation}x7`);
      fixture.tick([], [], 3);
    }
    fixture.tick([], []);
    fixture.tick([], []);
    expect(fixture.table.columns.count).toBe(0);
    expect(dictionary.size).toBe(0);
    expect(fixture.labels.nameOf(10)).toBe('if10');
  });

  it('a label is kept as long as a flow has it, even when its code is wanted', () => {
    const fixture = new Fixture(200, 30);
    fixture.tick([named(1, 'old0')], [on(1, 80)]);
    for (let i = 2; i < 600; i += 1) fixture.tick([named(i, `veth${i}`)], [], 0.01);
    expect(fixture.names()).toEqual(['80 old0']);
    expect(fixture.enrichment.refused).toBe(0);
    expect(fixture.labels.dictionary.size).toBeLessThan(200);
  });
});

describe('a dictionary', () => {
  it('gives a forgotten code out again, never one that a flow has', () => {
    const dictionary = new LabelDictionary(100, 'other');
    const codes = Array.from({ length: 100 }, (_, i) => dictionary.add(`label ${i}`));
    expect(new Set(codes).size).toBe(100);
    for (const code of codes) dictionary.retire(code);
    const column = Uint16Array.from([codes[3]!, codes[50]!, codes[7]!]);
    const forgotten = dictionary.forget(column, Uint8Array.from([1, 1, 0]), 3);
    expect(forgotten).toHaveLength(98);
    expect(forgotten).not.toContain(codes[3]);
    expect(dictionary.label(codes[50]!)).toBe('label 50');
    expect(dictionary.label(codes[7]!)).toBe('');
    expect(codes).toContain(dictionary.add('again'));
    expect(dictionary.size).toBe(3);
  });

  it('what came back is not forgotten', () => {
    const dictionary = new LabelDictionary(8, '');
    const code = dictionary.add('eth0');
    dictionary.retire(code);
    dictionary.revive(code);
    expect(dictionary.forget(new Uint16Array(1), new Uint8Array(1), 1)).toEqual([]);
    expect(dictionary.label(code)).toBe('eth0');
  });

  it('the label of what found no room cannot be renamed or retired', () => {
    const dictionary = new LabelDictionary(0, 'other');
    const code = dictionary.add('eth0');
    dictionary.rename(code, 'mine');
    dictionary.retire(code);
    expect(dictionary.forget(new Uint16Array(0), new Uint8Array(0), 0)).toEqual([]);
    expect(dictionary.label(code)).toBe('other');
    expect(dictionary.label(99)).toBe('');
  });
});

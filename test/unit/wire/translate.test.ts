// Batches of other versions: fields that have moved, grown, come and gone are found by the layouts of their file.
import { describe, expect, it } from 'vitest';
import { BatchError, openBatch } from '../../../src/core/wire/batch.js';
import { readTotals } from '../../../src/core/wire/counters.js';
import {
  flowRecordLayout,
  recordLayout,
  sectionKind,
} from '../../../src/core/wire/layout.generated.js';
import { layoutsFromJson, layoutsToJson } from '../../../src/core/wire/layouts-json.js';
import {
  compiledLayouts,
  type FieldPlace,
  type RecordLayout,
  type RecordLayouts,
} from '../../../src/core/wire/record-layout.js';
import { assembleBatch, type CraftedSection, craftSections } from '../../support/batch-builder.js';
import { Random } from '../../support/random.js';

const ours = craftSections({
  flows: [
    {
      low: '10.0.0.1',
      high: '10.0.0.2',
      packets: [5, 3],
      bytes: [500, 3_000_000_000],
      vlan: [7],
      syn: [1, 0],
    },
    { low: '2001:db8::1', high: '2001:db8::2', protocol: 17, packets: [1, 0], bytes: [90, 0] },
  ],
  totals: [
    [0, 6, { packets: [8, 0], bytes: [3_000_000_500, 0] }],
    [0, 17, { packets: [1, 0], bytes: [90, 0] }],
  ],
  counters: [[3, { packets: [4, 0] }]],
});
const native = () => assembleBatch(ours);
const flowLayout = compiledLayouts.get(recordLayout.flowRecord)!;

interface OtherVersion {
  /** Field by field, what the other version makes of it; null: it lacks it. */
  change?: (name: string, place: FieldPlace) => FieldPlace | null;
  added?: [string, FieldPlace][];
}

const view = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

function readElement(bytes: Uint8Array, at: number, width: number): bigint {
  let value = 0n;
  for (let i = width - 1; i >= 0; i -= 1) value = (value << 8n) | BigInt(bytes[at + i]!);
  return value;
}

function writeElement(bytes: Uint8Array, at: number, width: number, value: bigint): void {
  for (let i = 0; i < width; i += 1) bytes[at + i] = Number((value >> BigInt(8 * i)) & 0xffn);
}

/** A section as another version would have written it, and its layout: fields packed in reverse order. */
function asOtherVersion(
  section: CraftedSection,
  layout: RecordLayout,
  { change = (_, place) => place, added = [] }: OtherVersion,
): { section: CraftedSection; layout: RecordLayout } {
  const fields = new Map<string, FieldPlace>();
  let size = 0;
  const place = (name: string, { width, count }: FieldPlace) => {
    fields.set(name, { offset: size, width, count });
    size += width * count;
  };
  for (const [name, field] of added) place(name, field);
  for (const [name, field] of [...layout.fields].reverse()) {
    const changed = change(name, field);
    if (changed) place(name, changed);
  }
  size = Math.ceil(size / 8) * 8;
  const bytes = new Uint8Array(section.count * size).fill(0xee);
  for (let record = 0; record < section.count; record += 1) {
    for (const [name, to] of fields) {
      const from = layout.fields.get(name);
      for (let i = 0; from && i < Math.min(to.count, from.count); i += 1) {
        const at = record * layout.size + from.offset + i * from.width;
        const value = readElement(section.bytes, at, from.width);
        writeElement(bytes, record * size + to.offset + i * to.width, to.width, value);
      }
    }
  }
  return {
    section: { ...section, recordSize: size, layoutId: 40, bytes },
    layout: { size, fields },
  };
}

/** A batch of ABI 2 whose flows are another version's. */
function otherBatch(version: OtherVersion): { buffer: ArrayBuffer; layouts: RecordLayouts } {
  const [totals, counters, flows] = ours as [CraftedSection, CraftedSection, CraftedSection];
  const other = asOtherVersion(flows, flowLayout, version);
  return {
    buffer: assembleBatch([other.section, totals, counters], { abiVersion: 2 }),
    layouts: new Map([...compiledLayouts, [40, other.layout]]),
  };
}

const flowBytes = (buffer: ArrayBuffer, layouts?: RecordLayouts): Uint8Array => {
  const batch = openBatch(buffer, layouts);
  return batch.bytes.slice(
    batch.flowsWord * 4,
    batch.flowsWord * 4 + batch.flowCount * flowRecordLayout.size,
  );
};

describe('a batch of another version', () => {
  it('is read by its layouts: fields that have moved', () => {
    const { buffer, layouts } = otherBatch({});
    expect(flowBytes(buffer, layouts)).toEqual(flowBytes(native()));
    const rows = Array.from(readTotals(openBatch(buffer, layouts)), ({ protocol, traffic }) => [
      protocol,
      ...traffic,
    ]);
    expect(rows).toEqual([
      [6, 8, 0, 3_000_000_500, 0],
      [17, 1, 0, 90, 0],
    ]);
  });

  it('narrower there, wider here; and the other way round', () => {
    const narrow = otherBatch({
      change: (name, place) =>
        name === 'counters.packets' || name === 'counters.bytes' ? { ...place, width: 4 } : place,
    });
    expect(flowBytes(narrow.buffer, narrow.layouts)).toEqual(flowBytes(native()));
    const wide = otherBatch({
      change: (_, place) => (place.width === 4 ? { ...place, width: 8 } : place),
    });
    expect(flowBytes(wide.buffer, wide.layouts)).toEqual(flowBytes(native()));
  });

  it('a value that is too large for our field is the greatest that fits, never a small wrong one', () => {
    const [totals, counters, flows] = ours as [CraftedSection, CraftedSection, CraftedSection];
    const { section, layout } = asOtherVersion(flows, flowLayout, {
      change: (name, place) => (name === 'counters.fragments' ? { ...place, width: 8 } : place),
    });
    const { offset } = layout.fields.get('counters.fragments')!;
    view(section.bytes).setBigUint64(offset, (1n << 32n) + 5n, true);
    const layouts = new Map([...compiledLayouts, [40, layout]]);
    const bytes = flowBytes(assembleBatch([totals, counters, section], { abiVersion: 4 }), layouts);
    const ourOffset = flowLayout.fields.get('counters.fragments')!.offset;
    expect(view(bytes).getUint32(ourOffset, true)).toBe(0xffffffff);
  });

  it('what we do not know is passed over, what is missing is zero, or "none" where zero would say something', () => {
    const { buffer, layouts } = otherBatch({
      added: [['counters.retransmissions', { offset: 0, width: 8, count: 3 }]],
      change: (name, place) =>
        name.startsWith('details.') || name === 'key.firstSynDirection'
          ? null
          : name === 'key.vlan'
            ? { ...place, count: 2 }
            : place,
    });
    const bytes = flowBytes(buffer, layouts);
    const expected = flowBytes(native());
    for (let record = 0; record < 2; record += 1) {
      const start = record * flowRecordLayout.size;
      expected.fill(0, start + flowRecordLayout.offset.details, start + flowRecordLayout.size);
      expected[start + flowLayout.fields.get('key.firstSynDirection')!.offset] = 0xff;
    }
    expect(bytes).toEqual(expected);
    const vlan = flowLayout.fields.get('key.vlan')!.offset;
    expect([0, 1, 2, 3].map((tag) => view(bytes).getUint16(vlan + tag * 2, true))).toEqual([
      7, 0xffff, 0xffff, 0xffff,
    ]);
  });

  it('with more rows of counters than we know is read as far as we know them', () => {
    const [totals, counters, flows] = ours as [CraftedSection, CraftedSection, CraftedSection];
    const more = { ...counters, count: counters.count + 5 };
    more.bytes = new Uint8Array(counters.bytes.length + 5 * counters.recordSize);
    more.bytes.set(counters.bytes);
    const buffer = assembleBatch([totals, more, flows], { abiVersion: 9 });
    expect(openBatch(buffer, compiledLayouts)).toMatchObject({ counterCount: counters.count });
  });

  it('without a description of its records is refused by name', () => {
    const { buffer } = otherBatch({});
    expect(() => openBatch(buffer)).toThrow(/ABI 2 and no description/);
    expect(() => openBatch(buffer, compiledLayouts)).toThrow(/layout 40, which its file doesn't/);
    const wrong = new Map([...compiledLayouts, [40, { ...flowLayout, size: 64 }]]);
    expect(() => openBatch(buffer, wrong)).toThrow(/its layout has 64/);
  });

  it('of this very version is handed on as it is', () => {
    const buffer = native();
    expect(openBatch(buffer, compiledLayouts).words.buffer).toBe(buffer);
  });
});

describe('layouts of a file', () => {
  it('survive the way through JSON', () => {
    const read = layoutsFromJson(JSON.parse(JSON.stringify(layoutsToJson(compiledLayouts))));
    expect(read).toEqual(compiledLayouts);
  });

  const field = (place: unknown) => [[3, { size: 192, fields: [['key.vlan', place]] }]];
  it.each([
    ['null', null],
    ['an object', {}],
    ['a field behind the end', field([190, 4, 1])],
    ['a long array', field([0, 8, 4000])],
    ['a width of 3', field([0, 3, 1])],
    ['a negative offset', field([-8, 8, 1])],
    ['a fraction', field([0.5, 1, 1])],
    ['no elements', field([0, 8, 0])],
    ['a huge record', [[3, { size: 1e9, fields: [] }]]],
    ['too many layouts', new Array(65).fill([3, { size: 8, fields: [] }])],
    ['too many fields', [[3, { size: 8, fields: new Array(257).fill(['a', [0, 1, 1]]) }]]],
  ])('%s is refused', (_name, json) => {
    expect(() => layoutsFromJson(json)).toThrow(BatchError);
  });

  it('any layouts that are accepted decode any batch without reading beyond it', () => {
    const random = new Random(5);
    const names = [...flowLayout.fields.keys(), '__proto__', 'unknown'];
    for (let round = 0; round < 2_000; round += 1) {
      const size = 1 + random.below(256);
      const fields = Array.from({ length: random.below(20) }, () => {
        const width = [1, 2, 4, 8][random.below(4)]!;
        return [
          names[random.below(names.length)],
          [random.below(size), width, 1 + random.below(4)],
        ];
      }).filter(([, place]) => {
        const [at, width, count] = place as [number, number, number];
        return at + width * count <= size;
      });
      const layouts = layoutsFromJson([[3, { size, fields }]]);
      const count = random.below(5);
      const bytes = new Uint8Array(size * count).map(() => random.below(256));
      const section = { kind: sectionKind.flows, recordSize: size, count, layoutId: 3, bytes };
      const batch = openBatch(assembleBatch([section], { abiVersion: 7 }), layouts);
      expect(batch.flowCount).toBe(count);
      expect(batch.flowsWord * 4 + count * flowRecordLayout.size).toBeLessThanOrEqual(
        batch.bytes.length,
      );
    }
  });
});

// Batches and kernel events as bytes: a good one is read, a lying one is refused before anything is believed.
import { describe, expect, it } from 'vitest';
import { PACKETS } from '../../../src/core/flows/record-words.js';
import type { KernelEvent } from '../../../src/core/model/kernel-event.js';
import { BatchError, openBatch } from '../../../src/core/wire/batch.js';
import { readCounters, readTotals } from '../../../src/core/wire/counters.js';
import { decodeKernelEvents } from '../../../src/core/wire/kernel-event-record.js';
import {
  batchHeaderLayout,
  batchSectionLayout,
  counterRow,
  eventRecordLayout,
  eventType,
  sectionKind,
} from '../../../src/core/wire/layout.generated.js';
import { nanosecondsToMicroseconds, readU64 } from '../../../src/core/wire/words.js';
import {
  assembleBatch,
  CRAFTED_BOOT_US,
  CRAFTED_TIME_US,
  craftBatch,
  craftSections,
} from '../../support/batch-builder.js';

const at = batchHeaderLayout.offset;
const place = batchSectionLayout.offset;

describe('a batch', () => {
  it('is read', () => {
    const batch = openBatch(craftBatch({ flows: [{}, { highPort: 1 }] }));
    expect(batch).toMatchObject({
      flowCount: 2,
      counterCount: counterRow.rows,
      capturedAtUs: CRAFTED_TIME_US,
      boottimeUs: CRAFTED_TIME_US - CRAFTED_BOOT_US,
      drainMilliseconds: 1,
    });
  });

  const entry = (section: number) => batchHeaderLayout.size + section * batchSectionLayout.size;
  const [TOTALS, COUNTERS, FLOWS] = [entry(0), entry(1), entry(2)];
  const long = (at: number, value: bigint) => (view: DataView) =>
    view.setBigUint64(at, value, true);
  const word = (at: number, value: number) => (view: DataView) => view.setUint32(at, value, true);
  const lies: [string, (view: DataView) => void, RegExp][] = [
    ['magic', word(at.magic, 1), /magic/],
    ['ABI', word(at.abiVersion, 99), /records of ABI 99 and no description/],
    ['length', long(at.length, 1n << 40n), /bytes/],
    ['header', word(at.headerSize, 8), /header says it has 8 bytes/],
    ['header behind the end', word(at.headerSize, 1 << 30), /header says/],
    ['header between words', word(at.headerSize, batchHeaderLayout.size + 4), /header says/],
    ['number of sections', word(at.sectionCount, 0xffffffff), /4294967295 sections/],
    ['directory', word(at.sectionCount, 60), /section \d+ (has|lies)|two sections|directory/],
    ['flow count', word(FLOWS + place.count, 0xffffffff), /section 3 lies outside/],
    ['count of counters', word(COUNTERS + place.count, 401), /section (3|2) (overlaps|lies)/],
    ['record size', word(FLOWS + place.recordSize, 0), /records of 0 bytes/],
    ['huge records', word(FLOWS + place.recordSize, 1 << 30), /records of \d+ bytes/],
    ['record of another size', word(FLOWS + place.recordSize, 96), /flows has records of 96 bytes/],
    ['layout', word(FLOWS + place.layoutId, 9), /in layout 9/],
    [
      'kind, twice the same',
      word(TOTALS + place.kind, sectionKind.flows),
      /two sections of kind 3/,
    ],
    ['odd offset', long(FLOWS + place.offset, 129n), /section 3 lies outside/],
    ['offset in the header', long(FLOWS + place.offset, 0n), /section 3 lies outside/],
    ['offset behind the end', long(COUNTERS + place.offset, 1n << 60n), /section 2 lies outside/],
    [
      'offset in another section',
      (view) => {
        const counters = view.getBigUint64(COUNTERS + place.offset, true);
        view.setBigUint64(FLOWS + place.offset, counters + 64n, true);
      },
      /overlaps/,
    ],
    ['clock', long(at.clockNsPerUnit, 0n), /clock/],
  ];
  it.each(lies)('that lies about its %s is refused', (_name, change, message) => {
    const buffer = craftBatch({ flows: [{}] });
    change(new DataView(buffer));
    expect(() => openBatch(buffer)).toThrow(message);
  });

  it('cut anywhere is refused, never read beyond', () => {
    const whole = craftBatch({ flows: [{}] });
    for (let length = 0; length < whole.byteLength; length += 97) {
      expect(() => openBatch(whole.slice(0, length))).toThrow(BatchError);
    }
  });
});

describe('sections', () => {
  const ours = craftSections({
    flows: [{ packets: [7, 0] }],
    totals: [[0, 6, { packets: [7, 0] }]],
  });
  const unknown = (kind: number, size: number) => ({
    ...{ kind, recordSize: 12, layoutId: 99 },
    count: size / 12,
    bytes: new Uint8Array(size).fill(0xa5),
  });

  it('of an unknown kind are passed over, wherever they stand', () => {
    for (const sections of [
      [unknown(77, 1200), ...ours],
      [...ours, unknown(0, 12), unknown(0xffffffff, 24)],
    ]) {
      const batch = openBatch(assembleBatch(sections));
      expect(batch.flowCount).toBe(1);
      expect(readU64(batch.words, batch.flowsWord + PACKETS)).toBe(7);
      expect(Array.from(readTotals(batch), ({ protocol }) => protocol)).toEqual([6]);
    }
  });

  it('that are missing have no records', () => {
    const batch = openBatch(assembleBatch([]));
    expect(batch).toMatchObject({ flowCount: 0, totalCount: 0, counterCount: 0 });
    const rows = new Float64Array(8).fill(9);
    readCounters(batch, counterRow.health, 2, rows);
    expect([...rows]).toEqual(new Array(8).fill(0));
  });

  it('behind a header that later versions made longer are found', () => {
    const batch = openBatch(assembleBatch(ours, { headerSize: batchHeaderLayout.size + 64 }));
    expect(batch.flowCount).toBe(1);
  });
});

describe('time', () => {
  it('nanoseconds of 61 bits become microseconds, rounded down, to the last one', () => {
    for (const ns of [
      1_732_000_000_123_456_789n,
      999n,
      1000n,
      4_294_967_296n,
      1_999_999_999_999_999_999n,
    ]) {
      const low = Number(ns & 0xffffffffn);
      const high = Number(ns >> 32n);
      expect(nanosecondsToMicroseconds(low, high)).toBe(Number(ns / 1000n));
    }
  });
});

describe('kernel events', () => {
  const clock = { capturedAtUs: 0, clockAtCapture: 0, clockNsPerUnit: 1, clockIsNanoseconds: true };
  const record = (
    payload: number[],
    type: number = eventType.tcpFlags,
    padded = true,
  ): Uint8Array => {
    const length = eventRecordLayout.size + payload.length;
    const bytes = new Uint8Array(padded ? Math.ceil(length / 8) * 8 : length);
    const view = new DataView(bytes.buffer);
    const offset = eventRecordLayout.offset;
    view.setUint16(offset.type, type, true);
    view.setUint16(offset.length, length, true);
    view.setUint16(offset.payloadLength, payload.length, true);
    view.setUint32(offset.interfaceIndex, 2, true);
    view.setUint16(offset.sourcePort, 4242, true);
    view.setUint16(offset.vlan, 100, true);
    for (let tag = 1; tag < 4; tag += 1) view.setUint16(offset.vlan + tag * 2, 0xffff, true);
    bytes.set(payload, eventRecordLayout.size);
    return bytes;
  };
  const decode = (...parts: Uint8Array[]): { kernelEvents: KernelEvent[]; rejected: number } => {
    const buffer = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
    let end = 0;
    for (const part of parts) {
      buffer.set(part, end);
      end += part.length;
    }
    const kernelEvents: KernelEvent[] = [];
    const rejected = decodeKernelEvents(
      buffer.buffer,
      clock,
      (index) => `if${index}`,
      kernelEvents,
    );
    return { kernelEvents, rejected };
  };

  it('are read one behind the other, each from a multiple of 8', () => {
    const { kernelEvents, rejected } = decode(
      record([1, 2, 3]),
      record([]),
      record([9], eventType.payload, false),
    );
    expect(rejected).toBe(0);
    expect(kernelEvents.map((kernelEvent) => [kernelEvent.type, ...kernelEvent.payload])).toEqual([
      ['tcp_flags', 1, 2, 3],
      ['tcp_flags'],
      ['payload', 9],
    ]);
    expect(kernelEvents[0]).toMatchObject({ interface: 'if2', sourcePort: 4242, vlan: [100] });
  });

  it('of an unknown type are counted, those behind it are read', () => {
    const { kernelEvents, rejected } = decode(record([], 77), record([5]));
    expect([kernelEvents.length, rejected]).toEqual([1, 1]);
  });

  it('with a lying length end the buffer, counted', () => {
    for (const length of [0, 8, 5000, 65535]) {
      const bad = record([1]);
      new DataView(bad.buffer).setUint16(eventRecordLayout.offset.length, length, true);
      expect(decode(record([]), bad)).toMatchObject({ kernelEvents: [{}], rejected: 1 });
    }
    const bad = record([1]);
    new DataView(bad.buffer).setUint16(eventRecordLayout.offset.payloadLength, 60000, true);
    expect(decode(bad)).toMatchObject({ kernelEvents: [], rejected: 1 });
  });
});

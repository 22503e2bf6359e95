// Batches and facts as bytes: a good one is read, a lying one is refused before anything is believed.
import { describe, expect, it } from 'vitest';
import type { Fact } from '../../../src/core/model/fact.js';
import { BatchError, openBatch } from '../../../src/core/wire/batch.js';
import { decodeFacts } from '../../../src/core/wire/fact-record.js';
import {
  batchHeaderLayout,
  factRecordLayout,
  factType,
} from '../../../src/core/wire/layout.generated.js';
import { nanosecondsToMicroseconds } from '../../../src/core/wire/words.js';
import { CRAFTED_TIME_US, craftBatch } from '../../support/batch-builder.js';

const at = batchHeaderLayout.offset;

describe('a batch', () => {
  it('is read', () => {
    const batch = openBatch(craftBatch({ flows: [{}, { highPort: 1 }] }));
    expect(batch).toMatchObject({
      flowCount: 2,
      interfaceSlots: 1,
      capturedAtUs: CRAFTED_TIME_US,
      drainMilliseconds: 1,
    });
  });

  const lies: [string, (view: DataView) => void, RegExp][] = [
    ['magic', (view) => view.setUint32(at.magic, 1, true), /magic/],
    ['layout', (view) => view.setUint32(at.abiVersion, 99, true), /record layout 99/],
    ['length', (view) => view.setBigUint64(at.length, 1n << 40n, true), /bytes/],
    ['slots', (view) => view.setUint32(at.interfaceSlots, 1_000_000, true), /slots/],
    ['flow count', (view) => view.setUint32(at.flowCount, 0xffffffff, true), /flows/],
    ['odd offset', (view) => view.setBigUint64(at.flowsOffset, 129n, true), /flows/],
    ['offset in the header', (view) => view.setBigUint64(at.totalsOffset, 0n, true), /totals/],
    [
      'offset behind the end',
      (view) => view.setBigUint64(at.countersOffset, 1n << 60n, true),
      /counters/,
    ],
    ['clock', (view) => view.setBigUint64(at.clockNsPerUnit, 0n, true), /clock/],
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

describe('facts', () => {
  const clock = { capturedAtUs: 0, clockAtCapture: 0, clockNsPerUnit: 1, clockIsNanoseconds: true };
  const record = (
    payload: number[],
    type: number = factType.tcpFlags,
    padded = true,
  ): Uint8Array => {
    const length = factRecordLayout.size + payload.length;
    const bytes = new Uint8Array(padded ? Math.ceil(length / 8) * 8 : length);
    const view = new DataView(bytes.buffer);
    const offset = factRecordLayout.offset;
    view.setUint16(offset.type, type, true);
    view.setUint16(offset.length, length, true);
    view.setUint16(offset.payloadLength, payload.length, true);
    view.setUint32(offset.interfaceIndex, 2, true);
    view.setUint16(offset.sourcePort, 4242, true);
    view.setUint16(offset.vlan, 100, true);
    for (let tag = 1; tag < 4; tag += 1) view.setUint16(offset.vlan + tag * 2, 0xffff, true);
    bytes.set(payload, factRecordLayout.size);
    return bytes;
  };
  const decode = (...parts: Uint8Array[]): { facts: Fact[]; rejected: number } => {
    const buffer = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
    let end = 0;
    for (const part of parts) {
      buffer.set(part, end);
      end += part.length;
    }
    const facts: Fact[] = [];
    const rejected = decodeFacts(buffer.buffer, clock, (index) => `if${index}`, facts);
    return { facts, rejected };
  };

  it('are read one behind the other, each from a multiple of 8', () => {
    const { facts, rejected } = decode(
      record([1, 2, 3]),
      record([]),
      record([9], factType.payload, false),
    );
    expect(rejected).toBe(0);
    expect(facts.map((fact) => [fact.type, ...fact.payload])).toEqual([
      ['tcp_flags', 1, 2, 3],
      ['tcp_flags'],
      ['payload', 9],
    ]);
    expect(facts[0]).toMatchObject({ interface: 'if2', sourcePort: 4242, vlan: [100] });
  });

  it('of an unknown type are counted, those behind it are read', () => {
    const { facts, rejected } = decode(record([], 77), record([5]));
    expect([facts.length, rejected]).toEqual([1, 1]);
  });

  it('with a lying length end the buffer, counted', () => {
    for (const length of [0, 8, 5000, 65535]) {
      const bad = record([1]);
      new DataView(bad.buffer).setUint16(factRecordLayout.offset.length, length, true);
      expect(decode(record([]), bad)).toMatchObject({ facts: [{}], rejected: 1 });
    }
    const bad = record([1]);
    new DataView(bad.buffer).setUint16(factRecordLayout.offset.payloadLength, 60000, true);
    expect(decode(bad)).toMatchObject({ facts: [], rejected: 1 });
  });
});

// Batches and kernel events as bytes: a good one is read, a lying one is refused before anything is believed.
import { describe, expect, it } from 'vitest';
import type { KernelEvent } from '../../../src/core/model/kernel-event.js';
import { BatchError, openBatch } from '../../../src/core/wire/batch.js';
import { decodeKernelEvents } from '../../../src/core/wire/kernel-event-record.js';
import {
  batchHeaderLayout,
  eventRecordLayout,
  eventType,
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

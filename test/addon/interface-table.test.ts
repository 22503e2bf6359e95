// The table from interface index to slot: as many as there are slots always fit, and slots come back with their totals kept.
import { strict as assert } from 'node:assert';
import { after, test } from 'node:test';
import { openBatch } from '../../src/core/wire/batch.js';
import { readTotals } from '../../src/core/wire/counters.js';
import {
  captureFrameLayout,
  KNP_INTERFACE_SLOTS_MAX,
  linkKind,
} from '../../src/core/wire/layout.generated.js';
import { enterPair, nativeErrorOf, openSession } from '../support/native-session.js';
import { Random } from '../support/random.js';

const watched = enterPair('na-it');
after(() => watched.remove());

function addAll(indexes: Iterable<number>): void {
  const session = openSession({ interfaceSlots: KNP_INTERFACE_SLOTS_MAX });
  try {
    const slots = new Set<number>();
    for (const index of indexes) slots.add(session.addInterface(index, linkKind.ethernet, false));
    assert.equal(slots.size, KNP_INTERFACE_SLOTS_MAX);
    const error = nativeErrorOf(() => session.addInterface(3_000_000, linkKind.ethernet, false));
    assert.equal(error.code, 'ENOSPC');
    assert.match(error.detail, /all 4096 slots are taken/);
  } finally {
    session.close();
  }
}

test('4,096 interfaces that are left of many pods, at any index', () => {
  const random = new Random(1);
  for (let round = 0; round < 5; round++) {
    const indexes = new Set<number>();
    while (indexes.size < KNP_INTERFACE_SLOTS_MAX) indexes.add(1 + random.below(2_000_000));
    addAll(indexes);
  }
});

for (const [name, first, step] of [
  ['one behind the other', 1, 1],
  ['a bucket apart', 5, 1024],
  ['a table apart', 10, 8192],
  ['of the highest indexes', 2 ** 31 - 1 - 4096 * 4099, 4099],
] as const) {
  test(`4,096 interfaces ${name}`, () => {
    addAll(Array.from({ length: KNP_INTERFACE_SLOTS_MAX }, (_, i) => first + i * step));
  });
}

/** One UDP packet, or one of another protocol, on each of these interfaces. */
function framesOn(indexes: readonly number[], protocol = 17): ArrayBuffer {
  const frameBytes = 64;
  const size = captureFrameLayout.size + frameBytes;
  const buffer = new ArrayBuffer(indexes.length * size);
  const view = new DataView(buffer);
  const { offset } = captureFrameLayout;
  indexes.forEach((index, i) => {
    const start = i * size;
    view.setBigUint64(start + offset.timeNs, BigInt(1_700_000_000_000_000_000 + i * 1000), true);
    view.setUint32(start + offset.originalLength, frameBytes, true);
    view.setUint32(start + offset.capturedLength, frameBytes, true);
    view.setUint32(start + offset.interfaceIndex, index, true);
    const at = start + captureFrameLayout.size;
    view.setUint16(at + 12, 0x0800);
    view.setUint8(at + 14, 0x45);
    view.setUint16(at + 16, 50);
    view.setUint8(at + 22, 64);
    view.setUint8(at + 23, protocol);
    view.setUint32(at + 26, 0x0a000001);
    view.setUint32(at + 30, 0x0a000002);
    view.setUint16(at + 34, 1000);
    view.setUint16(at + 36, 2000);
    view.setUint16(at + 38, 30);
  });
  return buffer;
}

/** Packets by interface index and protocol, of one batch. */
function packetsOf(buffer: ArrayBuffer): Map<string, number> {
  const packets = new Map<string, number>();
  for (const { interfaceIndex, protocol, traffic } of readTotals(openBatch(buffer))) {
    const key = `${interfaceIndex} ${protocol}`;
    packets.set(key, (packets.get(key) ?? 0) + traffic[0]! + traffic[1]!);
  }
  return packets;
}

test('10,000 interfaces come and go on 16 slots: each one’s traffic is told of it, once', async () => {
  const session = openSession({ interfaceSlots: 16, capture: true });
  const mapBytes = session.mapBytes;
  const counted = new Map<number, number>();
  const sent = new Map<number, number>();
  let flowPackets = 0;
  let live: number[] = [];
  const drain = async () => {
    const buffer = await session.drain();
    const batch = openBatch(buffer);
    for (const { interfaceIndex, traffic } of readTotals(batch)) {
      counted.set(interfaceIndex, (counted.get(interfaceIndex) ?? 0) + traffic[0]! + traffic[1]!);
    }
    flowPackets += batch.flowCount;
  };
  for (let next = 0; next < 10_000; ) {
    for (const index of live) session.removeInterface(index);
    live = Array.from({ length: 5 }, () => 7 + next++ * 1024);
    for (const index of live) session.addInterface(index, linkKind.ethernet, false);
    const frames = framesOn(live.flatMap((index) => new Array(1 + (index % 3)).fill(index)));
    for (const index of live) sent.set(index, 1 + (index % 3));
    await session.runFrames(frames, frames.byteLength);
    await drain();
  }
  await drain();
  assert.deepEqual(counted, sent);
  assert.equal(flowPackets, 10_000);
  assert.equal(session.mapBytes, mapBytes);
  session.close();
});

test('a slot comes back after two drains, not before', async () => {
  const session = openSession({ interfaceSlots: 1, capture: true });
  assert.equal(session.addInterface(5, linkKind.ethernet, false), 0);
  assert.equal(nativeErrorOf(() => session.addInterface(5, 0, false)).code, 'EEXIST');
  const frames = framesOn([5]);
  await session.runFrames(frames, frames.byteLength);
  session.removeInterface(5);
  for (const packets of [1, 0]) {
    assert.equal(nativeErrorOf(() => session.addInterface(6, 0, false)).code, 'ENOSPC');
    assert.equal(packetsOf(await session.drain()).get('5 17') ?? 0, packets);
  }
  assert.equal(session.addInterface(6, linkKind.ethernet, false), 0);
  const others = framesOn([5, 6]);
  await session.runFrames(others, others.byteLength);
  assert.deepEqual([...packetsOf(await session.drain())], [['6 17', 1]]);
  session.close();
});

test('rare protocols share the rest; what finds no room there is counted as "other", and nothing is lost', async () => {
  const session = openSession({ interfaceSlots: 4, capture: true });
  for (let index = 1; index <= 4; index += 1) session.addInterface(index, linkKind.ethernet, false);
  const seen = new Set<string>();
  let packets = 0;
  for (let round = 0; round < 2; round += 1) {
    for (let protocol = 0; protocol < 256; protocol += 1) {
      const frames = framesOn([1, 2, 3, 4], protocol);
      await session.runFrames(frames, frames.byteLength);
    }
    for (const [key, count] of packetsOf(await session.drain())) {
      seen.add(key.split(' ')[1]!);
      packets += count;
    }
  }
  assert.equal(packets, 2 * 4 * 256);
  assert.ok(seen.size > 128, `${seen.size} protocols`);
  assert.ok(seen.has('262'));
  session.close();
});

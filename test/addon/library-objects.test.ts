// A user's object in the addon alone: replaced on every kind of hook, maps kept or fresh, refusals that change nothing. Needs root and clang.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type {
  NativeCompanionObject,
  NativeHook,
  NativeMap,
  NativePlace,
} from '../../src/core/native/contract.js';
import { loadNative } from '../../src/core/native/load.js';
import { captureFrameLayout } from '../../src/core/wire/layout.generated.js';
import { compileObject } from '../support/compile-object.js';
import { makePair, type Pair } from '../support/namespaces.js';
import { openSession, sumsReader } from '../support/native-session.js';
import { ethernet, etherType, ipProtocol, ipv4, udp } from '../support/packet-builder.js';
import { projectRoot } from '../support/program.js';

const native = loadNative();
let pair: Pair;
let index: number;
let bytes: Uint8Array;

before(() => {
  pair = makePair('ka');
  native.enterNetworkNamespace(`/run/netns/${pair.left.name}`);
  index = native.links().find(({ name }) => name === pair.leftInterface)!.index;
  bytes = compileObject(
    readFileSync(join(projectRoot(), 'examples/custom-counters.bpf.c'), 'utf8'),
  );
});

after(() => pair.remove());

const programs = { required: ['count_incoming', 'count_outgoing'], optional: [] };

const ingress = (kind: NativeHook): NativePlace => ({
  kind,
  interfaceIndex: index,
  direction: 'ingress',
});

/** Before 5.12 kernels have no compare-and-swap in BPF, and take the object with hash maps. */
const monitorObject = () =>
  native.probe()['compareAndSwap'] === true ? 'network_monitor.o' : 'network_monitor_hash.o';

const code = (wanted: string) => (error: unknown) => (error as { code?: string }).code === wanted;

function mapOf(object: NativeCompanionObject, name: string): NativeMap {
  return object.maps().find((map) => map.name === name)!;
}

/** Incoming IPv4 frames in `frames_by_kind`. */
function incoming(object: NativeCompanionObject): number {
  const row = mapOf(object, 'frames_by_kind').lookup(Uint8Array.of(0, 8, 0, 0, 0, 0, 0, 0));
  return row ? Number(new DataView(row).getBigUint64(0, true)) : 0;
}

function ping(count: number): void {
  const flags = ['-q', '-c', String(count), '-i', '0.005'];
  assert.equal(pair.right.run('ping', ...flags, pair.leftAddress).status, 0);
}

const hasTcx = native.probe()['tcx'] === true;

for (const hook of ['tcx', 'clsact'] satisfies NativeHook[]) {
  const without = hook === 'tcx' && !hasTcx && 'needs tcx (Linux 6.6)';
  test(`${hook}: a new version takes the hook over, with the map that it keeps`, {
    skip: without,
  }, async () => {
    const object = new native.CompanionObject(bytes, 'first', programs);
    object.attach('count_incoming', ingress(hook));
    const programIds = () => object.programs().map(({ id }) => id);
    const before = programIds();
    ping(5);
    await object.prepare(bytes, ['frames_by_kind'], programs);
    assert.equal(incoming(object), 5, 'the old version is at work until commit');
    object.commit();
    assert.notDeepEqual(programIds(), before);
    ping(5);
    assert.equal(incoming(object), 10);
    await object.prepare(bytes, [], programs);
    object.commit();
    ping(3);
    assert.equal(incoming(object), 3, 'a map that was not kept began empty');
    object.close();
    const left = pair.left.run('tc', 'filter', 'show', 'dev', pair.leftInterface, 'ingress');
    assert.equal(left.stdout.trim(), '', 'no filter stays');
  });
}

test('what cannot be replaced changes nothing', async () => {
  const object = new native.CompanionObject(bytes, 'first', programs);
  const hook = hasTcx ? 'tcx' : 'clsact';
  object.attach('count_incoming', ingress(hook));
  assert.throws(() => object.commit(), code('EINVAL'));
  await assert.rejects(object.prepare(Uint8Array.of(1, 2, 3), [], programs), /open BPF object/);
  await assert.rejects(object.prepare(bytes, ['no_such_map'], programs), code('ENOENT'));
  assert.throws(() => object.attach('nobody', ingress(hook)), code('ENOENT'));
  ping(2);
  assert.equal(incoming(object), 2);
  object.close();
  assert.throws(() => object.maps(), code('EBADF'));
});

test('maps: sizes, limits, wrong keys, and a handle that outlives its object', async () => {
  const object = new native.CompanionObject(bytes, 'first', programs);
  const map = mapOf(object, 'frames_by_kind');
  const ring = mapOf(object, 'odd_frames');
  assert.deepEqual([map.keyBytes, map.valueBytes, map.rowBytes, map.maxEntries], [8, 16, 16, 1024]);
  for (let key = 0; key < 600; key++) {
    map.update(new Uint8Array(BigUint64Array.of(BigInt(key)).buffer), new Uint8Array(16));
  }
  const all = await map.entries(10_000);
  assert.deepEqual([all.count, all.complete, all.keys.byteLength], [600, true, 4800]);
  const keys = new Set(new BigUint64Array(all.keys));
  assert.equal(keys.size, 600);
  const some = await map.entries(100);
  assert.deepEqual([some.count, some.complete, some.values.byteLength], [100, false, 1600]);
  assert.throws(() => map.lookup(new Uint8Array(7)), code('EINVAL'));
  assert.throws(() => ring.lookup(new Uint8Array(0)), code('EINVAL'));
  assert.throws(() => map.onEvents(() => {}), code('EINVAL'));
  object.close();
  assert.equal((await map.entries(1)).count, 1);
  map.close();
  assert.throws(() => map.lookup(new Uint8Array(8)), code('EBADF'));
});

test('a session over captures goes on with the next version of its object', async () => {
  const session = openSession({ capture: true });
  const object = readFileSync(join(projectRoot(), 'build/bpf', monitorObject()));
  await session.prepare(object, [], programs);
  session.commit();
  const frame = ethernet(etherType.ipv4, ipv4(ipProtocol.udp, udp(40_000, 53, Buffer.alloc(8))));
  const padded = Math.ceil(frame.length / 8) * 8;
  const frames = new ArrayBuffer(captureFrameLayout.size + padded);
  const head = new DataView(frames);
  const { offset } = captureFrameLayout;
  head.setUint32(offset.capturedLength, frame.length, true);
  head.setUint32(offset.originalLength, frame.length, true);
  head.setUint32(offset.interfaceIndex, 1, true);
  head.setBigUint64(offset.timeNs, 1n, true);
  new Uint8Array(frames).set(frame, captureFrameLayout.size);
  session.setInterface(1, 0, 0, false);
  await session.runFrames(frames, frames.byteLength);
  assert.equal(sumsReader()(await session.drain()).received, 1);
  session.close();
});

test('of two preparations at once the one that another has overtaken is dropped', async () => {
  const object = new native.CompanionObject(bytes, 'first', programs);
  const first = object.prepare(bytes, [], programs);
  const second = object.prepare(bytes, ['frames_by_kind'], programs);
  await first;
  object.commit();
  await second;
  assert.throws(() => object.commit(), code('EINVAL'));
  object.close();
  const session = openSession();
  const monitor = readFileSync(join(projectRoot(), 'build/bpf', monitorObject()));
  const one = session.prepare(monitor, [], programs);
  const other = session.prepare(monitor, [], programs);
  await one;
  session.commit();
  await other;
  assert.throws(() => session.commit(), code('EINVAL'));
  assert.ok(sumsReader()(await session.drain()).flows === 0);
  session.close();
});

// An object that was compiled outside of the project: its types, maps, events, errors, end and hurried reloads. Needs root and clang.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type CustomReport, NetworkMonitor, type ProgramsReport } from '../../src/index.js';
import { compileObject } from '../support/compile-object.js';
import { customCounters, expected, LibrarySide } from '../support/library-side.js';
import { outsideObject } from '../support/outside-object.js';
import { projectRoot } from '../support/program.js';

let side: LibrarySide;
let bytes: Uint8Array;

before(() => {
  side = new LibrarySide('kv');
  bytes = compileObject(outsideObject);
});

after(() => side.remove());

interface Frame {
  number: number;
  length: number;
  ether_type: number;
  to: number[];
}

const open = (object: Uint8Array) =>
  NetworkMonitor.fromBytes(object, { interfaces: ['veth0'], intervalSeconds: 0.1 });

const attached = () =>
  execFileSync('bpftool', ['-j', 'net', 'show', 'dev', 'veth0'], { encoding: 'utf8' });

test('every kind of type: bitfields, enums of 64 bits in memory, unions, arrays, nested and anonymous structs', async () => {
  const given = bytes.slice();
  await using monitor = await open(given);
  given.fill(0); // a buffer of the caller's, who may use it again
  await monitor.startEventProcessing();
  side.ping(3);
  const [entry] = (await monitor.map('types').entries()).entries;
  const inner = { tiny: 0, small: 0, negative: 0, yes: false, no: false };
  assert.deepEqual(entry?.value, {
    first: 5,
    second: 17,
    signed_bits: -3,
    long_bits: 0xab00000001,
    speed: 'FAST',
    wide: 'LARGER',
    address: { word: 0x4d0a, bytes: [10, 77, 0, 0], high: 0x4d0a, low: 0 },
    nested: [
      { ...inner, tiny: -1 },
      { ...inner, negative: -9000000000000000000n, yes: true },
    ],
    text: 'hi',
    table: [
      [0, 0, 0],
      [0, 0, 12],
    ],
    beyond: 0xffffffffffffffffn,
    anonymous: 4,
  });
  assert.equal(monitor.map<number, number>('by_type').get(0x0800), 3);
  const cpu = monitor.map<number, Frame>('by_cpu').get(0)!;
  assert.deepEqual([cpu.number, cpu.length], [3, 3 * 142]);
  const speeds = await monitor.map('by_speed').entries();
  assert.deepEqual(speeds.entries, [{ key: 'SLOW', value: -6 }]);
  const variables = monitor.map<number, { number: number }>('.bss').get(new Uint8Array(4))!;
  assert.equal(variables.number, 3);
});

test('an event for each frame, also of those that came while the thread was busy, up to the end', async () => {
  const monitor = await open(bytes);
  const numbers: number[] = [];
  let reported = 0;
  let lost = 0;
  monitor.on('event', ({ event, data }) => {
    assert.equal(event, 'frames');
    numbers.push((data as unknown as Frame).number);
  });
  monitor.on('custom', (report: CustomReport) => {
    reported += report.events.length;
    lost = report.eventsLost;
  });
  await monitor.startEventProcessing();
  // Pings run while this thread waits for them: nothing is delivered meanwhile, and closing follows at once.
  side.ping(200);
  await monitor.close();
  assert.deepEqual(
    numbers,
    Array.from({ length: 200 }, (_, index) => index),
  );
  assert.deepEqual([reported, lost], [200, 0]);
});

test('how full a ring was: the most that waited, whole records of it, in the last report, too', async () => {
  const monitor = await open(bytes);
  const waited: number[] = [];
  let kernelEvents: number | null | undefined;
  monitor.on('programs', ({ maps }) => {
    const ring = maps.find(({ map }) => map === 'frames')!;
    assert.deepEqual([ring.kind, ring.maxEntries], ['ringbuf', 1 << 20]);
    waited.push(ring.entries!);
    kernelEvents = maps.find(({ map }) => map === 'events')?.entries;
  });
  await monitor.startEventProcessing();
  await new Promise((resolve) => monitor.once('programs', resolve));
  side.ping(20);
  await monitor.close();
  // A header of 8 bytes and the struct of 24.
  assert.ok(
    waited.every((bytes) => bytes % 32 === 0),
    `${waited}`,
  );
  assert.ok(Math.max(...waited) >= 32 && Math.max(...waited) < 1 << 20, `${waited}`);
  assert.equal(typeof kernelEvents, 'number');
});

test('sampled packets of a busy thread come before its end, or are counted', async () => {
  const monitor = await NetworkMonitor.create({
    interfaces: ['veth0'],
    intervalSeconds: 0.1,
    packetSamples: 10_000,
    detection: false,
  });
  let samples = 0;
  monitor.on('packet', ({ protocol }) => {
    if (protocol === 'ICMP') samples += 1;
  });
  await monitor.startEventProcessing();
  side.ping(100);
  await monitor.close();
  const stats = monitor.getPacketStats()!;
  const skipped = stats.health['samplesSkipped'] ?? 0;
  assert.ok(samples + skipped + stats.eventsLost >= 200, `${samples} samples, ${skipped} skipped`);
  assert.equal(
    stats.health['eventsLostRateLimit'],
    undefined,
    'a sample is no kernel event of detection',
  );
});

test('samples beyond the rate have a counter of their own', async () => {
  const monitor = await NetworkMonitor.create({
    interfaces: ['veth0'],
    intervalSeconds: 0.1,
    packetSamples: 1,
    detection: false,
  });
  await monitor.startEventProcessing();
  side.ping(100);
  await monitor.close();
  const { health } = monitor.getPacketStats()!;
  assert.ok((health['samplesSkipped'] ?? 0) > 100, JSON.stringify(health));
  assert.equal(health['eventsLostRateLimit'], undefined);
});

test('errors that the object tags with a program stand with that program', async () => {
  const failing = outsideObject.replace('if (type != ETH_P_IP)', 'ring_refused += 2;\nif (1)');
  await using monitor = await open(compileObject(failing));
  await monitor.startEventProcessing();
  side.ping(4);
  const report = await new Promise<ProgramsReport>((resolve) => monitor.once('programs', resolve));
  const program = report.programs.find(({ name }) => name === 'watch_frames')!;
  assert.equal(program.owner, 'object');
  assert.deepEqual(program.attachedTo, ['veth0 tcx']);
  assert.ok(program.errors['ring_refused']! >= 8, JSON.stringify(program));
  assert.deepEqual(Object.keys(program.errors), ['ring_refused']);
  const fill = report.maps.find(({ map }) => map === 'by_type');
  assert.deepEqual([fill?.owner, fill?.kind, fill?.maxEntries], ['object', 'hash', 64]);
});

test('an object in place of ours: its errors name it and its program, as those of any other', async () => {
  const folder = join(projectRoot(), 'bpf');
  const flags = ['-g', '-mcpu=v3', '-I', folder, '-I', join(folder, 'include')];
  const bad = 'SEC("tc") int beyond(struct __sk_buff *b) { return *(int *)(long)b->data; }';
  await assert.rejects(
    open(compileObject(`#include "monitor.bpf.c"\n${bad}\n`, flags)),
    expected(
      4,
      /^object: the kernel's verifier refuses program beyond: .*invalid access to packet/,
    ),
  );
});

test('calls that overlap, come twice or too late', async () => {
  const controller = new AbortController();
  const monitor = await NetworkMonitor.create({ intervalSeconds: 0.1, signal: controller.signal });
  monitor.measurePrograms();
  const both = [monitor.attachToInterface('veth0'), monitor.attachToInterface('veth0')];
  const starts = [monitor.startEventProcessing(), monitor.startEventProcessing()];
  await Promise.all([...both, ...starts]);
  assert.deepEqual(
    monitor.interfaces.map(({ name }) => name),
    ['veth0'],
  );
  const report = await new Promise<ProgramsReport>((resolve) => monitor.once('programs', resolve));
  assert.equal(report.kernelStatistics, 'unused', 'our own programs measure themselves');
  const closes = [monitor.close(), monitor.close()];
  controller.abort();
  await Promise.all(closes);
  await assert.rejects(monitor.startEventProcessing(), expected(2, /closed/));
  assert.ok(monitor.getPacketStats()?.interfaces.length === 1, 'the last counts stay readable');
  for await (const _ of monitor) assert.fail('nothing comes after the end');
});

test('an abort while create is under way rejects it, and leaves nothing attached', async () => {
  const controller = new AbortController();
  const made = NetworkMonitor.create({ interfaces: ['veth0', 'lo'], signal: controller.signal });
  controller.abort();
  await assert.rejects(made, { name: 'AbortError' });
  assert.doesNotMatch(attached(), /network_monitor/);
});

test('a start that fails can be tried again', async () => {
  const monitor = await NetworkMonitor.create();
  await assert.rejects(monitor.attachToInterface('nowhere0'), expected(5, /nowhere0/));
  await monitor.attachToInterface('veth0');
  await assert.rejects(monitor.attachToInterface('nowhere0'), expected(5, /nowhere0/));
  await monitor.startEventProcessing();
  await monitor.close();
  assert.equal(monitor.getPacketStats()?.interfaces[0]?.name, 'veth0');
});

test('what is wrong with an object is told before anything is attached', async () => {
  const broken = customCounters.replace('if ((void *)(header + 1) > data_end)\n\t\treturn;', '');
  await assert.rejects(open(compileObject(broken)), expected(4, /verifier refuses program/));
  const large = customCounters.replace('max_entries, 1024', 'max_entries, 0x7fffffff');
  await assert.rejects(
    NetworkMonitor.fromBytes(compileObject(large)),
    expected(4, /cannot make map frames_by_kind/),
  );
  assert.doesNotMatch(attached(), /network_monitor|count_/);
});

test('maps and programs are there as soon as the object is loaded, without an interface', async () => {
  await using monitor = await NetworkMonitor.fromBytes(bytes);
  assert.ok(monitor.maps.has('by_type'));
  monitor.map<number, number>('by_type').set(7, 8);
  assert.equal(monitor.map('by_type').get(7), 8);
  const wrong = (message: RegExp) => ({ name: 'BtfError', code: 'wrong_value', message });
  assert.throws(
    () => monitor.map('by_speed').get('WARP'),
    wrong(/^key: "WARP" isn't a name of enum speed$/),
  );
  assert.throws(() => monitor.map('by_type').set(7, 'many'), wrong(/^value: .*many/));
  assert.deepEqual(
    monitor.programs().map(({ name, attachedTo }) => [name, attachedTo]),
    [['watch_frames', []]],
  );
});

test('reloads in a row, with layouts that change, while every tick reads the maps', async () => {
  await using monitor = await open(bytes);
  await monitor.startEventProcessing();
  const other = compileObject(
    outsideObject
      .replace('__type(value, __u64); } by_type', '__type(value, struct inner); } by_type')
      .replace('__u64 one = 1, *count', '__u64 *count')
      .replace('bpf_map_update_elem(&by_type, &type, &one, BPF_ANY)', '(void)type')
      .replace('__u32 length;\n\t__u16', '__u32 length, more;\n\t__u16'),
  );
  const reloads = Array.from({ length: 20 }, (_, turn) => monitor.reload(turn % 2 ? bytes : other));
  for (const { kept, changed } of await Promise.all(reloads)) {
    assert.deepEqual([...changed].sort(), ['.bss', 'by_cpu', 'by_type', 'frames']);
    assert.deepEqual([...kept].sort(), ['by_speed', 'types']);
  }
  side.ping(3);
  await new Promise((resolve) => monitor.once('custom', resolve));
  assert.equal(monitor.map('by_type').get(0x0800), 3);
});

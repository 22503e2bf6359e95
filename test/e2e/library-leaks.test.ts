// What stays behind after many monitors and objects have come and gone: nothing. Needs root and clang.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { loadNative } from '../../src/core/native/load.js';
import { NetworkMonitor } from '../../src/index.js';
import { compileObject } from '../support/compile-object.js';
import { customCounters, LibrarySide } from '../support/library-side.js';

let side: LibrarySide;

before(() => {
  side = new LibrarySide('kz');
});

after(() => side.remove());

type Listed = { readonly name?: string; readonly devname?: string; readonly ifindex?: number };

const listed = (kind: 'prog' | 'map' | 'link'): Listed[] =>
  JSON.parse(execFileSync('bpftool', ['-j', kind, 'list'], { encoding: 'utf8' })) as Listed[];

/** BPF programs and maps of the whole machine that have one of these names. */
function loadedObjects(...names: string[]): number {
  const all = [...listed('prog'), ...listed('map')];
  return all.filter((one) => one.name && names.includes(one.name)).length;
}

/** The kernel frees programs and maps a moment after their last reference has gone. */
async function goneSoon(...names: string[]): Promise<void> {
  for (let look = 0; look < 100 && loadedObjects(...names) > 0; look++) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.equal(loadedObjects(...names), 0, names.join(', '));
}

interface Holdings {
  readonly descriptors: number;
  readonly threads: number;
  /** Descriptors of maps, programs and links that this process holds. */
  readonly bpfDescriptors: number;
  readonly residentBytes: number;
  /** Memory of the C side: what JavaScript's collector doesn't see. */
  readonly mappings: number;
}

/** Behind the collector's back nothing is said about leaks. */
function residentBytes(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage.rss();
}

function holdings(): Holdings {
  const targets = readdirSync('/proc/self/fdinfo').map((name) => {
    try {
      return readFileSync(`/proc/self/fdinfo/${name}`, 'utf8');
    } catch {
      // The descriptor by which this folder is read.
      return '';
    }
  });
  return {
    descriptors: readdirSync('/proc/self/fd').length,
    threads: readdirSync('/proc/self/task').length,
    bpfDescriptors: targets.filter((text) => /^(map_id|prog_id|link_id):/m.test(text)).length,
    residentBytes: residentBytes(),
    mappings: readFileSync('/proc/self/maps', 'utf8').split('\n').length,
  };
}

/** Runs of the same thing differ by what the collector has not come to yet. */
const residentSlackBytes = 32 * 2 ** 20;
const mappingsSlack = 64;

function nothingMore(before: Holdings, cycles: number): void {
  const after = holdings();
  console.log(`${cycles} cycles: before ${JSON.stringify(before)}, after ${JSON.stringify(after)}`);
  assert.equal(after.descriptors, before.descriptors, 'descriptors');
  assert.equal(after.bpfDescriptors, before.bpfDescriptors, 'maps, programs, links');
  assert.equal(after.threads, before.threads, 'threads');
  const grown = after.residentBytes - before.residentBytes;
  assert.ok(grown < residentSlackBytes, `${grown} bytes more after ${cycles} cycles`);
  assert.ok(after.mappings < before.mappings + mappingsSlack, 'memory mappings');
}

/** A cycle of the whole monitor costs 0.15 s of CPU, nearly all of it the kernel's verifier: KNP_CYCLES=1000 for what the docs say. */
const cycles = Number(process.env['KNP_CYCLES'] ?? 60);

/** Until memory has found its size: after a hundred cycles it stays where it is. */
const warmingUp = Math.min(100, cycles / 4);

test('create, attach and close cycles leave no descriptor, thread, program, link or memory behind', async () => {
  const cycle = async (ticks: boolean) => {
    const monitor = await NetworkMonitor.create({ interfaces: ['veth0'], maxFlows: 1024 });
    if (ticks) await monitor.startEventProcessing();
    await monitor.close();
  };
  for (let turn = 0; turn < warmingUp; turn++) await cycle(turn % 2 === 0);
  const before = holdings();
  for (let turn = 0; turn < cycles; turn++) await cycle(turn % 4 === 0);
  nothingMore(before, cycles);
  const left = execFileSync('bpftool', ['-j', 'net', 'show', 'dev', 'veth0'], { encoding: 'utf8' });
  assert.doesNotMatch(left, /network_monitor/);
  const { index } = loadNative()
    .links()
    .find(({ name }) => name === 'veth0')!;
  assert.deepEqual(
    listed('link').filter((link) => link.devname === 'veth0' || link.ifindex === index),
    [],
  );
});

test("cycles of a user's object (load, attach, read, replace, close) leave nothing either", async () => {
  const native = loadNative();
  const bytes = compileObject(customCounters);
  const programs = { required: ['count_incoming', 'count_outgoing'], optional: [] };
  const { index } = native.links().find(({ name }) => name === 'veth0')!;
  const cycle = async () => {
    const object = new native.CompanionObject(bytes, 'cycle', programs);
    object.attach('count_incoming', { kind: 'tcx', interfaceIndex: index, direction: 'ingress' });
    const maps = object.maps();
    maps.find(({ name }) => name === 'odd_frames')!.onEvents(() => {});
    await maps[0]!.entries(10);
    await object.prepare(bytes, ['frames_by_kind'], programs);
    object.commit();
    for (const map of maps) map.close();
    object.close();
  };
  for (let turn = 0; turn < 20; turn++) await cycle();
  const before = holdings();
  for (let turn = 0; turn < cycles * 3; turn++) await cycle();
  nothingMore(before, cycles * 3);
  await goneSoon('count_incoming', 'frames_by_kind');
});

test("a user's object goes with its monitor", async () => {
  const named = customCounters
    .replaceAll('count_incoming', 'kl_incoming')
    .replaceAll('count_outgoing', 'kl_outgoing');
  const monitor = await NetworkMonitor.fromBytes(compileObject(named), { interfaces: ['veth0'] });
  await monitor.startEventProcessing();
  assert.equal(loadedObjects('kl_incoming', 'kl_outgoing'), 2);
  await monitor.close();
  await goneSoon('kl_incoming', 'kl_outgoing');
});

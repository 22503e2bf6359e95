// The library in a namespace of its own: attach, ticks, iteration, users' objects. Needs root and clang.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { loadNative } from '../../src/core/native/load.js';
import { NetworkMonitor, type PacketSample, type Snapshot } from '../../src/index.js';
import { compileObject } from '../support/compile-object.js';
import { customCounters, expected, icmp, LibrarySide } from '../support/library-side.js';
import { projectRoot } from '../support/program.js';

let side: LibrarySide;

before(() => {
  side = new LibrarySide('kl');
});

after(() => side.remove());

test('ticks, statistics and flows of an interface; the last tick is final', async () => {
  const ticks: Snapshot[] = [];
  let closed = 0;
  const monitor = await NetworkMonitor.create({ interfaces: ['veth0'], intervalSeconds: 0.1 });
  monitor.on('tick', (tick) => ticks.push(tick));
  monitor.on('close', () => closed++);
  assert.equal(monitor.getPacketStats(), null);
  await monitor.startEventProcessing();
  side.ping(20);
  await monitor.close();
  const last = ticks.at(-1)!;
  assert.equal(last.final, true);
  assert.deepEqual(icmp(last)?.received, { packets: 20, bytes: 20 * 142 });
  assert.deepEqual(icmp(last)?.sent, { packets: 20, bytes: 20 * 142 });
  assert.equal(monitor.getPacketStats(), last);
  const [flow] = monitor.getFlowStats({ filter: 'proto icmp' });
  assert.equal(flow?.source.address, side.pair.rightAddress);
  assert.deepEqual(flow?.forward, { packets: 20, bytes: 20 * 142 });
  assert.throws(() => monitor.getFlowStats({ filter: 'port (' }), expected(2, /./));
  assert.equal(closed, 1);
  await monitor.close();
  assert.equal(closed, 1, 'close is idempotent');
  await assert.rejects(monitor.attachToInterface('veth0'), expected(2, /closed/));
});

test('the port: what the screen does, a program can do', async () => {
  await using monitor = await NetworkMonitor.create({ intervalSeconds: 0.1, detection: false });
  assert.throws(() => monitor.port, expected(2, /no interface is attached/));
  await monitor.attachToInterface('veth0');
  const { port } = monitor;
  await monitor.startEventProcessing();
  side.ping(5);
  const view = {
    ...{ filter: 'icmp', limit: 10, offset: 0, pinned: [], groupBy: ['protocol'] },
    sort: { field: 'rate', descending: true },
  };
  const grouped = new Promise<Snapshot>((resolve) => {
    const forget = port.on('snapshot', (snapshot) => {
      if (snapshot.groups[0]?.total.packets !== 10) return;
      forget();
      resolve(snapshot);
    });
  });
  assert.equal(await port.setView(view), null);
  assert.deepEqual((await grouped).groups[0]?.labels, ['ICMP']);
  const wrong = await port.setView({ ...view, filter: 'icmp and' });
  assert.match(wrong!.message, /\S/);
  const [flow] = await port.flowsMatching('icmp', 1);
  const detail = await port.flowDetail(flow!.id);
  assert.equal(detail?.row.forward.packets, 5);
  port.setIntervalSeconds(0.2);
  assert.equal((await port.flowDetail(-1)) ?? null, null);
});

test('packets count from attachToInterface on, before the ticks begin', async () => {
  await using monitor = await NetworkMonitor.create({ intervalSeconds: 0.1 });
  await monitor.attachToInterface('veth0');
  side.ping(5);
  await monitor.startEventProcessing();
  for await (const tick of monitor) {
    assert.equal(icmp(tick)?.received.packets, 5);
    break;
  }
});

test('interfaces can be added one by one', async () => {
  side.pair.left.ip('link', 'add', 'second0', 'type', 'veth', 'peer', 'name', 'second1');
  for (const name of ['second0', 'second1']) side.pair.left.ip('link', 'set', name, 'up');
  await using monitor = await NetworkMonitor.create({ intervalSeconds: 0.1 });
  await monitor.attachToInterface('veth0');
  await monitor.startEventProcessing();
  await monitor.attachToInterface('second0');
  assert.deepEqual(
    monitor.interfaces.map(({ name }) => name),
    ['veth0', 'second0'],
  );
  const unanswered = ['-q', '-c', '3', '-i', '0.01', '-W', '1', '-I', 'second0', '192.0.2.1'];
  assert.notEqual(side.pair.left.run('ping', ...unanswered).status, 0);
  for await (const tick of monitor) {
    const second = tick.interfaces.find(({ name }) => name === 'second0');
    if (second && second.sent.packets > 0) break;
    assert.ok(tick.sequence < 100, 'frames on the added interface are counted');
  }
});

test('iteration sees the newest tick; slow bodies skip, and lose nothing', async () => {
  await using monitor = await NetworkMonitor.create({
    interfaces: ['veth0'],
    intervalSeconds: 0.1,
  });
  await monitor.startEventProcessing();
  const seen: number[] = [];
  for await (const tick of monitor) {
    seen.push(tick.sequence);
    if (seen.length === 3) break;
    await new Promise((resolve) =>
      monitor.once('tick', () => monitor.once('tick', () => monitor.once('tick', resolve))),
    );
  }
  assert.ok(seen[1]! - seen[0]! >= 3, `a body of three ticks skips: ${seen}`);
  assert.ok(monitor.ticksSkipped >= 4, `${monitor.ticksSkipped} were replaced`);
});

test('iteration ends when the monitor is closed, an aborted signal closes it', async () => {
  const controller = new AbortController();
  const monitor = await NetworkMonitor.create({
    interfaces: ['veth0'],
    intervalSeconds: 0.1,
    signal: controller.signal,
  });
  await monitor.startEventProcessing();
  let final = false;
  for await (const tick of monitor) {
    controller.abort();
    final = tick.final;
  }
  assert.equal(final, true, 'the last tick is the final one');
  await assert.rejects(NetworkMonitor.create({ signal: controller.signal }), {
    name: 'AbortError',
  });
});

test('expected failures say what, why and what to do', async () => {
  await assert.rejects(
    NetworkMonitor.create({ interfaces: ['nowhere0'] }),
    expected(5, /nowhere0/),
  );
  await assert.rejects(NetworkMonitor.create({ maxFlows: 7 }), expected(2, /maxFlows is 7/));
  await assert.rejects(
    NetworkMonitor.create({ intervalSeconds: 0 }),
    expected(2, /intervalSeconds/),
  );
  await assert.rejects(
    NetworkMonitor.fromObjectFile('/nowhere/x.bpf.o'),
    expected(5, /no such file/),
  );
  await assert.rejects(
    NetworkMonitor.fromBytes(Buffer.from('not an object')),
    expected(2, /no ELF file/),
  );
  const monitor = await NetworkMonitor.create();
  assert.throws(() => monitor.map('x'), expected(2, /no user object/));
  await monitor.close();
});

test('without the rights: what is missing, and how to start one’s own program with them', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kl-'));
  const script = join(folder, 'app.mjs');
  const library = pathToFileURL(join(projectRoot(), 'dist/index.mjs')).href;
  writeFileSync(
    script,
    `import { NetworkMonitor } from '${library}';
await NetworkMonitor.create({ interfaces: ['lo'] }).catch(({ name, status, message, advice }) =>
  console.log(JSON.stringify({ name, status, message, advice })));`,
  );
  const { stdout, stderr } = spawnSync(
    'setpriv',
    ['--securebits=+noroot', '--inh-caps=-all', process.execPath, script],
    { encoding: 'utf8' },
  );
  rmSync(folder, { recursive: true });
  assert.notEqual(stdout, '', stderr);
  const { name, status, message, advice } = JSON.parse(stdout);
  assert.deepEqual([name, status], ['ExpectedError', 3]);
  assert.match(message, /^not permitted to .*: missing CAP_BPF, CAP_NET_ADMIN, CAP_PERFMON/);
  assert.ok(advice.includes(script), advice);
  assert.doesNotMatch(advice, /npx|--[a-z-]+ shows/);
});

test('sampled packets: some of many, with their first bytes, and no more than asked for', async () => {
  await using monitor = await NetworkMonitor.create({
    interfaces: ['veth0'],
    intervalSeconds: 0.2,
    packetSamples: 50,
    detection: false,
  });
  const packets: PacketSample[] = [];
  const isWanted = (packet: PacketSample) =>
    packet.direction === 'received' && packet.protocol === 'ICMP';
  monitor.on('packet', (packet) => packets.push(packet));
  await monitor.startEventProcessing();
  const began = performance.now();
  await side.floodDuring(2000, async () => {
    for await (const tick of monitor) {
      if (packets.some(isWanted)) break;
      assert.ok(tick.sequence < 100, 'a sample comes');
    }
  });
  await monitor.close();
  const seconds = (performance.now() - began) / 1000;
  const { frameLength, protocol, source, destination, direction, bytes } = packets.find(isWanted)!;
  assert.deepEqual([frameLength, protocol, direction], [142, 'ICMP', 'received']);
  assert.deepEqual(source, { address: side.pair.rightAddress, port: null });
  assert.deepEqual(destination, { address: side.pair.leftAddress, port: null });
  assert.deepEqual([...bytes.subarray(12, 14)], [8, 0]);
  const cpus = loadNative().possibleCpus;
  assert.ok(packets.length <= (50 * seconds + 2) * cpus, `${packets.length} in ${seconds} s`);
});

test("a user's object: maps by type, per-CPU values, events, variables, programs", async () => {
  await using monitor = await NetworkMonitor.fromBytes(compileObject(customCounters), {
    interfaces: ['veth0'],
    intervalSeconds: 0.1,
  });
  const events: unknown[] = [];
  monitor.on('event', ({ event, data }) => events.push({ event, ...(data as object) }));
  await monitor.startEventProcessing();
  side.pair.left.ip('neigh', 'flush', 'all');
  side.pair.right.ip('neigh', 'flush', 'all');
  side.ping(10);
  await new Promise((resolve) => monitor.once('custom', () => monitor.once('custom', resolve)));

  const map = monitor.map('frames_by_kind');
  assert.equal(map.kind, 'hash');
  assert.equal(map.keyType, 'struct frame_kind');
  const key = { ether_type: 0x0800, reserved: 0, direction: 'DIRECTION_IN' };
  assert.deepEqual(map.get(key), { frames: 10, bytes: 1420 });
  assert.equal(map.get({ ...key, ether_type: 0x1234 }), undefined);
  assert.throws(() => map.get({ ...key, direction: 'SIDEWAYS' }), /SIDEWAYS.*enum direction/);
  const rows = [];
  for await (const row of map) rows.push(row);
  assert.deepEqual(rows.find((row) => JSON.stringify(row.key) === JSON.stringify(key))?.value, {
    frames: 10,
    bytes: 1420,
  });
  map.set({ ...key, ether_type: 9 }, { frames: 1, bytes: 2n });
  assert.deepEqual(map.get({ ...key, ether_type: 9 }), { frames: 1, bytes: 2 });
  assert.equal(map.delete({ ...key, ether_type: 9 }), true);
  assert.equal(map.delete({ ...key, ether_type: 9 }), false);

  const { frames } = monitor.map('frames_by_cpu').get('DIRECTION_IN') as { frames: number };
  const cpus = monitor.map('frames_by_cpu').getPerCpu('DIRECTION_IN') as { frames: number }[];
  assert.equal(
    cpus.reduce((sum, one) => sum + one.frames, 0),
    frames,
  );
  assert.ok(cpus.length >= 1 && frames >= 10);
  assert.deepEqual(monitor.map('.bss').get(new Uint8Array(4)), { events_refused: 0 });
  assert.throws(() => monitor.map('nothing'), expected(2, /no map nothing/));

  const findArp = () =>
    events.find((event) => (event as { ether_type: number }).ether_type === 0x0806);
  // Events come by themselves, within 100 ms where the machine has nothing else to do.
  for (let tick = 0; tick < 50 && !findArp(); tick += 1)
    await new Promise((resolve) => monitor.once('custom', resolve));
  const arp = findArp();
  assert.ok(arp, 'a ring buffer event for an ARP frame');
  const { length, source, event } = arp as { length: number; source: number[]; event: string };
  assert.deepEqual([length, source.length, event], [42, 6, 'odd_frames']);
  const names = monitor.programs().map(({ name }) => name);
  for (const name of ['count_incoming', 'count_outgoing', 'network_monitor_tc_ingress']) {
    assert.ok(names.includes(name), `${name} in ${names}`);
  }
});

test('an object with other records than ours is refused by their number', async () => {
  const records = 'const volatile __u32 abi_version = 99;';
  const program =
    'SEC("xdp") int network_monitor_xdp(struct xdp_md *c) { return abi_version ? 2 : 1; }';
  const include = '#include <linux/bpf.h>\n#include <bpf/bpf_helpers.h>';
  const bytes = compileObject(`${include}\n${records}\n${program}\n`);
  await assert.rejects(NetworkMonitor.fromBytes(bytes), expected(2, /ABI 99, this program reads/));
});

test('an object with our number and records of other sizes is refused by the map', async () => {
  const folder = join(projectRoot(), 'bpf');
  const flags = ['-g', '-mcpu=v3', '-I', folder, '-I', join(folder, 'include')];
  const wider = '#include "limits.h"\n#undef KNP_DENSE_ROWS\n#define KNP_DENSE_ROWS 32\n';
  const bytes = compileObject(`${wider}#include "monitor.bpf.c"\n`, flags);
  await assert.rejects(
    NetworkMonitor.fromBytes(bytes, { interfaces: ['veth0'] }),
    /read map totals.*have 4 and 1024 bytes, this program reads 4 and 512/s,
  );
});

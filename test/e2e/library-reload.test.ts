// Reloading while packets come: every packet is counted once, what agrees is kept, what doesn't load changes nothing. Needs root and clang.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { ExpectedError, NetworkMonitor, type Snapshot } from '../../src/index.js';
import { compileObject } from '../support/compile-object.js';
import { customCounters, expected, icmp, LibrarySide } from '../support/library-side.js';
import { projectRoot } from '../support/program.js';

let side: LibrarySide;

before(() => {
  side = new LibrarySide('kr');
});

after(() => side.remove());

const ownMap = `
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8);
	__type(key, __u32);
	__type(value, __u64);
} my_own SEC(".maps");

SEC("tc") int fill_my_own(struct __sk_buff *buffer)
{
	__u32 key = 1;
	__u64 value = buffer->len;
	bpf_map_update_elem(&my_own, &key, &value, 0);
	return TC_ACT_UNSPEC;
}
`;

test('an object in place of the embedded one: its own maps show, and it can be replaced under traffic', async () => {
  const folder = join(projectRoot(), 'bpf');
  const flags = ['-g', '-mcpu=v3', '-I', folder, '-I', join(folder, 'include')];
  const bytes = compileObject(`#include "monitor.bpf.c"\n${ownMap}`, flags);
  await using monitor = await NetworkMonitor.fromBytes(bytes, {
    interfaces: ['veth0'],
    intervalSeconds: 0.2,
  });
  await monitor.startEventProcessing();
  const names = [...monitor.maps.keys()].filter((name) => !name.startsWith('.'));
  assert.deepEqual(names, ['my_own']);
  await side.floodDuring(20_000, async () => {
    const { kept } = await monitor.reload(bytes);
    assert.ok(kept.includes('my_own') && kept.includes('totals'));
  });
  await monitor.close();
  const stats = monitor.getPacketStats() as Snapshot;
  assert.deepEqual(icmp(stats)?.received, { packets: 20_000, bytes: 20_000 * 142 });
});

test('a version that does not load leaves the old one at work, and says why', async () => {
  await using monitor = await NetworkMonitor.fromBytes(compileObject(customCounters), {
    interfaces: ['veth0'],
    intervalSeconds: 0.1,
  });
  await monitor.startEventProcessing();
  const broken = customCounters.replace('if ((void *)(header + 1) > data_end)\n\t\treturn;', '');
  assert.notEqual(broken, customCounters);
  await assert.rejects(monitor.reload(compileObject(broken)), (error: unknown) => {
    assert.ok(error instanceof ExpectedError);
    assert.equal(error.status, 4);
    assert.match(
      error.message,
      /verifier refuses program count_(in|out).*invalid access to packet/s,
    );
    assert.match(error.detail, /processed \d+ insns/, 'the whole log is there for --debug');
    return true;
  });
  const renamed = customCounters.replaceAll('count_incoming', 'count_other');
  await assert.rejects(monitor.reload(compileObject(renamed)), expected(2, /count_incoming/));
  await assert.rejects(monitor.reload(compileObject(customCounters, [])), expected(2, /no BTF/));
  side.ping(5);
  assert.deepEqual(
    monitor
      .map('frames_by_kind')
      .get({ ether_type: 0x0800, reserved: 0, direction: 'DIRECTION_IN' }),
    {
      frames: 5,
      bytes: 710,
    },
  );
});

test('reload keeps maps that agree and begins those that changed', async () => {
  await using monitor = await NetworkMonitor.fromBytes(compileObject(customCounters), {
    interfaces: ['veth0'],
    intervalSeconds: 0.1,
  });
  await monitor.startEventProcessing();
  side.ping(5);
  const changed = customCounters.replace(
    '__u64 bytes;\n};\n\nstruct {',
    '__u64 bytes;\n\t__u64 more;\n};\n\nstruct {',
  );
  assert.notEqual(changed, customCounters);
  const result = await monitor.reload(compileObject(changed));
  assert.deepEqual(result.changed, ['frames_by_kind', 'frames_by_cpu']);
  assert.deepEqual(result.kept, ['odd_frames', '.bss']);
  side.ping(3);
  const key = { ether_type: 0x0800, reserved: 0, direction: 'DIRECTION_IN' };
  assert.deepEqual(monitor.map('frames_by_kind').get(key), { frames: 3, bytes: 426, more: 0 });
});

test('a hundred reloads under traffic: every packet is counted once, by the monitor and by the object', async () => {
  await using monitor = await NetworkMonitor.fromBytes(compileObject(customCounters), {
    interfaces: ['veth0'],
    intervalSeconds: 0.2,
  });
  await monitor.startEventProcessing();
  const one = compileObject(customCounters);
  const other = compileObject(
    customCounters.replace(
      'struct odd_frame {',
      'struct odd_frame_again {\n\t__u32 x;\n};\n\nstruct odd_frame {',
    ),
  );
  const packets = 20_000;
  await side.floodDuring(packets, async () => {
    for (let turn = 0; turn < 100; turn++) await monitor.reload(turn % 2 ? one : other);
  });
  const value = monitor
    .map('frames_by_kind')
    .get({ ether_type: 0x0800, reserved: 0, direction: 'DIRECTION_IN' });
  assert.deepEqual(value, { frames: packets, bytes: packets * 142 });
  await monitor.close();
  const stats = monitor.getPacketStats() as Snapshot;
  assert.deepEqual(icmp(stats)?.received, { packets, bytes: packets * 142 });
});

interface Received {
  readonly packets: number;
  readonly bytes: number;
}

/** What the kernel says that the left side has received. */
function receivedByInterface(): Received {
  const [link] = JSON.parse(side.pair.left.ip('-s', '-j', 'link', 'show', 'veth0')) as {
    stats64: { rx: Received };
  }[];
  const { packets, bytes } = link!.stats64.rx;
  return { packets, bytes };
}

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** When nothing has come for half a second: a connection that was broken off sends some more. */
async function receivedInAll(): Promise<Received> {
  for (let last = receivedByInterface(); ; ) {
    await pause(500);
    const now = receivedByInterface();
    if (now.packets === last.packets) return now;
    last = now;
  }
}

/** 0: as fast as they can. `npm run test:all` spreads them over a minute. */
const reloadSeconds = Number(process.env['KNP_RELOAD_SECONDS'] ?? 0);

test('a hundred reloads under iperf3: the monitor, the object and the interface have received the same', async (context) => {
  for (const end of [side.pair.left, side.pair.right]) {
    end.run('ethtool', '-K', 'veth0', 'tso', 'off', 'gso', 'off', 'gro', 'off');
    end.run('sysctl', '-qw', 'net.ipv6.conf.all.disable_ipv6=1');
  }
  const bytes = compileObject(customCounters);
  await using monitor = await NetworkMonitor.fromBytes(bytes, {
    interfaces: ['veth0'],
    intervalSeconds: 0.2,
  });
  const before = receivedByInterface();
  await monitor.startEventProcessing();
  const server = side.pair.left.start('iperf3', '-s', '-1', '--forceflush');
  await new Promise((resolve) => server.stdout!.once('data', resolve));
  // Until all is reloaded, however long that takes.
  const client = side.pair.right.start('iperf3', '-c', side.pair.leftAddress, '-t', '600');
  const ended = [server, client].map((end) => new Promise((resolve) => end.once('exit', resolve)));
  const began = performance.now();
  let quiet = 0;
  for (let turn = 0; turn < 100; turn++) {
    const { packets } = receivedByInterface();
    await pause(Math.max(0, began + turn * reloadSeconds * 10 - performance.now()));
    const { kept, changed } = await monitor.reload(bytes);
    assert.deepEqual([kept.length, changed], [4, []]);
    if (receivedByInterface().packets === packets) quiet += 1;
  }
  const seconds = (performance.now() - began) / 1000;
  for (const end of [client, server]) end.kill();
  await Promise.all(ended);
  const after = await receivedInAll();
  const received = { packets: after.packets - before.packets, bytes: after.bytes - before.bytes };
  await new Promise((resolve) => monitor.once('tick', () => monitor.once('tick', resolve)));
  let own = 0;
  for await (const { key, value } of monitor.map('frames_by_kind')) {
    const { direction } = key as { direction: string };
    if (direction === 'DIRECTION_IN') own += (value as { frames: number }).frames;
  }
  await monitor.close();
  context.diagnostic(`${received.packets} packets in ${seconds.toFixed(1)} s`);
  assert.ok(quiet < 10, `no packet came during ${quiet} of the reloads`);
  assert.deepEqual((monitor.getPacketStats() as Snapshot).interfaces[0]?.received, received);
  assert.equal(own, received.packets);
});

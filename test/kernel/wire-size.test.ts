// Buffers of the kernel that are many frames: at TC both ways we say what a leg without offloads really carries.
import { strict as assert } from 'node:assert';
import { once } from 'node:events';
import { after, before, describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import type { NativeSession } from '../../src/core/native/contract.js';
import { loadNative } from '../../src/core/native/load.js';
import { openBatch } from '../../src/core/wire/batch.js';
import { readTotals } from '../../src/core/wire/counters.js';
import { linkKind, protocolIndex } from '../../src/core/wire/layout.generated.js';
import { compiledTool } from '../support/compiled-tool.js';
import { Namespace, run, uniqueName } from '../support/namespaces.js';
import { openSession } from '../support/native-session.js';
import { patience } from '../support/program.js';
import { count, type WireFrame, WireWitness } from '../support/wire-witness.js';

const bulk = compiledTool('bulk');
const PORT = '9100';
const spaces: Namespace[] = [];
let session: NativeSession;
let sender: Namespace;
let far: Namespace;
let senderMac = '';
let hasTags = false;

/** False: this kernel has no VLAN devices. */
function addTags(side: Namespace, leg: string): boolean {
  try {
    side.ip('link', 'add', 'link', leg, 'name', 'tag', 'type', 'vlan', 'id', '100');
  } catch {
    return false;
  }
  const outer = ['name', 'outer', 'type', 'vlan', 'proto', '802.1ad', 'id', '200'];
  side.ip('link', 'add', 'link', leg, ...outer);
  side.ip('link', 'set', 'outer', 'up');
  side.ip('link', 'add', 'link', 'outer', 'name', 'inner', 'type', 'vlan', 'id', '300');
  // A veth lets one tag pass beyond its MTU, not two.
  side.ip('link', 'set', 'inner', 'mtu', '1496');
  return true;
}

function offloads(side: Namespace, leg: string, features: readonly string[]): void {
  for (const feature of features) side.run('ethtool', '-K', leg, feature, 'off');
}

/** s0 — m0 (bridge) m1 — f0; buffers stay large up to m1, which has no offload and cuts them. */
before(async () => {
  [sender, far] = [new Namespace(uniqueName('kb-ws')), new Namespace(uniqueName('kb-wf'))];
  const middle = new Namespace(uniqueName('kb-wm'));
  spaces.push(sender, middle, far);
  for (const [left, leftLeg, right, rightLeg] of [
    [middle, 'm0', sender, 's0'],
    [middle, 'm1', far, 'f0'],
  ] as const) {
    run(
      'ip',
      ...['link', 'add', leftLeg, 'netns', left.name, 'type', 'veth'],
      ...['peer', 'name', rightLeg, 'netns', right.name],
    );
  }
  middle.ip('link', 'add', 'br0', 'type', 'bridge');
  for (const leg of ['br0', 'm0', 'm1']) {
    // The middle says nothing by itself.
    middle.ip('link', 'set', leg, 'addrgenmode', 'none');
    if (leg !== 'br0') middle.ip('link', 'set', leg, 'master', 'br0');
    middle.ip('link', 'set', leg, 'up');
  }
  const none = [
    'tso',
    'gso',
    'tx-udp-segmentation',
    'tx',
    'sg',
    'txvlan',
    'tx-vlan-stag-hw-insert',
  ];
  offloads(middle, 'm1', none);
  offloads(far, 'f0', [...none, 'gro']);
  for (const [side, leg, host] of [
    [sender, 's0', 1],
    [far, 'f0', 2],
  ] as const) {
    side.run(
      'sysctl',
      '-qw',
      'net.ipv6.conf.all.accept_dad=0',
      'net.ipv6.conf.default.accept_dad=0',
      'net.ipv6.conf.default.router_solicitations=0',
      `net.ipv6.conf.${leg}.router_solicitations=0`,
    );
    side.ip('addr', 'add', `10.78.0.${host}/24`, 'dev', leg);
    side.ip('-6', 'addr', 'add', `fd78::${host}/64`, 'dev', leg, 'nodad');
    side.ip('link', 'set', leg, 'up');
    const other = 3 - host;
    const vxlan = ['type', 'vxlan', 'dstport', '4789', 'nolearning'];
    side.ip(
      'link',
      'add',
      'vx4',
      ...vxlan,
      'id',
      '42',
      'local',
      `10.78.0.${host}`,
      'remote',
      `10.78.0.${other}`,
    );
    side.ip(
      ...['link', 'add', 'vx6', ...vxlan, 'id', '43', 'udpcsum', 'udp6zerocsumrx'],
      ...['local', `fd78::${host}`, 'remote', `fd78::${other}`],
    );
    hasTags = addTags(side, leg);
    const devices = { vx4: 79, vx6: 80, ...(hasTags && { tag: 81, inner: 82 }) };
    for (const [name, net] of Object.entries(devices)) {
      side.ip('addr', 'add', `10.${net}.0.${host}/24`, 'dev', name);
      side.ip('-6', 'addr', 'add', `fd${net}::${host}/64`, 'dev', name, 'nodad');
      side.ip('link', 'set', name, 'up');
    }
  }
  senderMac = (
    JSON.parse(sender.ip('-j', 'link', 'show', 's0')) as { address: string }[]
  )[0]!.address.replaceAll(':', '');
  loadNative().enterNetworkNamespace(`/run/netns/${middle.name}`);
  const indexOf = (name: string) =>
    loadNative()
      .links()
      .find((link) => link.name === name)!.index;
  session = openSession({ interfaceSlots: 2 });
  session.setInterface(indexOf('m0'), 0, linkKind.ethernet, false);
  session.setInterface(indexOf('m1'), 1, linkKind.ethernet, false);
  session.attach(indexOf('m0'), 'ingress', 'clsact');
  session.attach(indexOf('m1'), 'egress', 'clsact');
  // New addresses join their groups by two reports, a second apart at most: none may fall between the two counts of a test.
  await setTimeout(2500);
});

after(() => {
  session?.close();
  for (const one of spaces) one.remove();
});

interface Counted {
  packets: number;
  bytes: number;
  malformed: number;
}

const brought = {
  into: { packets: 0, bytes: 0, malformed: 0 },
  out: { packets: 0, bytes: 0, malformed: 0 },
};

/** What the sender's side has brought so far: into m0, and out of m1. */
async function counted(): Promise<{ into: Counted; out: Counted }> {
  const batch = openBatch(await session.drain());
  for (const { slot, protocol, traffic } of readTotals(batch)) {
    const direction = slot === 0 ? 0 : 1;
    const sums = slot === 0 ? brought.into : brought.out;
    sums.packets += traffic[direction]!;
    sums.bytes += traffic[2 + direction]!;
    if (protocol === protocolIndex.malformed) sums.malformed += traffic[direction]!;
  }
  return { into: { ...brought.into }, out: { ...brought.out } };
}

const less = (now: Counted, then: Counted): Counted => ({
  packets: now.packets - then.packets,
  bytes: now.bytes - then.bytes,
  malformed: now.malformed - then.malformed,
});

const fromSender = (frame: WireFrame) => frame.data.subarray(6, 12).toString('hex') === senderMac;

/**
 * Ours and the wire's, of the same frames: a host says something by itself now and then, and the witness may tell of a frame late, so both are
 * taken when four looks in a row have found nothing new.
 */
async function quietCounts(witness: WireWitness) {
  let own = await counted();
  let wire = count(witness.soFar(), fromSender);
  let stablePolls = 0;
  while (stablePolls < 4) {
    const { packets } = wire;
    await setTimeout(50 * patience);
    wire = count(witness.soFar(), fromSender);
    if (wire.packets === packets) {
      stablePolls += 1;
    } else {
      own = await counted();
      stablePolls = 0;
    }
  }
  return { own, wire };
}

async function compare(what: readonly string[], framesAtLeast: number): Promise<void> {
  const witness = await WireWitness.start(far, 'f0');
  const { own: then, wire: before } = await quietCounts(witness);
  const sent = sender.run(bulk, ...what);
  assert.equal(sent.status, 0, sent.stderr);
  const { own: now, wire } = await quietCounts(witness);
  await witness.stop();
  assert.ok(wire.packets >= framesAtLeast, `${wire.packets} frames on the wire`);
  const expected = {
    packets: wire.packets - before.packets,
    bytes: wire.bytes - before.bytes,
    malformed: 0,
  };
  assert.deepEqual(
    { into: less(now.into, then.into), out: less(now.out, then.out) },
    { into: expected, out: expected },
  );
}

describe('large buffers, against the wire', () => {
  before(async () => {
    const server = far.start(bulk, 'sink', PORT);
    await once(server.stdout!, 'data');
    // Neighbours are known from here on.
    for (const net of [78, 79, 80, 81, 82]) {
      far.run('ping', '-c', '1', '-W', '2', `10.${net}.0.1`);
      far.run('ping', '-c', '1', '-W', '2', `fd${net}::1`);
    }
  });

  const tcp = ['2000000'];
  const udp = ['600000', '1200'];
  for (const [name, net] of Object.entries({
    'plain Ethernet': 78,
    'VXLAN over IPv4': 79,
    'VXLAN over IPv6, with checksums': 80,
    'a VLAN tag': 81,
    'two tags, 802.1ad outside': 82,
  })) {
    for (const address of [`10.${net}.0.2`, `fd${net}::2`]) {
      it(`TCP and UDP to ${address}, in ${name}`, async (t) => {
        if (net > 80 && !hasTags) {
          t.skip('this kernel has no VLAN devices');
          return;
        }
        await compare(['tcp', address, PORT, ...tcp], 1300);
        await compare(['udp', address, PORT, ...udp], 500);
      });
    }
  }

  it('UDP whose last segment is short', () =>
    compare(['udp', '10.78.0.2', PORT, '100100', '1000'], 101));
  it('TCP with an IPv6 extension header', () =>
    compare(['tcp', 'fd78::2', PORT, '2000000', '0', 'options'], 1300));
  it('UDP with an IPv6 extension header', async (t) => {
    const tried = sender.run(bulk, 'udp', 'fd78::2', PORT, '2400', '1200', 'options');
    if (tried.stderr.includes('Input/output error')) {
      t.skip('this kernel segments no UDP behind extension headers (5.10, 6.1)');
      return;
    }
    await compare(['udp', 'fd78::2', PORT, '600000', '1200', 'options'], 500);
  });

  it('buffers of more than 64 KB (BIG TCP over IPv6)', async (t) => {
    try {
      sender.ip('link', 'set', 's0', 'gso_max_size', '180000');
    } catch {
      t.skip('this kernel has no BIG TCP (before Linux 5.19)');
      return;
    }
    await compare(['tcp', 'fd78::2', PORT, '8000000'], 5000);
  });
});

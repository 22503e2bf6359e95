// The main job on real traffic: what the program says equals, to the packet and the byte, what a wire carried.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Namespace, run, uniqueName } from '../support/namespaces.js';
import { type Line, startProgram } from '../support/program.js';
import { count, type WireFrame, WireWitness } from '../support/wire-witness.js';

// watched — bridge — far: the far legs have no offloads, so the witness there sees wire frames while the watched side sends 64 KB buffers.
let watched: Namespace;
let middle: Namespace;
let far: Namespace;

before(() => {
  const name = uniqueName('mj');
  watched = new Namespace(`${name}w`);
  middle = new Namespace(`${name}m`);
  far = new Namespace(`${name}f`);
  for (const side of [watched, middle, far]) {
    // Neighbour discovery and multicast reports would pass one leg and not the other.
    side.run(
      'sysctl',
      '-qw',
      'net.ipv6.conf.all.disable_ipv6=1',
      'net.ipv6.conf.default.disable_ipv6=1',
    );
  }
  run(
    'ip',
    'link',
    'add',
    'w0',
    'netns',
    watched.name,
    'type',
    'veth',
    'peer',
    'name',
    'm0',
    'netns',
    middle.name,
  );
  run(
    'ip',
    'link',
    'add',
    'f0',
    'netns',
    far.name,
    'type',
    'veth',
    'peer',
    'name',
    'm1',
    'netns',
    middle.name,
  );
  middle.ip('link', 'add', 'br0', 'type', 'bridge', 'mcast_snooping', '0');
  for (const port of ['m0', 'm1']) middle.ip('link', 'set', port, 'master', 'br0', 'up');
  middle.ip('link', 'set', 'br0', 'up');
  for (const [side, leg] of [
    [middle, 'm1'],
    [far, 'f0'],
  ] as const) {
    const result = side.run(
      'ethtool',
      '-K',
      leg,
      'tso',
      'off',
      'gso',
      'off',
      'gro',
      'off',
      'tx',
      'off',
      'sg',
      'off',
      'tx-udp-segmentation',
      'off',
    );
    assert.equal(result.status, 0, result.stderr);
  }
  watched.ip('addr', 'add', '10.77.1.1/24', 'dev', 'w0');
  far.ip('addr', 'add', '10.77.1.2/24', 'dev', 'f0');
  watched.ip('link', 'set', 'w0', 'up');
  far.ip('link', 'set', 'f0', 'up');
});

after(() => {
  for (const side of [watched, middle, far]) side?.remove();
});

function protocolOf(frame: WireFrame): string {
  const type = frame.data.readUInt16BE(12);
  if (type === 0x0806) return 'ARP';
  if (type !== 0x0800) return `ethertype-${type.toString(16)}`;
  const number = frame.data[23] as number;
  return { 1: 'ICMP', 6: 'TCP', 17: 'UDP' }[number] ?? `IP-${number}`;
}

/** Received and sent of the watched side, as the far witness must have seen them. */
function expected(frames: readonly WireFrame[], watchedMac: string, protocol?: string) {
  const from = (frame: WireFrame) => frame.data.subarray(6, 12).toString('hex') === watchedMac;
  const right = (frame: WireFrame) => protocol === undefined || protocolOf(frame) === protocol;
  return {
    received: count(frames, (frame) => !from(frame) && right(frame)),
    sent: count(frames, (frame) => from(frame) && right(frame)),
  };
}

test('ping, iperf3 TCP and UDP are counted to the packet and the byte, with segmentation offload on', async () => {
  const watchedMac =
    (
      JSON.parse(watched.ip('-j', 'link', 'show', 'w0')) as { address: string }[]
    )[0]?.address.replaceAll(':', '') ?? '';
  const witness = await WireWitness.start(far, 'f0');
  const program = startProgram(['w0', '--json', '--limit', 'all', '--interval', '0.5'], {
    namespace: watched,
  });
  const start = await program.waitFor('start', (line) => line.type === 'start');
  assert.equal(start.schema, 1);
  assert.deepEqual(
    start.interfaces.map((each: Line) => each.name),
    ['w0'],
  );

  assert.equal(watched.run('ping', '-c', '5', '-i', '0.1', '-s', '1000', '10.77.1.2').status, 0);
  const server = far.start('iperf3', '-s', '--forceflush');
  await new Promise((resolve) => server.stdout?.once('data', resolve));
  const tcp = watched.run('iperf3', '-c', '10.77.1.2', '-n', '30M');
  assert.equal(tcp.status, 0, tcp.stderr);
  const udp = watched.run('iperf3', '-c', '10.77.1.2', '-u', '-b', '20M', '-n', '2M', '-l', '1200');
  assert.equal(udp.status, 0, udp.stderr);

  await program.counted();
  program.child.kill('SIGTERM');
  const end = await program.exit();
  assert.equal(end.status, 0, program.stderr);
  const frames = await witness.stop();
  const { summary } = program;

  const total = expected(frames, watchedMac);
  assert.ok(total.sent.packets > 20_000, `the witness saw ${total.sent.packets} packets`);
  assert.deepEqual(summary.interfaces, [{ name: 'w0', ...total }]);
  for (const protocol of ['ARP', 'ICMP', 'TCP', 'UDP']) {
    const row = summary.protocols.find((each: Line) => each.protocol === protocol);
    const { received, sent } = row;
    assert.deepEqual({ received, sent }, expected(frames, watchedMac, protocol), protocol);
  }
  assert.equal(summary.protocols.length, 4);

  // Each flow, both ways, against the witness.
  const wireFlows = new Map<string, { forward: Line; reverse: Line }>();
  for (const frame of frames) {
    const protocol = protocolOf(frame);
    if (protocol !== 'TCP' && protocol !== 'UDP') continue;
    const fromWatched = frame.data.subarray(6, 12).toString('hex') === watchedMac;
    const ports = [frame.data.readUInt16BE(34), frame.data.readUInt16BE(36)];
    if (!fromWatched) ports.reverse();
    const key = `${protocol} ${ports.join('>')}`;
    const flow = wireFlows.get(key) ?? {
      forward: { packets: 0, bytes: 0 },
      reverse: { packets: 0, bytes: 0 },
    };
    wireFlows.set(key, flow);
    const side = fromWatched ? flow.forward : flow.reverse;
    side.packets++;
    side.bytes += frame.length;
  }
  const programFlows = new Map<string, { forward: Line; reverse: Line }>();
  for (const flow of summary.flows as Line[]) {
    if (flow.protocol !== 'TCP' && flow.protocol !== 'UDP') continue;
    assert.equal(flow.source.address, '10.77.1.1');
    programFlows.set(`${flow.protocol} ${flow.source.port}>${flow.destination.port}`, {
      forward: flow.forward,
      reverse: flow.reverse,
    });
  }
  assert.deepEqual(programFlows, wireFlows);
  assert.deepEqual(summary.untracked, { packets: 0, bytes: 0 });
  const flowPackets = (summary.flows as Line[]).reduce(
    (sum, flow) => sum + flow.forward.packets + flow.reverse.packets,
    0,
  );
  assert.equal(flowPackets, total.received.packets + total.sent.packets, 'Σ flows = Σ frames');
});

test('cumulative counters never fall, and protocols add up to interfaces in every line', async () => {
  const program = startProgram(['w0', '--json', '--interval', '0.2'], { namespace: watched });
  await program.waitFor('start', (line) => line.type === 'start');
  watched.run('ping', '-c', '20', '-i', '0.02', '10.77.1.2');
  await program.counted();
  program.child.kill('SIGTERM');
  assert.equal((await program.exit()).status, 0, program.stderr);
  let last = 0;
  const counted = program.lines.filter((line) => line.type === 'tick' || line.type === 'summary');
  assert.ok(counted.length >= 3, 'ticks and the summary');
  for (const line of counted) {
    for (const direction of ['received', 'sent'] as const) {
      for (const figure of ['packets', 'bytes'] as const) {
        const sum = (rows: Line[]) =>
          rows.reduce((total, row) => total + row[direction][figure], 0);
        assert.equal(sum(line.protocols), sum(line.interfaces), `${direction} ${figure}`);
      }
    }
    const packets = line.interfaces[0].received.packets;
    assert.ok(packets >= last);
    last = packets;
  }
  assert.ok(last >= 20);
});

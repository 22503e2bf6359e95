// Which packets become kernel events, and of what class, by BPF_PROG_TEST_RUN: a frame in, kernel events out. Needs the right to load BPF.
import { strict as assert } from 'node:assert';
import { availableParallelism } from 'node:os';
import { describe, it } from 'node:test';
import { loadNative } from '../../src/core/native/load.js';
import { controlFeature, payloadClass } from '../../src/core/wire/layout.generated.js';
import { kernelEventsOf, openFrames, runFrames } from '../support/frame-events.js';
import {
  arp,
  ethernet,
  etherType,
  filler,
  icmp,
  ipProtocol,
  ipv4,
  ipv6,
  ipv6Extension,
  ipv6Fragment,
  ipv6Routing,
  tcp,
  tcpFlag,
  udp,
} from '../support/packet-builder.js';

const all = Object.values(controlFeature).reduce((bits, bit) => bits | bit, 0);
const everyClass = all & ~controlFeature.tunnelsOuter & ~controlFeature.packetSamples;
// A first packet tells of its source MAC and first bytes, too: not what most of these tests ask.
const withoutFirsts =
  everyClass & ~controlFeature.eventsSourceMac & ~controlFeature.payloadFirstBytes;

const on4 = (protocol: number, payload: Uint8Array, more = {}) =>
  ethernet(etherType.ipv4, ipv4(protocol, payload, more));
const on6 = (protocol: number, payload: Uint8Array) =>
  ethernet(etherType.ipv6, ipv6(protocol, payload));
const tcpWith = (flags: number, payload = filler(0)) =>
  on4(ipProtocol.tcp, tcp(40_000, 443, payload, { flags }));

describe('kernel events', () => {
  it('are none of ordinary packets', async () => {
    const kernelEvents = await kernelEventsOf(
      withoutFirsts,
      tcpWith(tcpFlag.syn),
      tcpWith(tcpFlag.syn | tcpFlag.ack),
      tcpWith(tcpFlag.ack | tcpFlag.psh, filler(100)),
      tcpWith(tcpFlag.fin | tcpFlag.ack),
      tcpWith(tcpFlag.rst),
      on4(ipProtocol.udp, udp(40_000, 9000, filler(64))),
    );
    assert.deepEqual(kernelEvents, []);
  });

  it('tell of destination options that carry more than a tunnel or a mobile host needs', async () => {
    const withOptions = (units: number) =>
      on6(
        ipProtocol.destinationOptions,
        ipv6Extension(ipProtocol.udp, udp(1, 2, filler(8)), units),
      );
    const kernelEvents = await kernelEventsOf(
      controlFeature.eventsIpOption,
      withOptions(2),
      withOptions(32),
    );
    assert.deepEqual(
      kernelEvents.map(({ type, reason }) => [type, reason]),
      [['ip_option', ipProtocol.destinationOptions]],
    );
  });

  it('are none of anything while no class is asked for', async () => {
    const kernelEvents = await kernelEventsOf(
      0,
      tcpWith(0),
      ethernet(etherType.arp, arp({ sender: '10.0.0.1', target: '10.0.0.2' })),
      on4(ipProtocol.udp, udp(40_000, 53, filler(64))),
    );
    assert.deepEqual(kernelEvents, []);
  });

  it('tell of flags that no stack sends together, and of data with SYN', async () => {
    const kernelEvents = await kernelEventsOf(
      withoutFirsts,
      tcpWith(0),
      tcpWith(tcpFlag.fin),
      tcpWith(tcpFlag.fin | tcpFlag.psh | tcpFlag.urg),
      tcpWith(tcpFlag.syn | tcpFlag.fin),
      tcpWith(tcpFlag.syn | tcpFlag.rst),
      tcpWith(tcpFlag.syn, filler(10)),
    );
    assert.deepEqual(
      kernelEvents.map(({ type, tcpFlags, reason, packetPayloadLength }) => [
        ...[type, tcpFlags, reason, packetPayloadLength],
      ]),
      [
        ['tcp_flags', 0, 0, 0],
        ['tcp_flags', 1, 0, 0],
        ['tcp_flags', 41, 0, 0],
        ['tcp_flags', 3, 0, 0],
        ['tcp_flags', 6, 0, 0],
        ['tcp_flags', 2, 1, 10],
      ],
    );
  });

  it('tell of ARP with its body, and of the frame it came in', async () => {
    const [kernelEvent] = await kernelEventsOf(
      withoutFirsts,
      ethernet(etherType.arp, arp({ operation: 2, sender: '10.0.0.1', target: '10.0.0.2' })),
    );
    assert.equal(kernelEvent?.type, 'arp');
    assert.equal(kernelEvent.reason, 2);
    assert.deepEqual([...kernelEvent.sourceAddress.subarray(12)], [10, 0, 0, 1]);
    assert.deepEqual([...kernelEvent.sourceMac], [2, 0, 0, 0, 0, 10]);
    assert.equal(kernelEvent.payload.length, 28);
  });

  it('tell of ICMP errors with what they quote, and of echoes with their size', async () => {
    const kernelEvents = await kernelEventsOf(
      withoutFirsts,
      on4(ipProtocol.icmp, icmp(3, 1, filler(28))),
      on4(ipProtocol.icmp, icmp(8, 0, filler(100))),
      on6(ipProtocol.icmpv6, icmp(136, 0, filler(16))),
    );
    assert.deepEqual(
      kernelEvents.map(({ type, reason, payload }) => [type, reason, payload.length]),
      [
        ['icmp_error', 0x301, 36],
        ['payload', payloadClass.icmpEcho, 72],
        ['neighbour', 136, 24],
      ],
    );
    assert.equal(kernelEvents[1]!.packetPayloadLength, 100);
  });

  it('tell of each fragment where it lies, in both versions', async () => {
    const kernelEvents = await kernelEventsOf(
      withoutFirsts,
      on4(ipProtocol.udp, udp(40_000, 9000, filler(16), 40), { moreFragments: true }),
      on4(ipProtocol.udp, filler(16), { fragmentOffset: 24 }),
      on6(ipProtocol.fragment, ipv6Fragment(ipProtocol.udp, filler(8), { offset: 1448 })),
      on6(ipProtocol.fragment, ipv6Fragment(ipProtocol.udp, udp(40_000, 9000, filler(8)))),
    );
    assert.deepEqual(
      kernelEvents.map(({ type, fragmentOffset, moreFragments, packetPayloadLength, protocol }) => [
        ...[type, fragmentOffset, moreFragments, packetPayloadLength, protocol],
      ]),
      [
        ['fragment', 0, true, 24, ipProtocol.udp],
        ['fragment', 24, false, 16, ipProtocol.udp],
        ['fragment', 1448, false, 8, ipProtocol.udp],
      ],
    );
  });

  it('tell of source routes in both versions, not of router alerts', async () => {
    const kernelEvents = await kernelEventsOf(
      withoutFirsts,
      on4(ipProtocol.udp, udp(1, 2, filler(8)), { options: Buffer.from([131, 3, 4, 0]) }),
      on4(ipProtocol.udp, udp(1, 2, filler(8)), { options: Buffer.from([148, 4, 0, 0]) }),
      on6(ipProtocol.routing, ipv6Routing(ipProtocol.udp, udp(1, 2, filler(8)))),
    );
    assert.deepEqual(
      kernelEvents.map(({ type, reason }) => [type, reason]),
      [
        ['ip_option', 131],
        ['ip_option', 43],
      ],
    );
  });

  it('tell of a source route that hides behind as many no-operations as a header holds', async () => {
    const options = Buffer.concat([Buffer.alloc(37, 1), Buffer.from([137, 3, 4])]);
    const kernelEvents = await kernelEventsOf(
      withoutFirsts,
      on4(ipProtocol.udp, udp(1, 2, filler(8)), { options }),
    );
    assert.deepEqual(
      kernelEvents.map(({ type, reason }) => [type, reason]),
      [['ip_option', 137]],
    );
  });

  it('bring DNS and DHCP messages, and the first bytes of a flow each way', async () => {
    const kernelEvents = await kernelEventsOf(
      everyClass & ~controlFeature.eventsSourceMac,
      on4(ipProtocol.udp, udp(40_000, 53, Buffer.from('question'))),
      on4(ipProtocol.udp, udp(68, 67, filler(300))),
      on4(ipProtocol.udp, udp(40_000, 9000, Buffer.from('first'))),
      on4(ipProtocol.udp, udp(40_000, 9000, Buffer.from('second'))),
      tcpWith(tcpFlag.ack, filler(700)),
    );
    assert.deepEqual(
      kernelEvents.map(({ type, reason, payload }) => [type, reason, payload.length]),
      [
        ['payload', payloadClass.dns, 8],
        ['payload', payloadClass.dhcp, 300],
        ['payload', payloadClass.firstBytes, 5],
        ['payload', payloadClass.firstBytes, 700],
      ],
    );
    assert.equal(Buffer.from(kernelEvents[2]!.payload).toString(), 'first');
  });

  it('bring the first bytes of an epoch of new connections, and rarely those of old ones', async () => {
    const FLOWS = 64;
    const session = openFrames(controlFeature.payloadFirstBytes);
    const ofEach = (flags: number, payload: Buffer) =>
      Array.from({ length: FLOWS }, (_, flow) =>
        on4(ipProtocol.tcp, tcp(40_000 + flow, 443, payload, { flags })),
      );
    const data = ofEach(tcpFlag.ack | tcpFlag.psh, filler(700));
    const told: number[] = [];
    const epoch = async (frames: readonly Uint8Array[]): Promise<void> => {
      const second = (told.length + 1) * 1000;
      told.push((await runFrames(session, frames, second, 0)).length);
      await session.drain();
    };
    try {
      // Nothing is known of these: their SYN may have come before the start.
      await epoch(data);
      await epoch(data);
      await epoch(data);
      // A new connection on the same ports, whose server takes two epochs for its first words.
      await epoch(ofEach(tcpFlag.syn, filler(0)));
      await epoch([]);
      await epoch(data);
      await epoch(data);
    } finally {
      session.close();
    }
    // Kernels without compare-and-swap in BPF have no memory of flows: there each epoch begins anew.
    const remembers = loadNative().probe()['compareAndSwap'] === true;
    const isRare = (count: number) => (remembers ? count < FLOWS / 2 : count === FLOWS);
    const [first, second, third, syns, pause, afterSyn, later] = told as [number, ...number[]];
    assert.deepEqual([first, syns, pause, afterSyn], [FLOWS, 0, 0, FLOWS], told.join(' '));
    assert.ok([second!, third!, later!].every(isRare), told.join(' '));
  });

  it('tell of a source MAC once while it is remembered', async () => {
    const frame = (from: string) =>
      ethernet(etherType.arp, arp({ sender: '10.0.0.1', target: '10.0.0.2' }), from as never);
    const kernelEvents = await kernelEventsOf(
      controlFeature.eventsSourceMac,
      frame('02:00:00:00:00:01'),
      frame('02:00:00:00:00:01'),
      frame('02:00:00:00:00:02'),
    );
    assert.deepEqual(
      kernelEvents.map(({ type, sourceMac }) => [type, sourceMac[5]]),
      [
        ['source_mac', 1],
        ['source_mac', 2],
      ],
    );
  });

  it('are held to their rate in capture time, and come again when time has passed', async () => {
    const session = openFrames(controlFeature.eventsMalformed);
    try {
      const broken = on4(ipProtocol.udp, udp(1, 2, filler(8), 7));
      // Each processor has a budget of its own, and this thread may move.
      const most = 401 * availableParallelism();
      const first = await runFrames(session, Array(most + 100).fill(broken), 1000, 0);
      assert.ok(first.length >= 400 && first.length <= most, `${first.length} of ${most + 100}`);
      const later = await runFrames(session, [broken], 10_000);
      assert.equal(later.length, 1);
    } finally {
      session.close();
    }
  });
});

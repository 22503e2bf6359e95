// Kinds that no labelled capture and no tool brings, attacks inside tunnels, and clocks that jump: crafted, through the real program.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  connection,
  paced,
  refused,
  tcpFrame,
  udpFrame,
  victim,
} from '../support/attack-packets.js';
import type { CapturedPacket } from '../support/capture-writer.js';
import { type CraftedAttack, CraftedDetection } from '../support/crafted-detection.js';
import { lastLines } from '../support/labels.js';
import {
  ethernet,
  etherType,
  icmp,
  ipProtocol,
  ipv4,
  ipv6,
  ipv6Routing,
  tcp,
  tcpFlag,
  u32,
  udp,
  vlanTag,
} from '../support/packet-builder.js';
import { Traffic } from '../support/traffic.js';
import { gre } from '../support/tunnel-builder.js';

const attacker = '10.10.0.66';
const outside = '203.0.113.9';
const to = (source: string, destination = victim) => ({ source, destination });
const series = <T>(count: number, make: (i: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => make(i));
const fill = (put: (traffic: Traffic) => void): CapturedPacket[] => {
  const traffic = new Traffic();
  put(traffic);
  return traffic.packets;
};

const quote = ipv4(ipProtocol.udp, udp(5000, 33_434, Buffer.alloc(8)), to(attacker, outside));
const exceeded = (router: string): Buffer =>
  ethernet(
    etherType.ipv4,
    ipv4(ipProtocol.icmp, icmp(11, 0, quote.subarray(0, 28)), to(router, attacker)),
  );
const withTtl = (frame: Buffer, ttl: number): Buffer => {
  frame[14 + 8] = ttl;
  return frame;
};

const attacks: Record<string, () => CraftedAttack> = {
  'FIN and ACK to sixty ports (nmap -sM)': () => ({
    kind: 'port_scan_maimon',
    source: attacker,
    destination: victim,
    packets: paced(
      series(60, (i) => tcpFrame(to(attacker), 40_000, 1 + i, tcpFlag.fin | tcpFlag.ack)),
      50,
    ),
  }),
  'two thousand short connections to a database in four seconds': () => ({
    kind: 'connection_flood',
    source: attacker,
    destination: victim,
    packets: paced(series(2000, (i) => connection(to(attacker), 10_000 + i, 5432)).flat(), 3000),
  }),
  'sixty connections to a database that say nothing': () => ({
    kind: 'slow_connections',
    source: attacker,
    destination: victim,
    packets: fill((t) =>
      series(60, (i) => {
        t.connection(i * 0.05, { client: attacker, server: victim, port: 5432, end: 'open' });
        t.ping(12 + i / 100, victim, '10.10.0.1');
      }),
    ),
  }),
  'the words of a mining pool': () => ({
    kind: 'crypto_mining',
    source: victim,
    destination: outside,
    packets: fill((t) =>
      t.connection(0, {
        client: victim,
        server: outside,
        port: 3333,
        says: ['{"id":1,"method":"mining.subscribe","params":[]}\n', '{"id":1,"result":[]}\n'],
      }),
    ),
  }),
  'data in forty SYN packets': () => ({
    kind: 'covert_channel',
    source: attacker,
    destination: victim,
    packets: paced(
      series(40, (i) =>
        ethernet(
          etherType.ipv4,
          ipv4(
            ipProtocol.tcp,
            tcp(40_000 + i, 80, Buffer.from(`secret ${i}`), { flags: tcpFlag.syn }),
            to(attacker),
          ),
        ),
      ),
      10,
    ),
  }),
  'two tags, the native VLAN outside': () => ({
    kind: 'vlan_hopping',
    source: attacker,
    destination: victim,
    packets: paced(
      series(10, () =>
        ethernet(
          etherType.vlan,
          vlanTag(
            1,
            etherType.vlan,
            vlanTag(20, etherType.ipv4, ipv4(ipProtocol.icmp, icmp(8, 0), to(attacker))),
          ),
        ),
      ),
      10,
    ),
  }),
  'a trace over six routers': () => ({
    kind: 'traceroute',
    source: attacker,
    destination: outside,
    packets: paced(
      series(6, (hop) => [
        withTtl(udpFrame(to(attacker, outside), 5000, 33_434 + hop, Buffer.alloc(20)), hop + 1),
        exceeded(`10.99.${hop}.1`),
      ]).flat(),
      4,
    ),
  }),
  'packets with two hops to go, and no router that answers': () => ({
    kind: 'low_ttl',
    source: attacker,
    destination: victim,
    packets: paced(
      series(60, () => withTtl(udpFrame(to(attacker), 5000, 9999, Buffer.alloc(40)), 2)),
      10,
    ),
  }),
  'a connection to the outside for two hours': () => ({
    kind: 'long_connection',
    source: victim,
    destination: outside,
    packets: fill((t) =>
      t.connection(0, {
        client: victim,
        server: outside,
        port: 8443,
        says: series(72, () => 40),
        pause: 100,
      }),
    ),
  }),
  'routing headers of type 0': () => ({
    kind: 'ipv6_ext_abuse',
    source: 'fd00:10::66',
    destination: 'fd00:10::10',
    packets: paced(
      series(5, () =>
        ethernet(
          etherType.ipv6,
          ipv6(
            ipProtocol.routing,
            ipv6Routing(ipProtocol.udp, udp(5000, 7, Buffer.alloc(8))),
            to('fd00:10::66', 'fd00:10::10'),
          ),
        ),
      ),
      5,
    ),
  }),
  'SSH on port 8022': () => ({
    kind: 'unusual_port',
    source: attacker,
    destination: victim,
    packets: fill((t) =>
      t.connection(0, {
        client: attacker,
        server: victim,
        port: 8022,
        serverFirst: true,
        says: ['SSH-2.0-OpenSSH_9.2\r\n', 'SSH-2.0-OpenSSH_9.2\r\n'],
      }),
    ),
  }),
};

const scanFrames = (): Buffer[] =>
  series(60, (i) => refused(to(attacker), 40_000 + i, 1 + i)).flat();
const outer = to('172.16.0.1', '172.16.0.2');
const wrapped = (protocol: number, payload: Uint8Array): Buffer =>
  ethernet(etherType.ipv4, ipv4(protocol, payload, outer));
const tunnels: Record<string, (inner: Buffer) => Buffer> = {
  'VXLAN 42': (inner) =>
    wrapped(
      ipProtocol.udp,
      udp(50_000, 4789, Buffer.concat([u32(0x08000000), u32(42 << 8), inner])),
    ),
  'Geneve 42': (inner) =>
    wrapped(
      ipProtocol.udp,
      udp(50_000, 6081, Buffer.concat([u32(0x00006558), u32(42 << 8), inner])),
    ),
  GRE: (inner) => wrapped(ipProtocol.gre, gre(etherType.ipv4, inner.subarray(14))),
};

const crafted = new CraftedDetection();
crafted.install();

describe('kinds of which no capture and no tool is at hand', () => {
  for (const [name, make] of Object.entries(attacks))
    test(name, async () => {
      await crafted.isFoundOnce(name, make());
    });
});

describe('a scan inside', () => {
  for (const [name, wrap] of Object.entries(tunnels))
    test(name, async () => {
      const packets = paced(scanFrames().map(wrap), 100);
      const scan = { kind: 'port_scan_syn', source: attacker, destination: victim, packets };
      const lines = await crafted.isFoundOnce(`a scan inside ${name.split(' ')[0]}`, scan);
      const alert = lastLines(lines).find(({ kind }) => kind === 'port_scan_syn');
      assert.match(alert?.['evidence'].inside, new RegExp(name));
    });
});

describe('a capture whose clock', () => {
  const scan = (): CapturedPacket[] => paced(scanFrames(), 20);

  test('runs backwards has its attacks found, once', async () => {
    const packets = scan().map((packet, i, all) => ({
      ...packet,
      timeUs: all[all.length - 1 - i]!.timeUs!,
    }));
    const attack = { kind: 'port_scan_syn', source: attacker, destination: victim, packets };
    const lines = await crafted.isFoundOnce('a scan in a capture that runs backwards', attack);
    assert.ok(lines.some(({ code }) => code === 'time_backwards'));
  });

  test('jumps by years, there and back, does no harm', async () => {
    const years = 5 * 365 * 86_400e6;
    const packets = scan().map((packet, i) => ({
      ...packet,
      timeUs: packet.timeUs! + (i % 40 === 39 ? years : i % 40 === 19 ? -years : 0),
    }));
    const alerts = lastLines(await crafted.read(packets));
    assert.ok(alerts.length <= 3, alerts.map(({ message }) => message).join('\n'));
    for (const { state } of alerts) assert.equal(state, 'ended');
  });

  test('jumps forward in the midst of an attack ends it and finds it anew', async () => {
    const day = 86_400e6;
    const packets = [
      ...scan(),
      ...scan().map((packet) => ({ ...packet, timeUs: packet.timeUs! + day })),
    ];
    const alerts = lastLines(await crafted.read(packets)).filter(
      ({ kind }) => kind === 'port_scan_syn',
    );
    assert.equal(alerts.length, 2, alerts.map(({ message }) => message).join('\n'));
  });
});

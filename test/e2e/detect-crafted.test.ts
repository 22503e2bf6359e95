// Attacks that no packaged tool makes, written as captures and read by the real program: the right kind, source and number of alerts.
import { describe, test } from 'node:test';
import {
  connection,
  dhcpDialogue,
  lookUp,
  paced,
  randomNumbers,
  refused,
  resolver,
  stranger,
  tcpFrame,
  udpFrame,
  unreachable,
  victim,
  victim6,
} from '../support/attack-packets.js';
import { type CraftedAttack, CraftedDetection } from '../support/crafted-detection.js';
import { dnsMessage } from '../support/dns-message-builder.js';
import { tcpFlag } from '../support/packet-builder.js';

const attacker = '10.10.0.66';
const syn = tcpFlag.syn;
const series = <T>(count: number, make: (i: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => make(i));
const to = (source: string, destination = victim) => ({ source, destination });

const crafted = new CraftedDetection();

const attacks: Record<string, () => CraftedAttack> = {
  'four hundred ports shared by forty sources': () => ({
    kind: 'distributed_scan',
    source: null,
    destination: victim,
    packets: paced(
      series(400, (i) => refused(to(stranger(i % 40)), 40_000 + i, 1 + ((i * 7) % 1000))).flat(),
      200,
    ),
  }),
  'twelve NodePorts': () => ({
    kind: 'nodeport_probe',
    source: stranger(8),
    packets: paced(series(12, (i) => refused(to(stranger(8)), 44_444, 30_000 + i * 37)).flat(), 20),
  }),
  'SYN-ACKs of sixty servers that nobody asked': () => ({
    kind: 'tcp_reflection',
    source: null,
    destination: victim,
    packets: paced(
      series(1500, (i) =>
        tcpFrame(to(stranger(i % 60)), [80, 443, 22][i % 3]!, 1024 + ((i * 31) % 60_000), syn | 16),
      ),
      300,
    ),
  }),
  'the same to a service of the victim': () => ({
    kind: 'tcp_reflection',
    source: null,
    destination: victim,
    packets: paced(
      series(1500, (i) => tcpFrame(to(stranger(i % 200)), 443, 80, syn | 16)),
      300,
    ),
  }),
  'SYN-ACKs from everywhere and any port': () => {
    const random = randomNumbers(3);
    const from = () => `${1 + random(220)}.${random(250)}.${random(250)}.${1 + random(250)}`;
    return {
      kind: 'ack_flood',
      source: null,
      destination: victim,
      packets: paced(
        series(3000, () => tcpFrame(to(from()), 1024 + random(60_000), 80, syn | 16)),
        1500,
      ),
    };
  },
  'SYNs over IPv6 from forged sources': () => ({
    kind: 'syn_flood',
    source: null,
    destination: victim6,
    packets: paced(
      series(2000, (i) =>
        tcpFrame(to(`2001:db8:${i.toString(16)}::1`, victim6), 1024 + i, 80, syn),
      ),
      1000,
    ),
  }),
  'UDP over IPv6': () => ({
    kind: 'udp_flood',
    source: 'fd00:10::66',
    destination: victim6,
    packets: paced(
      series(3000, (i) => udpFrame(to('fd00:10::66', victim6), 1024 + i, 9, Buffer.alloc(100))),
      1500,
    ),
  }),
  'unreachables by the thousand': () => ({
    kind: 'icmp_flood',
    source: attacker,
    destination: victim,
    packets: paced(
      series(3000, () => unreachable(attacker)),
      1500,
    ),
  }),
  'five look-ups with a forged answer before the true one': () => ({
    kind: 'dns_spoof',
    source: resolver,
    destination: victim,
    packets: paced(
      series(5, () =>
        lookUp('www.bank.example', 77, { address: attacker }, { address: '198.51.100.7' }),
      ).flat(),
      40,
    ),
  }),
  'one answer of a second DHCP server, with a router of its own': () => ({
    kind: 'rogue_dhcp',
    source: attacker,
    packets: paced(
      [
        ...dhcpDialogue('02:00:00:00:01:01', { address: '10.10.0.1', mac: '02:00:00:00:00:01' }),
        ...dhcpDialogue('02:00:00:00:01:02', { address: attacker, mac: '02:00:00:00:00:42' }),
      ],
      6,
    ),
  }),
  'a DHCP server in the name of the known one': () => ({
    kind: 'rogue_dhcp',
    source: attacker,
    packets: paced(
      [
        ...dhcpDialogue('02:00:00:00:01:01', { address: '10.10.0.1', mac: '02:00:00:00:00:01' }),
        ...dhcpDialogue('02:00:00:00:01:02', {
          address: attacker,
          mac: '02:00:00:00:00:42',
          id: '10.10.0.1',
        }),
      ],
      6,
    ),
  }),
  'names of a file server mistyped, each answered by one host (Responder)': () => ({
    kind: 'dns_spoof',
    source: attacker,
    packets: paced(
      ['fileserv', 'wpad', 'printer2', 'intranat', 'mailsrv'].flatMap((name, i) => [
        udpFrame(to(victim, '224.0.0.252'), 50_000 + i, 5355, dnsMessage({ name, id: i })),
        udpFrame(to(attacker), 5355, 50_000 + i, dnsMessage({ name, id: i, answer: attacker })),
      ]),
      4,
    ),
  }),
  'thirty random domains that do not exist': () => {
    const random = randomNumbers(5);
    const letters = () => series(14, () => String.fromCharCode(97 + random(26))).join('');
    return {
      kind: 'dga',
      source: victim,
      packets: paced(
        series(30, (i) => lookUp(`${letters()}.com`, 100 + i, { rcode: 3 })).flat(),
        20,
      ),
    };
  },
  'a database used from outside': () => ({
    kind: 'exposed_service',
    source: stranger(4),
    destination: victim,
    packets: paced(connection(to(stranger(4)), 40_000, 6379), 10),
  }),
  'traffic with a listed network': () => ({
    kind: 'threat_intel',
    source: victim,
    destination: '198.51.100.9',
    packets: paced(connection(to(victim, '198.51.100.9'), 40_000, 443), 10),
    settings: { threatNetworks: ['198.51.100.0/24'] },
  }),
  'much sent to one place outside, little back': () => ({
    kind: 'data_exfiltration',
    source: victim,
    destination: '198.51.100.9',
    packets: paced(
      [
        ...connection(to(victim, '198.51.100.9'), 40_000, 443).slice(0, 3),
        ...series(1000, () =>
          udpFrame(to(victim, '198.51.100.9'), 40_001, 4433, Buffer.alloc(1400)),
        ),
      ],
      200,
    ),
    settings: { thresholds: { beaconing: { exfiltrationBytes: 1_000_000 } } },
  }),
};

crafted.install();

describe('crafted attacks', () => {
  for (const [name, make] of Object.entries(attacks))
    test(name, async () => {
      await crafted.isFoundOnce(name, make());
    });
});

describe('what looks like them, but is none', () => {
  test('answers of a resolver that differ because the question was asked again', async () => {
    const again = series(5, (i) => [
      ...lookUp('www.example.org', 10 + i, { address: '198.51.100.1' }),
      ...lookUp('www.example.org', 10 + i, { address: '198.51.100.2' }),
    ]).flat();
    await crafted.assertSilent(paced(again, 40));
  });

  test('one DHCP server, ten clients', async () => {
    const server = { address: '10.10.0.1', mac: '02:00:00:00:00:01' };
    const frames = series(10, (i) => dhcpDialogue(`02:00:00:00:01:0${i}`, server)).flat();
    await crafted.assertSilent(paced(frames, 20));
  });

  test('two DHCP servers that hand out the same router, and two relays of one server', async () => {
    const router = '10.10.0.254';
    const pair = ['10.10.0.1', '10.10.0.2'].map((address, i) => ({
      address,
      router,
      mac: `02:00:00:00:00:0${i + 1}`,
    }));
    const relays = pair.map((server) => ({ ...server, id: '10.99.0.1' }));
    const frames = series(10, (i) => [
      ...dhcpDialogue(`02:00:00:00:01:0${i}`, ...pair),
      ...dhcpDialogue(`02:00:00:00:02:0${i}`, ...relays),
    ]).flat();
    await crafted.assertSilent(paced(frames, 20));
  });

  test("a day's backscatter: stray answers of forty hosts, five a second", async () => {
    const frames = series(300, (i) =>
      tcpFrame(to(stranger(i % 40)), 80, 1024 + ((i * 17) % 60_000), i % 2 ? 20 : 18),
    );
    await crafted.assertSilent(paced(frames, 5));
  });

  test('three names mistyped', async () => {
    const frames = ['exmaple.com', 'gogle.com', 'qzxwvkjh.net'].flatMap((name, i) =>
      lookUp(name, 5 + i, { rcode: 3 }),
    );
    await crafted.assertSilent(paced(frames, 2));
  });
});

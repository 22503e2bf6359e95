// Floods of layer 2: MAC addresses by the hundred, DHCP requests that use up the pool, and a second DHCP server.

import type { Fact } from '../../model/fact.js';
import { controlFeature, payloadClass } from '../../wire/layout.generated.js';
import { addressKey, addressText, macText } from '../address.js';
import { plural } from '../names.js';
import {
  type Report,
  type Rule,
  type RuleContext,
  type RuleDefinition,
  readThresholds,
} from '../rule.js';
import type { Tick } from '../tick.js';
import { RecencyTable, RollingSet, RollingSum, Sample, type StateLedger } from '../windows.js';

const INTERFACES_CAP = 256;
const SERVERS_CAP = 256;
const MACS_CAP = 8192;
/** A server that is silent for that long no longer speaks for the network (leases are renewed within hours). */
const SERVER_FORGOTTEN_US = 4 * 3600e6;
const MAGIC_COOKIE = 0x63825363;
const MESSAGE_TYPE = 53;
const OFFER = 2;
const ACKNOWLEDGE = 5;
const BOOT_REQUEST = 1;
const DHCPV6_SERVER = 547;
/** SOLICIT, REQUEST, CONFIRM, RENEW, REBIND. */
const v6Requests = new Set([1, 3, 4, 5, 6]);

const thresholds = {
  newMacs: {
    value: 100,
    unit: 'MACs',
    meaning: 'new source MACs in a second on one interface',
    origin: 'detection.md A.5; macof sends thousands',
  },
  dhcpRequests: {
    value: 50,
    unit: 'requests',
    meaning: 'DHCP requests of different clients in 10 s',
    origin: 'detection.md A.5',
  },
  dhcpRepeats: {
    value: 100,
    unit: 'requests',
    meaning: 'DHCP requests in 10 s whoever asks',
    origin: 'measured: A17 250 in 5 s; a client asks 4 times in 10 s',
  },
  rogueAnswers: {
    value: 2,
    unit: 'answers',
    meaning: 'answers of a second DHCP server',
    origin: 'detection.md [21]; fail-over pairs go on the allow list',
  },
} as const;

interface Segment {
  readonly name: string;
  readonly macs: RollingSet;
  readonly macExamples: Sample;
  macsFirstUs: number;
  macAdded: number;
  readonly clients: RollingSet;
  readonly clientExamples: Sample;
  readonly requests: RollingSum;
  readonly requesters: Map<string, number>;
  requestsFirstUs: number;
  requestAdded: number;
  isV6: boolean;
  lastUs: number;
}

interface Server {
  readonly text: string;
  readonly mac: string;
  readonly firstUs: number;
  answers: number;
  added: number;
  lastUs: number;
  client: string;
}

class Layer2Flood implements Rule {
  readonly #t: Readonly<Record<keyof typeof thresholds, number>>;
  readonly #ledger: StateLedger;
  readonly #segments: RecencyTable<string, Segment>;
  /** By interface: DHCP servers in the order in which they were first heard. */
  readonly #servers: RecencyTable<string, Map<string, Server>>;

  constructor(context: RuleContext) {
    this.#t = readThresholds(context, thresholds);
    this.#ledger = context.ledger;
    this.#segments = new RecencyTable('layer 2: interfaces', INTERFACES_CAP, context.ledger);
    this.#servers = new RecencyTable('dhcp: interfaces', INTERFACES_CAP, context.ledger);
  }

  fact(fact: Fact): void {
    if (fact.type === 'source_mac') {
      const segment = this.#segment(fact);
      if (segment.macs.size(fact.timeUs) === 0) segment.macsFirstUs = fact.timeUs;
      if (segment.macs.add(macKey(fact.sourceMac), fact.timeUs)) {
        segment.macAdded += 1;
        segment.macExamples.add(macText(fact.sourceMac));
      }
      segment.lastUs = fact.timeUs;
    } else if (fact.reason === payloadClass.dhcp) {
      if (fact.family === 4) this.#dhcp(fact);
      else this.#dhcpV6(fact);
    }
  }

  #segment(fact: Fact): Segment {
    return this.#segments.getOrCreate(fact.interface, () => ({
      name: fact.interface,
      macs: new RollingSet(2e6, MACS_CAP, this.#ledger),
      macExamples: new Sample(),
      macsFirstUs: fact.timeUs,
      macAdded: 0,
      clients: new RollingSet(10e6, MACS_CAP, this.#ledger),
      clientExamples: new Sample(),
      requests: new RollingSum(10e6),
      requesters: new Map(),
      requestsFirstUs: fact.timeUs,
      requestAdded: 0,
      isV6: false,
      lastUs: fact.timeUs,
    }));
  }

  #dhcp(fact: Fact): void {
    const { payload } = fact;
    if (payload.length < 240) return;
    if (payload[0] !== BOOT_REQUEST) {
      this.#answer(fact);
      return;
    }
    // The hardware address that is asked for, and the client's address: starvation changes one of them.
    const hardware = macText(payload, 28);
    const client = `${hardware} ${payload[12]}.${payload[13]}.${payload[14]}.${payload[15]}`;
    this.#request(fact, client, hardware);
  }

  #dhcpV6(fact: Fact): void {
    const isRequest = fact.destinationPort === DHCPV6_SERVER && v6Requests.has(fact.payload[0]!);
    const mac = macText(fact.sourceMac);
    if (isRequest) this.#request(fact, `${mac} ${addressText(fact.sourceAddress)}`, mac);
  }

  #request(fact: Fact, client: string, hardware: string): void {
    const segment = this.#segment(fact);
    if (segment.requests.value(fact.timeUs) === 0) {
      segment.requestsFirstUs = fact.timeUs;
      segment.requesters.clear();
    }
    segment.requests.add(1, fact.timeUs);
    segment.requestAdded += 1;
    segment.lastUs = fact.timeUs;
    segment.isV6 = fact.family !== 4;
    if (segment.clients.add(textKey(client), fact.timeUs)) segment.clientExamples.add(hardware);
    const frame = macText(fact.sourceMac);
    if (segment.requesters.size < 1024 || segment.requesters.has(frame)) {
      segment.requesters.set(frame, (segment.requesters.get(frame) ?? 0) + 1);
    }
  }

  #answer(fact: Fact): void {
    const type = messageType(fact.payload);
    if (type !== OFFER && type !== ACKNOWLEDGE) return;
    const servers = this.#servers.getOrCreate(fact.interface, () => new Map());
    // A relay passes answers on with its own MAC: the server is its IP address.
    const text = addressText(fact.sourceAddress);
    for (const [known, one] of servers) {
      if (fact.timeUs - one.lastUs > SERVER_FORGOTTEN_US) servers.delete(known);
    }
    let server = servers.get(text);
    if (!server) {
      if (servers.size >= SERVERS_CAP) return;
      server = {
        text,
        mac: macText(fact.sourceMac),
        firstUs: fact.timeUs,
        answers: 0,
        added: 0,
        lastUs: fact.timeUs,
        client: '',
      };
      servers.set(text, server);
    }
    server.answers += 1;
    server.added += 1;
    server.lastUs = fact.timeUs;
    server.client = macText(fact.payload, 28);
  }

  tick(tick: Tick, report: Report): void {
    for (const segment of this.#segments.values()) {
      if (segment.macAdded > 0) this.#judgeMacs(tick, segment, report);
      if (segment.requestAdded > 0) this.#judgeRequests(tick, segment, report);
    }
    for (const [name, servers] of this.#servers.entries())
      this.#judgeServers(name, servers, report);
  }

  #judgeMacs(tick: Tick, segment: Segment, report: Report): void {
    const added = segment.macAdded;
    segment.macAdded = 0;
    if (added < this.#t.newMacs * Math.max(1, tick.seconds)) return;
    report({
      kind: 'mac_flood',
      key: segment.name,
      source: null,
      destination: null,
      protocol: null,
      interface: segment.name,
      add: added,
      unit: 'MAC addresses',
      firstSeenUs: segment.macsFirstUs,
      lastSeenUs: segment.lastUs,
      message: `${plural(added, 'new MAC address', 'new MAC addresses')} in a second on ${segment.name}: the switch is being flooded`,
      spoofable: true,
      confidence: 'high',
      sources: segment.macExamples.with(added),
      threshold: { newMacs: this.#t.newMacs, windowSeconds: 1 },
    });
  }

  #judgeRequests(tick: Tick, segment: Segment, report: Report): void {
    const clients = segment.clients.size(tick.nowUs);
    const requests = segment.requests.value(tick.nowUs);
    if (clients < this.#t.dhcpRequests && requests < this.#t.dhcpRepeats) return;
    const added = segment.requestAdded;
    segment.requestAdded = 0;
    const all = [...segment.requesters.values()].reduce((sum, count) => sum + count, 0);
    const [main, most] = [...segment.requesters].reduce((a, b) => (b[1] > a[1] ? b : a));
    const one = most >= all * 0.9;
    report({
      kind: 'dhcp_flood',
      key: segment.name,
      source: one ? { mac: main } : null,
      destination: { address: segment.isV6 ? 'ff02::1:2' : '255.255.255.255' },
      protocol: 'UDP',
      interface: segment.name,
      add: added,
      unit: 'requests',
      firstSeenUs: segment.requestsFirstUs,
      lastSeenUs: segment.lastUs,
      message: `${one ? main : plural(clients, 'client')} ${one ? 'asks' : 'ask'} for DHCP addresses ${plural(requests, 'time')} in ten seconds: the pool is being used up`,
      spoofable: true,
      confidence: 'high',
      ...(one ? {} : { sources: segment.clientExamples.with(clients) }),
      evidence: { clients, requests },
      threshold: {
        clients: this.#t.dhcpRequests,
        requests: this.#t.dhcpRepeats,
        windowSeconds: 10,
      },
    });
  }

  #judgeServers(name: string, servers: ReadonlyMap<string, Server>, report: Report): void {
    const [first, ...others] = [...servers.values()];
    for (const server of others) {
      if (server.added === 0 || server.answers < this.#t.rogueAnswers) continue;
      const added = server.added;
      server.added = 0;
      report({
        kind: 'rogue_dhcp',
        key: `${name} ${server.text}`,
        source: { address: server.text, mac: server.mac },
        destination: null,
        protocol: 'UDP',
        interface: name,
        add: added,
        unit: 'answers',
        firstSeenUs: server.firstUs,
        lastSeenUs: server.lastUs,
        message: `${server.text} answers DHCP requests on ${name} beside ${first!.text}`,
        spoofable: true,
        confidence: 'medium',
        targets: { count: 1, sample: [server.client] },
        evidence: { knownServer: first!.text },
        threshold: { answers: this.#t.rogueAnswers },
      });
    }
  }
}

function messageType(payload: Uint8Array): number {
  const cookie =
    (payload[236]! << 24) | (payload[237]! << 16) | (payload[238]! << 8) | payload[239]!;
  if (cookie !== MAGIC_COOKIE) return 0;
  for (let at = 240; at + 2 < payload.length; ) {
    const option = payload[at]!;
    if (option === 255) return 0;
    if (option === 0) {
      at += 1;
      continue;
    }
    if (option === MESSAGE_TYPE) return payload[at + 2]!;
    at += 2 + payload[at + 1]!;
  }
  return 0;
}

function macKey(mac: Uint8Array): number {
  return (
    (mac[0]! * 256 + mac[1]!) * 4_294_967_296 +
    (((mac[2]! << 24) | (mac[3]! << 16) | (mac[4]! << 8) | mac[5]!) >>> 0)
  );
}

const encoder = new TextEncoder();

function textKey(text: string): number {
  const bytes = new Uint8Array(48);
  encoder.encodeInto(text, bytes);
  return addressKey(bytes, 0) + addressKey(bytes, 16) * 0.5 + addressKey(bytes, 32) * 0.25;
}

export const layer2Flood: RuleDefinition = {
  name: 'layer2-flood',
  kinds: ['mac_flood', 'dhcp_flood', 'rogue_dhcp'],
  method:
    'Counts source MACs that an interface has not seen lately, DHCP requests and their different clients, and DHCP servers: the first one heard is believed, a second one is reported.',
  thresholds,
  features: controlFeature.payloadDhcp | controlFeature.factsSourceMac,
  factTypes: ['source_mac', 'payload'],
  create: (context) => new Layer2Flood(context),
};

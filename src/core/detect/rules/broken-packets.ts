// Packets that no honest program makes: LAND, impossible flags, headers that lie, source routes, double tags.

import type { Severity } from '../../model/alert.js';
import type { KernelEvent } from '../../model/kernel-event.js';
import { controlFeature, KNP_VLAN_TAGS_MAX, malformedReason } from '../../wire/layout.generated.js';
import { addressText, isUnspecified, sameAddress } from '../address.js';
import { type AnomalousPair, AnomalousPairs, takeFinding } from '../anomalous-pairs.js';
import { plural, protocolText } from '../names.js';
import { FIN, RST, SYN, TCP, UDP } from '../protocol-numbers.js';
import {
  type Report,
  type Rule,
  type RuleContext,
  type RuleDefinition,
  readThresholds,
} from '../rule.js';
import type { Tick } from '../tick.js';
import type { Kind } from '../vocabulary.js';

const PAIRS_CAP = 4096;
const NO_TAG = 0xffff;
const DEFAULT_NATIVE_VLAN = 1;
const PAYLOAD_WITH_SYN_OR_RST = 1;
/** SYN+FIN+PSH+URG is a probe of nmap's OS detection: os_fingerprint reports it, this only records it. */
const NMAP_PROBE = 0x2b;
/** Loose and strict source route, and the routing header of type 0. */
const sourceRoutes = new Set([131, 137, 43]);

/** "IPv4 total length", "UDP truncated". */
const malformedWords = new Map<number, string>(
  Object.entries(malformedReason).map(([name, reason]) => [
    reason,
    name
      .replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
      .replace(/^(?:ah|arp|dccp|gre|mpls|sctp|tcp|udp|vlan)\b/, (word) => word.toUpperCase())
      .replace(
        /^(ip|icmp)v(\d)/,
        (_, word, version) => `${word === 'ip' ? 'IP' : 'ICMP'}v${version}`,
      )
      .replace(/^icmp\b/, 'ICMP')
      .replace(/^pppoe\b/, 'PPPoE'),
  ]),
);

/** What an IPv4 option, an IPv6 header or one out of its place is called. */
const optionWords = new Map<number, string>([
  [0, 'many hop-by-hop headers'],
  [7, 'record route'],
  [60, 'destination options, long or many'],
  [130, 'security option'],
  [0x100, 'a hop-by-hop header behind others'],
]);

const thresholds = {
  malformed: {
    value: 5,
    unit: 'packets',
    meaning: 'malformed packets of one source in a minute',
    origin: 'chosen: five broken packets a minute are no single bit error',
  },
  impossibleFlags: {
    value: 5,
    unit: 'packets',
    meaning: 'packets with impossible TCP flags of one source in a minute',
    origin: 'Suricata, Zeek baroque_SYN; medium, others low',
  },
  extensionHeaders: {
    value: 3,
    unit: 'packets',
    meaning: 'packets with abused extension headers or options',
    origin: 'RFC 5095, RFC 8200',
  },
  dataInHandshake: {
    value: 20,
    unit: 'packets',
    meaning: 'SYN or RST packets with data',
    origin: 'TCP Fast Open sends few',
  },
} as const;

interface Oddity extends AnomalousPair {
  readonly causes: Map<string, number>;
  severity: Severity;
}

class BrokenPackets implements Rule {
  readonly #t: Readonly<Record<keyof typeof thresholds, number>>;
  readonly #oddities: AnomalousPairs<Oddity>;

  constructor(context: RuleContext) {
    this.#t = readThresholds(context, thresholds);
    this.#oddities = new AnomalousPairs<Oddity>(
      'broken packets: pairs',
      PAIRS_CAP,
      context.ledger,
      (pair) => ({
        ...pair,
        causes: new Map(),
        severity: 'low',
      }),
    );
  }

  kernelEvent(kernelEvent: KernelEvent, tick: Tick): void {
    const source = addressText(kernelEvent.sourceAddress);
    const destination = addressText(kernelEvent.destinationAddress);
    const protocol = protocolText(kernelEvent.protocol);
    const add = (kind: Kind, cause: string, severity: Severity): void =>
      this.#add(
        tick,
        kind,
        source,
        destination,
        protocol,
        kernelEvent.interface,
        cause,
        severity,
        1,
        kernelEvent.timeUs,
      );
    if (kernelEvent.type === 'malformed') {
      if (!isUnspecified(kernelEvent.sourceAddress))
        add('malformed', malformedWords.get(kernelEvent.reason) ?? 'header', 'low');
    } else if (kernelEvent.type === 'tcp_flags') {
      if (kernelEvent.reason === PAYLOAD_WITH_SYN_OR_RST)
        add('covert_channel', 'data with SYN or RST', 'low');
      // NULL, FIN and XMAS are scans; what is left is never legal.
      else if (isImpossible(kernelEvent.tcpFlags))
        add(
          'malformed',
          flagText(kernelEvent.tcpFlags),
          (kernelEvent.tcpFlags & 0x3f) === NMAP_PROBE ? 'low' : 'medium',
        );
    } else if (kernelEvent.type === 'ip_option') {
      const routed = sourceRoutes.has(kernelEvent.reason);
      add(
        'ipv6_ext_abuse',
        routed
          ? 'source route'
          : (optionWords.get(kernelEvent.reason) ?? `header or option ${kernelEvent.reason}`),
        routed ? 'medium' : 'low',
      );
    }
  }

  tick(tick: Tick, report: Report): void {
    const { flows } = tick;
    for (let i = 0; i < flows.touchedCount; i += 1) {
      const slot = flows.touched[i]!;
      const protocol = flows.protocol[slot]!;
      if (
        tick.sourceHost[i] === tick.destinationHost[i] &&
        (protocol === TCP || protocol === UDP)
      ) {
        this.#land(tick, slot);
      }
      if (flows.vlan[slot * KNP_VLAN_TAGS_MAX + 1] !== NO_TAG) this.#doubleTag(tick, slot);
    }
    for (const oddity of this.#oddities.active) this.#judge(tick, oddity, report);
    this.#oddities.active.clear();
  }

  #land(tick: Tick, slot: number): void {
    const { flows } = tick;
    if (flows.lowPort[slot] !== flows.highPort[slot] || flows.hasPorts[slot] === 0) return;
    if (!sameAddress(flows.lowAddress, slot * 16, flows.highAddress, slot * 16)) return;
    const packets = flows.deltaLowToHighPackets[slot]! + flows.deltaHighToLowPackets[slot]!;
    const text = tick.sourceText(slot);
    this.#add(
      tick,
      'land',
      text,
      text,
      protocolText(flows.protocol[slot]!),
      tick.interfaceName(slot),
      `port ${flows.lowPort[slot]}`,
      'medium',
      packets,
      flows.lastSeenUs[slot]!,
    );
  }

  #doubleTag(tick: Tick, slot: number): void {
    const { flows } = tick;
    const outer = flows.vlan[slot * KNP_VLAN_TAGS_MAX]!;
    // Providers use other outer tags; the native VLAN is sent without one, so its tag has a purpose.
    if (outer !== DEFAULT_NATIVE_VLAN) return;
    const packets = flows.deltaLowToHighPackets[slot]! + flows.deltaHighToLowPackets[slot]!;
    this.#add(
      tick,
      'vlan_hopping',
      tick.sourceText(slot),
      tick.destinationText(slot),
      protocolText(flows.protocol[slot]!),
      tick.interfaceName(slot),
      `tags ${outer} and ${flows.vlan[slot * KNP_VLAN_TAGS_MAX + 1]}`,
      'low',
      packets,
      flows.lastSeenUs[slot]!,
    );
  }

  #add(
    tick: Tick,
    kind: Kind,
    source: string,
    destination: string,
    protocol: string,
    where: string,
    cause: string,
    severity: Severity,
    packets: number,
    timeUs: number,
  ): void {
    const packet = { kind, source, destination, protocol, interface: where, timeUs };
    const oddity = this.#oddities.add(packet, packets, tick.nowUs);
    if (severity === 'medium') oddity.severity = 'medium';
    if (oddity.causes.size < 16 || oddity.causes.has(cause)) {
      oddity.causes.set(cause, (oddity.causes.get(cause) ?? 0) + packets);
    }
  }

  #judge(tick: Tick, oddity: Oddity, report: Report): void {
    const recent = oddity.recent.value(tick.nowUs);
    const limit = this.#limit(oddity);
    if (recent < limit) return;
    const causes = [...oddity.causes].sort((a, b) => b[1] - a[1]);
    report({
      ...takeFinding(oddity),
      severity: oddity.severity,
      message: messageOf(oddity, recent, causes[0]?.[0] ?? ''),
      confidence: oddity.severity === 'medium' ? 'high' : 'low',
      evidence: { causes: Object.fromEntries(causes) },
      threshold: { packets: limit, windowSeconds: AnomalousPairs.WINDOW_SECONDS },
    });
  }

  #limit(oddity: Oddity): number {
    switch (oddity.kind) {
      case 'land':
      case 'vlan_hopping':
        return 2;
      case 'ipv6_ext_abuse':
        return this.#t.extensionHeaders;
      case 'covert_channel':
        return this.#t.dataInHandshake;
      default:
        return oddity.severity === 'medium' ? this.#t.impossibleFlags : this.#t.malformed;
    }
  }
}

function messageOf(oddity: Oddity, packets: number, cause: string): string {
  const { source, destination } = oddity;
  switch (oddity.kind) {
    case 'land':
      return `${plural(packets, 'packet')} to ${destination} with its own address as source, ${cause}`;
    case 'vlan_hopping':
      return `${source} sends ${plural(packets, 'packet')} with two VLAN tags (${cause}), an attempt at VLAN hopping`;
    case 'ipv6_ext_abuse':
      return `${source} sends ${destination} ${plural(packets, 'packet')} with suspicious extension headers or options (${cause})`;
    case 'covert_channel':
      return `${source} sends ${destination} data in packets that should carry none (${cause})`;
    default:
      return `${source} sends ${destination} ${plural(packets, 'malformed packet')} (${cause})`;
  }
}

/** SYN with FIN or RST, FIN with RST, and everything at once. */
function isImpossible(flags: number): boolean {
  const both = (mask: number): boolean => (flags & mask) === mask;
  return both(SYN | FIN) || both(SYN | RST) || both(FIN | RST);
}

const flagNames = ['FIN', 'SYN', 'RST', 'PSH', 'ACK', 'URG', 'ECE', 'CWR'];

function flagText(flags: number): string {
  return flagNames.filter((_, bit) => flags & (1 << bit)).join('+');
}

export const brokenPackets: RuleDefinition = {
  name: 'broken-packets',
  kinds: ['malformed', 'land', 'ipv6_ext_abuse', 'vlan_hopping', 'covert_channel'],
  method:
    'Counts by pair of hosts what the parser finds malformed, invalid TCP flags, source routes and abused extension headers, packets with equal source and destination, double tags with the native VLAN outside, and data in SYN or RST.',
  thresholds,
  features:
    controlFeature.eventsMalformed | controlFeature.eventsTcpFlags | controlFeature.eventsIpOption,
  eventTypes: ['malformed', 'tcp_flags', 'ip_option'],
  create: (context) => new BrokenPackets(context),
};

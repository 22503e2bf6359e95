// Scans of IP protocol numbers, and the odd probes that guess an operating system.

import type { KernelEvent } from '../../model/kernel-event.js';
import { quotedHeader } from '../../protocols/icmp-quote.js';
import { controlFeature, payloadClass } from '../../wire/layout.generated.js';
import { addressKey, addressText, isGroupAddress, pairKey } from '../address.js';
import { listText, plural } from '../names.js';
import { ICMP, TCP, UDP } from '../protocol-numbers.js';
import {
  type Report,
  type Rule,
  type RuleContext,
  type RuleDefinition,
  readThresholds,
} from '../rule.js';
import type { Tick } from '../tick.js';
import { RecencyTable, RollingSet, type StateLedger } from '../windows.js';

const PAIRS_CAP = 4096;
const SOURCES_CAP = 1024;
const ARP_FAMILY = 1;
const PROTOCOL_UNREACHABLE = (3 << 8) | 2;

const thresholds = {
  protocols: {
    value: 10,
    unit: 'protocols',
    meaning: 'IP protocol numbers tried on one host in a minute',
    origin: 'measured: benign pairs use at most 4',
  },
  probes: {
    value: 3,
    unit: 'kinds of probe',
    meaning: 'different unusual probes of one source in 10 s',
    origin: 'nmap -O sends 7 kinds',
  },
} as const;

interface Pair {
  readonly source: string;
  readonly destination: string;
  readonly interface: string;
  readonly protocols: RollingSet;
  firstUs: number;
  lastUs: number;
}

interface Prober {
  readonly source: string;
  readonly interface: string;
  readonly destinations: Set<string>;
  readonly seen: Map<string, number>;
}

class ProtocolProbe implements Rule {
  readonly #t: Readonly<Record<keyof typeof thresholds, number>>;
  readonly #pairs: RecencyTable<number, Pair>;
  readonly #probers: RecencyTable<number, Prober>;
  readonly #ledger: StateLedger;
  readonly #activePairs = new Set<Pair>();
  readonly #activeProbers = new Set<Prober>();

  constructor(context: RuleContext) {
    this.#t = readThresholds(context, thresholds);
    this.#ledger = context.ledger;
    this.#pairs = new RecencyTable(
      'protocol scan: pairs of hosts',
      PAIRS_CAP,
      context.ledger,
      (pair) => pair.protocols.release(),
    );
    this.#probers = new RecencyTable('os fingerprint: sources', SOURCES_CAP, context.ledger);
  }

  kernelEvent(kernelEvent: KernelEvent): void {
    if (kernelEvent.type === 'icmp_error') {
      if (kernelEvent.protocol !== ICMP || kernelEvent.reason !== PROTOCOL_UNREACHABLE) return;
      const quote = quotedHeader(kernelEvent.payload, kernelEvent.protocol === ICMP ? 4 : 6);
      // The answer goes to the one who scans.
      if (quote) {
        this.#protocol(
          kernelEvent.destinationAddress,
          kernelEvent.sourceAddress,
          0,
          quote.protocol,
          kernelEvent.interface,
          kernelEvent.timeUs,
          kernelEvent.timeUs,
        );
      }
      return;
    }
    const probe = oddProbe(kernelEvent);
    if (probe)
      this.#probe(
        kernelEvent.sourceAddress,
        0,
        addressText(kernelEvent.destinationAddress),
        probe,
        kernelEvent.interface,
        kernelEvent.timeUs,
      );
  }

  tick(tick: Tick, report: Report): void {
    const { flows } = tick;
    for (let i = 0; i < flows.touchedCount; i += 1) {
      const slot = flows.touched[i]!;
      if (!flows.isNew[slot] || flows.family[slot] === ARP_FAMILY) continue;
      const protocol = flows.protocol[slot]!;
      const low = flows.sourceIsLow[slot] === 1;
      const source = low ? flows.lowAddress : flows.highAddress;
      const target = low ? flows.highAddress : flows.lowAddress;
      if (protocol === TCP || protocol === UDP || protocol === ICMP) {
        // ECN set-up whose connection is dropped at once; an echo with a code.
        const ecnProbe = protocol === TCP && (tick.sourceFlags(slot) & 0xd6) === 0xc6;
        const codeProbe =
          protocol === ICMP && flows.icmpType[slot] === 8 && flows.icmpCode[slot] !== 0;
        if (ecnProbe || codeProbe) {
          this.#probe(
            source,
            slot * 16,
            tick.destinationText(slot),
            ecnProbe ? 'ecn' : 'echo code',
            tick.interfaceName(slot),
            flows.firstSeenUs[slot]!,
          );
        }
        // Three protocols that everybody speaks: they count only for pairs that have begun with another one.
        if (!this.#pairs.size || !this.#pairs.has(keyOf(source, target, slot * 16))) continue;
      }
      if (isGroupAddress(target, slot * 16)) continue;
      this.#protocol(
        source,
        target,
        slot * 16,
        protocol,
        tick.interfaceName(slot),
        flows.firstSeenUs[slot]!,
        tick.nowUs,
      );
    }
    for (const pair of this.#activePairs) this.#judgePair(tick, pair, report);
    for (const prober of this.#activeProbers) this.#judgeProber(tick, prober, report);
    this.#activePairs.clear();
    this.#activeProbers.clear();
  }

  #protocol(
    source: Uint8Array,
    target: Uint8Array,
    offset: number,
    protocol: number,
    where: string,
    timeUs: number,
    nowUs: number,
  ): void {
    const pair = this.#pairs.getOrCreate(keyOf(source, target, offset), () => ({
      source: addressText(source, offset),
      destination: addressText(target, offset),
      interface: where,
      protocols: new RollingSet(60e6, 256, this.#ledger),
      firstUs: timeUs,
      lastUs: timeUs,
    }));
    if (pair.protocols.size(nowUs) === 0) pair.firstUs = timeUs;
    pair.protocols.add(protocol, nowUs);
    pair.lastUs = Math.max(pair.lastUs, timeUs);
    this.#activePairs.add(pair);
  }

  #probe(
    source: Uint8Array,
    offset: number,
    destination: string,
    probe: string,
    where: string,
    timeUs: number,
  ): void {
    const prober = this.#probers.getOrCreate(addressKey(source, offset), () => ({
      source: addressText(source, offset),
      interface: where,
      destinations: new Set<string>(),
      seen: new Map<string, number>(),
    }));
    prober.seen.set(probe, timeUs);
    if (prober.destinations.size < 16) prober.destinations.add(destination);
    this.#activeProbers.add(prober);
  }

  #judgePair(tick: Tick, pair: Pair, report: Report): void {
    const protocols = pair.protocols.size(tick.nowUs);
    if (protocols < this.#t.protocols) return;
    report({
      kind: 'ip_protocol_scan',
      key: pair.source,
      source: { address: pair.source },
      destination: { address: pair.destination },
      protocol: null,
      interface: pair.interface,
      total: protocols,
      unit: 'protocols',
      firstSeenUs: pair.firstUs,
      lastSeenUs: pair.lastUs,
      message: `${pair.source} probed ${plural(protocols, 'IP protocol')} on ${pair.destination}`,
      spoofable: true,
      confidence: 'high',
      evidence: { protocols: [...pair.protocols.elements()].slice(0, 16) },
      threshold: { protocols: this.#t.protocols, windowSeconds: 60 },
    });
  }

  #judgeProber(tick: Tick, prober: Prober, report: Report): void {
    const newest = Math.max(...prober.seen.values());
    for (const [probe, timeUs] of prober.seen)
      if (newest - timeUs > 10e6) prober.seen.delete(probe);
    if (prober.seen.size < this.#t.probes) return;
    const destinations = [...prober.destinations];
    report({
      kind: 'os_fingerprint',
      key: prober.source,
      source: { address: prober.source },
      destination: destinations.length === 1 ? { address: destinations[0]! } : null,
      protocol: null,
      interface: prober.interface,
      total: prober.seen.size,
      unit: 'kinds of probe',
      firstSeenUs: Math.min(...prober.seen.values()),
      lastSeenUs: newest,
      message: `${prober.source} sent ${listText([...prober.seen.keys()], 8)} probes to ${listText(destinations)}: operating system fingerprinting`,
      spoofable: true,
      confidence: 'high',
      targets: { count: destinations.length, sample: destinations },
      evidence: { probes: [...prober.seen.keys()] },
      threshold: { probes: this.#t.probes, windowSeconds: 10 },
    });
    void tick;
  }
}

/** What nmap, xprobe and p0f's active kin send, and no ordinary client does. */
function oddProbe(kernelEvent: KernelEvent): string | null {
  if (kernelEvent.type === 'tcp_flags') {
    switch (kernelEvent.tcpFlags & 0x3f) {
      case 0:
        return 'NULL';
      case 0x2b:
        return 'SYN+FIN+PSH+URG';
      case 0x29:
        return 'FIN+PSH+URG';
      default:
        return null;
    }
  }
  if (kernelEvent.protocol !== UDP || kernelEvent.packetPayloadLength < 200) return null;
  const { payload } = kernelEvent;
  const first = payload[0];
  const isEven = payload.length >= 64 && payload.every((byte) => byte === first);
  return isEven ? 'equal bytes by UDP' : null;
}

function keyOf(source: Uint8Array, target: Uint8Array, offset: number): number {
  return pairKey(addressKey(source, offset), addressKey(target, offset));
}

export const protocolProbe: RuleDefinition = {
  name: 'protocol-probe',
  kinds: ['ip_protocol_scan', 'os_fingerprint'],
  method:
    'Counts the distinct IP protocol numbers that one host tries on another (and those that protocol-unreachable answers quote), and the different unusual probes that one source sends in 10 s: no flags, SYN+FIN+PSH+URG, FIN+PSH+URG, an abandoned ECN negotiation, an echo request with a code, UDP payload of one repeated byte.',
  thresholds,
  features:
    controlFeature.eventsTcpFlags |
    controlFeature.eventsIcmpError |
    controlFeature.payloadFirstBytes,
  eventTypes: ['tcp_flags', 'icmp_error', 'payload'],
  payloadClasses: [payloadClass.firstBytes],
  readsSegments: true,
  create: (context) => new ProtocolProbe(context),
};

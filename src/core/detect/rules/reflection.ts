// Attacks by answers: amplification, reflected TCP, smurf; and backscatter, their harmless trace.
import { isGroupAddress, isMulticast } from '../address.js';
import { plural } from '../names.js';
import { ACK, ICMP, ICMPV6, RST, SYN, TCP, UDP } from '../protocol-numbers.js';
import { reflectorPorts } from '../reflectors.js';
import {
  type Report,
  type Rule,
  type RuleContext,
  type RuleDefinition,
  readThresholds,
} from '../rule.js';
import type { Tick } from '../tick.js';
import { RecencyTable, RollingSet, RollingSum, Sample, type StateLedger } from '../windows.js';

const VICTIMS_CAP = 2048;
/** Answering ports of one victim: with more, these are no answers but forged packets. */
const PORTS_CAP = 64;
const ECHO_REQUEST = 8;
const ECHO_REQUEST_V6 = 128;
/** echo and chargen: fraggle. */
const fragglePorts = new Set([7, 19]);

const thresholds = {
  answers: {
    value: 300,
    unit: 'packets',
    meaning: 'unsolicited answers in 5 s from amplifying services',
    origin: 'chosen: only unsolicited answers are counted, so a low value has no false alerts',
  },
  answerBytes: {
    value: 150_000,
    unit: 'bytes',
    meaning: 'and at least this many bytes',
    origin: 'measured: captures A18 1.5 MB in 16 s, A19 490 kB',
  },
  broadcasts: {
    value: 50,
    unit: 'requests',
    meaning: 'requests to a broadcast or multicast address in 5 s',
    origin: 'chosen: a single ping to a broadcast address is common, fifty are not',
  },
  reflectors: {
    value: 10,
    unit: 'hosts',
    meaning: 'hosts that send unsolicited SYN-ACK or RST',
    origin: 'chosen: a few servers send unsolicited answers to every address',
  },
  reflectedPerSecond: {
    value: 20,
    unit: 'packets/s',
    meaning: 'unsolicited SYN-ACK or RST',
    origin: 'chosen: a day of real backscatter (capture A09) stays below 10/s',
  },
  backscatter: {
    value: 10,
    unit: 'hosts',
    meaning: 'hosts whose unsolicited answers are reported',
    origin: 'chosen: fewer are stray packets of expired connections',
  },
} as const;

interface Victim {
  readonly text: string;
  readonly packets: RollingSum;
  readonly bytes: RollingSum;
  readonly sources: RollingSet;
  /** Ports that answer: reflectors are of few services, forged packets of all. */
  readonly ports: RollingSet;
  readonly examples: Sample;
  service: string;
  slot: number;
  firstUs: number;
  lastUs: number;
  tickPackets: number;
}

class Reflection implements Rule {
  readonly #t: Readonly<Record<keyof typeof thresholds, number>>;
  readonly #ledger: StateLedger;
  readonly #amplified: RecencyTable<number, Victim>;
  readonly #reflected: RecencyTable<number, Victim>;
  readonly #smurfed: RecencyTable<number, Victim>;

  constructor(context: RuleContext) {
    this.#t = readThresholds(context, thresholds);
    this.#ledger = context.ledger;
    const table = (name: string): RecencyTable<number, Victim> =>
      new RecencyTable(name, VICTIMS_CAP, context.ledger, (victim) => {
        victim.sources.release();
        victim.ports.release();
      });
    this.#amplified = table('amplification: victims');
    this.#reflected = table('tcp reflection: victims');
    this.#smurfed = table('smurf: victims');
  }

  tick(tick: Tick, report: Report): void {
    const { flows } = tick;
    const amplified = new Set<Victim>();
    const reflected = new Set<Victim>();
    const smurfed = new Set<Victim>();
    for (let i = 0; i < flows.touchedCount; i += 1) {
      const slot = flows.touched[i]!;
      const protocol = flows.protocol[slot]!;
      if (protocol === UDP) {
        const victim = this.#unaskedAnswer(tick, i, slot) ?? null;
        if (victim) amplified.add(victim);
        else if (this.#isFraggle(tick, slot)) smurfed.add(this.#smurf(tick, i, slot));
      } else if (protocol === TCP) {
        const victim = this.#unaskedTcp(tick, i, slot);
        if (victim) reflected.add(victim);
      } else if (protocol === ICMP || protocol === ICMPV6) {
        if (isBroadcastPing(tick, slot)) smurfed.add(this.#smurf(tick, i, slot));
      }
    }
    for (const victim of amplified) this.#judgeAmplified(tick, victim, report);
    for (const victim of reflected) this.#judgeReflected(tick, victim, report);
    for (const victim of smurfed) this.#judgeSmurfed(tick, victim, report);
  }

  /** The flow's packets from a reflector's port towards a host that has sent nothing in it. */
  #unaskedAnswer(tick: Tick, position: number, slot: number): Victim | null {
    const { flows } = tick;
    const forward = tick.forwardPackets(slot);
    const reverse = tick.reversePackets(slot);
    if (forward > 0 && reverse > 0) return null;
    const fromSource = forward > 0;
    const port = fromSource ? tick.sourcePort(slot) : tick.destinationPort(slot);
    const service = reflectorPorts.get(port);
    // Fragments after the first have no ports: they count where a first one made the victim known.
    const portless = flows.hasPorts[slot] === 0 && flows.fragments[slot]! > 0;
    if (!service && !portless) return null;
    const victimHost = fromSource ? tick.destinationHost[position]! : tick.sourceHost[position]!;
    if (tick.hosts.isGroup(victimHost)) return null;
    const otherPort = fromSource ? tick.destinationPort(slot) : tick.sourcePort(slot);
    // Peers that use the same port on both sides (NTP, ISAKMP, mDNS) may well speak first.
    if (!portless && otherPort === port && port !== 500 && port !== 4500) return null;
    if (portless && !this.#amplified.has(tick.hosts.key(victimHost))) return null;
    const victim = this.#victim(tick, this.#amplified, victimHost, slot);
    if (service) victim.service = service;
    const low = fromSource === (flows.sourceIsLow[slot] === 1);
    this.#grow(
      tick,
      victim,
      fromSource ? tick.sourceHost[position]! : tick.destinationHost[position]!,
      slot,
      low ? flows.deltaLowToHighPackets[slot]! : flows.deltaHighToLowPackets[slot]!,
      low ? flows.deltaLowToHighBytes[slot]! : flows.deltaHighToLowBytes[slot]!,
    );
    return victim;
  }

  #unaskedTcp(tick: Tick, position: number, slot: number): Victim | null {
    const { flows } = tick;
    if (!flows.isNew[slot] || flows.syn[slot * 2]! + flows.syn[slot * 2 + 1]! > 0) return null;
    const forward = tick.forwardPackets(slot);
    const reverse = tick.reversePackets(slot);
    const answers = (flags: number): boolean =>
      (flags & (SYN | ACK)) === (SYN | ACK) ||
      ((flags & RST) !== 0 && (flags & ~(RST | ACK)) === 0);
    let fromSource: boolean;
    if (forward > 0 && answers(tick.sourceFlags(slot)) && onlyReset(tick, slot, false))
      fromSource = true;
    else if (reverse > 0 && answers(tick.destinationFlags(slot)) && onlyReset(tick, slot, true))
      fromSource = false;
    else return null;
    const answeringPort = fromSource ? tick.sourcePort(slot) : tick.destinationPort(slot);
    const askingPort = fromSource ? tick.destinationPort(slot) : tick.sourcePort(slot);
    // Answers come from services; resets to a service are a flood of their own.
    const isReset = flows.synAck[slot * 2]! + flows.synAck[slot * 2 + 1]! === 0;
    if (answeringPort >= 10_000 || (isReset && answeringPort >= askingPort)) return null;
    const victimHost = fromSource ? tick.destinationHost[position]! : tick.sourceHost[position]!;
    const victim = this.#victim(tick, this.#reflected, victimHost, slot);
    victim.ports.add(answeringPort, tick.nowUs);
    const packets = fromSource ? tick.deltaForwardPackets(slot) : tick.deltaReversePackets(slot);
    this.#grow(
      tick,
      victim,
      fromSource ? tick.sourceHost[position]! : tick.destinationHost[position]!,
      slot,
      packets,
      0,
    );
    return victim;
  }

  #isFraggle(tick: Tick, slot: number): boolean {
    const { sourceIsLow, lowAddress, highAddress } = tick.flows;
    if (!fragglePorts.has(tick.destinationPort(slot))) return false;
    return isGroupAddress(sourceIsLow[slot] ? highAddress : lowAddress, slot * 16);
  }

  #smurf(tick: Tick, position: number, slot: number): Victim {
    const victim = this.#victim(tick, this.#smurfed, tick.sourceHost[position]!, slot);
    victim.service = tick.destinationText(slot);
    this.#grow(
      tick,
      victim,
      tick.destinationHost[position]!,
      slot,
      tick.deltaForwardPackets(slot),
      0,
    );
    return victim;
  }

  #victim(tick: Tick, table: RecencyTable<number, Victim>, host: number, slot: number): Victim {
    return table.getOrCreate(tick.hosts.key(host), () => ({
      text: tick.hosts.text(host),
      packets: new RollingSum(5e6),
      bytes: new RollingSum(5e6),
      sources: new RollingSet(30e6, 4096, this.#ledger),
      ports: new RollingSet(30e6, PORTS_CAP, this.#ledger),
      examples: new Sample(),
      service: '',
      slot,
      firstUs: tick.flows.firstSeenUs[slot]!,
      lastUs: 0,
      tickPackets: 0,
    }));
  }

  #grow(
    tick: Tick,
    victim: Victim,
    source: number,
    slot: number,
    packets: number,
    bytes: number,
  ): void {
    if (victim.packets.value(tick.nowUs) === 0) {
      victim.firstUs = Math.max(tick.flows.firstSeenUs[slot]!, tick.nowUs - tick.seconds * 1e6);
      victim.slot = slot;
    }
    victim.packets.add(packets, tick.nowUs);
    victim.bytes.add(bytes, tick.nowUs);
    victim.tickPackets += packets;
    if (victim.sources.add(tick.hosts.key(source), tick.nowUs))
      victim.examples.add(tick.hosts.text(source));
    victim.lastUs = Math.max(victim.lastUs, tick.flows.lastSeenUs[slot]!);
  }

  #judgeAmplified(tick: Tick, victim: Victim, report: Report): void {
    const added = takePackets(victim);
    const packets = victim.packets.value(tick.nowUs);
    const bytes = victim.bytes.value(tick.nowUs);
    if (packets < this.#t.answers || bytes < this.#t.answerBytes) return;
    const reflectors = victim.sources.size(tick.nowUs);
    const only = reflectors === 1 ? victim.examples.texts[0]! : null;
    report({
      kind: 'amplification',
      key: victim.text,
      source: only ? { address: only } : null,
      destination: { address: victim.text },
      protocol: 'UDP',
      interface: tick.interfaceName(victim.slot),
      add: added,
      unit: 'packets',
      firstSeenUs: victim.firstUs,
      lastSeenUs: victim.lastUs,
      message: `${victim.text} receives unsolicited ${victim.service} answers from ${only ?? plural(reflectors, 'server')}`,
      spoofable: true,
      confidence: 'high',
      ...(only ? {} : { sources: victim.examples.with(reflectors) }),
      evidence: {
        role: 'victim',
        service: victim.service,
        bytesIn5Seconds: bytes,
        ...tick.whereaboutsOrNone(stillUsed(tick, victim.slot)),
      },
      threshold: { packets: this.#t.answers, bytes: this.#t.answerBytes, windowSeconds: 5 },
    });
  }

  #judgeReflected(tick: Tick, victim: Victim, report: Report): void {
    const added = takePackets(victim);
    const reflectors = victim.sources.size(tick.nowUs);
    if (victim.ports.size(tick.nowUs) >= PORTS_CAP) return;
    const perSecond = victim.packets.value(tick.nowUs) / 5;
    const isAttack =
      reflectors >= this.#t.reflectors * 2 &&
      added >= this.#t.reflectedPerSecond * 5 * Math.max(1, tick.seconds);
    if (!isAttack && reflectors < this.#t.backscatter) return;
    report({
      kind: isAttack ? 'tcp_reflection' : 'backscatter',
      key: victim.text,
      source: null,
      destination: { address: victim.text },
      protocol: 'TCP',
      interface: tick.interfaceName(victim.slot),
      add: added,
      unit: 'packets',
      firstSeenUs: victim.firstUs,
      lastSeenUs: victim.lastUs,
      message: isAttack
        ? `${plural(reflectors, 'server')} send SYN-ACK or RST to ${victim.text} without a SYN from it`
        : `${victim.text} receives backscatter from ${plural(reflectors, 'host')}: its address is being spoofed elsewhere`,
      spoofable: true,
      confidence: isAttack ? 'medium' : 'low',
      sources: victim.examples.with(reflectors),
      evidence: { packetsPerSecond: Math.round(perSecond) },
      threshold: isAttack
        ? { hosts: this.#t.reflectors * 2, perSecond: this.#t.reflectedPerSecond * 5 }
        : { hosts: this.#t.backscatter },
    });
  }

  #judgeSmurfed(tick: Tick, victim: Victim, report: Report): void {
    const added = takePackets(victim);
    if (victim.packets.value(tick.nowUs) < this.#t.broadcasts) return;
    report({
      kind: 'smurf',
      key: victim.text,
      source: { address: victim.text },
      destination: { address: victim.service },
      protocol: null,
      interface: tick.interfaceName(victim.slot),
      add: added,
      unit: 'packets',
      firstSeenUs: victim.firstUs,
      lastSeenUs: victim.lastUs,
      message: `Requests to ${victim.service} with the source address of ${victim.text}: every host on the network answers it`,
      spoofable: true,
      confidence: 'high',
      evidence: {
        role: 'victim is the source',
        ...tick.whereaboutsOrNone(stillUsed(tick, victim.slot)),
      },
      threshold: { requests: this.#t.broadcasts, windowSeconds: 5 },
    });
  }
}

function takePackets(victim: Victim): number {
  const packets = victim.tickPackets;
  victim.tickPackets = 0;
  return packets;
}

function stillUsed(tick: Tick, slot: number): number {
  return tick.flows.used[slot] ? slot : -1;
}

/** The other side said nothing, or only reset. */
function onlyReset(tick: Tick, slot: number, source: boolean): boolean {
  const packets = source ? tick.forwardPackets(slot) : tick.reversePackets(slot);
  if (packets === 0) return true;
  const flags = source ? tick.sourceFlags(slot) : tick.destinationFlags(slot);
  return (flags & RST) !== 0 && (flags & ~(RST | ACK)) === 0;
}

function isBroadcastPing(tick: Tick, slot: number): boolean {
  const { protocol, icmpType, sourceIsLow, lowAddress, highAddress } = tick.flows;
  const request = protocol[slot] === ICMP ? ECHO_REQUEST : ECHO_REQUEST_V6;
  if (icmpType[slot] !== request) return false;
  const source = sourceIsLow[slot] ? lowAddress : highAddress;
  const target = sourceIsLow[slot] ? highAddress : lowAddress;
  return isGroupAddress(target, slot * 16) || isMulticast(source, slot * 16);
}

export const reflection: RuleDefinition = {
  name: 'reflection',
  kinds: ['amplification', 'tcp_reflection', 'smurf', 'backscatter'],
  method:
    'Counts packets from the ports of amplifying services in flows in which the host has sent nothing; SYN-ACK and RST from many hosts without a SYN before; and requests to broadcast or multicast addresses.',
  thresholds,
  features: 0,
  eventTypes: [],
  create: (context) => new Reflection(context),
};

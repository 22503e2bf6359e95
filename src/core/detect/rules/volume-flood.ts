// Volume floods: UDP, ICMP, stray ACKs and RSTs that one host did not ask for.
import type { KernelEvent } from '../../model/kernel-event.js';
import { quotedHeader } from '../../protocols/icmp-quote.js';
import { controlFeature, payloadClass } from '../../wire/layout.generated.js';
import { addressKey, mixKey } from '../address.js';
import {
  deltaResets,
  hasOwnRule,
  isEcho,
  isIcmp,
  isStrayFlow,
  isUdp,
  strayAck,
  strayFrom,
  strayRst,
  udpShape,
} from '../flood-shapes.js';
import { plural } from '../names.js';
import { ICMP, RST, TCP, UDP } from '../protocol-numbers.js';
import {
  type Report,
  type Rule,
  type RuleContext,
  type RuleDefinition,
  readThresholds,
} from '../rule.js';
import type { Tick } from '../tick.js';
import type { Kind } from '../vocabulary.js';
import { RecencyTable, Sample } from '../windows.js';

const thresholds = {
  udpNewFlows: {
    value: 500,
    unit: 'flows/s',
    meaning: 'new unanswered UDP flows a second to one host',
    origin: 'FastNetMon 3,500 flows/s, lower because unanswered ones are counted',
  },
  udpPackets: {
    value: 20_000,
    unit: 'packets/s',
    meaning: 'UDP packets a second to one host that answers less than 5 %',
    origin: 'FastNetMon 20 kpps',
  },
  udpRefused: {
    value: 1000,
    unit: 'packets/s',
    meaning: 'UDP packets a second to ports that the host has refused by ICMP',
    origin:
      'measured: a flood through one socket 1,500/s; refused programs back off or send some tens',
  },
  icmpPackets: {
    value: 500,
    unit: 'packets/s',
    meaning: 'unsolicited ICMP packets a second to one host',
    origin: 'measured: smurf 160/s, benign pings 5/s or fewer; hping3 1,900/s',
  },
  strayTcp: {
    value: 500,
    unit: 'packets/s',
    meaning: 'TCP packets outside of connections a second to one host, in new flows',
    origin: 'Zeek tcp_storm 1,000; measured: hping3 1,060/s',
  },
} as const;

const ECHO_REQUEST = 8;
/** Unreachable, port; Linux sends it once a second to each peer. */
const PORT_UNREACHABLE = (3 << 8) | 3;
const PORT_UNREACHABLE_V6 = (1 << 8) | 4;
const REFUSED_CAP = 1024;
const REFUSED_US = 10e6;
const ECHO_REQUEST_V6 = 128;

/** One of the four floods: packets, and flows that make them, by destination. */
interface Tally {
  packets: Float64Array;
  flows: Float64Array;
}

class VolumeFlood implements Rule {
  readonly #t: Readonly<Record<keyof typeof thresholds, number>>;
  #capacity = 1024;
  #udpIn: Tally = tally(1024);
  #udpOut = new Float64Array(1024);
  #icmp: Tally = tally(1024);
  #ack: Tally = tally(1024);
  #rst: Tally = tally(1024);

  #udpRefused = new Float64Array(1024);

  readonly #pinged = new Set<number>();
  /** Ports that were refused by ICMP, and when. */
  readonly #refused: RecencyTable<number, number>;

  constructor(context: RuleContext) {
    this.#t = readThresholds(context, thresholds);
    this.#refused = new RecencyTable(null, REFUSED_CAP, context.ledger);
  }

  /** An ICMP flow is a pair of hosts and shows only its first packet's type: samples show which host is pinged now. */
  kernelEvent(kernelEvent: KernelEvent): void {
    if (kernelEvent.type === 'icmp_error') {
      const quote = isPortUnreachable(kernelEvent)
        ? quotedHeader(kernelEvent.payload, kernelEvent.protocol === ICMP ? 4 : 6)
        : null;
      if (quote?.protocol === UDP)
        this.#refused.set(
          mixKey(addressKey(quote.destination), quote.destinationPort),
          kernelEvent.timeUs,
        );
      return;
    }
    const request = kernelEvent.protocol === ICMP ? ECHO_REQUEST : ECHO_REQUEST_V6;
    if (kernelEvent.payload[0] === request)
      this.#pinged.add(addressKey(kernelEvent.destinationAddress));
  }

  tick(tick: Tick, report: Report): void {
    this.#count(tick);
    this.#pinged.clear();
    const { hosts } = tick;
    const seconds = Math.max(1, tick.seconds);
    for (let host = 0; host < hosts.count; host += 1) {
      const udp = this.#udpIn.packets[host]!;
      if (udp >= this.#t.udpNewFlows * seconds) this.#judgeUdp(tick, host, seconds, report);
      const icmp = this.#icmp.packets[host]!;
      if (icmp >= this.#t.icmpPackets * seconds && icmp > packetsSentElsewhere(tick, host)) {
        this.#raise(tick, host, 'icmp_flood', icmp, 'ICMP', isIcmp, report, this.#t.icmpPackets);
      }
      if (this.#ack.packets[host]! >= this.#t.strayTcp * seconds) {
        this.#judgeStray(tick, host, 'ack_flood', this.#ack, strayAck, report);
      }
      if (this.#rst.packets[host]! >= this.#t.strayTcp * seconds) {
        this.#judgeStray(tick, host, 'rst_flood', this.#rst, strayRst, report);
      }
    }
  }

  #count(tick: Tick): void {
    const { flows, hosts } = tick;
    if (this.#capacity < hosts.count) {
      this.#capacity = hosts.count * 2;
      for (const name of ['udpIn', 'icmp', 'ack', 'rst'] as const) this.#renew(name);
      this.#udpOut = new Float64Array(this.#capacity);
      this.#udpRefused = new Float64Array(this.#capacity);
    } else {
      for (const one of [this.#udpIn, this.#icmp, this.#ack, this.#rst]) {
        one.packets.fill(0, 0, hosts.count);
        one.flows.fill(0, 0, hosts.count);
      }
      this.#udpOut.fill(0, 0, hosts.count);
      this.#udpRefused.fill(0, 0, hosts.count);
    }
    for (let i = 0; i < flows.touchedCount; i += 1) {
      const slot = flows.touched[i]!;
      const protocol = flows.protocol[slot]!;
      if (protocol === UDP) {
        const source = tick.sourceHost[i]!;
        const target = tick.destinationHost[i]!;
        const forward = tick.deltaForwardPackets(slot);
        const reverse = tick.deltaReversePackets(slot);
        this.#udpIn.packets[target]! += forward;
        this.#udpOut[target]! += reverse;
        this.#udpIn.packets[source]! += reverse;
        this.#udpOut[source]! += forward;
        if (forward > 0 && this.#refused.size > 0 && this.#isRefused(tick, target, slot))
          this.#udpRefused[target]! += forward;
        if (flows.isNew[slot] && (forward === 0 || reverse === 0)) {
          this.#udpIn.flows[forward === 0 ? source : target]! += 1;
        }
      } else if (protocol === TCP) {
        const from = strayFrom(tick, slot);
        if (from === 0 || !isStrayFlow(tick, slot, from)) continue;
        const target = from > 0 ? tick.destinationHost[i]! : tick.sourceHost[i]!;
        const packets = from > 0 ? tick.deltaForwardPackets(slot) : tick.deltaReversePackets(slot);
        const flags = from > 0 ? tick.sourceFlags(slot) : tick.destinationFlags(slot);
        const into = flags & RST ? this.#rst : this.#ack;
        into.packets[target]! += packets;
        into.flows[target]! += Math.max(1, deltaResets(tick, slot, from));
      } else if (isIcmp(tick, slot)) this.#countIcmp(tick, i, slot);
    }
  }

  /** Who is asked; of errors and answers that nobody here asked for: who gets them. */
  #countIcmp(tick: Tick, position: number, slot: number): void {
    if (hasOwnRule(tick, slot)) return;
    // Pings to everybody are smurf's.
    if (isEcho(tick, slot) && tick.hosts.isGroup(tick.destinationHost[position]!)) return;
    const source = tick.sourceHost[position]!;
    const target = tick.destinationHost[position]!;
    const forward = tick.deltaForwardPackets(slot);
    const reverse = tick.deltaReversePackets(slot);
    const targetAsked = this.#pinged.has(tick.hosts.key(target));
    const sourceAsked = this.#pinged.has(tick.hosts.key(source));
    // The flow's own type is its first packet's: an advertisement of the neighbour, where a ping follows.
    const isForward =
      targetAsked !== sourceAsked ? targetAsked : isEcho(tick, slot) || forward >= reverse;
    const host = isForward ? target : source;
    this.#icmp.packets[host]! += isForward ? forward : reverse;
    this.#icmp.flows[host]! += 1;
  }

  #isRefused(tick: Tick, target: number, slot: number): boolean {
    const key = mixKey(tick.hosts.key(target), tick.destinationPort(slot));
    const since = this.#refused.peek(key);
    return since !== undefined && tick.nowUs - since < REFUSED_US;
  }

  #renew(name: 'udpIn' | 'icmp' | 'ack' | 'rst'): void {
    const fresh = tally(this.#capacity);
    if (name === 'udpIn') this.#udpIn = fresh;
    else if (name === 'icmp') this.#icmp = fresh;
    else if (name === 'ack') this.#ack = fresh;
    else this.#rst = fresh;
  }

  #judgeUdp(tick: Tick, host: number, seconds: number, report: Report): void {
    const packets = this.#udpIn.packets[host]!;
    const answers = this.#udpOut[host]!;
    const newFlows = this.#udpIn.flows[host]!;
    if (tick.hosts.isGroup(host)) return;
    const manyFlows = newFlows >= this.#t.udpNewFlows * seconds && answers < packets * 0.2;
    const manyPackets = packets >= this.#t.udpPackets * seconds && answers < packets * 0.05;
    const isRefused = this.#udpRefused[host]! >= this.#t.udpRefused * seconds;
    if (!manyFlows && !manyPackets && !isRefused) return;
    const shape = udpShape(tick, host);
    // Answers of reflectors are amplification's; a port each, of few sources, is a scan's; one flow of large packets is a stream.
    if (shape.fromReflectors >= packets * 0.8) return;
    if (
      shape.sources <= 3 &&
      shape.flows >= 10 &&
      shape.ports >= shape.flows * 0.5 &&
      packets < 5000 * seconds
    )
      return;
    if (
      !manyFlows &&
      !isRefused &&
      shape.largestFlow >= packets * 0.8 &&
      shape.bytes >= packets * 600
    )
      return;
    this.#raise(
      tick,
      host,
      'udp_flood',
      packets,
      'UDP',
      isUdp,
      report,
      manyFlows ? this.#t.udpNewFlows : isRefused ? this.#t.udpRefused : this.#t.udpPackets,
    );
  }

  #judgeStray(
    tick: Tick,
    host: number,
    kind: Kind,
    stray: Tally,
    belongs: (tick: Tick, slot: number) => boolean,
    report: Report,
  ): void {
    if (stray.flows[host]! < stray.packets[host]! * 0.2) return;
    const { flows } = tick;
    const sources = new Set<number>();
    const ports = new Map<number, number>();
    let all = 0;
    for (let i = 0; i < flows.touchedCount; i += 1) {
      const slot = flows.touched[i]!;
      if (flows.protocol[slot] !== TCP || !belongs(tick, slot)) continue;
      const forward = strayFrom(tick, slot) > 0;
      if ((forward ? tick.destinationHost[i] : tick.sourceHost[i]) !== host) continue;
      sources.add(forward ? tick.sourceHost[i]! : tick.destinationHost[i]!);
      const port = forward ? tick.destinationPort(slot) : tick.sourcePort(slot);
      const packets = forward ? tick.deltaForwardPackets(slot) : tick.deltaReversePackets(slot);
      ports.set(port, (ports.get(port) ?? 0) + packets);
      all += packets;
    }
    const [port, most] = [...ports].reduce((a, b) => (b[1] > a[1] ? b : a), [0, 0]);
    // Many ports of one source are a scan; resets of one host to one high port are the answers to its scan.
    if (most < all * 0.5) return;
    if (sources.size < 20 && port >= 1024) return;
    this.#raise(
      tick,
      host,
      kind,
      stray.packets[host]!,
      'TCP',
      belongs,
      report,
      this.#t.strayTcp,
      port,
    );
  }

  #raise(
    tick: Tick,
    host: number,
    kind: Kind,
    packets: number,
    protocol: string,
    belongs: (tick: Tick, slot: number) => boolean,
    report: Report,
    limit: number,
    port?: number,
  ): void {
    const { flows, hosts } = tick;
    const bySource = new Map<number, number>();
    let slotOf = -1;
    let firstUs = tick.nowUs;
    for (let i = 0; i < flows.touchedCount; i += 1) {
      const slot = flows.touched[i]!;
      const isTarget = tick.destinationHost[i] === host;
      if ((!isTarget && tick.sourceHost[i] !== host) || !belongs(tick, slot)) continue;
      const sent = isTarget ? tick.deltaForwardPackets(slot) : tick.deltaReversePackets(slot);
      if (sent === 0) continue;
      const source = isTarget ? tick.sourceHost[i]! : tick.destinationHost[i]!;
      bySource.set(source, (bySource.get(source) ?? 0) + sent);
      if (slotOf < 0) slotOf = slot;
      if (flows.isNew[slot]) firstUs = Math.min(firstUs, flows.firstSeenUs[slot]!);
    }
    if (slotOf < 0) return;
    const [main, mainPackets] = [...bySource].reduce((a, b) => (b[1] > a[1] ? b : a));
    const source = mainPackets >= packets * 0.8 ? hosts.text(main) : null;
    const sample = new Sample();
    for (const one of bySource.keys()) {
      sample.add(hosts.text(one));
      if (sample.texts.length === Sample.SIZE) break;
    }
    const perSecond = Math.round(packets / Math.max(1, tick.seconds));
    const target = hosts.text(host);
    report({
      kind,
      severity: perSecond >= 50_000 ? 'critical' : 'high',
      key: target,
      source: source ? { address: source } : null,
      destination: port === undefined ? { address: target } : { address: target, port },
      protocol,
      interface: tick.interfaceName(slotOf),
      add: packets,
      unit: 'packets',
      firstSeenUs: firstUs,
      lastSeenUs: tick.nowUs,
      message: `${source ?? plural(bySource.size, 'source')} ${source || bySource.size === 1 ? 'floods' : 'flood'} ${target} with ${plural(perSecond, `${floodWords[kind] ?? protocol} packet`)}/s`,
      spoofable: true,
      confidence: 'high',
      ...(source ? {} : { sources: sample.with(bySource.size) }),
      evidence: { packetsPerSecond: perSecond, ...tick.whereabouts(slotOf) },
      threshold: { perSecond: limit },
    });
  }
}

const floodWords: Partial<Record<Kind, string>> = {
  ack_flood: 'stray TCP',
  rst_flood: 'stray TCP reset',
};

function isPortUnreachable(kernelEvent: KernelEvent): boolean {
  return (
    kernelEvent.reason === (kernelEvent.protocol === ICMP ? PORT_UNREACHABLE : PORT_UNREACHABLE_V6)
  );
}

/** Errors answer packets: a host that sent as many has itself to blame (a scan, a flood). */
function packetsSentElsewhere(tick: Tick, host: number): number {
  const { flows } = tick;
  let sent = 0;
  for (let i = 0; i < flows.touchedCount; i += 1) {
    const slot = flows.touched[i]!;
    if (isIcmp(tick, slot)) continue;
    if (tick.sourceHost[i] === host) sent += tick.deltaForwardPackets(slot);
    else if (tick.destinationHost[i] === host) sent += tick.deltaReversePackets(slot);
  }
  return sent;
}

function tally(capacity: number): Tally {
  return { packets: new Float64Array(capacity), flows: new Float64Array(capacity) };
}

export const volumeFlood: RuleDefinition = {
  name: 'volume-flood',
  kinds: ['udp_flood', 'icmp_flood', 'ack_flood', 'rst_flood'],
  method:
    'For each destination: UDP packets and new conversations that it leaves unanswered or refuses, ICMP that it did not ask for, and TCP packets of new flows without any SYN. Streams (one flow of large packets), answers of reflectors and scans are told apart.',
  thresholds,
  features: controlFeature.payloadIcmpEcho | controlFeature.eventsIcmpError,
  eventTypes: ['payload', 'icmp_error'],
  payloadClasses: [payloadClass.icmpEcho],
  create: (context) => new VolumeFlood(context),
};

// Floods by sheer number: UDP, ICMP, stray ACKs and RSTs to one host that nobody there asked for.
import type { Fact } from '../../model/fact.js';
import { controlFeature, payloadClass } from '../../wire/layout.generated.js';
import { addressKey } from '../address.js';
import {
  icmpRequest,
  isIcmp,
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
import { Sample } from '../windows.js';

const thresholds = {
  udpNewFlows: {
    value: 500,
    unit: 'flows/s',
    meaning: 'new UDP conversations a second to one host that it leaves unanswered',
    origin: 'FastNetMon 3,500 flows/s, lower because unanswered ones are counted',
  },
  udpPackets: {
    value: 20_000,
    unit: 'packets/s',
    meaning: 'UDP packets a second to one host that answers less than a twentieth',
    origin: 'FastNetMon 20 kpps',
  },
  icmpPackets: {
    value: 500,
    unit: 'packets/s',
    meaning: 'ICMP requests a second to one host',
    origin: 'measured: smurf 160/s, honest pings ≤ 5/s; hping3 in the lab 1,900/s',
  },
  strayTcp: {
    value: 500,
    unit: 'packets/s',
    meaning: 'TCP packets outside of connections a second to one host, in new flows',
    origin: 'Zeek tcp_storm 1,000; hping3 in the lab 1,060/s',
  },
} as const;

const ECHO_REQUEST = 8;
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

  readonly #pinged = new Set<number>();

  constructor(context: RuleContext) {
    this.#t = readThresholds(context, thresholds);
  }

  /** An ICMP flow is a pair of hosts and shows only its first packet's type: samples tell who is pinged by now. */
  fact(fact: Fact): void {
    if (fact.reason !== payloadClass.icmpEcho) return;
    const request = fact.protocol === ICMP ? ECHO_REQUEST : ECHO_REQUEST_V6;
    if (fact.payload[0] === request) this.#pinged.add(addressKey(fact.destinationAddress));
  }

  tick(tick: Tick, report: Report): void {
    this.#count(tick);
    this.#pinged.clear();
    const { hosts } = tick;
    const seconds = Math.max(1, tick.seconds);
    for (let host = 0; host < hosts.count; host += 1) {
      const udp = this.#udpIn.packets[host]!;
      if (udp >= this.#t.udpNewFlows * seconds) this.#judgeUdp(tick, host, seconds, report);
      if (this.#icmp.packets[host]! >= this.#t.icmpPackets * seconds) {
        this.#raise(
          tick,
          host,
          'icmp_flood',
          this.#icmp.packets[host]!,
          'ICMP',
          isIcmp,
          report,
          this.#t.icmpPackets,
        );
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
    } else {
      for (const one of [this.#udpIn, this.#icmp, this.#ack, this.#rst]) {
        one.packets.fill(0, 0, hosts.count);
        one.flows.fill(0, 0, hosts.count);
      }
      this.#udpOut.fill(0, 0, hosts.count);
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
        if (flows.isNew[slot] && (forward === 0 || reverse === 0)) {
          this.#udpIn.flows[forward === 0 ? source : target]! += 1;
        }
      } else if (protocol === TCP) {
        if (!flows.isNew[slot]) continue;
        const from = strayFrom(tick, slot);
        if (from === 0) continue;
        const target = from > 0 ? tick.destinationHost[i]! : tick.sourceHost[i]!;
        const packets = from > 0 ? tick.deltaForwardPackets(slot) : tick.deltaReversePackets(slot);
        const flags = from > 0 ? tick.sourceFlags(slot) : tick.destinationFlags(slot);
        const into = flags & RST ? this.#rst : this.#ack;
        into.packets[target]! += packets;
        into.flows[target]! += 1;
      } else if (isIcmp(tick, slot)) this.#countIcmp(tick, i, slot);
    }
  }

  #countIcmp(tick: Tick, position: number, slot: number): void {
    const source = tick.sourceHost[position]!;
    const target = tick.destinationHost[position]!;
    if (icmpRequest(tick, slot) || this.#pinged.has(tick.hosts.key(target))) {
      this.#icmp.packets[target]! += tick.deltaForwardPackets(slot);
      this.#icmp.flows[target]! += 1;
    } else if (this.#pinged.has(tick.hosts.key(source))) {
      this.#icmp.packets[source]! += tick.deltaReversePackets(slot);
      this.#icmp.flows[source]! += 1;
    }
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
    if (!manyFlows && !manyPackets) return;
    const shape = udpShape(tick, host);
    // Answers of reflectors are amplification's; a port each, of few sources, is a scan's; one flow of large packets is a stream.
    if (shape.fromReflectors >= packets * 0.8) return;
    if (shape.sources <= 3 && shape.ports >= shape.flows * 0.5 && packets < 5000 * seconds) return;
    if (!manyFlows && shape.largestFlow >= packets * 0.8 && shape.bytes >= packets * 600) return;
    this.#raise(
      tick,
      host,
      'udp_flood',
      packets,
      'UDP',
      isUdp,
      report,
      manyFlows ? this.#t.udpNewFlows : this.#t.udpPackets,
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
      if (flows.protocol[slot] !== TCP || !flows.isNew[slot] || !belongs(tick, slot)) continue;
      const forward = strayFrom(tick, slot) > 0;
      if ((forward ? tick.destinationHost[i] : tick.sourceHost[i]) !== host) continue;
      sources.add(forward ? tick.sourceHost[i]! : tick.destinationHost[i]!);
      const port = forward ? tick.destinationPort(slot) : tick.sourcePort(slot);
      ports.set(port, (ports.get(port) ?? 0) + 1);
      all += 1;
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
      message: `${source ?? plural(bySource.size, 'source')} ${source || bySource.size === 1 ? 'floods' : 'flood'} ${target} with ${plural(perSecond, `${floodWords[kind] ?? protocol} packet`)} a second`,
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

function tally(capacity: number): Tally {
  return { packets: new Float64Array(capacity), flows: new Float64Array(capacity) };
}

export const volumeFlood: RuleDefinition = {
  name: 'volume-flood',
  kinds: ['udp_flood', 'icmp_flood', 'ack_flood', 'rst_flood'],
  method:
    'For each destination: UDP packets and new conversations that it leaves unanswered, ICMP requests, and TCP packets of new flows without any SYN. Streams (one flow of large packets), answers of reflectors and scans are told apart.',
  thresholds,
  features: controlFeature.payloadIcmpEcho,
  factTypes: ['payload'],
  create: (context) => new VolumeFlood(context),
};

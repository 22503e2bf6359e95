// Scans by TCP packets that begin nothing: FIN, NULL, XMAS, ACK, Maimon.

import { mixKey, neighbourhoodKey } from '../address.js';
import { listText, plural } from '../names.js';
import { ACK, FIN, PSH, RST, TCP, URG } from '../protocol-numbers.js';
import {
  type Report,
  type Rule,
  type RuleContext,
  type RuleDefinition,
  readThresholds,
} from '../rule.js';
import type { Tick } from '../tick.js';
import type { Kind } from '../vocabulary.js';
import { RecencyTable, RollingSet, Sample, type StateLedger } from '../windows.js';

const SOURCES_CAP = 2048;
const TARGETS_CAP = 8192;
/** Ports of each host on average: more are a scan of ports. */
const SWEPT_PORTS_MAX = 3;
/** Hosts of a /24 (a /64) on average: peers and customers are spread thinner. */
const DENSE_HOSTS = 6;
/** More packets than that on one port are no probe. */
const PROBE_PACKETS_MAX = 6;
/** With more probing sources than that in a tick (a flood), one probe of a source makes no record. */
const STRANGERS_PER_TICK = 2000;

const thresholds = {
  neverLegal: {
    value: 5,
    unit: 'ports',
    meaning: 'ports tried with NULL or XMAS',
    origin: 'psad, Snort: never legal; 3 to 5',
  },
  fin: {
    value: 10,
    unit: 'ports',
    meaning: 'ports tried with FIN or FIN+ACK',
    origin: 'Suricata: single stray FINs are no alert',
  },
  ack: {
    value: 15,
    unit: 'ports',
    meaning: 'ports of one host tried with bare ACK',
    origin: 'as for SYN',
  },
  hosts: {
    value: 20,
    unit: 'hosts',
    meaning: 'neighbouring hosts tried on one to three ports with bare ACK, FIN or FIN+ACK',
    origin: 'as a sweep with SYN: bro-simple-scan 20',
  },
  windowSeconds: {
    value: 60,
    unit: 's',
    meaning: 'time in which these count',
    origin: 'psad, Snort',
  },
} as const;

/** nmap -O sends its probes within half a second. */
const OS_DETECTION_US = 3e6;

interface Prober {
  readonly text: string;
  readonly sourceKey: number;
  readonly kind: Kind;
  readonly slot: number;
  readonly ports: RollingSet;
  readonly hosts: RollingSet;
  /** Of the ports, those below 10,000: services. Strays of forgotten connections go to ephemeral ports. */
  readonly servicePorts: RollingSet;
  /** The /24 or /64 of the hosts: few are a sweep. */
  readonly neighbourhoods: RollingSet;
  readonly examples: Sample;
  firstUs: number;
  lastUs: number;
  tickUs: number;
}

interface Candidate {
  readonly source: number;
  readonly position: number;
  readonly slot: number;
  readonly fromLow: boolean;
  readonly kind: Kind;
}

class StealthScan implements Rule {
  readonly #t: Readonly<Record<keyof typeof thresholds, number>>;
  readonly #probers: RecencyTable<string, Prober>;
  readonly #ledger: StateLedger;
  readonly #found: Candidate[] = [];

  constructor(context: RuleContext) {
    this.#t = readThresholds(context, thresholds);
    this.#ledger = context.ledger;
    this.#probers = new RecencyTable(
      'stealth-scan: sources',
      SOURCES_CAP,
      context.ledger,
      (one) => {
        one.ports.release();
        one.hosts.release();
        one.servicePorts.release();
        one.neighbourhoods.release();
      },
    );
  }

  tick(tick: Tick, report: Report): void {
    const { flows } = tick;
    const active = new Set<Prober>();
    this.#found.length = 0;
    for (let i = 0; i < flows.touchedCount; i += 1) {
      const slot = flows.touched[i]!;
      if (flows.protocol[slot] !== TCP || !flows.isNew[slot]) continue;
      const low = flows.lowToHighPackets[slot]!;
      const high = flows.highToLowPackets[slot]!;
      if (low > PROBE_PACKETS_MAX || high > PROBE_PACKETS_MAX) continue;
      if (flows.syn[slot * 2]! + flows.syn[slot * 2 + 1]! > 0) continue;
      if (flows.synAck[slot * 2]! + flows.synAck[slot * 2 + 1]! > 0) continue;
      // Fragments hide the flags: a first fragment of 8 bytes looks like NULL.
      if (flows.fragments[slot]! > 0) continue;
      const seen = flows.seen[slot]!;
      const lowKind = low > 0 ? probeKind(seen & 0xff, high > 0 ? (seen >>> 8) & 0xff : -1) : null;
      if (lowKind) this.#note(tick, i, slot, true, lowKind);
      else if (high > 0) {
        const highKind = probeKind((seen >>> 8) & 0xff, low > 0 ? seen & 0xff : -1);
        if (highKind) this.#note(tick, i, slot, false, highKind);
      }
    }
    this.#admit(tick, active);
    for (const prober of active) this.#judge(tick, prober, report);
  }

  /** First all are counted by source, so that a flood of spoofed sources makes no record for each. */
  #note(tick: Tick, position: number, slot: number, fromLow: boolean, kind: Kind): void {
    const isSource = (tick.flows.sourceIsLow[slot] === 1) === fromLow;
    const source = isSource ? tick.sourceHost[position]! : tick.destinationHost[position]!;
    this.#found.push({ source, position, slot, fromLow, kind });
  }

  #admit(tick: Tick, active: Set<Prober>): void {
    if (this.#found.length === 0) return;
    const bySource = new Int32Array(tick.hosts.count);
    let sources = 0;
    for (const one of this.#found) if (bySource[one.source]!++ === 0) sources += 1;
    const crowded = sources > STRANGERS_PER_TICK;
    for (const { source, position, slot, fromLow, kind } of this.#found) {
      if (crowded && bySource[source]! < 2) continue;
      this.#probe(tick, position, slot, fromLow, kind, active);
    }
  }

  #probe(
    tick: Tick,
    position: number,
    slot: number,
    fromLow: boolean,
    kind: Kind,
    active: Set<Prober>,
  ): void {
    const { flows, hosts } = tick;
    const sourceIsLow = flows.sourceIsLow[slot] === 1;
    const source =
      sourceIsLow === fromLow ? tick.sourceHost[position]! : tick.destinationHost[position]!;
    const target =
      sourceIsLow === fromLow ? tick.destinationHost[position]! : tick.sourceHost[position]!;
    const port = fromLow ? flows.highPort[slot]! : flows.lowPort[slot]!;
    const prober = this.#probers.getOrCreate(`${kind} ${hosts.key(source)}`, () => ({
      text: hosts.text(source),
      sourceKey: hosts.key(source),
      kind,
      slot,
      ports: new RollingSet(this.#t.windowSeconds * 1e6, TARGETS_CAP, this.#ledger),
      hosts: new RollingSet(this.#t.windowSeconds * 1e6, 1024, this.#ledger),
      servicePorts: new RollingSet(this.#t.windowSeconds * 1e6, TARGETS_CAP, this.#ledger),
      neighbourhoods: new RollingSet(this.#t.windowSeconds * 1e6, 256, this.#ledger),
      examples: new Sample(),
      firstUs: flows.firstSeenUs[slot]!,
      lastUs: 0,
      tickUs: 0,
    }));
    if (prober.ports.size(tick.nowUs) === 0) prober.firstUs = flows.firstSeenUs[slot]!;
    const service = mixKey(hosts.key(target), port);
    prober.ports.add(service, tick.nowUs);
    if (port < 10_000) prober.servicePorts.add(service, tick.nowUs);
    if (prober.hosts.add(hosts.key(target), tick.nowUs)) {
      prober.examples.add(hosts.text(target));
      prober.neighbourhoods.add(neighbourhoodKey(hosts.bytes, target * 16), tick.nowUs);
    }
    prober.lastUs = Math.max(prober.lastUs, flows.lastSeenUs[slot]!);
    active.add(prober);
  }

  /** Close together they are two of the probes of an OS detection, which os_fingerprint reports. */
  #triedOther({ kind, sourceKey, firstUs, lastUs }: Prober, nowUs: number): boolean {
    const other = this.#probers.peek(`${otherKind(kind)} ${sourceKey}`);
    if (!other || other.ports.size(nowUs) === 0) return false;
    return Math.max(lastUs, other.lastUs) - Math.min(firstUs, other.firstUs) > OS_DETECTION_US;
  }

  /** One port each of many neighbours: who is there, asked past the firewall (nmap -PA). */
  #judgeSweep(tick: Tick, prober: Prober, report: Report): void {
    const hosts = prober.hosts.size(tick.nowUs);
    const ports = prober.ports.size(tick.nowUs);
    if (hosts < this.#t.hosts || ports > hosts * SWEPT_PORTS_MAX) return;
    // Strays of forgotten connections go to ephemeral ports.
    if (prober.servicePorts.size(tick.nowUs) < ports * 0.4) return;
    if (hosts < prober.neighbourhoods.size(tick.nowUs) * DENSE_HOSTS) return;
    report({
      kind: 'host_sweep_tcp',
      key: prober.text,
      source: { address: prober.text },
      destination: null,
      protocol: 'TCP',
      interface: tick.interfaceName(prober.slot),
      total: hosts,
      unit: 'hosts',
      firstSeenUs: prober.firstUs,
      lastSeenUs: prober.lastUs,
      message: `${prober.text} probed ${plural(hosts, 'host')} with ${flagWords[prober.kind]}`,
      spoofable: true,
      confidence: 'medium',
      targets: prober.examples.with(hosts),
      evidence: { class: 'sweep' },
      threshold: { hosts: this.#t.hosts, windowSeconds: this.#t.windowSeconds },
    });
  }

  #judge(tick: Tick, prober: Prober, report: Report): void {
    const { kind } = prober;
    this.#judgeSweep(tick, prober, report);
    const ports = prober.ports.size(tick.nowUs);
    const hosts = Math.max(1, prober.hosts.size(tick.nowUs));
    const neverLegal = kind === 'port_scan_null' || kind === 'port_scan_xmas';
    const limit = neverLegal
      ? this.#t.neverLegal
      : kind === 'port_scan_ack'
        ? this.#t.ack
        : this.#t.fin;
    // One odd packet may be a broken one; two kinds of them from one source are somebody's tries.
    const isTry = neverLegal && this.#triedOther(prober, tick.nowUs);
    // Bare ACKs to one port each of many hosts are what a client's old connections look like.
    if ((ports < limit && !isTry) || (!neverLegal && ports < hosts * 3)) return;
    if (!neverLegal && prober.servicePorts.size(tick.nowUs) < ports * 0.4) return;
    const texts = prober.examples.texts;
    report({
      kind,
      severity: ports < limit ? 'low' : ports >= limit * 10 ? 'high' : 'medium',
      key: prober.text,
      source: { address: prober.text },
      destination: hosts === 1 ? { address: texts[0]! } : null,
      protocol: 'TCP',
      interface: tick.interfaceName(prober.slot),
      total: ports,
      unit: 'ports',
      firstSeenUs: prober.firstUs,
      lastSeenUs: prober.lastUs,
      message: `${prober.text} probed ${plural(ports, 'port')} of ${listText(texts)} with ${flagWords[kind]}`,
      spoofable: true,
      confidence: neverLegal ? 'high' : 'medium',
      targets: prober.examples.with(hosts),
      evidence: tick.whereabouts(prober.slot),
      threshold: { ports: limit, windowSeconds: this.#t.windowSeconds },
    });
  }
}

const flagWords: Partial<Record<Kind, string>> = {
  port_scan_null: 'TCP packets without flags',
  port_scan_fin: 'bare FIN packets',
  port_scan_xmas: 'FIN+PSH+URG packets',
  port_scan_ack: 'bare ACK packets',
  port_scan_maimon: 'FIN+ACK packets',
};

function otherKind(kind: Kind): Kind {
  return kind === 'port_scan_null' ? 'port_scan_xmas' : 'port_scan_null';
}

/** `answer`: the other side's flags, −1 where it said nothing. Only a reset, or silence, answers a probe. */
function probeKind(flags: number, answer: number): Kind | null {
  if (answer >= 0 && (answer & ~(RST | ACK)) !== 0) return null;
  if (answer >= 0 && (answer & RST) === 0) return null;
  switch (flags & 0x3f) {
    case 0:
      return 'port_scan_null';
    case FIN:
      return 'port_scan_fin';
    case FIN | PSH | URG:
      return 'port_scan_xmas';
    case ACK:
      return 'port_scan_ack';
    case FIN | ACK:
      return 'port_scan_maimon';
    default:
      return null;
  }
}

export const stealthScan: RuleDefinition = {
  name: 'stealth-scan',
  kinds: [
    'port_scan_fin',
    'port_scan_null',
    'port_scan_xmas',
    'port_scan_ack',
    'port_scan_maimon',
    'host_sweep_tcp',
  ],
  method:
    'Looks at new TCP flows without a SYN in which one side sent only FIN, no flags, FIN+PSH+URG, ACK or FIN+ACK and the other nothing or a reset, and counts their distinct ports by source, and their hosts where neighbouring addresses are probed on one to three ports.',
  thresholds,
  features: 0,
  eventTypes: [],
  create: (context) => new StealthScan(context),
};

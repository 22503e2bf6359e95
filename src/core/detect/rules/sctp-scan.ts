// SCTP port scans and sweeps (nmap -sY, -sZ): associations that end with their first answer, port after port or host after host.

import { mixKey, pairKey } from '../address.js';
import { plural, serviceText } from '../names.js';
import {
  type Report,
  type Rule,
  type RuleContext,
  type RuleDefinition,
  readThresholds,
} from '../rule.js';
import type { Tick } from '../tick.js';
import { RecencyTable, RollingSet, Sample } from '../windows.js';

const SCTP = 132;
const PAIRS_CAP = 2048;
const ELEMENTS_CAP = 4096;
/** New associations that wait for a tick to be judged. */
const PENDING_CAP = 16_384;
/** INIT and two repeats or an ABORT; an association that stands has more, and more than one packet back. */
const PROBE_PACKETS_MAX = 3;
const WINDOW_US = 300e6;

const thresholds = {
  ports: {
    value: 15,
    unit: 'ports',
    meaning: 'ports of one host without an established association in 5 min',
    origin: 'as with TCP: Zeek Port_Scan 15 in 5 min',
  },
  hosts: {
    value: 20,
    unit: 'hosts',
    meaning: 'the same of hosts on one port',
    origin: 'as with TCP: bro-simple-scan 20',
  },
} as const;

interface Probed {
  readonly source: string;
  /** Ports of the host, or hosts on the port. */
  readonly tried: RollingSet;
  readonly examples: Sample;
  readonly slot: number;
  readonly port: number;
  firstUs: number;
  lastUs: number;
}

class SctpScan implements Rule {
  readonly #t: Readonly<Record<keyof typeof thresholds, number>>;
  readonly #context: RuleContext;
  readonly #hosts: RecencyTable<number, Probed>;
  readonly #ports: RecencyTable<number, Probed>;
  readonly #activeHosts = new Set<Probed>();
  readonly #activePorts = new Set<Probed>();
  #waiting: { readonly slot: number; readonly id: number }[] = [];

  constructor(context: RuleContext) {
    this.#t = readThresholds(context, thresholds);
    this.#context = context;
    const release = (one: Probed): void => one.tried.release();
    this.#hosts = new RecencyTable('sctp: hosts', PAIRS_CAP, context.ledger, release);
    this.#ports = new RecencyTable('sctp: ports', PAIRS_CAP, context.ledger, release);
  }

  tick(tick: Tick, report: Report): void {
    const { flows } = tick;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { slot, id } of waiting) {
      if (flows.used[slot] && flows.id[slot] === id) this.#judge(tick, slot);
    }
    for (const host of this.#activeHosts)
      if (host.tried.size(tick.nowUs) >= this.#t.ports) this.#scan(tick, host, report);
    for (const onPort of this.#activePorts)
      if (onPort.tried.size(tick.nowUs) >= this.#t.hosts) this.#sweep(tick, onPort, report);
    this.#activeHosts.clear();
    this.#activePorts.clear();
    for (let i = 0; i < flows.touchedCount; i += 1) {
      const slot = flows.touched[i]!;
      if (flows.protocol[slot] !== SCTP || !flows.isNew[slot]) continue;
      if (!flows.hasPorts[slot] || this.#waiting.length >= PENDING_CAP) continue;
      this.#waiting.push({ slot, id: flows.id[slot]! });
    }
  }

  #judge(tick: Tick, slot: number): void {
    const forward = tick.forwardPackets(slot);
    if (forward === 0 || forward > PROBE_PACKETS_MAX || tick.reversePackets(slot) > 1) return;
    const { sourceIsLow, lowAddress, highAddress } = tick.flows;
    const isLow = sourceIsLow[slot] === 1;
    const { hosts } = tick;
    const source = hosts.key(hosts.intern(isLow ? lowAddress : highAddress, slot * 16));
    const destination = hosts.key(hosts.intern(isLow ? highAddress : lowAddress, slot * 16));
    const port = tick.destinationPort(slot);
    const pair = pairKey(source, destination);
    this.#activeHosts.add(this.#note(this.#hosts, pair, tick, slot, port));
    this.#activePorts.add(this.#note(this.#ports, mixKey(source, port), tick, slot, destination));
  }

  #note(
    table: RecencyTable<number, Probed>,
    key: number,
    tick: Tick,
    slot: number,
    element: number,
  ): Probed {
    const { firstSeenUs, lastSeenUs } = tick.flows;
    const probed = table.getOrCreate(key, () => ({
      source: tick.sourceText(slot),
      tried: new RollingSet(WINDOW_US, ELEMENTS_CAP, this.#context.ledger),
      examples: new Sample(),
      slot,
      port: tick.destinationPort(slot),
      firstUs: firstSeenUs[slot]!,
      lastUs: 0,
    }));
    if (probed.tried.size(tick.nowUs) === 0) probed.firstUs = firstSeenUs[slot]!;
    if (probed.tried.add(element, tick.nowUs) && !probed.examples.isFull)
      probed.examples.add(tick.destinationText(slot));
    probed.lastUs = Math.max(probed.lastUs, lastSeenUs[slot]!);
    return probed;
  }

  #scan(tick: Tick, probed: Probed, report: Report): void {
    const ports = probed.tried.size(tick.nowUs);
    const [host = ''] = probed.examples.texts;
    report({
      kind: 'port_scan_syn',
      ...this.#common(tick, probed),
      key: `sctp ${probed.source} ${host}`,
      destination: { address: host },
      total: ports,
      unit: 'ports',
      message: `${probed.source} probed ${plural(ports, 'SCTP port')} of ${host}; no association was established`,
      threshold: { ports: this.#t.ports, windowSeconds: WINDOW_US / 1e6 },
    });
  }

  #sweep(tick: Tick, probed: Probed, report: Report): void {
    const { port } = probed;
    const hosts = probed.tried.size(tick.nowUs);
    report({
      kind: 'host_sweep_tcp',
      ...this.#common(tick, probed),
      key: `sctp ${probed.source} ${port}`,
      destination: null,
      total: hosts,
      unit: 'hosts',
      message: `${probed.source} probed SCTP ${serviceText(port)} on ${plural(hosts, 'host')}; no association was established`,
      targets: probed.examples.with(hosts),
      threshold: { hosts: this.#t.hosts, windowSeconds: WINDOW_US / 1e6 },
      port,
    });
  }

  #common(tick: Tick, probed: Probed) {
    return {
      source: { address: probed.source },
      protocol: 'SCTP',
      interface: tick.interfaceName(probed.slot),
      firstSeenUs: probed.firstUs,
      lastSeenUs: probed.lastUs,
      spoofable: true,
      confidence: 'medium' as const,
      evidence: { transport: 'SCTP' },
    };
  }
}

export const sctpScan: RuleDefinition = {
  name: 'sctp-scan',
  kinds: ['port_scan_syn', 'host_sweep_tcp'],
  method:
    "Counts the distinct SCTP ports of one host, and hosts on one port, where a source's association ended with its first answer or had none. The words are TCP's; the protocol says SCTP.",
  thresholds,
  features: 0,
  eventTypes: [],
  create: (context) => new SctpScan(context),
};

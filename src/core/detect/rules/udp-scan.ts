// UDP port scans and sweeps: many unanswered datagrams of one source, to many ports of a host or to one port of many hosts.

import type { KernelEvent } from '../../model/kernel-event.js';
import { controlFeature } from '../../wire/layout.generated.js';
import { listText, plural, serviceText } from '../names.js';
import { type ProbeSet, type ProbeSource, ProbeSources } from '../probe-sources.js';
import { UDP } from '../protocol-numbers.js';
import {
  type Report,
  type Rule,
  type RuleContext,
  type RuleDefinition,
  readThresholds,
} from '../rule.js';
import type { Tick } from '../tick.js';

/** Services that scanners look for by UDP; elsewhere peers of peer-to-peer programs look the same, if they are spread thin. */
const soughtPorts = new Set([
  53, 69, 111, 123, 137, 161, 389, 500, 623, 1434, 1900, 5060, 5351, 11211,
]);
/** traceroute counts its ports up from 33434. */
const TRACEROUTE_FIRST = 33434;
const TRACEROUTE_LAST = 33700;
/** Servers that are abused as reflectors send from these to many ports: answers, not probes. */
const ANSWER_BYTES_MIN = 200;

const thresholds = {
  ports: {
    value: 15,
    unit: 'ports',
    meaning: 'unanswered ports of one host',
    origin: 'Snort udp_ports, nDPI; Linux refuses only 6 at once, so silence counts',
  },
  hosts: {
    value: 20,
    unit: 'hosts',
    meaning: 'unanswering hosts on one port',
    origin: 'as for TCP (bro-simple-scan 20)',
  },
  windowSeconds: {
    value: 120,
    unit: 's',
    meaning: 'time in which these count',
    origin: 'Snort 90 s',
  },
  denseHosts: {
    value: 6,
    unit: 'hosts per /24',
    meaning: 'a sweep of an ordinary port keeps to so many hosts a neighbourhood on average',
    origin: 'measured: Gnutella below 1.3',
  },
  failedShare: {
    value: 0.5,
    unit: 'share',
    meaning: 'share of targets that must not have answered',
    origin: 'Zeek counts failed attempts only',
  },
} as const;

class UdpScan implements Rule {
  readonly #t: Readonly<Record<keyof typeof thresholds, number>>;
  readonly #probes: ProbeSources;

  constructor(context: RuleContext) {
    this.#t = readThresholds(context, thresholds);
    const windowUs = this.#t.windowSeconds * 1e6;
    this.#probes = new ProbeSources(
      'udp-scan',
      UDP,
      { windowUs, slowWindowUs: windowUs },
      context.ledger,
      isNoProbe,
      (bytes, offset) => context.settings.isHome(bytes, offset),
    );
  }

  kernelEvent(kernelEvent: KernelEvent, tick: Tick): void {
    if (kernelEvent.protocol === UDP) this.#probes.refuse(tick, kernelEvent);
  }

  tick(tick: Tick, report: Report): void {
    this.#probes.collect(tick);
    for (const source of this.#probes.active) {
      this.#scan(tick, source, report);
      this.#sweep(tick, source, report);
    }
  }

  #scan(tick: Tick, source: ProbeSource, report: Report): void {
    const hit = [...source.targets.values()].filter((target) => {
      const failed = target.failed.size(tick.nowUs);
      const all = failed + target.completed.size(tick.nowUs);
      return failed >= this.#t.ports && failed >= all * this.#t.failedShare;
    });
    const first = hit[0];
    if (!first) return;
    const ports = hit.reduce((sum, target) => sum + target.failed.size(tick.nowUs), 0);
    const hosts = hit.map((target) => target.label);
    report({
      kind: 'port_scan_udp',
      key: source.text,
      source: { address: source.text },
      destination: hit.length === 1 ? { address: first.label } : null,
      protocol: 'UDP',
      interface: tick.interfaceName(first.slot),
      total: ports,
      unit: 'ports',
      firstSeenUs: Math.min(...hit.map((target) => target.firstUs)),
      lastSeenUs: Math.max(...hit.map((target) => target.lastUs)),
      message: `${source.text} probed ${plural(ports, 'UDP port')} of ${listText(hosts)}, nearly all unanswered`,
      spoofable: true,
      confidence: ports >= this.#t.ports * 4 ? 'high' : 'medium',
      targets: { count: hit.length, sample: hosts.slice(0, 16) },
      evidence: {
        ports: [...first.failed.elements()].slice(-16).sort((a, b) => a - b),
        sourceIsInside: source.isHome,
        ...tick.whereaboutsOrNone(first.slot),
      },
      threshold: { ports: this.#t.ports, windowSeconds: this.#t.windowSeconds },
    });
  }

  #sweep(tick: Tick, source: ProbeSource, report: Report): void {
    let port = -1;
    let most: ProbeSet | null = null;
    for (const [candidate, set] of source.ports.entries()) {
      const hosts = set.failed.size(tick.nowUs);
      if (hosts < this.#t.hosts) continue;
      if (hosts < (hosts + set.completed.size(tick.nowUs)) * this.#t.failedShare) continue;
      const dense = hosts >= set.neighbourhoods.size(tick.nowUs) * this.#t.denseHosts;
      if (!dense && !soughtPorts.has(candidate)) continue;
      if (!most || hosts > most.failed.size(tick.nowUs)) {
        most = set;
        port = candidate;
      }
    }
    if (!most) return;
    const hosts = most.failed.size(tick.nowUs);
    report({
      kind: 'host_sweep_udp',
      key: source.text,
      source: { address: source.text },
      destination: null,
      protocol: 'UDP',
      interface: tick.interfaceName(most.slot),
      total: hosts,
      unit: 'hosts',
      firstSeenUs: most.firstUs,
      lastSeenUs: most.lastUs,
      message: `${source.text} probed UDP ${serviceText(port)} on ${plural(hosts, 'host')}, most unanswered`,
      spoofable: true,
      confidence: 'medium',
      targets: most.examples.with(hosts),
      evidence: { port, sourceIsInside: source.isHome, ...tick.whereaboutsOrNone(most.slot) },
      threshold: { hosts: this.#t.hosts, windowSeconds: this.#t.windowSeconds },
      port,
    });
  }
}

/** Traceroute, and large datagrams from a service's port (answers that nobody here asked for: amplification's matter). */
function isNoProbe(tick: Tick, slot: number): boolean {
  const port = tick.destinationPort(slot);
  if (port >= TRACEROUTE_FIRST && port <= TRACEROUTE_LAST) return true;
  const sourcePort = tick.sourcePort(slot);
  // The same port on both sides is a question, too: IKE, SIP, NTP.
  if (sourcePort === port) return false;
  if (soughtPorts.has(sourcePort) || sourcePort === 3702 || sourcePort === 5353) {
    return tick.forwardBytes(slot) >= tick.forwardPackets(slot) * ANSWER_BYTES_MIN;
  }
  return false;
}

export const udpScan: RuleDefinition = {
  name: 'udp-scan',
  kinds: ['port_scan_udp', 'host_sweep_udp'],
  method:
    'Counts the distinct ports of one host, and the distinct hosts of one port, that did not answer a source for a whole tick. Multicast, broadcast and traceroute ports do not count.',
  thresholds,
  features: controlFeature.eventsUntracked,
  eventTypes: ['untracked'],
  create: (context) => new UdpScan(context),
};

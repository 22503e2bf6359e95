// TCP port scans and host sweeps: many failed attempts of one source, on one host or on one port.

import type { KernelEvent } from '../../model/kernel-event.js';
import { controlFeature } from '../../wire/layout.generated.js';
import { listText, plural, serviceText } from '../names.js';
import type { ProbeSet, ProbeSource } from '../probe-sources.js';
import { ProbeSources } from '../probe-sources.js';
import { TCP } from '../protocol-numbers.js';
import {
  type Report,
  type Rule,
  type RuleContext,
  type RuleDefinition,
  readThresholds,
} from '../rule.js';
import type { Tick } from '../tick.js';
import type { Kind } from '../vocabulary.js';

/** Ports of administration that worms and intruders look for: few failures are enough. */
const sensitivePorts = new Set([
  22, 23, 135, 139, 445, 1433, 2375, 2379, 3306, 3389, 5432, 5900, 5985, 6379, 6443, 10250,
]);

const thresholds = {
  ports: {
    value: 15,
    unit: 'ports',
    meaning: 'failed ports on one host',
    origin: 'Zeek Port_Scan 15 in 5 min; CrowdSec 15',
  },
  manyPorts: {
    value: 150,
    unit: 'ports',
    meaning: 'failed ports from which the severity is high',
    origin: 'psad danger level 3',
  },
  hosts: {
    value: 20,
    unit: 'hosts',
    meaning: 'failed hosts on one port',
    origin: 'bro-simple-scan knock 20, Zeek Address_Scan 25',
  },
  sensitiveHosts: {
    value: 10,
    unit: 'hosts',
    meaning: 'the same on an administration port',
    origin: 'bro-simple-scan with darknet 10',
  },
  windowSeconds: {
    value: 300,
    unit: 's',
    meaning: 'time in which these count',
    origin: 'Zeek 5 min',
  },
  slowPorts: {
    value: 30,
    unit: 'ports',
    meaning: 'failed ports on one host in a day',
    origin: 'psad, bro-simple-scan',
  },
  slowHosts: {
    value: 8,
    unit: 'hosts',
    meaning: 'failed hosts on one administration port in a day',
    origin: 'bro-simple-scan sample of 9 hosts in 104 min',
  },
  failedShare: {
    value: 0.5,
    unit: 'share',
    meaning: 'share of targets that must have failed',
    origin: 'Zeek counts failed attempts only',
  },
  denseHosts: {
    value: 6,
    unit: 'hosts per /24',
    meaning:
      'a sweep of an ordinary port keeps to so many hosts a neighbourhood on average, or reaches sparseHosts',
    origin: 'measured: Gnutella and Ethereum peers stay below 1.3',
  },
  sparseHosts: {
    value: 100,
    unit: 'hosts',
    meaning: 'failed hosts anywhere on the Internet on one ordinary port',
    origin: 'Elastic 100 hosts; peers measured ≤ 60',
  },
} as const;

class TcpScan implements Rule {
  readonly #probes: ProbeSources;
  readonly #t: Record<keyof typeof thresholds, number>;
  /** When a source's scan was last reported as port_scan_syn; lives as long as its record among the probes. */
  readonly #raisedAsSynUs = new WeakMap<ProbeSource, number>();

  constructor(context: RuleContext) {
    const t = readThresholds(context, thresholds);
    this.#t = t;
    this.#probes = new ProbeSources(
      'tcp-scan',
      TCP,
      { windowUs: t.windowSeconds * 1e6, slowWindowUs: 86_400e6 },
      context.ledger,
      undefined,
      (bytes, offset) => context.settings.isHome(bytes, offset),
    );
  }

  /** What the full flow table refused: a source that tries ever other targets while a flood rages. */
  kernelEvent(kernelEvent: KernelEvent, tick: Tick): void {
    if (kernelEvent.protocol === TCP) this.#probes.refuse(tick, kernelEvent);
  }

  tick(tick: Tick, report: Report): void {
    this.#probes.collect(tick);
    for (const source of this.#probes.active) {
      this.#scan(tick, source, report);
      this.#sweep(tick, source, report);
    }
  }

  #scan(tick: Tick, source: ProbeSource, report: Report): void {
    const t = this.#t;
    const hit: ProbeSet[] = [];
    let ports = 0;
    let slow = false;
    for (const target of source.targets.values()) {
      const failed = target.failed.size(tick.nowUs);
      const slowFailed = target.slowFailed.size(tick.nowUs);
      const isSlow = failed < t.ports && slowFailed >= Math.max(t.slowPorts, 2 * t.ports);
      if (failed < t.ports && !isSlow) continue;
      const completed = target.completed.size(tick.nowUs);
      if (failed < (failed + completed) * t.failedShare) continue;
      hit.push(target);
      ports += Math.max(failed, isSlow ? slowFailed : 0);
      slow ||= isSlow;
    }
    const first = hit[0];
    if (!first) return;
    const connects = hit.some((target) => target.bareConnects > 0 && target.halfOpen === 0);
    const kind = this.#kindOf(source, connects, tick.nowUs);
    const hosts = hit.map((target) => target.label);
    const open = hit.reduce(
      (sum, target) => sum + target.completed.size(tick.nowUs) + target.halfOpen,
      0,
    );
    report({
      kind,
      severity: ports >= t.manyPorts ? 'high' : 'medium',
      key: source.text,
      source: { address: source.text },
      destination: hit.length === 1 ? { address: first.label } : null,
      protocol: 'TCP',
      interface: tick.interfaceName(first.slot),
      total: ports,
      unit: 'ports',
      firstSeenUs: Math.min(...hit.map((target) => target.firstUs)),
      lastSeenUs: Math.max(...hit.map((target) => target.lastUs)),
      message: `${source.text} ${slow ? 'slowly ' : ''}probed ${plural(ports, 'TCP port')} of ${listText(hosts)}, nearly all closed or filtered`,
      spoofable: !connects,
      confidence: ports >= t.manyPorts || connects ? 'high' : 'medium',
      targets: { count: hit.length, sample: hosts.slice(0, 16) },
      evidence: {
        openPorts: open,
        completesHandshakes: connects,
        ports: [...first.failed.elements()].slice(-16).sort((a, b) => a - b),
        sourceIsInside: source.isHome,
        ...(slow ? { slow: true } : {}),
        ...tick.whereaboutsOrNone(first.slot),
      },
      threshold: {
        ports: slow ? t.slowPorts : t.ports,
        windowSeconds: slow ? 86_400 : t.windowSeconds,
      },
    });
  }

  /**
   * Failures alone look like SYN probes. What was raised as such keeps its name when the first open port shows full connections:
   * it is one attack all the same. The other way round, half-open probes after full connections are another scan.
   */
  #kindOf(source: ProbeSource, connects: boolean, nowUs: number): Kind {
    const lastUs = this.#raisedAsSynUs.get(source);
    const isRaised = lastUs !== undefined && nowUs - lastUs <= this.#t.windowSeconds * 1e6;
    if (connects && !isRaised) return 'port_scan_connect';
    this.#raisedAsSynUs.set(source, nowUs);
    return 'port_scan_syn';
  }

  #sweep(tick: Tick, source: ProbeSource, report: Report): void {
    const t = this.#t;
    const hit: { port: number; set: ProbeSet; hosts: number; slow: boolean }[] = [];
    for (const [port, set] of source.ports.entries()) {
      const hosts = set.failed.size(tick.nowUs);
      const sensitive = sensitivePorts.has(port);
      const slowHosts = sensitive ? set.slowFailed.size(tick.nowUs) : 0;
      const enough = hosts >= (sensitive ? t.sensitiveHosts : t.hosts);
      const slow = !enough && slowHosts >= Math.max(t.slowHosts, 0.8 * t.sensitiveHosts);
      if (!enough && !slow) continue;
      if (hosts < (hosts + set.completed.size(tick.nowUs)) * t.failedShare) continue;
      const dense = hosts >= set.neighbourhoods.size(tick.nowUs) * t.denseHosts;
      if (!sensitive && !dense && hosts < t.sparseHosts) continue;
      hit.push({ port, set, hosts: Math.max(hosts, slow ? slowHosts : 0), slow });
    }
    const first = hit[0];
    if (!first) return;
    hit.sort((a, b) => b.hosts - a.hosts);
    const most = hit[0]!;
    const ports = hit.map((one) => one.port);
    const dense = most.hosts >= most.set.neighbourhoods.size(tick.nowUs) * t.denseHosts;
    report({
      kind: 'host_sweep_tcp',
      severity: most.slow ? 'low' : most.hosts >= t.manyPorts ? 'high' : 'medium',
      key: source.text,
      source: { address: source.text },
      destination: null,
      protocol: 'TCP',
      interface: tick.interfaceName(most.set.slot),
      total: most.hosts,
      unit: 'hosts',
      firstSeenUs: most.set.firstUs,
      lastSeenUs: Math.max(...hit.map((one) => one.set.lastUs)),
      message: `${source.text} ${most.slow ? 'slowly ' : ''}probed ${listText(ports.map((port) => serviceText(port)))} on ${plural(most.hosts, 'host')} that refused or did not answer`,
      spoofable: true,
      confidence: dense ? 'high' : 'medium',
      targets: most.set.examples.with(most.hosts),
      evidence: {
        class: dense ? 'sweep' : 'random',
        ports: ports.slice(0, 16),
        answered: most.set.completed.size(tick.nowUs) + most.set.halfOpen,
        sourceIsInside: source.isHome,
        ...(most.slow ? { slow: true } : {}),
        ...tick.whereaboutsOrNone(most.set.slot),
      },
      threshold: {
        hosts: sensitivePorts.has(most.port) ? t.sensitiveHosts : t.hosts,
        windowSeconds: t.windowSeconds,
      },
      port: most.port,
    });
  }
}

export const tcpScan: RuleDefinition = {
  name: 'tcp-scan',
  kinds: ['port_scan_syn', 'port_scan_connect', 'host_sweep_tcp'],
  method:
    'Counts the distinct ports of one host, and the distinct hosts on one port, on which a source failed (reset, no answer, or left half open). Retries count once; a target that completes a handshake no longer counts.',
  thresholds,
  features: controlFeature.eventsUntracked,
  eventTypes: ['untracked'],
  create: (context) => new TcpScan(context),
};

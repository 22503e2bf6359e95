// Many sources that share the work of one scan, and probes of Kubernetes NodePorts.
import { pairKey } from '../address.js';
import { Outcome } from '../attempts.js';
import { plural } from '../names.js';
import { TCP } from '../protocol-numbers.js';
import {
  type Report,
  type Rule,
  type RuleContext,
  type RuleDefinition,
  readThresholds,
} from '../rule.js';
import type { DetectionSettings } from '../settings.js';
import type { Tick } from '../tick.js';
import { RecencyTable, RollingSet, Sample, type StateLedger } from '../windows.js';

const TARGETS_CAP = 2048;
const PROBERS_CAP = 4096;
const NODE_PORT_FIRST = 30_000;
const NODE_PORT_LAST = 32_767;

const thresholds = {
  ports: {
    value: 50,
    unit: 'ports',
    meaning: 'failed ports of one host in 10 min',
    origin: 'Snort tcp_dist uses 30',
  },
  sources: {
    value: 10,
    unit: 'sources',
    meaning: 'that share them',
    origin: 'chosen: fewer sources are port scans of their own',
  },
  portsOfOne: {
    value: 15,
    unit: 'ports',
    meaning: 'a source with more is a port scan of its own',
    origin: 'as tcp-scan',
  },
  nodePorts: {
    value: 5,
    unit: 'ports',
    meaning: 'failed ports between 30000 and 32767 of one source',
    origin: 'chosen: clients use one NodePort each',
  },
} as const;

interface Target {
  readonly text: string;
  readonly ports: RollingSet;
  readonly sources: RollingSet;
  readonly examples: Sample;
  readonly slot: number;
  firstUs: number;
  lastUs: number;
}

interface Prober {
  readonly source: string;
  readonly destination: string;
  readonly failed: RollingSet;
  readonly completed: RollingSet;
  readonly others: RollingSet;
  readonly slot: number;
  firstUs: number;
  lastUs: number;
}

class DistributedScan implements Rule {
  readonly #t: Readonly<Record<keyof typeof thresholds, number>>;
  readonly #settings: DetectionSettings;
  readonly #ledger: StateLedger;
  readonly #targets: RecencyTable<number, Target>;
  readonly #probers: RecencyTable<number, Prober>;
  #failuresBySource = new Int32Array(1024);

  constructor(context: RuleContext) {
    this.#t = readThresholds(context, thresholds);
    this.#settings = context.settings;
    this.#ledger = context.ledger;
    this.#targets = new RecencyTable(
      'distributed scan: targets',
      TARGETS_CAP,
      context.ledger,
      (one) => {
        one.ports.release();
        one.sources.release();
      },
    );
    this.#probers = new RecencyTable(
      'nodeport probe: pairs',
      PROBERS_CAP,
      context.ledger,
      (one) => {
        one.failed.release();
        one.completed.release();
        one.others.release();
      },
    );
  }

  tick(tick: Tick, report: Report): void {
    const { attempts, hosts, flows } = tick;
    if (this.#failuresBySource.length < hosts.count)
      this.#failuresBySource = new Int32Array(hosts.count * 2);
    else this.#failuresBySource.fill(0, 0, hosts.count);
    for (let i = 0; i < attempts.count; i += 1) {
      if (attempts.outcomes[i] !== Outcome.completed)
        this.#failuresBySource[attempts.sources[i]!]! += 1;
    }
    const targets = new Set<Target>();
    const probers = new Set<Prober>();
    for (let i = 0; i < attempts.count; i += 1) {
      const slot = attempts.slots[i]!;
      if (flows.protocol[slot] !== TCP || attempts.outcomes[i] === Outcome.down) continue;
      const port = tick.destinationPort(slot);
      const failed = attempts.outcomes[i] !== Outcome.completed;
      if (port >= NODE_PORT_FIRST && port <= NODE_PORT_LAST) {
        const prober = this.#nodePort(tick, i, slot, port, failed);
        if (prober) probers.add(prober);
      } else if (failed && this.#probers.size > 0) this.#otherPort(tick, i, port);
      if (!failed || this.#failuresBySource[attempts.sources[i]!]! >= this.#t.portsOfOne) continue;
      targets.add(this.#target(tick, i, slot, port));
    }
    for (const target of targets) this.#judgeTarget(tick, target, report);
    for (const prober of probers) this.#judgeProber(tick, prober, report);
  }

  #target(tick: Tick, attempt: number, slot: number, port: number): Target {
    const { attempts, hosts, flows } = tick;
    const host = attempts.destinations[attempt]!;
    const target = this.#targets.getOrCreate(hosts.key(host), () => ({
      text: hosts.text(host),
      ports: new RollingSet(600e6, 2048, this.#ledger),
      sources: new RollingSet(600e6, 2048, this.#ledger),
      examples: new Sample(),
      slot,
      firstUs: flows.firstSeenUs[slot]!,
      lastUs: 0,
    }));
    if (target.ports.size(tick.nowUs) === 0) target.firstUs = flows.firstSeenUs[slot]!;
    target.ports.add(port, tick.nowUs);
    const source = attempts.sources[attempt]!;
    if (target.sources.add(hosts.key(source), tick.nowUs) && !target.examples.isFull)
      target.examples.add(hosts.text(source));
    target.lastUs = Math.max(target.lastUs, flows.lastSeenUs[slot]!);
    return target;
  }

  #nodePort(
    tick: Tick,
    attempt: number,
    slot: number,
    port: number,
    failed: boolean,
  ): Prober | null {
    const { attempts, hosts, flows } = tick;
    const source = attempts.sources[attempt]!;
    const destination = attempts.destinations[attempt]!;
    // From outside only; with no home networks set, private sources count too (labs).
    const isLab = !this.#settings.hasHomeNetworks;
    if (!isLab && this.#settings.isHome(hosts.bytes, source * 16)) return null;
    const key = pairKey(hosts.key(source), hosts.key(destination));
    if (!failed && !this.#probers.has(key)) return null;
    const prober = this.#probers.getOrCreate(key, () => ({
      source: hosts.text(source),
      destination: hosts.text(destination),
      failed: new RollingSet(300e6, 512, this.#ledger),
      completed: new RollingSet(300e6, 512, this.#ledger),
      others: new RollingSet(300e6, 64, this.#ledger),
      slot,
      firstUs: flows.firstSeenUs[slot]!,
      lastUs: 0,
    }));
    if (prober.failed.size(tick.nowUs) === 0) prober.firstUs = flows.firstSeenUs[slot]!;
    if (failed) prober.failed.add(port, tick.nowUs);
    else prober.completed.add(port, tick.nowUs);
    prober.lastUs = Math.max(prober.lastUs, flows.lastSeenUs[slot]!);
    return prober;
  }

  /** Who tries ports elsewhere too is a port scanner. */
  #otherPort(tick: Tick, attempt: number, port: number): void {
    const { attempts, hosts } = tick;
    const key = pairKey(
      hosts.key(attempts.sources[attempt]!),
      hosts.key(attempts.destinations[attempt]!),
    );
    this.#probers.peek(key)?.others.add(port, tick.nowUs);
  }

  #judgeTarget(tick: Tick, target: Target, report: Report): void {
    const ports = target.ports.size(tick.nowUs);
    const sources = target.sources.size(tick.nowUs);
    if (ports < this.#t.ports || sources < this.#t.sources) return;
    // A port each of thousands of sources is a flood with changing ports, or one with changing sources.
    report({
      kind: 'distributed_scan',
      key: target.text,
      source: null,
      destination: { address: target.text },
      protocol: 'TCP',
      interface: tick.interfaceName(target.slot),
      total: ports,
      unit: 'ports',
      firstSeenUs: target.firstUs,
      lastSeenUs: target.lastUs,
      message: `${plural(sources, 'source')} together probed ${plural(ports, 'port')} of ${target.text}, only a few each`,
      spoofable: true,
      confidence: 'medium',
      sources: target.examples.with(sources),
      threshold: { ports: this.#t.ports, sources: this.#t.sources, windowSeconds: 600 },
    });
  }

  #judgeProber(tick: Tick, prober: Prober, report: Report): void {
    const ports = prober.failed.size(tick.nowUs);
    if (prober.others.size(tick.nowUs) >= ports) return;
    if (ports < this.#t.nodePorts || prober.completed.size(tick.nowUs) > ports) return;
    report({
      kind: 'nodeport_probe',
      // A whole port scan has its own alert; this one then only says which ports.
      severity: ports >= this.#t.portsOfOne ? 'low' : 'medium',
      key: prober.source,
      source: { address: prober.source },
      destination: { address: prober.destination },
      protocol: 'TCP',
      interface: tick.interfaceName(prober.slot),
      total: ports,
      unit: 'ports',
      firstSeenUs: prober.firstUs,
      lastSeenUs: prober.lastUs,
      message: `${prober.source} probed ${plural(ports, 'NodePort')} of ${prober.destination}`,
      spoofable: true,
      confidence: 'medium',
      evidence: { ports: [...prober.failed.elements()].slice(0, 16) },
      threshold: { ports: this.#t.nodePorts, windowSeconds: 300 },
    });
  }
}

export const distributedScan: RuleDefinition = {
  name: 'distributed-scan',
  kinds: ['distributed_scan', 'nodeport_probe'],
  method:
    'For each host: failed ports of sources that probed only a few each. For each external source: failed ports between 30000 and 32767.',
  thresholds,
  features: 0,
  eventTypes: [],
  create: (context) => new DistributedScan(context),
};

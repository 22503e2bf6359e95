// SYN floods: very many connection attempts to one service, of which nearly none is completed.
import { plural, serviceText } from '../names.js';
import { ACK, RST, SYN, TCP } from '../protocol-numbers.js';
import {
  type Report,
  type Rule,
  type RuleContext,
  type RuleDefinition,
  readThresholds,
} from '../rule.js';
import type { Tick } from '../tick.js';
import { RecencyTable, Sample } from '../windows.js';

/** Services with a memory of their usual load. */
const SERVICES_CAP = 4096;
/** Ports of one flooded host looked at in a tick. */
const PORTS_CAP = 65_536;
/** Fewer sources that try all ports are scanners. */
const SPREAD_SOURCES_MIN = 100;

const thresholds = {
  synPerSecond: {
    value: 200,
    unit: 'SYN/s',
    meaning: 'SYNs to one service',
    origin: 'chosen: SYN cookies handle lower rates',
  },
  usualFactor: {
    value: 10,
    unit: 'times',
    meaning: 'and times its usual rate',
    origin:
      'chosen: a flash crowd completes its handshakes and seldom exceeds ten times the usual rate',
  },
  refusedPerSecond: {
    value: 500,
    unit: 'SYN/s',
    meaning: 'SYNs of one source to a service that refuses them',
    origin: 'applications that retry a dead service send some hundred a second',
  },
  manyPortsFactor: {
    value: 5,
    unit: 'times',
    meaning: 'times as many where they are spread over many ports',
    origin: 'a fast scan by one source is no flood',
  },
  completedShare: {
    value: 0.2,
    unit: 'share',
    meaning: 'largest share of completed handshakes',
    origin: 'chosen: real clients complete nearly all handshakes',
  },
} as const;

interface Usual {
  synPerSecond: number;
}

interface Service {
  port: number;
  syn: number;
  completed: number;
  refused: number;
  flows: number;
  slot: number;
  firstUs: number;
  /** Majority vote over the sources. */
  candidate: number;
  votes: number;
}

class SynFlood implements Rule {
  readonly #t: Readonly<Record<keyof typeof thresholds, number>>;
  readonly #usual: RecencyTable<string, Usual>;
  #synByHost = new Float64Array(1024);
  /** By the tick's hosts: already counted as a source. */
  #isSource = new Uint8Array(1024);

  constructor(context: RuleContext) {
    this.#t = readThresholds(context, thresholds);
    this.#usual = new RecencyTable('syn flood: services', SERVICES_CAP, context.ledger);
  }

  tick(tick: Tick, report: Report): void {
    const { flows, hosts } = tick;
    if (this.#synByHost.length < hosts.count) this.#synByHost = new Float64Array(hosts.count * 2);
    else this.#synByHost.fill(0, 0, hosts.count);
    const synByHost = this.#synByHost;
    let any = false;
    const limit = this.#t.synPerSecond * Math.min(1, tick.seconds);
    for (let i = 0; i < flows.touchedCount; i += 1) {
      const slot = flows.touched[i]!;
      if (flows.protocol[slot] !== TCP) continue;
      const syn = tick.deltaSourceSyn(slot);
      if (syn === 0) continue;
      const target = tick.destinationHost[i]!;
      synByHost[target]! += syn;
      if (synByHost[target]! >= limit) any = true;
    }
    if (any) this.#judgeHosts(tick, limit, report);
  }

  #judgeHosts(tick: Tick, limit: number, report: Report): void {
    const { flows } = tick;
    const byHost = new Map<number, Map<number, Service>>();
    for (let i = 0; i < flows.touchedCount; i += 1) {
      const slot = flows.touched[i]!;
      if (flows.protocol[slot] !== TCP) continue;
      const target = tick.destinationHost[i]!;
      if (this.#synByHost[target]! < limit) continue;
      const syn = tick.deltaSourceSyn(slot);
      if (syn === 0) continue;
      let ports = byHost.get(target);
      if (!ports) {
        ports = new Map();
        byHost.set(target, ports);
      }
      const port = tick.destinationPort(slot);
      let service = ports.get(port);
      if (!service) {
        if (ports.size >= PORTS_CAP) continue;
        service = {
          refused: 0,
          port,
          syn: 0,
          completed: 0,
          flows: 0,
          slot,
          firstUs: flows.firstSeenUs[slot]!,
          candidate: -1,
          votes: 0,
        };
        ports.set(port, service);
      }
      service.syn += syn;
      service.flows += 1;
      service.firstUs = Math.min(
        service.firstUs,
        flows.isNew[slot] ? flows.firstSeenUs[slot]! : tick.nowUs,
      );
      if (isCompleted(tick, slot)) service.completed += syn;
      else if (isRefused(tick, slot)) service.refused += syn;
      const source = tick.sourceHost[i]!;
      if (service.votes === 0) service.candidate = source;
      service.votes += service.candidate === source ? syn : -syn;
    }
    for (const [host, ports] of byHost) {
      let spread = 0;
      for (const service of ports.values()) {
        if (service.syn >= limit) this.#judgeService(tick, host, service, report);
        else spread += service.syn;
      }
      if (spread >= limit * this.#t.manyPortsFactor)
        this.#judgeSpread(tick, host, ports, limit, report);
    }
  }

  /** Ports change with every packet: a flood if the sources do, too; one source is a port scan. */
  #judgeSpread(
    tick: Tick,
    host: number,
    ports: ReadonlyMap<number, Service>,
    limit: number,
    report: Report,
  ): void {
    const all: Service = {
      refused: 0,
      port: 0,
      syn: 0,
      completed: 0,
      flows: 0,
      slot: -1,
      firstUs: tick.nowUs,
      candidate: -1,
      votes: 0,
    };
    for (const service of ports.values()) {
      if (service.syn >= limit) continue;
      all.syn += service.syn;
      all.completed += service.completed;
      all.flows += service.flows;
      all.slot = service.slot;
      all.firstUs = Math.min(all.firstUs, service.firstUs);
    }
    if (this.#sources(tick, host, all).sources.count >= SPREAD_SOURCES_MIN) {
      this.#judgeService(tick, host, all, report);
    }
  }

  #judgeService(tick: Tick, host: number, service: Service, report: Report): void {
    const text = tick.hosts.text(host);
    const perSecond = service.syn / Math.max(1, tick.seconds);
    const usual = this.#usual.getOrCreate(`${text} ${service.port}`, () => ({ synPerSecond: 0 }));
    const before = usual.synPerSecond;
    const isFlood =
      service.completed < service.syn * this.#t.completedShare &&
      perSecond >= before * this.#t.usualFactor;
    // A flood isn't what is usual: only honest load teaches.
    if (!isFlood) {
      usual.synPerSecond += (perSecond - before) / 60;
      return;
    }
    const { sources, main } = this.#sources(tick, host, service);
    // An application that hammers a dead service is one source, and is refused.
    if (main >= 0 && service.refused >= service.syn * 0.8 && perSecond < this.#t.refusedPerSecond)
      return;
    const source = main >= 0 ? { address: tick.hosts.text(main) } : null;
    const what = service.port === 0 ? 'many ports' : serviceText(service.port);
    report({
      kind: 'syn_flood',
      severity: perSecond >= 20_000 ? 'critical' : 'high',
      key: `${text} ${service.port}`,
      source,
      destination: service.port === 0 ? { address: text } : { address: text, port: service.port },
      protocol: 'TCP',
      interface: tick.interfaceName(service.slot),
      add: service.syn,
      unit: 'SYN packets',
      firstSeenUs: service.firstUs,
      lastSeenUs: tick.nowUs,
      message: source
        ? `${source.address} floods ${text} (${what}) with ${plural(Math.round(perSecond), 'SYN')}/s, almost none completing the handshake`
        : `${plural(sources.count, 'source')} flood ${text} (${what}) with ${plural(Math.round(perSecond), 'SYN')}/s, almost none completing the handshake`,
      spoofable: true,
      confidence: 'high',
      ...(source ? {} : { sources }),
      evidence: {
        synPerSecond: Math.round(perSecond),
        completed: service.completed,
        usualSynPerSecond: Math.round(before),
        ...tick.whereabouts(service.slot),
      },
      threshold: {
        synPerSecond: this.#t.synPerSecond,
        completedShare: this.#t.completedShare,
      },
    });
  }

  /** One source of nine in ten SYNs is the attacker; otherwise the attacker is unknown. */
  #sources(
    tick: Tick,
    host: number,
    service: Service,
  ): { sources: { count: number; sample: readonly string[] }; main: number } {
    const { flows, hosts } = tick;
    if (this.#isSource.length < hosts.count) this.#isSource = new Uint8Array(hosts.count * 2);
    else this.#isSource.fill(0, 0, hosts.count);
    const isSource = this.#isSource;
    let count = 0;
    const sample = new Sample();
    let ofCandidate = 0;
    for (let i = 0; i < flows.touchedCount; i += 1) {
      const slot = flows.touched[i]!;
      if (flows.protocol[slot] !== TCP || tick.destinationHost[i] !== host) continue;
      const syn = tick.deltaSourceSyn(slot);
      if (syn === 0) continue;
      if (service.port !== 0 && tick.destinationPort(slot) !== service.port) continue;
      const source = tick.sourceHost[i]!;
      if (source === service.candidate) ofCandidate += syn;
      if (isSource[source]) continue;
      isSource[source] = 1;
      count += 1;
      if (!sample.isFull) sample.add(hosts.text(source));
    }
    const main = ofCandidate >= service.syn * 0.9 ? service.candidate : -1;
    return { sources: sample.with(count), main };
  }
}

function isRefused(tick: Tick, slot: number): boolean {
  const reverse = tick.destinationFlags(slot);
  return (reverse & RST) !== 0 && (reverse & SYN) === 0;
}

function isCompleted(tick: Tick, slot: number): boolean {
  const forward = tick.sourceFlags(slot);
  if ((forward & ACK) === 0) return false;
  // Answered and acknowledged; or, where only one side is seen, acknowledged without a reset.
  return (tick.destinationFlags(slot) & SYN) !== 0 || (forward & RST) === 0;
}

export const synFlood: RuleDefinition = {
  name: 'syn-flood',
  kinds: ['syn_flood'],
  method:
    'For each service: SYNs in a tick, and how many handshakes the client completed with an ACK. SYN-ACKs do not count, because SYN cookies answer everything.',
  thresholds,
  features: 0,
  eventTypes: [],
  create: (context) => new SynFlood(context),
};

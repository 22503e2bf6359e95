// Too many connections: floods of short ones.
import { mixKey, pairKey } from '../address.js';
import { Outcome } from '../attempts.js';
import { httpPorts } from '../held-connection.js';
import { plural, serviceText } from '../names.js';
import { TCP } from '../protocol-numbers.js';
import {
  type Report,
  type Rule,
  type RuleContext,
  type RuleDefinition,
  readThresholds,
} from '../rule.js';
import type { Tick } from '../tick.js';
import { RecencyTable, RollingSum } from '../windows.js';

const PAIRS_CAP = 4096;
const SENT_CAP = 128;
/** Ethernet, IPv4 or IPv6, TCP with timestamps. */
const HEADERS_IPV4 = 66;
const HEADERS_IPV6 = 86;
const FAMILY_IPV6 = 6;

const thresholds = {
  connections: {
    value: 300,
    unit: 'connections',
    meaning: 'completed connections of one source to one service in 10 s',
    origin:
      'measured: ab with 150 connections is a load test (capture L30), 396 in 0.7 s are a flood (L27)',
  },
  manyConnections: {
    value: 1000,
    unit: 'connections',
    meaning: 'the same, whatever they ask for; fewer must all send equally much',
    origin: 'chosen: 100 a second; clients behind NAT and proxies send requests of many sizes',
  },
  alikeShare: {
    value: 0.6,
    unit: 'share',
    meaning: 'of them that send exactly as many bytes',
    origin: 'measured: ab, siege 1.0; page loads below 0.2',
  },
  shortShare: {
    value: 0.5,
    unit: 'share',
    meaning: 'of them already closed again',
    origin: 'measured: ab 0.97',
  },
} as const;

interface Pair {
  readonly source: string;
  readonly destination: string;
  readonly port: number;
  readonly slot: number;
  readonly completed: RollingSum;
  readonly closed: RollingSum;
  /** Bytes that the last closed ones sent, without headers. */
  readonly sent: number[];
  added: number;
  firstUs: number;
  lastUs: number;
  isHttp: boolean;
}

class Connections implements Rule {
  readonly #t: Readonly<Record<keyof typeof thresholds, number>>;
  readonly #pairs: RecencyTable<number, Pair>;

  constructor(context: RuleContext) {
    this.#t = readThresholds(context, thresholds);
    this.#pairs = new RecencyTable('connections: pairs', PAIRS_CAP, context.ledger);
  }

  tick(tick: Tick, report: Report): void {
    const { attempts, hosts, flows } = tick;
    for (let i = 0; i < attempts.count; i += 1) {
      const slot = attempts.slots[i]!;
      if (attempts.outcomes[i] !== Outcome.completed || flows.protocol[slot] !== TCP) continue;
      const port = tick.destinationPort(slot);
      const key = mixKey(
        pairKey(hosts.key(attempts.sources[i]!), hosts.key(attempts.destinations[i]!)),
        port,
      );
      const pair = this.#pairs.getOrCreate(key, () => ({
        source: hosts.text(attempts.sources[i]!),
        destination: hosts.text(attempts.destinations[i]!),
        port,
        slot,
        completed: new RollingSum(10e6),
        closed: new RollingSum(10e6),
        sent: [],
        added: 0,
        firstUs: flows.firstSeenUs[slot]!,
        lastUs: 0,
        isHttp: httpPorts.has(port),
      }));
      if (pair.completed.value(tick.nowUs) === 0) pair.firstUs = flows.firstSeenUs[slot]!;
      pair.completed.add(1, tick.nowUs);
      pair.added += 1;
      pair.lastUs = Math.max(pair.lastUs, flows.lastSeenUs[slot]!);
      if (tick.isClosed(slot)) {
        pair.closed.add(1, tick.nowUs);
        pair.sent.push(payloadSent(tick, slot));
        if (pair.sent.length > SENT_CAP) pair.sent.shift();
      }
    }
    for (const pair of this.#pairs.values()) {
      if (pair.added > 0) this.#judgeFlood(tick, pair, report);
    }
  }

  #judgeFlood(tick: Tick, pair: Pair, report: Report): void {
    const completed = pair.completed.value(tick.nowUs);
    if (completed < this.#t.connections) return;
    if (pair.closed.value(tick.nowUs) < completed * this.#t.shortShare) return;
    const many = this.#t.manyConnections;
    if (completed < many && alikeShare(pair.sent) < this.#t.alikeShare) return;
    const added = pair.added;
    pair.added = 0;
    report({
      kind: pair.isHttp ? 'http_flood' : 'connection_flood',
      key: `${pair.source} ${pair.destination} ${pair.port}`,
      source: { address: pair.source },
      destination: { address: pair.destination, port: pair.port },
      protocol: 'TCP',
      interface: tick.interfaceName(pair.slot),
      add: added,
      unit: 'connections',
      firstSeenUs: pair.firstUs,
      lastSeenUs: pair.lastUs,
      message: `${pair.source} opens ${plural(completed, 'short connection')} to ${serviceText(pair.port)} of ${pair.destination} in 10 s`,
      spoofable: false,
      confidence: 'medium',
      evidence: tick.flows.used[pair.slot] ? tick.whereabouts(pair.slot) : {},
      threshold: { connections: this.#t.connections, windowSeconds: 10 },
    });
  }
}

/** Alike for the same request, however many bare ACKs came with it. */
function payloadSent(tick: Tick, slot: number): number {
  const headers = tick.flows.family[slot] === FAMILY_IPV6 ? HEADERS_IPV6 : HEADERS_IPV4;
  return tick.forwardBytes(slot) - tick.forwardPackets(slot) * headers;
}

/** The share of the most frequent size. */
function alikeShare(sizes: readonly number[]): number {
  const counts = new Map<number, number>();
  for (const size of sizes) counts.set(size, (counts.get(size) ?? 0) + 1);
  return Math.max(0, ...counts.values()) / Math.max(1, sizes.length);
}

export const connections: RuleDefinition = {
  name: 'connections',
  kinds: ['http_flood', 'connection_flood'],
  method:
    'Counts the completed connections of one source to one service in 10 s if most are closed again and send the same number of bytes.',
  thresholds,
  features: 0,
  eventTypes: [],
  create: (context) => new Connections(context),
};

// Connections that are held open: requests that never end (slowloris, slow POST), and answers that are hardly read (slow read).

import type { KernelEvent } from '../../model/kernel-event.js';
import { readHttpMessage } from '../../protocols/http.js';
import { latin1 } from '../../protocols/text.js';
import { controlFeature, payloadClass } from '../../wire/layout.generated.js';
import { addressKey, mixKey, pairKey } from '../address.js';
import { Outcome } from '../attempts.js';
import { connectionKey, endsKey, isReadableKernelEvent } from '../connection.js';
import { type HeldConnection, type HttpExchange, httpPorts, stateOf } from '../held-connection.js';
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
import { RecencyTable } from '../windows.js';

const PAIRS_CAP = 4096;
/** Of one pair: far more than any threshold. */
const HELD_CAP = 1024;
/** Ethernet with two tags, IPv6, TCP with all its options. */
const HEADER_LONGEST = 122;
/** Fresh connections until they are old enough to be judged: a full flow table. */
const YOUNG_CAP = 65_536;
const EXCHANGES_CAP = 8192;
/** Slow attacks send something every 10 to 100 s, or the server closes. */
const FED_US = 180e6;

const thresholds = {
  held: {
    value: 50,
    unit: 'connections',
    meaning: 'connections of one source open at once with unfinished requests or unread responses',
    origin: 'chosen: browsers open six connections to one server',
  },
  heldSeconds: {
    value: 5,
    unit: 's',
    meaning: 'age from which a connection counts',
    origin: 'servers answer in less; slowloris holds for minutes',
  },
} as const;

interface Pair {
  readonly source: string;
  readonly destination: string;
  readonly port: number;
  readonly isHttp: boolean;
  readonly key: number;
  slot: number;
  held: HeldConnection[];
}

interface Young {
  readonly key: number;
  readonly slot: number;
  readonly id: number;
}

class SlowConnections implements Rule {
  readonly #t: Readonly<Record<keyof typeof thresholds, number>>;
  readonly #pairs: RecencyTable<number, Pair>;
  /** By connection: what its client asked and its server promised. */
  readonly #exchanges: RecencyTable<number, HttpExchange>;
  /** By pair: from the Ethernet header to TCP's options, as the client's stack writes them. */
  readonly #headers: RecencyTable<number, number>;
  #young: Young[] = [];

  constructor(context: RuleContext) {
    this.#t = readThresholds(context, thresholds);
    this.#pairs = new RecencyTable('slow connections: pairs', PAIRS_CAP, context.ledger);
    // Forgotten are those that asked longest ago: answered long since, or judged.
    this.#exchanges = new RecencyTable(null, EXCHANGES_CAP, context.ledger);
    this.#headers = new RecencyTable(null, PAIRS_CAP, context.ledger);
  }

  kernelEvent(kernelEvent: KernelEvent): void {
    if (kernelEvent.protocol !== TCP) return;
    const isClient = kernelEvent.destinationPort < kernelEvent.sourcePort;
    if (isClient) this.#noteHeader(kernelEvent);
    const exchange = this.#exchanges.getOrCreate(connectionKey(kernelEvent), newExchange);
    if (isClient) exchange.hasSpoken = true;
    else if (exchange.hasSpoken) exchange.isAnswered = true;
    if (!isReadableKernelEvent(kernelEvent)) return;
    const message = readHttpMessage(latin1(kernelEvent.payload), kernelEvent.packetPayloadLength);
    if (!message) return;
    exchange.isWhole ||= message.isWhole;
    exchange.promisedBytes = Math.max(exchange.promisedBytes, message.promisedBytes);
  }

  #noteHeader(kernelEvent: KernelEvent): void {
    const { addressBytes, sourceAddressAt, destinationAddressAt } = kernelEvent;
    const source = addressKey(addressBytes, sourceAddressAt);
    const destination = addressKey(addressBytes, destinationAddressAt);
    const key = mixKey(pairKey(source, destination), kernelEvent.destinationPort);
    const header = kernelEvent.frameLength - kernelEvent.packetPayloadLength;
    // A buffer of several segments has as many headers.
    if (header > HEADER_LONGEST) return;
    if (this.#headers.peek(key) !== header) this.#headers.set(key, header);
  }

  tick(tick: Tick, report: Report): void {
    this.#collect(tick);
    this.#grow(tick);
    for (const pair of this.#pairs.values()) {
      // Fewer need no look: what has ended is found when there are more.
      if (pair.held.length >= this.#t.held) this.#judge(tick, pair, report);
    }
  }

  #collect(tick: Tick): void {
    const { attempts, hosts, flows } = tick;
    for (let i = 0; i < attempts.count && this.#young.length < YOUNG_CAP; i += 1) {
      const slot = attempts.slots[i]!;
      if (attempts.outcomes[i] !== Outcome.completed || flows.protocol[slot] !== TCP) continue;
      if (tick.isClosed(slot)) continue;
      const source = hosts.key(attempts.sources[i]!);
      const destination = hosts.key(attempts.destinations[i]!);
      const key = mixKey(pairKey(source, destination), tick.destinationPort(slot));
      this.#young.push({ key, slot, id: flows.id[slot]! });
    }
  }

  /** Those that are still open after some seconds, and have not asked for something that just takes its time. */
  #grow(tick: Tick): void {
    const { firstSeenUs } = tick.flows;
    const oldUs = tick.nowUs - this.#t.heldSeconds * 1e6;
    const young: Young[] = [];
    for (const one of this.#young) {
      if (!isOpen(tick, one.slot, one.id)) continue;
      if (firstSeenUs[one.slot]! > oldUs) {
        young.push(one);
        continue;
      }
      const exchange = this.#exchanges.size > 0 ? this.#exchangeOf(tick, one.slot) : undefined;
      if (exchange?.isWhole && exchange.promisedBytes === 0) continue;
      // A pool of connections to a store or a broker: little is said, but it is answered.
      if (exchange?.isAnswered && !httpPorts.has(tick.destinationPort(one.slot))) continue;
      const pair = this.#pairs.getOrCreate(one.key, () => newPair(tick, one.slot, one.key));
      pair.slot = one.slot;
      if (pair.held.length >= HELD_CAP) continue;
      pair.held.push({
        slot: one.slot,
        id: one.id,
        promisedBytes: exchange?.promisedBytes ?? 0,
        sent: -1,
        said: -1,
        sinceUs: 0,
        feeds: 0,
      });
    }
    this.#young = young;
  }

  #exchangeOf(tick: Tick, slot: number): HttpExchange | undefined {
    const { lowAddress, highAddress, lowPort, highPort } = tick.flows;
    const low = addressKey(lowAddress, slot * 16);
    const high = addressKey(highAddress, slot * 16);
    return this.#exchanges.peek(endsKey(low, lowPort[slot]!, high, highPort[slot]!));
  }

  #judge(tick: Tick, pair: Pair, report: Report): void {
    const { firstSeenUs, lastSeenUs, used } = tick.flows;
    const header = this.#headers.peek(pair.key) ?? 0;
    const counts = { unfinished: 0, unread: 0, fed: 0 };
    let oldestUs = tick.nowUs;
    pair.held = pair.held.filter((held) => {
      const { slot } = held;
      if (!isOpen(tick, slot, held.id) || tick.nowUs - lastSeenUs[slot]! > FED_US) return false;
      // What a server that isn't seen said is unknown.
      if (tick.reversePackets(slot) === 0) return false;
      const state = stateOf(tick, held, header, pair.isHttp);
      if (state === 'at work') return false;
      if (state === 'waiting') return true;
      counts[state] += 1;
      oldestUs = Math.min(oldestUs, firstSeenUs[slot]!);
      return true;
    });
    const all = counts.unfinished + counts.unread + counts.fed;
    if (all < this.#t.held) return;
    const isRead = counts.unread > all / 2;
    const where = used[pair.slot] ? tick.whereabouts(pair.slot) : {};
    report({
      kind: pair.isHttp ? 'slow_http' : 'slow_connections',
      key: `${pair.source} ${pair.destination} ${pair.port}`,
      source: { address: pair.source },
      destination: { address: pair.destination, port: pair.port },
      protocol: 'TCP',
      interface: tick.interfaceName(pair.slot),
      total: all,
      unit: 'connections',
      firstSeenUs: oldestUs,
      lastSeenUs: tick.nowUs,
      message: isRead
        ? `${pair.source} holds ${plural(all, 'connection')} to ${serviceText(pair.port)} of ${pair.destination} open and hardly reads the responses`
        : `${pair.source} holds ${plural(all, 'connection')} to ${serviceText(pair.port)} of ${pair.destination} open without finishing a request`,
      spoofable: false,
      confidence: 'medium',
      evidence: { class: isRead ? 'slow read' : 'slow request', ...where },
      threshold: { connections: this.#t.held, seconds: this.#t.heldSeconds },
    });
  }
}

const newExchange = (): HttpExchange => ({
  isWhole: false,
  promisedBytes: 0,
  hasSpoken: false,
  isAnswered: false,
});

function newPair(tick: Tick, slot: number, key: number): Pair {
  const port = tick.destinationPort(slot);
  return {
    source: tick.sourceText(slot),
    destination: tick.destinationText(slot),
    port,
    isHttp: httpPorts.has(port),
    key,
    slot,
    held: [],
  };
}

function isOpen(tick: Tick, slot: number, id: number): boolean {
  return tick.flows.used[slot] === 1 && tick.flows.id[slot] === id && !tick.isClosed(slot);
}

export const slowConnections: RuleDefinition = {
  name: 'slow-connections',
  kinds: ['slow_http', 'slow_connections'],
  method:
    'Counts the connections of one source to one service that stay open for five seconds and more: with a request that is not finished, with an HTTP answer of known length that is hardly read, or, where all is encrypted, fed with a few bytes again and again that the server does not answer. Requests that are whole and wait for their answer do not count.',
  thresholds,
  features: controlFeature.payloadFirstBytes,
  eventTypes: ['payload'],
  payloadClasses: [payloadClass.firstBytes],
  create: (context) => new SlowConnections(context),
};

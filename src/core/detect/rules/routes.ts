// Traceroutes, and packets that die on the way.

import type { KernelEvent } from '../../model/kernel-event.js';
import { quotedHeader } from '../../protocols/icmp-quote.js';
import { controlFeature } from '../../wire/layout.generated.js';
import { addressKey, addressText, pairKey } from '../address.js';
import { plural } from '../names.js';
import { ICMP } from '../protocol-numbers.js';
import {
  type Report,
  type Rule,
  type RuleContext,
  type RuleDefinition,
  readThresholds,
} from '../rule.js';
import type { Tick } from '../tick.js';
import { RecencyTable, RollingSum } from '../windows.js';

const PAIRS_CAP = 2048;
const TIME_EXCEEDED = 11;
const TIME_EXCEEDED_V6 = 3;

const thresholds = {
  exceeded: {
    value: 3,
    unit: 'answers',
    meaning: 'time-exceeded answers for one pair of hosts in 3 min',
    origin: 'Zeek: 3 in 3 min',
  },
  lowTtl: {
    value: 20,
    unit: 'packets',
    meaning: 'packets with a TTL of 3 or less in a minute, without a traceroute',
    origin: 'measured: traceroutes send 18 or fewer',
  },
} as const;

interface Trace {
  readonly source: string;
  readonly destination: string;
  readonly exceeded: RollingSum;
  readonly low: RollingSum;
  readonly ports: Set<number>;
  readonly routers: Set<string>;
  added: number;
  lowAdded: number;
  firstUs: number;
  lastUs: number;
  interface: string;
}

class Routes implements Rule {
  readonly #t: Readonly<Record<keyof typeof thresholds, number>>;
  readonly #traces: RecencyTable<number, Trace>;
  readonly #active = new Set<Trace>();

  constructor(context: RuleContext) {
    this.#t = readThresholds(context, thresholds);
    this.#traces = new RecencyTable('traceroute: pairs', PAIRS_CAP, context.ledger);
  }

  kernelEvent(kernelEvent: KernelEvent): void {
    if (kernelEvent.type === 'low_ttl') {
      const trace = this.#trace(
        kernelEvent.sourceAddress,
        kernelEvent.destinationAddress,
        kernelEvent,
      );
      trace.low.add(1, kernelEvent.timeUs);
      trace.lowAdded += 1;
      if (trace.ports.size < 64) trace.ports.add(kernelEvent.destinationPort);
      return;
    }
    const type = kernelEvent.reason >> 8;
    if (type !== (kernelEvent.protocol === ICMP ? TIME_EXCEEDED : TIME_EXCEEDED_V6)) return;
    const quote = quotedHeader(kernelEvent.payload, kernelEvent.protocol === ICMP ? 4 : 6);
    if (!quote) return;
    const trace = this.#trace(quote.source, quote.destination, kernelEvent);
    trace.exceeded.add(1, kernelEvent.timeUs);
    trace.added += 1;
    if (trace.routers.size < 16) trace.routers.add(addressText(kernelEvent.sourceAddress));
  }

  #trace(source: Uint8Array, destination: Uint8Array, kernelEvent: KernelEvent): Trace {
    const trace = this.#traces.getOrCreate(
      pairKey(addressKey(source), addressKey(destination)),
      () => ({
        source: addressText(source),
        destination: addressText(destination),
        exceeded: new RollingSum(180e6),
        low: new RollingSum(60e6),
        ports: new Set(),
        routers: new Set(),
        added: 0,
        lowAdded: 0,
        firstUs: kernelEvent.timeUs,
        lastUs: kernelEvent.timeUs,
        interface: kernelEvent.interface,
      }),
    );
    if (kernelEvent.timeUs - trace.lastUs > 180e6) {
      trace.firstUs = kernelEvent.timeUs;
      trace.ports.clear();
    }
    trace.lastUs = kernelEvent.timeUs;
    this.#active.add(trace);
    return trace;
  }

  tick(tick: Tick, report: Report): void {
    for (const trace of this.#active) {
      const exceeded = trace.exceeded.value(tick.nowUs);
      const low = trace.low.value(tick.nowUs);
      const common = {
        key: `${trace.source} ${trace.destination}`,
        source: { address: trace.source },
        destination: { address: trace.destination },
        protocol: null,
        interface: trace.interface,
        firstSeenUs: trace.firstUs,
        lastSeenUs: trace.lastUs,
        spoofable: true,
      } as const;
      if (exceeded >= this.#t.exceeded) {
        report({
          ...common,
          kind: 'traceroute',
          add: trace.added,
          unit: 'answers',
          message: `${trace.source} runs a traceroute to ${trace.destination} through ${plural(trace.routers.size, 'router')}`,
          confidence: 'high',
          evidence: { routers: [...trace.routers] },
          threshold: { answers: this.#t.exceeded, windowSeconds: 180 },
        });
        trace.added = 0;
      } else if (low >= this.#t.lowTtl && trace.ports.size <= 3) {
        report({
          ...common,
          kind: 'low_ttl',
          add: trace.lowAdded,
          unit: 'packets',
          message: `${trace.source} sends ${trace.destination} ${plural(low, 'packet')} with a TTL of 3 or less`,
          confidence: 'low',
          threshold: { packets: this.#t.lowTtl, windowSeconds: 60 },
        });
        trace.lowAdded = 0;
      }
    }
    this.#active.clear();
  }
}

export const routes: RuleDefinition = {
  name: 'routes',
  kinds: ['traceroute', 'low_ttl'],
  method:
    'Counts time-exceeded answers by the pair of hosts that they quote, and packets with a TTL of 3 or less that no traceroute explains.',
  thresholds,
  features: controlFeature.eventsIcmpError | controlFeature.eventsLowTtl,
  eventTypes: ['icmp_error', 'low_ttl'],
  create: (context) => new Routes(context),
};

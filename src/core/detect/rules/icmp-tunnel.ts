// Data inside of pings: many sizes, or answers that differ from their requests.

import type { KernelEvent } from '../../model/kernel-event.js';
import { controlFeature, payloadClass } from '../../wire/layout.generated.js';
import { addressKey, addressText, pairKey } from '../address.js';
import { type AnomalousPair, takeFinding } from '../anomalous-pairs.js';
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
import { RecencyTable, RollingSet, RollingSum, type StateLedger } from '../windows.js';

const PAIRS_CAP = 2048;
const REQUESTS_CAP = 64;
const HEADER_BYTES = 8;

const thresholds = {
  packets: {
    value: 20,
    unit: 'packets',
    meaning: 'echo packets of one pair in a minute',
    origin: 'chosen: ping sends 60 a minute of one size, so only the sizes below decide',
  },
  sizes: {
    value: 5,
    unit: 'sizes',
    meaning: 'different payload sizes among them',
    origin: 'Elastic; ping uses one, path MTU discovery 3 to 4',
  },
  bytes: {
    value: 256,
    unit: 'bytes',
    meaning: 'and the largest at least this size',
    origin: 'Elastic 256',
  },
  unequal: {
    value: 10,
    unit: 'answers',
    meaning: 'answers in a minute that differ from their requests',
    origin: 'RFC 792: the data is returned',
  },
  unasked: {
    value: 40,
    unit: 'answers',
    meaning: 'answers in a minute without a request, four times as many as there were requests',
    origin: 'measured: ptunnel sends 503 answers to 12 requests; ping one each',
  },
} as const;

interface Pair extends Omit<AnomalousPair, 'recent'> {
  readonly packets: RollingSum;
  readonly sizes: RollingSet;
  readonly unequal: RollingSum;
  readonly asked: RollingSum;
  readonly unasked: RollingSum;
  /** Identifier and sequence → length and first bytes of the request. */
  readonly requests: Map<number, string>;
  largest: number;
}

class IcmpTunnel implements Rule {
  readonly #t: Readonly<Record<keyof typeof thresholds, number>>;
  readonly #ledger: StateLedger;
  readonly #pairs: RecencyTable<number, Pair>;

  constructor(context: RuleContext) {
    this.#t = readThresholds(context, thresholds);
    this.#ledger = context.ledger;
    this.#pairs = new RecencyTable('icmp tunnel: pairs', PAIRS_CAP, context.ledger, (pair) =>
      pair.sizes.release(),
    );
  }

  kernelEvent(kernelEvent: KernelEvent, tick: Tick, report: Report): void {
    if (kernelEvent.payload.length < HEADER_BYTES) return;
    const { payload } = kernelEvent;
    const isRequest = payload[0] === (kernelEvent.protocol === ICMP ? 8 : 128);
    const from = isRequest ? kernelEvent.sourceAddress : kernelEvent.destinationAddress;
    const to = isRequest ? kernelEvent.destinationAddress : kernelEvent.sourceAddress;
    const pair = this.#pairs.getOrCreate(pairKey(addressKey(from), addressKey(to)), () => ({
      kind: 'icmp_tunnel',
      source: addressText(from),
      destination: addressText(to),
      interface: kernelEvent.interface,
      protocol: kernelEvent.protocol === ICMP ? 'ICMP' : 'ICMPv6',
      packets: new RollingSum(60e6),
      sizes: new RollingSet(60e6, 256, this.#ledger),
      unequal: new RollingSum(60e6),
      asked: new RollingSum(60e6),
      unasked: new RollingSum(60e6),
      requests: new Map(),
      largest: 0,
      added: 0,
      firstUs: kernelEvent.timeUs,
      lastUs: kernelEvent.timeUs,
    }));
    if (pair.packets.value(kernelEvent.timeUs) === 0) {
      pair.firstUs = kernelEvent.timeUs;
      pair.largest = 0;
    }
    pair.packets.add(1, kernelEvent.timeUs);
    pair.added += 1;
    pair.lastUs = kernelEvent.timeUs;
    pair.sizes.add(kernelEvent.packetPayloadLength, kernelEvent.timeUs);
    pair.largest = Math.max(pair.largest, kernelEvent.packetPayloadLength);
    const sequence = (payload[4]! << 24) | (payload[5]! << 16) | (payload[6]! << 8) | payload[7]!;
    const content = `${kernelEvent.packetPayloadLength} ${payload.subarray(HEADER_BYTES).join(',')}`;
    if (isRequest) {
      pair.asked.add(1, kernelEvent.timeUs);
      if (pair.requests.size >= REQUESTS_CAP)
        pair.requests.delete(pair.requests.keys().next().value!);
      pair.requests.set(sequence, content);
    } else {
      const request = pair.requests.get(sequence);
      if (request === undefined) pair.unasked.add(1, kernelEvent.timeUs);
      else if (request !== content) pair.unequal.add(1, kernelEvent.timeUs);
      pair.requests.delete(sequence);
    }
    this.#judge(pair, kernelEvent, report);
    void tick;
  }

  #judge(pair: Pair, kernelEvent: KernelEvent, report: Report): void {
    const packets = pair.packets.value(kernelEvent.timeUs);
    const sizes = pair.sizes.size(kernelEvent.timeUs);
    const unequal = pair.unequal.value(kernelEvent.timeUs);
    const bySizes =
      packets >= this.#t.packets && sizes >= this.#t.sizes && pair.largest >= this.#t.bytes;
    // Where no request at all is seen, it may be that only one side is.
    const asked = pair.asked.value(kernelEvent.timeUs);
    const unasked = pair.unasked.value(kernelEvent.timeUs);
    const isUnasked = asked > 0 && unasked >= this.#t.unasked && unasked >= asked * 4;
    const byAnswers = unequal >= this.#t.unequal || isUnasked;
    if (!bySizes && !byAnswers) return;
    report({
      ...takeFinding(pair),
      severity: byAnswers ? 'high' : 'medium',
      message: byAnswers
        ? `${pair.source} and ${pair.destination} carry data in ICMP echo: replies do not match their requests`
        : `${pair.source} carries data to ${pair.destination} in ICMP echo packets of ${plural(sizes, 'different size')}`,
      confidence: byAnswers ? 'high' : 'medium',
      evidence: { packets, sizes, largestBytes: pair.largest, unequalAnswers: unequal, unasked },
      threshold: byAnswers
        ? { unequalAnswers: this.#t.unequal, unasked: this.#t.unasked, windowSeconds: 60 }
        : {
            packets: this.#t.packets,
            sizes: this.#t.sizes,
            bytes: this.#t.bytes,
            windowSeconds: 60,
          },
    });
  }
}

export const icmpTunnel: RuleDefinition = {
  name: 'icmp-tunnel',
  kinds: ['icmp_tunnel'],
  method:
    'Looks at echo requests and replies of each pair of hosts: how many different sizes there are in a minute, and whether each reply returns the data of a request.',
  thresholds,
  features: controlFeature.payloadIcmpEcho,
  eventTypes: ['payload'],
  payloadClasses: [payloadClass.icmpEcho],
  create: (context) => new IcmpTunnel(context),
};

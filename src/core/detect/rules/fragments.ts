// Odd fragments: overlaps (teardrop), more than a packet can be (ping of death), heads too short, and floods that complete nothing.

import type { KernelEvent } from '../../model/kernel-event.js';
import { controlFeature } from '../../wire/layout.generated.js';
import { addressKey, addressText } from '../address.js';
import { AnomalousPairs, takeFinding } from '../anomalous-pairs.js';
import { plural, protocolText } from '../names.js';
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
import { RecencyTable, Sample } from '../windows.js';

/** Datagrams in pieces at once; a flood pushes honest ones out after thousands, which then miss an overlap, no more. */
const DATAGRAMS_CAP = 8192;
const HOSTS_CAP = 2048;
/** A datagram that isn't whole after 60 s never will be (RFC 791, Linux: 30 s). */
const DATAGRAM_LIFE_US = 60e6;
const PIECES_CAP = 64;
const PACKET_MAX = 65_535;
/** What a piece on Ethernet carries at most, about. */
const LARGEST_PIECE = 1480;
/** TCP flags lie in byte 13: a head of less, or a second piece at 8, hides them from filters. */
const TCP_HEADER_MIN = 16;

const thresholds = {
  floodPerSecond: {
    value: 200,
    unit: 'fragments/s',
    meaning: 'fragments to one host',
    origin: 'chosen: NFS and large pings are reassembled, so only lost fragments count',
  },
  completedShare: {
    value: 0.2,
    unit: 'share',
    meaning: 'largest share that is reassembled',
    origin: 'measured: benign fragments 0.9 and more',
  },
  tinyFragments: {
    value: 3,
    unit: 'packets',
    meaning: 'first fragments too short for their TCP header',
    origin: 'no IP stack sends them; Snort tiny_fragment',
  },
  overlaps: {
    value: 1,
    unit: 'packets',
    meaning: 'packets with overlapping fragments',
    origin: 'RFC 5722 forbids them',
  },
} as const;

interface Datagram {
  readonly pieces: { start: number; end: number }[];
  total: number;
  bytes: number;
  startedUs: number;
  overlapped: boolean;
  /** Too long for a packet: its later offsets have wrapped round, and overlap for that reason. */
  oversized: boolean;
  whole: boolean;
}

interface Target {
  readonly text: string;
  readonly interface: string;
  readonly examples: Sample;
  fragments: number;
  /** Fragments of packets that have become whole in this tick. */
  completed: number;
  heads: number;
  tails: number;
  sources: Map<number, number>;
  firstUs: number;
  lastUs: number;
}

class Fragments implements Rule {
  readonly #t: Readonly<Record<keyof typeof thresholds, number>>;
  readonly #datagrams: RecencyTable<string, Datagram>;
  readonly #oddities: AnomalousPairs;
  readonly #targets = new Map<number, Target>();
  #kernelEventsInTick = 0;

  constructor(context: RuleContext) {
    this.#t = readThresholds(context, thresholds);
    // Forgotten pieces only miss an overlap: a flood does it all the time, and is an alert of its own.
    this.#datagrams = new RecencyTable(null, DATAGRAMS_CAP, context.ledger);
    this.#oddities = new AnomalousPairs(
      'odd fragments: pairs',
      HOSTS_CAP,
      context.ledger,
      (one) => one,
    );
  }

  kernelEvent(kernelEvent: KernelEvent): void {
    this.#kernelEventsInTick += 1;
    const start = kernelEvent.fragmentOffset;
    const end = start + kernelEvent.packetPayloadLength;
    const target = this.#target(kernelEvent);
    if (start === 0) target.heads += 1;
    if (!kernelEvent.moreFragments) target.tails += 1;
    if (end > PACKET_MAX) this.#odd(kernelEvent, 'ping_of_death');
    const isTcp = kernelEvent.protocol === TCP;
    if (
      isTcp &&
      ((start === 0 && end < TCP_HEADER_MIN && kernelEvent.moreFragments) || start === 8)
    ) {
      this.#odd(kernelEvent, 'tiny_fragment');
    }
    this.#assemble(kernelEvent, start, end, target);
  }

  #target(kernelEvent: KernelEvent): Target {
    const key = addressKey(kernelEvent.destinationAddress);
    let target = this.#targets.get(key);
    if (!target) {
      target = {
        text: addressText(kernelEvent.destinationAddress),
        interface: kernelEvent.interface,
        examples: new Sample(),
        fragments: 0,
        completed: 0,
        heads: 0,
        tails: 0,
        sources: new Map(),
        firstUs: kernelEvent.timeUs,
        lastUs: kernelEvent.timeUs,
      };
      this.#targets.set(key, target);
    }
    target.fragments += 1;
    target.lastUs = kernelEvent.timeUs;
    const source = addressKey(kernelEvent.sourceAddress);
    if (!target.sources.has(source)) target.examples.add(addressText(kernelEvent.sourceAddress));
    target.sources.set(source, (target.sources.get(source) ?? 0) + 1);
    return target;
  }

  #assemble(kernelEvent: KernelEvent, start: number, end: number, target: Target): void {
    const key = `${addressKey(kernelEvent.sourceAddress)} ${addressKey(kernelEvent.destinationAddress)} ${kernelEvent.protocol} ${kernelEvent.ipIdentification}`;
    let datagram = this.#datagrams.get(key);
    // An identification comes round again: only pieces close in time belong together.
    if (!datagram || datagram.whole || kernelEvent.timeUs - datagram.startedUs > DATAGRAM_LIFE_US) {
      datagram = {
        pieces: [],
        total: -1,
        bytes: 0,
        startedUs: kernelEvent.timeUs,
        overlapped: false,
        oversized: false,
        whole: false,
      };
      this.#datagrams.set(key, datagram);
    }
    datagram.oversized ||= end + LARGEST_PIECE > PACKET_MAX;
    for (const piece of datagram.pieces) {
      if (start >= piece.end || end <= piece.start) continue;
      // The same piece twice is a copy (a mirror port, a retransmission below IP).
      if (start === piece.start && end === piece.end) return;
      if (!datagram.overlapped && !datagram.oversized) {
        datagram.overlapped = true;
        this.#odd(kernelEvent, 'teardrop');
      }
      return;
    }
    if (datagram.pieces.length < PIECES_CAP) datagram.pieces.push({ start, end });
    datagram.bytes += end - start;
    if (!kernelEvent.moreFragments) datagram.total = end;
    if (datagram.total >= 0 && datagram.bytes >= datagram.total) {
      datagram.whole = true;
      target.completed += datagram.pieces.length;
    }
  }

  #odd(kernelEvent: KernelEvent, kind: Kind): void {
    const packet = {
      kind,
      source: addressText(kernelEvent.sourceAddress),
      destination: addressText(kernelEvent.destinationAddress),
      protocol: protocolText(kernelEvent.protocol),
      interface: kernelEvent.interface,
      timeUs: kernelEvent.timeUs,
    };
    this.#oddities.add(packet, 1, kernelEvent.timeUs);
  }

  tick(tick: Tick, report: Report): void {
    for (const oddity of this.#oddities.active) {
      const enough = oddity.kind === 'tiny_fragment' ? this.#t.tinyFragments : this.#t.overlaps;
      if (oddity.recent.value(oddity.lastUs) < enough) continue;
      report({
        ...takeFinding(oddity),
        message: `${oddity.source} sends ${oddity.destination} ${oddityWords[oddity.kind]}`,
        confidence: 'high',
        threshold: { packets: enough, windowSeconds: AnomalousPairs.WINDOW_SECONDS },
      });
    }
    this.#oddities.active.clear();
    for (const [key, target] of this.#targets) this.#judgeFlood(tick, key, target, report);
    this.#targets.clear();
    this.#kernelEventsInTick = 0;
  }

  #judgeFlood(tick: Tick, key: number, target: Target, report: Report): void {
    const seconds = Math.max(1, tick.seconds);
    // The kernel samples above 2,000 a second; then pieces are missing that were on the wire.
    const sampled = tick.input.fragments.packets > this.#kernelEventsInTick * 1.1;
    const perSecond = target.fragments / seconds;
    if (perSecond < this.#t.floodPerSecond) return;
    const incomplete = sampled
      ? target.heads < target.fragments * 0.02 || target.tails < target.fragments * 0.02
      : target.completed < target.fragments * this.#t.completedShare;
    if (!incomplete) return;
    const [, most] = [...target.sources].reduce((a, b) => (b[1] > a[1] ? b : a));
    const source = most >= target.fragments * 0.9 ? target.examples.texts[0]! : null;
    void key;
    report({
      kind: 'fragment_flood',
      key: target.text,
      source: source ? { address: source } : null,
      destination: { address: target.text },
      protocol: null,
      interface: target.interface,
      add: sampled ? Math.max(target.fragments, tick.input.fragments.packets) : target.fragments,
      unit: 'fragments',
      firstSeenUs: target.firstUs,
      lastSeenUs: target.lastUs,
      message: `${source ?? plural(target.sources.size, 'source')} flood ${target.text} with ${plural(Math.round(perSecond), 'IP fragment')}/s that are never reassembled`,
      spoofable: true,
      confidence: sampled ? 'medium' : 'high',
      ...(source ? {} : { sources: target.examples.with(target.sources.size) }),
      evidence: { fragmentsPerSecond: Math.round(perSecond), completed: target.completed, sampled },
      threshold: { perSecond: this.#t.floodPerSecond, completedShare: this.#t.completedShare },
    });
  }
}

const oddityWords: Partial<Record<Kind, string>> = {
  teardrop: 'fragments that overlap each other',
  ping_of_death: 'fragments that add up to more than a packet can be',
  tiny_fragment: 'fragments too short for their TCP header, to slip past filters',
};

export const fragments: RuleDefinition = {
  name: 'fragments',
  kinds: ['teardrop', 'ping_of_death', 'tiny_fragment', 'fragment_flood'],
  method:
    'Tracks the fragments of each packet by addresses, protocol and identification: fragments that overlap with different content, that end beyond 65,535 bytes, that do not hold their TCP header, and hosts that receive many fragments which are never reassembled.',
  thresholds,
  features: controlFeature.eventsFragment,
  eventTypes: ['fragment'],
  create: (context) => new Fragments(context),
};

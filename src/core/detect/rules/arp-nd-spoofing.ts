// Who has which address: ARP and ND spoofing, ICMP redirects.

import type { KernelEvent } from '../../model/kernel-event.js';
import { controlFeature } from '../../wire/layout.generated.js';
import {
  addressKey,
  addressText,
  isMulticast,
  isUnspecified,
  macText,
  mixKey,
  sameAddress,
} from '../address.js';
import { AddressClaims } from '../address-claims.js';
import { placeOf } from '../kernel-event-place.js';
import { listText } from '../names.js';
import { ICMP } from '../protocol-numbers.js';
import {
  type Report,
  type Rule,
  type RuleContext,
  type RuleDefinition,
  readThresholds,
} from '../rule.js';
import type { Tick } from '../tick.js';
import type { Kind } from '../vocabulary.js';
import { RecencyTable, RollingSet, RollingSum, Sample, type StateLedger } from '../windows.js';

const SPEAKERS_CAP = 2048;
const ARP_REQUEST = 1;
const ARP_REPLY = 2;
const NEIGHBOUR_SOLICITATION = 135;
const NEIGHBOUR_ADVERTISEMENT = 136;
const ND_REDIRECT = 137;
const OPTION_SOURCE_LINK_ADDRESS = 1;
const OPTION_TARGET_LINK_ADDRESS = 2;
const NO_MAC = '00:00:00:00:00:00';
/** VRRP, CARP, HSRP move addresses between routers for a living. */
const sharedMacs = ['00:00:5e:00:01', '00:00:5e:00:02', '00:00:0c:07:ac', '00:00:0c:9f:f'];

const thresholds = {
  flips: {
    value: 3,
    unit: 'claims',
    meaning: 'claims of one MAC on an address of another in a minute',
    origin:
      'arpspoof claims every 2 s, atk6-parasite6 answers each question; fail-over claims up to 3 times and the old owner falls silent',
  },
  unsolicited: {
    value: 5,
    unit: 'answers',
    meaning: 'unsolicited answers of one MAC for one address in a minute',
    origin:
      'arpspoof sends one every 2 s; where requests are not seen, a cache asks 1 to 3 times a minute',
  },
  claimedAddresses: {
    value: 3,
    unit: 'addresses',
    meaning: 'addresses of others claimed by one MAC',
    origin: 'chosen: failover moves one or two addresses',
  },
  redirects: {
    value: 5,
    unit: 'redirects',
    meaning: 'ICMP redirects to one host in a minute',
    origin: 'chosen: a router beside another gateway sends one for each host it redirects',
  },
} as const;

interface Spoofer {
  readonly kind: Kind;
  readonly mac: string;
  readonly interface: string;
  readonly victims: RollingSet;
  readonly examples: Sample;
  added: number;
  firstUs: number;
  lastUs: number;
}

class ArpNdSpoofing implements Rule {
  readonly #t: Readonly<Record<keyof typeof thresholds, number>>;
  readonly #claims: AddressClaims;
  readonly #spoofers: RecencyTable<string, Spoofer>;
  readonly #redirects: RecencyTable<
    string,
    { recent: RollingSum; added: number; firstUs: number; kernelEvent: KernelEvent }
  >;
  readonly #ledger: StateLedger;
  readonly #activeSpoofers = new Set<Spoofer>();

  constructor(context: RuleContext) {
    this.#t = readThresholds(context, thresholds);
    this.#ledger = context.ledger;
    this.#claims = new AddressClaims(
      'arp-nd-spoofing: claims',
      { flips: this.#t.flips, unsolicited: this.#t.unsolicited },
      context.ledger,
    );
    this.#spoofers = new RecencyTable(
      'arp-nd-spoofing: spoofers',
      SPEAKERS_CAP,
      context.ledger,
      (one) => one.victims.release(),
    );
    this.#redirects = new RecencyTable('redirects: pairs', SPEAKERS_CAP, context.ledger);
  }

  kernelEvent(kernelEvent: KernelEvent): void {
    if (kernelEvent.type === 'arp') this.#arp(kernelEvent);
    else if (kernelEvent.type === 'icmp_error') {
      if (kernelEvent.protocol === ICMP && kernelEvent.reason >> 8 === 5)
        this.#redirect(kernelEvent);
    } else if (kernelEvent.reason === NEIGHBOUR_ADVERTISEMENT) this.#advertisement(kernelEvent);
    else if (kernelEvent.reason === NEIGHBOUR_SOLICITATION) this.#solicitation(kernelEvent);
    else if (kernelEvent.reason === ND_REDIRECT) this.#redirect(kernelEvent);
  }

  /** The sender's own binding stands in requests and replies alike. */
  #arp(kernelEvent: KernelEvent): void {
    const body = kernelEvent.payload;
    // Who puts another's MAC into its answers (to restore what it spoofed, or to frame another host) is the one that sends the frame.
    const frameMac = macText(kernelEvent.sourceMac);
    const mac = frameMac === NO_MAC && body.length >= 14 ? macText(body, 8) : frameMac;
    const isAnnouncement = sameAddress(
      kernelEvent.sourceAddress,
      0,
      kernelEvent.destinationAddress,
      0,
    );
    // Before it takes an address a host asks for it itself, from 0.0.0.0 or in that address's own name.
    const isProbe = isAnnouncement || isUnspecified(kernelEvent.sourceAddress);
    if (kernelEvent.reason === ARP_REQUEST) {
      const target = placeKey(kernelEvent, kernelEvent.destinationAddress);
      const asker = addressKey(kernelEvent.sourceAddress);
      const isExposed = this.#claims.asked(
        target,
        kernelEvent.timeUs,
        asker,
        isProbe ? undefined : mac,
      );
      if (isExposed) this.#lie(kernelEvent, 'arp_spoof', kernelEvent.destinationAddress, mac);
    }
    if (isUnspecified(kernelEvent.sourceAddress)) return;
    this.#claim(
      kernelEvent,
      'arp_spoof',
      kernelEvent.sourceAddress,
      mac,
      kernelEvent.reason === ARP_REPLY,
      isAnnouncement,
    );
  }

  /** Who asks says who he is, too: so an owner speaks against the one who has taken his address. */
  #solicitation(kernelEvent: KernelEvent): void {
    const { payload, sourceAddress } = kernelEvent;
    if (payload.length < 24) return;
    this.#claims.asked(
      placeKey(kernelEvent, payload, 8),
      kernelEvent.timeUs,
      addressKey(sourceAddress),
    );
    const mac = linkAddress(payload, OPTION_SOURCE_LINK_ADDRESS);
    if (mac && !isUnspecified(sourceAddress))
      this.#claim(kernelEvent, 'ndp_spoof', sourceAddress, mac, false, false);
  }

  #advertisement(kernelEvent: KernelEvent): void {
    const { payload } = kernelEvent;
    if (payload.length < 24) return;
    const target = payload.subarray(8, 24);
    const mac = linkAddress(payload, OPTION_TARGET_LINK_ADDRESS) ?? macText(kernelEvent.sourceMac);
    this.#claim(
      kernelEvent,
      'ndp_spoof',
      target,
      mac,
      true,
      isMulticast(kernelEvent.destinationAddress),
    );
  }

  #claim(
    kernelEvent: KernelEvent,
    kind: Kind,
    address: Uint8Array,
    mac: string,
    isReply: boolean,
    isAnnouncement: boolean,
  ): void {
    if (sharedMacs.some((prefix) => mac.startsWith(prefix)) || mac === NO_MAC) return;
    const key = placeKey(kernelEvent, address);
    const lies = this.#claims.claim({
      address: key,
      mac,
      timeUs: kernelEvent.timeUs,
      to: isMulticast(kernelEvent.destinationAddress)
        ? null
        : addressKey(kernelEvent.destinationAddress),
      isReply,
      isAnnouncement,
    });
    const known = this.#spoofers.peek(`${kind} ${mac}`);
    if (lies || known?.victims.has(key)) this.#lie(kernelEvent, kind, address, mac);
  }

  #lie(kernelEvent: KernelEvent, kind: Kind, address: Uint8Array, mac: string): void {
    const spoofer = this.#spoofers.getOrCreate(`${kind} ${mac}`, () => ({
      kind,
      mac,
      interface: kernelEvent.interface,
      victims: new RollingSet(300e6, 256, this.#ledger),
      examples: new Sample(),
      added: 0,
      firstUs: kernelEvent.timeUs,
      lastUs: kernelEvent.timeUs,
    }));
    spoofer.lastUs = kernelEvent.timeUs;
    spoofer.added += 1;
    if (spoofer.victims.add(placeKey(kernelEvent, address), kernelEvent.timeUs))
      spoofer.examples.add(addressText(address));
    this.#activeSpoofers.add(spoofer);
  }

  #redirect(kernelEvent: KernelEvent): void {
    const source = addressText(kernelEvent.sourceAddress);
    const destination = addressText(kernelEvent.destinationAddress);
    const known = this.#redirects.getOrCreate(`${source} ${destination}`, () => ({
      recent: new RollingSum(60e6),
      added: 0,
      firstUs: kernelEvent.timeUs,
      kernelEvent,
    }));
    known.recent.add(1, kernelEvent.timeUs);
    known.added += 1;
    known.kernelEvent = kernelEvent;
  }

  tick(tick: Tick, report: Report): void {
    for (const spoofer of this.#activeSpoofers) this.#judgeSpoofer(tick, spoofer, report);
    this.#activeSpoofers.clear();
    for (const [pair, known] of this.#redirects.entries()) {
      if (known.added === 0) continue;
      if (known.recent.value(tick.nowUs) < this.#t.redirects) continue;
      this.#reportRedirect(pair, known.kernelEvent, known.added, known.firstUs, report);
      known.added = 0;
    }
  }

  #judgeSpoofer(tick: Tick, spoofer: Spoofer, report: Report): void {
    const victims = spoofer.victims.size(tick.nowUs);
    const texts = spoofer.examples.texts;
    const added = spoofer.added;
    spoofer.added = 0;
    report({
      kind: spoofer.kind,
      key: spoofer.mac,
      source: { mac: spoofer.mac },
      destination: victims === 1 ? { address: texts[0]! } : null,
      protocol: spoofer.kind === 'arp_spoof' ? 'ARP' : 'ICMPv6',
      interface: spoofer.interface,
      add: added,
      unit: 'claims',
      firstSeenUs: spoofer.firstUs,
      lastSeenUs: spoofer.lastUs,
      message: `${spoofer.mac} claims to be ${listText(texts)}, which ${victims === 1 ? 'belongs' : 'belong'} to another host`,
      spoofable: true,
      confidence: victims >= this.#t.claimedAddresses || added > this.#t.flips ? 'high' : 'medium',
      targets: spoofer.examples.with(victims),
      threshold: { claims: this.#t.flips, windowSeconds: 60 },
    });
  }

  #reportRedirect(
    pair: string,
    kernelEvent: KernelEvent,
    added: number,
    firstUs: number,
    report: Report,
  ): void {
    const source = addressText(kernelEvent.sourceAddress);
    const destination = addressText(kernelEvent.destinationAddress);
    const body = kernelEvent.payload;
    const gateway =
      kernelEvent.protocol === ICMP
        ? body.length >= 8 && `${body[4]}.${body[5]}.${body[6]}.${body[7]}`
        : body.length >= 24 && addressText(body, 8);
    report({
      kind: 'icmp_redirect',
      key: pair,
      source: { address: source, mac: macText(kernelEvent.sourceMac) },
      destination: { address: destination },
      protocol: kernelEvent.protocol === ICMP ? 'ICMP' : 'ICMPv6',
      interface: kernelEvent.interface,
      add: added,
      unit: 'redirects',
      firstSeenUs: firstUs,
      lastSeenUs: kernelEvent.timeUs,
      message: `${source} redirects traffic of ${destination} ${gateway ? `to gateway ${gateway}` : 'to another gateway'}`,
      spoofable: true,
      confidence: 'medium',
      ...(gateway ? { evidence: { gateway } } : {}),
      threshold: { redirects: this.#t.redirects, windowSeconds: 60 },
    });
  }
}

/** The same address in another VLAN, tunnel or behind another interface is another host's. */
function placeKey(kernelEvent: KernelEvent, address: Uint8Array, offset = 0): number {
  return mixKey(addressKey(address, offset), placeOf(kernelEvent));
}

function linkAddress(payload: Uint8Array, option: number): string | null {
  for (let at = 24; at + 8 <= payload.length && payload[at + 1]! > 0; at += payload[at + 1]! * 8)
    if (payload[at] === option) return macText(payload, at + 2);
  return null;
}

export const arpNdSpoofing: RuleDefinition = {
  name: 'arp-nd-spoofing',
  kinds: ['arp_spoof', 'ndp_spoof', 'icmp_redirect'],
  method:
    'Remembers for an hour which MACs claim an address. Where it goes there and back between two, the one whose answers nobody asked for is the spoofer; so is one that pushes such answers on and on, or asks itself who has the address that it has just claimed. Redirects are counted by pair.',
  thresholds,
  features:
    controlFeature.eventsArp | controlFeature.eventsNeighbour | controlFeature.eventsIcmpError,
  eventTypes: ['arp', 'neighbour', 'icmp_error'],
  create: (context) => new ArpNdSpoofing(context),
};

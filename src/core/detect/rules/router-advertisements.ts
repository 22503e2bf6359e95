// Router advertisements: floods of them, routers declared dead, and a new one that wants to come first.

import type { KernelEvent } from '../../model/kernel-event.js';
import { controlFeature } from '../../wire/layout.generated.js';
import { addressKey, addressText, isMulticast, macText, mixKey } from '../address.js';
import { placeOf } from '../kernel-event-place.js';
import { plural } from '../names.js';
import {
  type Report,
  type Rule,
  type RuleContext,
  type RuleDefinition,
  readThresholds,
} from '../rule.js';
import type { Tick } from '../tick.js';
import { RecencyTable, RollingSet, RollingSum } from '../windows.js';

const ROUTERS_CAP = 256;
const ROUTER_ADVERTISEMENT = 134;
/** The usual lifetime of a default route: who was silent longer is no router any more. */
const REMEMBERED_US = 1800e6;
/** Default router preference, RFC 4191: 01 high, 00 medium, 11 low. */
const PREFERENCE_HIGH = 1;

const thresholds = {
  deadRouters: {
    value: 4,
    unit: 'advertisements',
    meaning: 'advertisements with lifetime 0 in 30 s',
    origin: 'RFC 4861: a router that shuts down advertises it up to 3 times',
  },
  advertisers: {
    value: 8,
    unit: 'routers',
    meaning: 'different routers advertising in 10 s',
    origin: 'flood_router6 sends thousands; networks have 1 to 4',
  },
  advertisements: {
    value: 50,
    unit: 'advertisements',
    meaning: 'router advertisements in 10 s',
    origin: 'RFC 4861: no faster than one in 3 s',
  },
  eagerAdvertisements: {
    value: 3,
    unit: 'advertisements',
    meaning:
      'unsolicited ones with high preference of one router in 30 s (low where no other router is known; beside a known one without high preference the first is enough)',
    origin: 'RFC 4861: every 200 s by default; fake_router26 one in 5 s',
  },
} as const;

interface Router {
  readonly place: number;
  readonly isHigh: boolean;
  readonly text: string;
  readonly unasked: RollingSum;
  firstUs: number;
  lastUs: number;
}

class RouterAdvertisements implements Rule {
  readonly #t: Readonly<Record<keyof typeof thresholds, number>>;
  readonly #dead = new RollingSum(30e6);
  readonly #advertisements = new RollingSum(10e6);
  readonly #advertisers: RollingSet;
  readonly #routers: RecencyTable<number, Router>;
  #advertised: KernelEvent[] = [];
  #advertisedFirstUs = 0;
  /** Since the last report: those before the threshold count, too. */
  #advertisedUntold = 0;

  constructor(context: RuleContext) {
    this.#t = readThresholds(context, thresholds);
    this.#advertisers = new RollingSet(10e6, 1024, context.ledger);
    this.#routers = new RecencyTable('router advertisements: routers', ROUTERS_CAP, context.ledger);
  }

  kernelEvent(kernelEvent: KernelEvent): void {
    if (kernelEvent.reason === ROUTER_ADVERTISEMENT) this.#advertised.push(kernelEvent);
  }

  tick(tick: Tick, report: Report): void {
    if (this.#advertised.length === 0) return;
    const isFlood = this.#judgeAdvertisements(tick, report);
    // Each of a flood would be a router of its own.
    if (!isFlood)
      for (const kernelEvent of this.#advertised) this.#judgeRouter(kernelEvent, report);
    this.#advertised = [];
  }

  /** One that comes first by its preference, new beside others, or pressing itself on all. */
  #judgeRouter(kernelEvent: KernelEvent, report: Report): void {
    const { payload, sourceAddress, timeUs } = kernelEvent;
    if (payload.length < 8 || ((payload[6]! << 8) | payload[7]!) === 0) return;
    const place = placeOf(kernelEvent);
    const key = mixKey(addressKey(sourceAddress), place);
    const isHigh = ((payload[5]! >> 3) & 3) === PREFERENCE_HIGH;
    const others = [...this.#routers.entries()]
      .filter(([other, one]) => other !== key && one.place === place)
      .filter(([, one]) => timeUs - one.lastUs < REMEMBERED_US)
      .map(([, other]) => other);
    const router = this.#routers.getOrCreate(key, () => ({
      place,
      isHigh,
      text: addressText(sourceAddress),
      unasked: new RollingSum(30e6),
      firstUs: timeUs,
      lastUs: timeUs,
    }));
    router.lastUs = timeUs;
    if (isMulticast(kernelEvent.destinationAddress)) router.unasked.add(1, timeUs);
    if (!isHigh) return;
    // Who was there before them is no newcomer.
    const known = others.find((other) => !other.isHigh && other.firstUs < router.firstUs);
    const isEager = router.unasked.value(timeUs) >= this.#t.eagerAdvertisements;
    if (!known && !isEager) return;
    const mac = macText(kernelEvent.sourceMac);
    report({
      kind: 'ra_attack',
      severity: known ? 'medium' : 'low',
      key: router.text,
      source: { address: router.text, mac },
      destination: { address: addressText(kernelEvent.destinationAddress) },
      protocol: 'ICMPv6',
      interface: kernelEvent.interface,
      add: 1,
      unit: 'advertisements',
      firstSeenUs: router.firstUs,
      lastSeenUs: timeUs,
      message: known
        ? `${router.text} advertises itself as a router with a higher preference than ${known.text}`
        : `${router.text} keeps advertising itself as the preferred router`,
      spoofable: true,
      confidence: known ? 'medium' : 'low',
      evidence: { preference: 'high', ...(known ? { knownRouter: known.text } : {}) },
      threshold: { advertisements: known ? 1 : this.#t.eagerAdvertisements, windowSeconds: 30 },
    });
  }

  #judgeAdvertisements(tick: Tick, report: Report): boolean {
    const now = tick.nowUs;
    if (this.#advertisements.value(now) === 0) {
      this.#advertisedFirstUs = this.#advertised[0]!.timeUs;
      this.#advertisedUntold = 0;
    }
    this.#advertisedUntold += this.#advertised.length;
    for (const kernelEvent of this.#advertised) {
      this.#advertisements.add(1, now);
      this.#advertisers.add(addressKey(kernelEvent.sourceAddress), now);
      const { payload } = kernelEvent;
      const lifetime = payload.length >= 8 ? (payload[6]! << 8) | payload[7]! : 1;
      if (lifetime === 0) this.#dead.add(1, now);
    }
    const dead = this.#dead.value(now);
    const all = this.#advertisements.value(now);
    const routers = this.#advertisers.size(now);
    const isDead = dead >= this.#t.deadRouters;
    const isFlood = all >= this.#t.advertisements || routers >= this.#t.advertisers;
    if (!isDead && !isFlood) return false;
    const last = this.#advertised[this.#advertised.length - 1]!;
    const source = routers === 1 || !isFlood ? addressText(last.sourceAddress) : null;
    const untold = this.#advertisedUntold;
    this.#advertisedUntold = 0;
    report({
      kind: 'ra_attack',
      key: source ?? 'flood',
      source: source ? { address: source, mac: macText(last.sourceMac) } : null,
      destination: { address: addressText(last.destinationAddress) },
      protocol: 'ICMPv6',
      interface: last.interface,
      add: untold,
      unit: 'advertisements',
      firstSeenUs: this.#advertisedFirstUs,
      lastSeenUs: last.timeUs,
      message: isFlood
        ? `${plural(routers, 'router')} flood the network with ${plural(all, 'router advertisement')}`
        : `${source} keeps advertising that the router is gone (lifetime 0)`,
      spoofable: true,
      confidence: isFlood ? 'high' : 'medium',
      evidence: { advertisements: all, routers, withLifetimeZero: dead },
      threshold: isFlood
        ? {
            advertisements: this.#t.advertisements,
            routers: this.#t.advertisers,
            windowSeconds: 10,
          }
        : { withLifetimeZero: this.#t.deadRouters, windowSeconds: 30 },
    });
    return isFlood;
  }
}

export const routerAdvertisements: RuleDefinition = {
  name: 'router-advertisements',
  kinds: ['ra_attack'],
  method:
    'Counts router advertisements, those with lifetime 0 apart. A router that appears beside a known one with a higher preference is reported with its first advertisement; one that does so alone and every few seconds is low: it may be the legitimate one.',
  thresholds,
  features: controlFeature.eventsNeighbour,
  eventTypes: ['neighbour'],
  create: (context) => new RouterAdvertisements(context),
};

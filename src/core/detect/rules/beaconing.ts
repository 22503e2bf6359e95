// Traffic that leaves: calls like a clock, connections without end, much data to one place.

import type { Severity } from '../../model/alert.js';
import { addressText, mixKey, pairKey } from '../address.js';
import { Outcome } from '../attempts.js';
import { plural, protocolText, serviceText } from '../names.js';
import { TCP, UDP } from '../protocol-numbers.js';
import { regularity } from '../regularity.js';
import {
  type Report,
  type Rule,
  type RuleContext,
  type RuleDefinition,
  readThresholds,
} from '../rule.js';
import type { DetectionSettings } from '../settings.js';
import type { Tick } from '../tick.js';
import { UsualOutput } from '../usual-output.js';
import { RecencyTable } from '../windows.js';

const PAIRS_CAP = 5000;
const STARTS_CAP = 128;
const SOURCES_CAP = 2048;
/** Clocks, names and discovery call regularly by nature. */
const regularPorts = new Set([
  53, 67, 68, 123, 137, 138, 161, 546, 547, 853, 1900, 3702, 5353, 5355,
]);
const HOUR_US = 3600e6;

const thresholds = {
  calls: {
    value: 12,
    unit: 'connections',
    meaning: 'connections to one service before their regularity is judged',
    origin: 'chosen: fewer intervals do not show a rhythm',
  },
  score: {
    value: 0.85,
    unit: 'score',
    meaning: 'regularity of intervals and sizes',
    origin: 'RITA; captures A31 0.96, L26 1.00, benign captures 0.6 or less',
  },
  minSeconds: {
    value: 1,
    unit: 's',
    meaning: 'shortest interval that counts',
    origin: 'chosen: health checks run faster',
  },
  regularServices: {
    value: 3,
    unit: 'services',
    meaning:
      'regular connections of one host to this many services are monitoring: low severity, inside the home networks none',
    origin: 'a beacon calls one or two places; scrapers and probes tens',
  },
  minSpanSeconds: {
    value: 20,
    unit: 's',
    meaning: 'shortest time from the first to the last connection',
    origin: 'measured',
  },
  longHours: {
    value: 1,
    unit: 'h',
    meaning:
      'age of a connection to an external host that is reported (4 times: low, 12 times: medium)',
    origin: 'RITA 1/4/8/12 h',
  },
  exfiltrationBytes: {
    value: 100e6,
    unit: 'bytes',
    meaning: 'sent to one external host in an hour',
    origin: 'Slips 100 MB in 1 h',
  },
  exfiltrationUsual: {
    value: 10,
    unit: 'times',
    meaning:
      'times what the host usually sends out in an hour; below that, and in the first hour, the severity is low',
    origin: 'chosen: an order of magnitude above the usual output',
  },
  exfiltrationRatio: {
    value: 10,
    unit: 'times',
    meaning: 'times what was received',
    origin: 'chosen: downloads and interactive sessions receive about as much as they send',
  },
} as const;

interface Pair {
  readonly source: string;
  /** How many services its source calls like a clock. */
  readonly regular: { services: number };
  isRegular: boolean;
  readonly destination: string;
  readonly port: number;
  readonly protocol: number;
  readonly slot: number;
  readonly isOutside: boolean;
  readonly startsUs: number[];
  readonly sizes: number[];
  /** Connections that came at once with another: many of them are a page or a batch, no clock. */
  folded: number;
  lastSlot: number;
  lastId: number;
}

interface Transfer {
  readonly source: string;
  readonly destination: string;
  out: number;
  back: number;
  sinceUs: number;
}

class Beaconing implements Rule {
  readonly #t: Readonly<Record<keyof typeof thresholds, number>>;
  readonly #settings: DetectionSettings;
  readonly #pairs: RecencyTable<number, Pair>;
  readonly #sources: RecencyTable<number, { services: number }>;
  readonly #transfers: RecencyTable<number, Transfer>;
  readonly #usual: UsualOutput;

  constructor(context: RuleContext) {
    this.#t = readThresholds(context, thresholds);
    this.#settings = context.settings;
    this.#pairs = new RecencyTable('beaconing: pairs', PAIRS_CAP, context.ledger, (pair) => {
      if (pair.isRegular) pair.regular.services -= 1;
    });
    this.#sources = new RecencyTable('beaconing: sources', SOURCES_CAP, context.ledger);
    this.#usual = new UsualOutput('exfiltration', context.ledger);
    this.#transfers = new RecencyTable('exfiltration: pairs', PAIRS_CAP, context.ledger);
  }

  tick(tick: Tick, report: Report): void {
    this.#calls(tick, report);
    this.#flows(tick, report);
  }

  #calls(tick: Tick, report: Report): void {
    const { attempts, flows, hosts } = tick;
    // A flood or a scan is no call: under it only known pairs go on.
    const crowded = attempts.count > 2000;
    for (let i = 0; i < attempts.count; i += 1) {
      if (attempts.outcomes[i] !== Outcome.completed) continue;
      const slot = attempts.slots[i]!;
      const port = tick.destinationPort(slot);
      if (regularPorts.has(port) || regularPorts.has(tick.sourcePort(slot))) continue;
      const destination = attempts.destinations[i]!;
      const key = mixKey(pairKey(hosts.key(attempts.sources[i]!), hosts.key(destination)), port);
      if (crowded && !this.#pairs.has(key)) continue;
      const pair = this.#pairs.getOrCreate(key, () => ({
        source: hosts.text(attempts.sources[i]!),
        destination: hosts.text(destination),
        port,
        protocol: flows.protocol[slot]!,
        slot,
        isOutside:
          this.#settings.isHome(hosts.bytes, attempts.sources[i]! * 16) &&
          !this.#settings.isHome(hosts.bytes, destination * 16),
        regular: this.#sources.getOrCreate(hosts.key(attempts.sources[i]!), () => ({
          services: 0,
        })),
        isRegular: false,
        startsUs: [],
        sizes: [],
        folded: 0,
        lastSlot: -1,
        lastId: 0,
      }));
      const startUs =
        flows.isNew[slot] || pair.lastId !== flows.id[slot]
          ? flows.firstSeenUs[slot]!
          : flows.lastSeenUs[slot]!;
      this.#call(tick, pair, slot, startUs, report);
    }
  }

  #call(tick: Tick, pair: Pair, slot: number, startUs: number, report: Report): void {
    const { flows } = tick;
    // The size of the call before is known by now.
    if (
      pair.lastSlot >= 0 &&
      flows.used[pair.lastSlot] &&
      flows.id[pair.lastSlot] === pair.lastId &&
      pair.lastSlot !== slot
    ) {
      pair.sizes.push(tick.forwardBytes(pair.lastSlot));
      if (pair.sizes.length > STARTS_CAP) pair.sizes.shift();
    }
    pair.lastSlot = slot;
    pair.lastId = flows.id[slot]!;
    const last = pair.startsUs[pair.startsUs.length - 1];
    // Two connections at once are one call.
    if (last !== undefined && startUs - last < this.#t.minSeconds * 0.5e6) {
      pair.folded += 1;
      return;
    }
    pair.startsUs.push(startUs);
    if (pair.startsUs.length > STARTS_CAP) {
      pair.startsUs.shift();
      pair.folded *= 1 - 1 / STARTS_CAP;
    }
    // Half of the calls identify a monitor by its many rhythms before the first of them is judged.
    if (pair.startsUs.length * 2 >= this.#t.calls) this.#judgeCalls(tick, pair, report);
  }

  #judgeCalls(tick: Tick, pair: Pair, report: Report): void {
    const calls = pair.startsUs.length;
    const firstUs = pair.startsUs[0]!;
    const lastUs = pair.startsUs[calls - 1]!;
    const { score, medianSeconds } = regularity(pair.startsUs, pair.sizes);
    const isRegular = score >= this.#t.score && medianSeconds >= this.#t.minSeconds;
    if (isRegular !== pair.isRegular) pair.regular.services += isRegular ? 1 : -1;
    pair.isRegular = isRegular;
    if (!isRegular || calls < this.#t.calls || pair.folded > calls) return;
    // Probes and scrapes of what is inside are all that a monitor does.
    if (!pair.isOutside && pair.regular.services >= this.#t.regularServices) return;
    if (lastUs - firstUs < this.#t.minSpanSeconds * 1e6) return;
    const interval =
      medianSeconds < 10 ? medianSeconds.toFixed(1) : String(Math.round(medianSeconds));
    report({
      kind: 'beaconing',
      severity: this.#beaconSeverity(pair, calls, score),
      key: `${pair.source} ${pair.destination} ${pair.port}`,
      source: { address: pair.source },
      destination: { address: pair.destination, port: pair.port },
      protocol: protocolText(pair.protocol),
      interface: tick.interfaceName(pair.slot),
      total: calls,
      unit: 'connections',
      firstSeenUs: firstUs,
      lastSeenUs: lastUs,
      message: `${pair.source} connects to ${serviceText(pair.port)} of ${pair.destination} at a regular interval of ${interval} s (${plural(calls, 'connection')})`,
      spoofable: false,
      confidence: score >= 0.95 ? 'high' : 'medium',
      evidence: {
        intervalSeconds: medianSeconds,
        score: Math.round(score * 100) / 100,
        outside: pair.isOutside,
      },
      threshold: { score: this.#t.score, connections: this.#t.calls },
    });
  }

  /** Where there are many such places outside, monitoring does the same all day. */
  #beaconSeverity(pair: Pair, calls: number, score: number): Severity {
    if (!pair.isOutside || pair.regular.services >= this.#t.regularServices) return 'low';
    return score >= 0.95 && calls >= 100 ? 'high' : 'medium';
  }

  #flows(tick: Tick, report: Report): void {
    const { flows } = tick;
    const longUs = this.#t.longHours * HOUR_US;
    for (let i = 0; i < flows.touchedCount; i += 1) {
      const slot = flows.touched[i]!;
      const protocol = flows.protocol[slot]!;
      if (protocol !== TCP && protocol !== UDP) continue;
      const ageUs = flows.lastSeenUs[slot]! - flows.firstSeenUs[slot]!;
      if (ageUs >= longUs) this.#long(tick, slot, ageUs, longUs, report);
      const sent = flows.deltaLowToHighBytes[slot]!;
      const came = flows.deltaHighToLowBytes[slot]!;
      if (sent >= 20_000 || came >= 20_000) this.#transfer(tick, slot, sent, came, report);
    }
  }

  #long(tick: Tick, slot: number, ageUs: number, longUs: number, report: Report): void {
    const steps = [1, 4, 12].filter(
      (step) => ageUs >= step * longUs && ageUs - tick.seconds * 1e6 - 1e6 < step * longUs,
    );
    const step = steps[steps.length - 1];
    if (step === undefined || !this.#goesOut(tick, slot)) return;
    if (tick.forwardPackets(slot) === 0 || tick.reversePackets(slot) === 0) return;
    const source = tick.sourceText(slot);
    const destination = tick.destinationText(slot);
    const port = tick.destinationPort(slot);
    report({
      kind: 'long_connection',
      severity: step === 1 ? 'info' : step === 4 ? 'low' : 'medium',
      key: `${source} ${destination} ${port}`,
      source: { address: source },
      destination: { address: destination, port },
      protocol: protocolText(tick.flows.protocol[slot]!),
      interface: tick.interfaceName(slot),
      total: Math.floor(ageUs / HOUR_US),
      unit: 'hours',
      firstSeenUs: tick.flows.firstSeenUs[slot]!,
      lastSeenUs: tick.flows.lastSeenUs[slot]!,
      message: `${source} has been connected to ${serviceText(port)} of ${destination} for ${plural(Math.floor(ageUs / HOUR_US), 'hour')}`,
      spoofable: false,
      confidence: 'low',
      threshold: { hours: step * this.#t.longHours },
    });
  }

  #goesOut(tick: Tick, slot: number): boolean {
    const { sourceIsLow, lowAddress, highAddress } = tick.flows;
    const source = sourceIsLow[slot] ? lowAddress : highAddress;
    const target = sourceIsLow[slot] ? highAddress : lowAddress;
    return this.#settings.isHome(source, slot * 16) && !this.#settings.isHome(target, slot * 16);
  }

  #transfer(tick: Tick, slot: number, lowSent: number, highSent: number, report: Report): void {
    const { lowAddress, highAddress } = tick.flows;
    const lowIsHome = this.#settings.isHome(lowAddress, slot * 16);
    if (lowIsHome === this.#settings.isHome(highAddress, slot * 16)) return;
    const inside = lowIsHome ? lowAddress : highAddress;
    const outside = lowIsHome ? highAddress : lowAddress;
    const low = tick.hosts.intern(lowAddress, slot * 16);
    const high = tick.hosts.intern(highAddress, slot * 16);
    const host = tick.hosts.key(lowIsHome ? low : high);
    const key = pairKey(tick.hosts.key(low), tick.hosts.key(high));
    this.#usual.add(host, lowIsHome ? lowSent : highSent, tick.nowUs);
    const transfer = this.#transfers.getOrCreate(key, () => ({
      source: addressText(inside, slot * 16),
      destination: addressText(outside, slot * 16),
      out: 0,
      back: 0,
      sinceUs: tick.nowUs,
    }));
    if (tick.nowUs - transfer.sinceUs > HOUR_US) {
      transfer.out = 0;
      transfer.back = 0;
      transfer.sinceUs = tick.nowUs;
    }
    transfer.out += lowIsHome ? lowSent : highSent;
    transfer.back += lowIsHome ? highSent : lowSent;
    if (
      transfer.out < this.#t.exfiltrationBytes ||
      transfer.out < transfer.back * this.#t.exfiltrationRatio
    )
      return;
    const usual = this.#usual.of(host, tick.startUs, tick.nowUs);
    const isUnusual = usual !== null && transfer.out >= usual * this.#t.exfiltrationUsual;
    const isLarge = transfer.out >= this.#t.exfiltrationBytes * 10;
    report({
      kind: 'data_exfiltration',
      severity: !isUnusual ? 'low' : isLarge ? 'high' : 'medium',
      key: `${transfer.source} ${transfer.destination}`,
      source: { address: transfer.source },
      destination: { address: transfer.destination },
      protocol: protocolText(tick.flows.protocol[slot]!),
      interface: tick.interfaceName(slot),
      total: transfer.out,
      unit: 'bytes',
      firstSeenUs: transfer.sinceUs,
      lastSeenUs: tick.flows.lastSeenUs[slot]!,
      message: `${transfer.source} has sent ${Math.round(transfer.out / 1e6)} MB to the external host ${transfer.destination} and received almost nothing back`,
      spoofable: false,
      confidence: 'low',
      evidence: { bytesBack: transfer.back, ...(usual === null ? {} : { usualBytes: usual }) },
      threshold: {
        bytes: this.#t.exfiltrationBytes,
        ratio: this.#t.exfiltrationRatio,
        windowSeconds: 3600,
      },
    });
  }
}

export const beaconing: RuleDefinition = {
  name: 'beaconing',
  kinds: ['beaconing', 'long_connection', 'data_exfiltration'],
  method:
    'Keeps the last 128 starts and sizes of connections of each pair of hosts and port and judges how regular they are; notes connections to the outside that last hours, and places outside that get much and return little: low, until an hour has shown that the host never sends so much. Without home networks in the settings, what the Internet does not route is inside.',
  thresholds,
  features: 0,
  eventTypes: [],
  create: (context) => new Beaconing(context),
};

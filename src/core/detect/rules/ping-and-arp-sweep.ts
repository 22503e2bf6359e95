// Who is there? Pings to many hosts, ARP requests for many addresses.
import { neighbourhoodKey } from '../address.js';
import { plural } from '../names.js';
import { ICMP, ICMPV6 } from '../protocol-numbers.js';
import {
  type Report,
  type Rule,
  type RuleContext,
  type RuleDefinition,
  readThresholds,
} from '../rule.js';
import type { Tick } from '../tick.js';
import { RecencyTable, RollingSet, Sample, type StateLedger } from '../windows.js';

const SOURCES_CAP = 4096;
const HOSTS_CAP = 4096;
const ARP_FAMILY = 1;
/** Echo, timestamp and mask request; ICMPv6 echo request. */
const requests = new Set([8, 13, 17]);
const ECHO_REQUEST_V6 = 128;

const thresholds = {
  pingedHosts: {
    value: 10,
    unit: 'hosts',
    meaning: 'hosts pinged in a minute (low)',
    origin: 'Slips 5, Snort icmp_med',
  },
  manyPingedHosts: {
    value: 25,
    unit: 'hosts',
    meaning: 'hosts pinged in a minute (medium), if a fifth does not reply',
    origin: 'Zeek Address_Scan 25; a monitor knows whom it pings',
  },
  arpAddresses: {
    value: 20,
    unit: 'addresses',
    meaning: 'addresses asked for by ARP in 10 s, most unanswered',
    origin: 'measured: a benign host asks for 25 in 4 min (capture A32)',
  },
  slowArpAddresses: {
    value: 100,
    unit: 'addresses',
    meaning: 'the same in 5 min',
    origin: 'measured: benign hosts stay below 30',
  },
} as const;

interface Sweeper {
  readonly text: string;
  readonly slot: number;
  readonly hosts: RollingSet;
  readonly silent: RollingSet;
  readonly neighbourhoods: RollingSet;
  readonly slow: RollingSet;
  readonly examples: Sample;
  firstUs: number;
  lastUs: number;
}

class PingAndArpSweep implements Rule {
  readonly #t: Readonly<Record<keyof typeof thresholds, number>>;
  readonly #pingers: RecencyTable<number, Sweeper>;
  readonly #askers: RecencyTable<number, Sweeper>;
  readonly #ledger: StateLedger;

  constructor(context: RuleContext) {
    this.#t = readThresholds(context, thresholds);
    this.#ledger = context.ledger;
    this.#pingers = new RecencyTable('ping sweep: sources', SOURCES_CAP, context.ledger, release);
    this.#askers = new RecencyTable('arp scan: sources', SOURCES_CAP, context.ledger, release);
  }

  tick(tick: Tick, report: Report): void {
    const { flows } = tick;
    const pingers = new Set<Sweeper>();
    const askers = new Set<Sweeper>();
    for (let i = 0; i < flows.touchedCount; i += 1) {
      const slot = flows.touched[i]!;
      const protocol = flows.protocol[slot]!;
      if (flows.family[slot] === ARP_FAMILY) {
        // An address that asks for itself announces itself.
        if (tick.sourceHost[i] === tick.destinationHost[i]) continue;
        askers.add(this.#add(tick, i, slot, this.#askers, 10e6));
      } else if (
        (protocol === ICMP && requests.has(flows.icmpType[slot]!)) ||
        (protocol === ICMPV6 && flows.icmpType[slot] === ECHO_REQUEST_V6)
      ) {
        if (tick.hosts.isGroup(tick.destinationHost[i]!)) continue;
        pingers.add(this.#add(tick, i, slot, this.#pingers, 60e6));
      }
    }
    for (const pinger of pingers) this.#judgePinger(tick, pinger, report);
    for (const asker of askers) this.#judgeAsker(tick, asker, report);
  }

  #add(
    tick: Tick,
    position: number,
    slot: number,
    table: RecencyTable<number, Sweeper>,
    windowUs: number,
  ): Sweeper {
    const { hosts, flows } = tick;
    const source = tick.sourceHost[position]!;
    const target = tick.destinationHost[position]!;
    const sweeper = table.getOrCreate(hosts.key(source), () => ({
      text: hosts.text(source),
      slot,
      hosts: new RollingSet(windowUs, HOSTS_CAP, this.#ledger),
      silent: new RollingSet(windowUs, HOSTS_CAP, this.#ledger),
      neighbourhoods: new RollingSet(windowUs, 256, this.#ledger),
      slow: new RollingSet(300e6, 256, this.#ledger),
      examples: new Sample(),
      firstUs: flows.firstSeenUs[slot]!,
      lastUs: 0,
    }));
    if (sweeper.hosts.size(tick.nowUs) === 0) sweeper.firstUs = flows.firstSeenUs[slot]!;
    const key = hosts.key(target);
    const isNew = sweeper.hosts.add(key, tick.nowUs);
    if (isNew) sweeper.examples.add(hosts.text(target));
    if (tick.reversePackets(slot) > 0) {
      sweeper.silent.delete(key);
      sweeper.slow.delete(key);
    } else {
      sweeper.silent.add(key, tick.nowUs);
      sweeper.slow.add(key, tick.nowUs);
    }
    sweeper.neighbourhoods.add(neighbourhoodKey(hosts.bytes, target * 16), tick.nowUs);
    sweeper.lastUs = Math.max(sweeper.lastUs, flows.lastSeenUs[slot]!);
    return sweeper;
  }

  #judgePinger(tick: Tick, pinger: Sweeper, report: Report): void {
    const hosts = pinger.hosts.size(tick.nowUs);
    if (hosts < this.#t.pingedHosts) return;
    const silent = pinger.silent.size(tick.nowUs);
    const neighbours = hosts >= pinger.neighbourhoods.size(tick.nowUs) * 6;
    const clear = hosts >= this.#t.manyPingedHosts && silent * 5 >= hosts;
    report({
      kind: 'host_sweep_icmp',
      severity: clear ? 'medium' : 'low',
      key: pinger.text,
      source: { address: pinger.text },
      destination: null,
      protocol: 'ICMP',
      interface: tick.interfaceName(pinger.slot),
      total: hosts,
      unit: 'hosts',
      firstSeenUs: pinger.firstUs,
      lastSeenUs: pinger.lastUs,
      message: `${pinger.text} pinged ${plural(hosts, 'host')}; ${silent} did not reply`,
      spoofable: true,
      confidence: clear ? 'high' : 'low',
      targets: pinger.examples.with(hosts),
      evidence: {
        silent,
        class: neighbours ? 'sweep' : 'random',
        ...tick.whereabouts(pinger.slot),
      },
      threshold: {
        hosts: clear ? this.#t.manyPingedHosts : this.#t.pingedHosts,
        windowSeconds: 60,
      },
    });
  }

  #judgeAsker(tick: Tick, asker: Sweeper, report: Report): void {
    const fast = asker.silent.size(tick.nowUs);
    const all = asker.hosts.size(tick.nowUs);
    const slow = asker.slow.size(tick.nowUs);
    const isFast = fast >= this.#t.arpAddresses && fast * 2 >= all;
    if (!isFast && slow < this.#t.slowArpAddresses) return;
    const addresses = Math.max(fast, slow);
    report({
      kind: 'arp_scan',
      key: asker.text,
      source: { address: asker.text },
      destination: null,
      protocol: 'ARP',
      interface: tick.interfaceName(asker.slot),
      total: addresses,
      unit: 'addresses',
      firstSeenUs: asker.firstUs,
      lastSeenUs: asker.lastUs,
      message: `${asker.text} sent ARP requests for ${plural(addresses, 'address', 'addresses')} that did not reply`,
      spoofable: true,
      confidence: 'high',
      targets: asker.examples.with(addresses),
      evidence: { ...(isFast ? {} : { slow: true }), ...tick.whereabouts(asker.slot) },
      threshold: isFast
        ? { addresses: this.#t.arpAddresses, windowSeconds: 10 }
        : { addresses: this.#t.slowArpAddresses, windowSeconds: 300 },
    });
  }
}

function release(sweeper: Sweeper): void {
  sweeper.hosts.release();
  sweeper.silent.release();
  sweeper.neighbourhoods.release();
  sweeper.slow.release();
}

export const pingAndArpSweep: RuleDefinition = {
  name: 'ping-and-arp-sweep',
  kinds: ['host_sweep_icmp', 'arp_scan'],
  method:
    'Counts the distinct hosts that a source pings in a minute, and the distinct addresses that it sends ARP requests for in 10 s without a reply.',
  thresholds,
  features: 0,
  eventTypes: [],
  create: (context) => new PingAndArpSweep(context),
};

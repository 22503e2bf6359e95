// Floods of layer 2: MAC addresses by the hundred, and DHCP requests that use up the pool.

import type { KernelEvent } from '../../model/kernel-event.js';
import { controlFeature, payloadClass } from '../../wire/layout.generated.js';
import { addressKey, addressText, macText } from '../address.js';
import { plural } from '../names.js';
import {
  type Report,
  type Rule,
  type RuleContext,
  type RuleDefinition,
  readThresholds,
} from '../rule.js';
import type { Tick } from '../tick.js';
import { RecencyTable, RollingSet, RollingSum, Sample, type StateLedger } from '../windows.js';

const INTERFACES_CAP = 256;
const MACS_CAP = 8192;
const BOOT_REQUEST = 1;
const DHCPV6_SERVER = 547;
/** SOLICIT, REQUEST, CONFIRM, RENEW, REBIND. */
const v6Requests = new Set([1, 3, 4, 5, 6]);

const thresholds = {
  newMacs: {
    value: 100,
    unit: 'MACs',
    meaning: 'new source MACs in a second on one interface',
    origin: 'chosen: macof sends thousands',
  },
  dhcpRequests: {
    value: 50,
    unit: 'requests',
    meaning: 'DHCP requests of different clients in 10 s',
    origin: 'chosen: a client that boots sends one to four',
  },
  dhcpRepeats: {
    value: 100,
    unit: 'requests',
    meaning: 'DHCP requests in 10 s of all clients together',
    origin: 'measured: capture A17 250 in 5 s; a client asks 4 times in 10 s',
  },
} as const;

interface Segment {
  readonly name: string;
  readonly macs: RollingSet;
  readonly macExamples: Sample;
  macsFirstUs: number;
  macAdded: number;
  readonly clients: RollingSet;
  readonly clientExamples: Sample;
  readonly requests: RollingSum;
  readonly requesters: Map<string, number>;
  requestsFirstUs: number;
  requestAdded: number;
  isV6: boolean;
  lastUs: number;
}

class Layer2Flood implements Rule {
  readonly #t: Readonly<Record<keyof typeof thresholds, number>>;
  readonly #ledger: StateLedger;
  readonly #segments: RecencyTable<string, Segment>;

  constructor(context: RuleContext) {
    this.#t = readThresholds(context, thresholds);
    this.#ledger = context.ledger;
    this.#segments = new RecencyTable('layer 2: interfaces', INTERFACES_CAP, context.ledger);
  }

  kernelEvent(kernelEvent: KernelEvent): void {
    if (kernelEvent.type === 'source_mac') {
      const segment = this.#segment(kernelEvent);
      if (segment.macs.size(kernelEvent.timeUs) === 0) segment.macsFirstUs = kernelEvent.timeUs;
      if (segment.macs.add(macKey(kernelEvent.sourceMac), kernelEvent.timeUs)) {
        segment.macAdded += 1;
        segment.macExamples.add(macText(kernelEvent.sourceMac));
      }
      segment.lastUs = kernelEvent.timeUs;
    } else if (kernelEvent.family === 4) this.#dhcp(kernelEvent);
    else this.#dhcpV6(kernelEvent);
  }

  #segment(kernelEvent: KernelEvent): Segment {
    return this.#segments.getOrCreate(kernelEvent.interface, () => ({
      name: kernelEvent.interface,
      macs: new RollingSet(2e6, MACS_CAP, this.#ledger),
      macExamples: new Sample(),
      macsFirstUs: kernelEvent.timeUs,
      macAdded: 0,
      clients: new RollingSet(10e6, MACS_CAP, this.#ledger),
      clientExamples: new Sample(),
      requests: new RollingSum(10e6),
      requesters: new Map(),
      requestsFirstUs: kernelEvent.timeUs,
      requestAdded: 0,
      isV6: false,
      lastUs: kernelEvent.timeUs,
    }));
  }

  #dhcp(kernelEvent: KernelEvent): void {
    const { payload } = kernelEvent;
    if (payload.length < 240) return;
    if (payload[0] !== BOOT_REQUEST) return;
    // The hardware address that is asked for, and the client's address: starvation changes one of them.
    const hardware = macText(payload, 28);
    const client = `${hardware} ${payload[12]}.${payload[13]}.${payload[14]}.${payload[15]}`;
    this.#request(kernelEvent, client, hardware);
  }

  #dhcpV6(kernelEvent: KernelEvent): void {
    const isRequest =
      kernelEvent.destinationPort === DHCPV6_SERVER && v6Requests.has(kernelEvent.payload[0]!);
    const mac = macText(kernelEvent.sourceMac);
    if (isRequest)
      this.#request(kernelEvent, `${mac} ${addressText(kernelEvent.sourceAddress)}`, mac);
  }

  #request(kernelEvent: KernelEvent, client: string, hardware: string): void {
    const segment = this.#segment(kernelEvent);
    if (segment.requests.value(kernelEvent.timeUs) === 0) {
      segment.requestsFirstUs = kernelEvent.timeUs;
      segment.requesters.clear();
    }
    segment.requests.add(1, kernelEvent.timeUs);
    segment.requestAdded += 1;
    segment.lastUs = kernelEvent.timeUs;
    segment.isV6 = kernelEvent.family !== 4;
    if (segment.clients.add(textKey(client), kernelEvent.timeUs))
      segment.clientExamples.add(hardware);
    const frame = macText(kernelEvent.sourceMac);
    if (segment.requesters.size < 1024 || segment.requesters.has(frame)) {
      segment.requesters.set(frame, (segment.requesters.get(frame) ?? 0) + 1);
    }
  }

  tick(tick: Tick, report: Report): void {
    for (const segment of this.#segments.values()) {
      if (segment.macAdded > 0) this.#judgeMacs(tick, segment, report);
      if (segment.requestAdded > 0) this.#judgeRequests(tick, segment, report);
    }
  }

  #judgeMacs(tick: Tick, segment: Segment, report: Report): void {
    const added = segment.macAdded;
    segment.macAdded = 0;
    if (added < this.#t.newMacs * Math.max(1, tick.seconds)) return;
    report({
      kind: 'mac_flood',
      key: segment.name,
      source: null,
      destination: null,
      protocol: null,
      interface: segment.name,
      add: added,
      unit: 'MAC addresses',
      firstSeenUs: segment.macsFirstUs,
      lastSeenUs: segment.lastUs,
      message: `${plural(added, 'new MAC address', 'new MAC addresses')} within 1 s on ${segment.name}: MAC table flooding`,
      spoofable: true,
      confidence: 'high',
      sources: segment.macExamples.with(added),
      threshold: { newMacs: this.#t.newMacs, windowSeconds: 1 },
    });
  }

  #judgeRequests(tick: Tick, segment: Segment, report: Report): void {
    const clients = segment.clients.size(tick.nowUs);
    const requests = segment.requests.value(tick.nowUs);
    if (clients < this.#t.dhcpRequests && requests < this.#t.dhcpRepeats) return;
    const added = segment.requestAdded;
    segment.requestAdded = 0;
    const all = [...segment.requesters.values()].reduce((sum, count) => sum + count, 0);
    const [main, most] = [...segment.requesters].reduce((a, b) => (b[1] > a[1] ? b : a));
    const one = most >= all * 0.9;
    report({
      kind: 'dhcp_flood',
      key: segment.name,
      source: one ? { mac: main } : null,
      destination: { address: segment.isV6 ? 'ff02::1:2' : '255.255.255.255' },
      protocol: 'UDP',
      interface: segment.name,
      add: added,
      unit: 'requests',
      firstSeenUs: segment.requestsFirstUs,
      lastSeenUs: segment.lastUs,
      message: `${one ? main : plural(clients, 'client')} ${one ? 'asks' : 'ask'} for DHCP addresses ${plural(requests, 'time')} in 10 s: DHCP starvation`,
      spoofable: true,
      confidence: 'high',
      ...(one ? {} : { sources: segment.clientExamples.with(clients) }),
      evidence: { clients, requests },
      threshold: {
        clients: this.#t.dhcpRequests,
        requests: this.#t.dhcpRepeats,
        windowSeconds: 10,
      },
    });
  }
}

function macKey(mac: Uint8Array): number {
  return (
    (mac[0]! * 256 + mac[1]!) * 4_294_967_296 +
    (((mac[2]! << 24) | (mac[3]! << 16) | (mac[4]! << 8) | mac[5]!) >>> 0)
  );
}

const encoder = new TextEncoder();

function textKey(text: string): number {
  const bytes = new Uint8Array(48);
  encoder.encodeInto(text, bytes);
  return addressKey(bytes, 0) + addressKey(bytes, 16) * 0.5 + addressKey(bytes, 32) * 0.25;
}

export const layer2Flood: RuleDefinition = {
  name: 'layer2-flood',
  kinds: ['mac_flood', 'dhcp_flood'],
  method:
    'Counts source MACs that are new on an interface, and DHCP requests and their different clients.',
  thresholds,
  features: controlFeature.payloadDhcp | controlFeature.eventsSourceMac,
  eventTypes: ['source_mac', 'payload'],
  payloadClasses: [payloadClass.dhcp],
  create: (context) => new Layer2Flood(context),
};

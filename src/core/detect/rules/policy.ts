// What should not be there: miners, bad places from the user's list, services open to the Internet, protocols on odd ports.

import { safeText } from '../../format/safe-text.js';
import type { KernelEvent } from '../../model/kernel-event.js';
import { isHttpRequest } from '../../protocols/http.js';
import { latin1, startsWith } from '../../protocols/text.js';
import { tlsServerName } from '../../protocols/tls-client-hello.js';
import { controlFeature, payloadClass } from '../../wire/layout.generated.js';
import { addressKey, addressText, mixKey } from '../address.js';
import { Outcome } from '../attempts.js';
import { isReadableKernelEvent } from '../connection.js';
import { plural, protocolText, serviceText } from '../names.js';
import { containsAddress } from '../network.js';
import { TCP } from '../protocol-numbers.js';
import type { Report, Rule, RuleContext, RuleDefinition } from '../rule.js';
import type { DetectionSettings } from '../settings.js';
import type { Tick } from '../tick.js';
import { RecencyTable } from '../windows.js';

const SEEN_CAP = 8192;
const miningWords =
  /"method"\s*:\s*"(?:mining\.(?:subscribe|authorize|submit)|eth_submitLogin|eth_submitWork|eth_getWork|login"\s*,[^}]*"params"\s*:\s*\{\s*"login)/;
/** Pools that malware uses most (public lists); names end in one of these. */
const poolNames = [
  'minexmr.com',
  'supportxmr.com',
  'nanopool.org',
  'moneroocean.stream',
  'hashvault.pro',
  '2miners.com',
  'f2pool.com',
  'ethermine.org',
  'nicehash.com',
  'xmrpool.eu',
  'c3pool.com',
  'unmineable.com',
  'herominers.com',
  'dwarfpool.com',
  'minergate.com',
];
/** Levin, Monero's own protocol. */
const levin = [0x01, 0x21, 0x01, 0x01, 0x01, 0x01];
/** Shorter than any mining message and any TLS hello. */
const SHORT_BYTES = 20;
const sensitivePorts = new Set([
  445, 3389, 5900, 1433, 1521, 3306, 5432, 6379, 9200, 11211, 27017, 2375, 2379, 10250, 10255, 111,
  2049, 5985, 139,
]);
const tlsPorts = new Set([
  25, 110, 143, 21, 389, 443, 465, 587, 636, 853, 989, 990, 993, 995, 3306, 3389, 5061, 5432, 5671,
  6443, 8443, 8883, 9443,
]);
const httpPorts = new Set([
  80, 81, 3000, 3128, 5000, 5985, 8000, 8008, 8080, 8081, 8888, 9090, 9100, 9200, 2375, 631, 1900,
  5357,
]);
const plainOnlyPorts = new Set([80, 53, 22, 23]);
const secureOnlyPorts = new Set([443, 22, 53, 25, 993, 995, 3389, 445]);

const thresholds = {
  miningPackets: {
    value: 1,
    unit: 'packets',
    meaning: 'packets of a mining protocol',
    origin: 'nDPI mining.pcapng',
  },
} as const;

class Policy implements Rule {
  readonly #settings: DetectionSettings;
  readonly #limit: number;
  /** Services said once to be odd: not again for every connection. */
  readonly #seen: RecencyTable<number, number>;

  constructor(context: RuleContext) {
    this.#settings = context.settings;
    this.#limit = context.threshold('miningPackets');
    this.#seen = new RecencyTable(null, SEEN_CAP, context.ledger);
  }

  kernelEvent(kernelEvent: KernelEvent, tick: Tick, report: Report): void {
    if (kernelEvent.protocol !== TCP || saysNothing(kernelEvent)) return;
    const text = latin1(kernelEvent.payload);
    if (miningWords.test(text) || startsWith(kernelEvent.payload, levin)) {
      this.#mining(kernelEvent, 'stratum', 'critical', report);
    }
    const name = tlsServerName(kernelEvent.payload);
    if (name) this.#name(kernelEvent, name, report);
    this.#port(kernelEvent, text, name !== null, report);
    void tick;
  }

  tick(tick: Tick, report: Report): void {
    for (const { kernelEvent, message } of tick.dns) {
      if (!message.response && message.name) this.#name(kernelEvent, message.name, report);
    }
    if (this.#settings.data.threatNetworks.length > 0) this.#threats(tick, report);
    this.#exposed(tick, report);
  }

  #name(kernelEvent: KernelEvent, name: string, report: Report): void {
    const ends = (list: readonly string[]): string | undefined =>
      list.find((bad) => name === bad || name.endsWith(`.${bad}`));
    if (ends(poolNames)) this.#mining(kernelEvent, safeText(name, 80), 'high', report);
    const bad =
      this.#settings.data.threatNames.length > 0
        ? ends(this.#settings.data.threatNames)
        : undefined;
    if (!bad) return;
    const source = addressText(kernelEvent.sourceAddress);
    report({
      kind: 'threat_intel',
      key: `${source} ${bad}`,
      source: { address: source },
      destination: null,
      protocol: protocolText(kernelEvent.protocol),
      interface: kernelEvent.interface,
      add: 1,
      unit: 'names',
      firstSeenUs: kernelEvent.timeUs,
      lastSeenUs: kernelEvent.timeUs,
      message: `${source} resolves ${safeText(name, 80)}, which is on your threat list`,
      spoofable: true,
      confidence: 'medium',
      evidence: { name: safeText(name, 120), listed: bad },
      threshold: { listed: true },
    });
  }

  #mining(
    kernelEvent: KernelEvent,
    what: string,
    severity: 'critical' | 'high',
    report: Report,
  ): void {
    // The miner speaks first and to the pool's port; what the pool says names the miner as receiver.
    const toPool = kernelEvent.destinationPort <= kernelEvent.sourcePort;
    const source = addressText(toPool ? kernelEvent.sourceAddress : kernelEvent.destinationAddress);
    const pool = addressText(toPool ? kernelEvent.destinationAddress : kernelEvent.sourceAddress);
    report({
      kind: 'crypto_mining',
      severity,
      key: source,
      source: { address: source },
      destination: {
        address: pool,
        port: toPool ? kernelEvent.destinationPort : kernelEvent.sourcePort,
      },
      protocol: protocolText(kernelEvent.protocol),
      interface: kernelEvent.interface,
      add: 1,
      unit: 'packets',
      firstSeenUs: kernelEvent.timeUs,
      lastSeenUs: kernelEvent.timeUs,
      message:
        severity === 'critical'
          ? `${source} uses a mining protocol with ${pool}`
          : `${source} resolves or contacts the mining pool ${what}`,
      spoofable: false,
      confidence: severity === 'critical' ? 'high' : 'medium',
      evidence: { found: what },
      threshold: { packets: this.#limit },
    });
  }

  #port(kernelEvent: KernelEvent, text: string, isHello: boolean, report: Report): void {
    const port = kernelEvent.destinationPort;
    let protocol: string | null = null;
    if (
      text.startsWith('SSH-2.0-') &&
      kernelEvent.sourcePort !== 22 &&
      port !== 22 &&
      kernelEvent.sourcePort < kernelEvent.destinationPort
    ) {
      protocol = 'SSH';
    } else if (isHello && plainOnlyPorts.has(port)) protocol = 'TLS';
    else if (isHttpRequest(text) && secureOnlyPorts.has(port) && !text.startsWith('CONNECT'))
      protocol = 'HTTP';
    if (
      !protocol ||
      (protocol === 'HTTP' && httpPorts.has(port)) ||
      (protocol === 'TLS' && tlsPorts.has(port))
    )
      return;
    const fromServer = protocol === 'SSH';
    const server = fromServer ? kernelEvent.sourceAddress : kernelEvent.destinationAddress;
    const servicePort = fromServer ? kernelEvent.sourcePort : port;
    const key = mixKey(addressKey(server), servicePort);
    const said = this.#seen.get(key);
    if (said !== undefined && kernelEvent.timeUs - said < 3600e6) return;
    this.#seen.set(key, kernelEvent.timeUs);
    const source = addressText(
      fromServer ? kernelEvent.destinationAddress : kernelEvent.sourceAddress,
    );
    report({
      kind: 'unusual_port',
      key: `${addressText(server)} ${servicePort}`,
      source: { address: source },
      destination: { address: addressText(server), port: servicePort },
      protocol: 'TCP',
      interface: kernelEvent.interface,
      add: 1,
      unit: 'connections',
      firstSeenUs: kernelEvent.timeUs,
      lastSeenUs: kernelEvent.timeUs,
      message: `${addressText(server)} serves ${protocol} on port ${servicePort}`,
      spoofable: false,
      confidence: 'medium',
      evidence: { spoken: protocol },
      threshold: { connections: 1 },
      port: servicePort,
    });
  }

  #threats(tick: Tick, report: Report): void {
    const { hosts, flows } = tick;
    const listed = new Map<number, string>();
    for (let host = 0; host < hosts.count; host += 1) {
      const network = this.#settings.data.threatNetworks.find((one) =>
        containsAddress(one, hosts.bytes, host * 16),
      );
      if (network) listed.set(host, network.text);
    }
    if (listed.size === 0) return;
    for (let i = 0; i < flows.touchedCount; i += 1) {
      const bad = listed.has(tick.destinationHost[i]!)
        ? tick.destinationHost[i]!
        : tick.sourceHost[i]!;
      const network = listed.get(bad);
      if (!network) continue;
      const slot = flows.touched[i]!;
      const source = tick.sourceText(slot);
      const destination = tick.destinationText(slot);
      report({
        kind: 'threat_intel',
        key: `${source} ${destination}`,
        source: { address: source },
        destination: { address: destination },
        protocol: protocolText(flows.protocol[slot]!),
        interface: tick.interfaceName(slot),
        add: flows.deltaLowToHighPackets[slot]! + flows.deltaHighToLowPackets[slot]!,
        unit: 'packets',
        firstSeenUs: flows.firstSeenUs[slot]!,
        lastSeenUs: flows.lastSeenUs[slot]!,
        message: `${source} communicates with ${destination}; ${hosts.text(bad)} is on your threat list (${network})`,
        spoofable: true,
        confidence: 'medium',
        evidence: { listed: network },
        threshold: { listed: true },
      });
    }
  }

  #exposed(tick: Tick, report: Report): void {
    const { attempts, hosts, flows } = tick;
    for (let i = 0; i < attempts.count; i += 1) {
      if (attempts.outcomes[i] !== Outcome.completed) continue;
      const slot = attempts.slots[i]!;
      const port = tick.destinationPort(slot);
      if (!sensitivePorts.has(port) || flows.protocol[slot] !== TCP) continue;
      const target = attempts.destinations[i]!;
      const source = attempts.sources[i]!;
      if (
        this.#settings.isHome(hosts.bytes, source * 16) ||
        !this.#settings.isHome(hosts.bytes, target * 16)
      )
        continue;
      const destination = hosts.text(target);
      report({
        kind: 'exposed_service',
        key: `${destination} ${port}`,
        source: { address: hosts.text(source) },
        destination: { address: destination, port },
        protocol: 'TCP',
        interface: tick.interfaceName(slot),
        add: 1,
        unit: 'connections',
        firstSeenUs: flows.firstSeenUs[slot]!,
        lastSeenUs: flows.lastSeenUs[slot]!,
        message: `${serviceText(port)} of ${destination} is used from the Internet (${hosts.text(source)}, ${plural(1, 'connection')})`,
        spoofable: false,
        confidence: 'high',
        evidence: tick.whereabouts(slot),
        threshold: { connections: 1 },
      });
    }
  }
}

/** A few bytes that are neither text nor Levin: keep-alives and steps of binary protocols, by the thousand. */
function saysNothing(kernelEvent: KernelEvent): boolean {
  return (
    kernelEvent.payloadLength < SHORT_BYTES &&
    !isReadableKernelEvent(kernelEvent) &&
    kernelEvent.payloadByte(0) !== levin[0]
  );
}

export const policy: RuleDefinition = {
  name: 'policy',
  kinds: ['crypto_mining', 'threat_intel', 'exposed_service', 'unusual_port'],
  method:
    'Looks for mining protocols and names of mining pools, addresses and names on your threat lists, completed connections from the Internet to services that should be internal, and SSH, TLS and HTTP on ports of other protocols.',
  thresholds,
  features: controlFeature.payloadFirstBytes | controlFeature.payloadDns,
  eventTypes: ['payload'],
  payloadClasses: [payloadClass.firstBytes],
  create: (context) => new Policy(context),
};

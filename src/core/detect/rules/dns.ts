// What DNS gives away: tunnels in names, names that malware makes up, forged answers.

import { safeText } from '../../format/safe-text.js';
import { type DnsRecord, registeredDomain } from '../../protocols/dns.js';
import { textHash } from '../../protocols/text.js';
import { controlFeature } from '../../wire/layout.generated.js';
import { addressKey, addressText } from '../address.js';
import { ForgedAnswers } from '../forged-answers.js';
import { plural } from '../names.js';
import {
  type Report,
  type Rule,
  type RuleContext,
  type RuleDefinition,
  readThresholds,
} from '../rule.js';
import type { DetectionSettings } from '../settings.js';
import type { DnsKernelEvent, Tick } from '../tick.js';
import { RecencyTable, RollingSet, RollingSum, Sample, type StateLedger } from '../windows.js';

const DOMAINS_CAP = 4096;
const CLIENTS_CAP = 2048;
const NXDOMAIN = 3;
/** NULL, TXT, CNAME, MX, SRV, KEY, private use: what tunnels use to carry much. A and AAAA carry little. */
const carryingTypes = new Set([5, 10, 15, 16, 25, 33, 65399]);
const TXT = 16;
/** Types whose data is anything: NULL, TXT, private use. */
const freeTypes = new Set([10, TXT, 65399]);
const LARGE_ANSWER_BYTES = 100;
/** Where a name ends in no top-level domain (dnscat2 without one puts data there): all such names of a client together. */
const NO_DOMAIN = '(no domain)';
const topLevel = /^(?:[a-z]{2,24}|xn--[a-z0-9-]+)$/;
/** Zones whose names are long or many by design: reverse look-ups, the cluster's own, block lists and anti-virus. */
const ignoredZones = [
  'in-addr.arpa',
  'ip6.arpa',
  'cluster.local',
  'local',
  'spamhaus.org',
  'surbl.org',
  'barracudacentral.org',
  'sorbs.net',
  'sophosxl.net',
  'mcafee.com',
  'avts.mcafee.com',
  'e5.sk',
  'trendmicro.com',
  'dnswl.org',
  'cymru.com',
];

const thresholds = {
  tunnelNames: {
    value: 50,
    unit: 'names',
    meaning: 'different names under one domain in a minute',
    origin: 'measured: iodine 222 in 24 s, dnscat2 120 in 60 s; Netflix 5 or fewer',
  },
  tunnelMeanLength: {
    value: 40,
    unit: 'characters',
    meaning: 'and their mean length',
    origin: 'measured: tunnels 47 to 190, benign 29 or fewer',
  },
  tunnelLabelLength: {
    value: 50,
    unit: 'characters',
    meaning: 'or their longest label',
    origin: 'measured: tunnels 60 and more, benign 16 or fewer',
  },
  tunnelTypeShare: {
    value: 0.5,
    unit: 'share',
    meaning: 'or the share of TXT, NULL, CNAME, MX questions',
    origin: 'measured: tunnels 1.0, benign 0',
  },
  textQuestions: {
    value: 20,
    unit: 'questions',
    meaning: 'different TXT names under one domain in a minute',
    origin: 'measured: a TXT command channel sends 19 in 54 s',
  },
  largeAnswers: {
    value: 12,
    unit: 'names',
    meaning:
      'different names under one domain with TXT or NULL answers of 100 bytes and more, in a minute',
    origin: 'measured: a command channel 17 in 3 s; look-ups of SPF, DKIM and DMARC have at most 3',
  },
  dgaDomains: {
    value: 10,
    unit: 'domains',
    meaning: 'random domains that do not exist, asked by one client in 5 min',
    origin: 'Slips 10; a browser asks for 3',
  },
  dgaEntropy: {
    value: 3.2,
    unit: 'bits',
    meaning: 'entropy of their second label, in half of them',
    origin: 'chosen: dictionary words stay below it',
  },
  spoofedAnswers: {
    value: 2,
    unit: 'answers',
    meaning: 'questions with two different answers in 2 s',
    origin: 'chosen: a query has one answer',
  },
  spoofGuesses: {
    value: 20,
    unit: 'answers',
    meaning: 'answers with different ids to one port and name in 2 s',
    origin: 'Kaminsky: thousands; a resolver repeats 3 times',
  },
} as const;

interface Zone {
  readonly client: string;
  readonly server: string;
  readonly domain: string;
  readonly interface: string;
  readonly names: RollingSet;
  readonly length: RollingSum;
  readonly carrying: RollingSum;
  readonly text: RollingSet;
  /** Names with large answers: data that comes in. */
  readonly large: RollingSet;
  readonly questions: RollingSum;
  longestLabel: number;
  added: number;
  firstUs: number;
  lastUs: number;
}

interface Client {
  readonly text: string;
  readonly missing: RollingSet;
  readonly random: RollingSet;
  readonly examples: Sample;
  firstUs: number;
}

class Dns implements Rule {
  readonly #t: Readonly<Record<keyof typeof thresholds, number>>;
  readonly #ledger: StateLedger;
  readonly #settings: DetectionSettings;
  readonly #zones: RecencyTable<string, Zone>;
  readonly #clients: RecencyTable<number, Client>;
  readonly #forged: ForgedAnswers;

  constructor(context: RuleContext) {
    this.#t = readThresholds(context, thresholds);
    this.#ledger = context.ledger;
    this.#settings = context.settings;
    this.#zones = new RecencyTable('dns: domains', DOMAINS_CAP, context.ledger, (zone) => {
      zone.names.release();
      zone.text.release();
      zone.large.release();
    });
    this.#clients = new RecencyTable('dns: clients', CLIENTS_CAP, context.ledger, (client) => {
      client.missing.release();
      client.random.release();
    });
    this.#forged = new ForgedAnswers(
      { conflicts: this.#t.spoofedAnswers, guesses: this.#t.spoofGuesses },
      context.ledger,
    );
  }

  tick(tick: Tick, report: Report): void {
    const zones = new Set<Zone>();
    for (const one of tick.dns) {
      const zone = this.#zone(one);
      if (zone) zones.add(zone);
      if (one.message.response && one.message.rcode === NXDOMAIN) this.#missing(tick, one, report);
      this.#forged.note(one, report);
    }
    for (const zone of zones) this.#judgeZone(tick, zone, report);
  }

  #zone({ kernelEvent, message }: DnsKernelEvent): Zone | null {
    if (message.labels.length < 2 || message.questions !== 1) return null;
    const domain = topLevel.test(message.labels.at(-1)!)
      ? registeredDomain(message.labels)
      : NO_DOMAIN;
    if (isInnocent(message.name) || this.#settings.allowsDomain(domain, 'dns_tunnel')) return null;
    // Names with an underscore (RFC 8552) are those of mail's and other services' own records.
    const isService = message.labels.some((label) => label.startsWith('_'));
    // An answer repeats the question: either of them is enough, both count once.
    const client = addressText(
      message.response ? kernelEvent.destinationAddress : kernelEvent.sourceAddress,
    );
    const server = addressText(
      message.response ? kernelEvent.sourceAddress : kernelEvent.destinationAddress,
    );
    const zone = this.#zones.getOrCreate(`${client} ${domain}`, () => ({
      client,
      server,
      domain,
      interface: kernelEvent.interface,
      names: new RollingSet(60e6, 4096, this.#ledger),
      length: new RollingSum(60e6),
      carrying: new RollingSum(60e6),
      text: new RollingSet(60e6, 1024, this.#ledger),
      large: new RollingSet(60e6, 1024, this.#ledger),
      questions: new RollingSum(60e6),
      longestLabel: 0,
      added: 0,
      firstUs: kernelEvent.timeUs,
      lastUs: kernelEvent.timeUs,
    }));
    if (zone.names.size(kernelEvent.timeUs) === 0) {
      zone.firstUs = kernelEvent.timeUs;
      zone.longestLabel = 0;
    }
    const hash = textHash(message.name) + textHash(domain + message.name.length) * 2 ** 20;
    const isLarge = !isService && message.records.some(isLargeAnswer);
    const answered = isLarge && zone.large.add(hash, kernelEvent.timeUs);
    zone.lastUs = kernelEvent.timeUs;
    if (!zone.names.add(hash, kernelEvent.timeUs)) return answered ? zone : null;
    zone.length.add(message.name.length, kernelEvent.timeUs);
    zone.questions.add(1, kernelEvent.timeUs);
    if (carryingTypes.has(message.type)) zone.carrying.add(1, kernelEvent.timeUs);
    if (message.type === TXT && !isService) zone.text.add(hash, kernelEvent.timeUs);
    for (const label of message.labels)
      zone.longestLabel = Math.max(zone.longestLabel, label.length);
    zone.added += 1;
    return zone;
  }

  #judgeZone(tick: Tick, zone: Zone, report: Report): void {
    const t = this.#t;
    const names = zone.names.size(tick.nowUs);
    const questions = Math.max(1, zone.questions.value(tick.nowUs));
    const meanLength = zone.length.value(tick.nowUs) / questions;
    const share = zone.carrying.value(tick.nowUs) / questions;
    const many = names >= t.tunnelNames;
    const odd =
      meanLength >= t.tunnelMeanLength ||
      zone.longestLabel >= t.tunnelLabelLength ||
      share >= t.tunnelTypeShare;
    const texts = zone.text.size(tick.nowUs);
    const isTunnel = many && odd;
    const large = zone.large.size(tick.nowUs);
    const isFed = large >= t.largeAnswers;
    const isAsking = texts >= t.textQuestions && texts >= names * 0.9;
    if (!isTunnel && !isAsking && !isFed) return;
    const added = zone.added;
    zone.added = 0;
    const domain = safeText(zone.domain, 80);
    report({
      kind: 'dns_tunnel',
      severity: isTunnel ? 'high' : 'medium',
      key: `${zone.client} ${zone.domain}`,
      source: { address: zone.client },
      destination: { address: zone.server },
      protocol: 'UDP',
      interface: zone.interface,
      add: added,
      unit: 'names',
      firstSeenUs: zone.firstUs,
      lastSeenUs: zone.lastUs,
      message:
        isTunnel || !isFed
          ? `${zone.client} sends data out in ${plural(names, 'DNS name')} under ${domain}`
          : `${zone.client} receives data in DNS answers for ${plural(large, 'name')} under ${domain}`,
      spoofable: true,
      confidence: isTunnel && share >= t.tunnelTypeShare ? 'high' : 'medium',
      evidence: {
        domain,
        names,
        meanLength: Math.round(meanLength),
        longestLabel: zone.longestLabel,
        carryingShare: Math.round(share * 100) / 100,
        largeAnswers: large,
      },
      threshold: isTunnel
        ? { names: t.tunnelNames, meanLength: t.tunnelMeanLength, windowSeconds: 60 }
        : isFed
          ? { largeAnswers: t.largeAnswers, windowSeconds: 60 }
          : { textQuestions: t.textQuestions, windowSeconds: 60 },
    });
  }

  #missing(tick: Tick, { kernelEvent, message }: DnsKernelEvent, report: Report): void {
    if (message.labels.length < 2 || isInnocent(message.name)) return;
    const domain = registeredDomain(message.labels);
    if (this.#settings.allowsDomain(domain, 'dga')) return;
    const client = this.#clients.getOrCreate(addressKey(kernelEvent.destinationAddress), () => ({
      text: addressText(kernelEvent.destinationAddress),
      missing: new RollingSet(300e6, 512, this.#ledger),
      random: new RollingSet(300e6, 512, this.#ledger),
      examples: new Sample(),
      firstUs: kernelEvent.timeUs,
    }));
    if (client.missing.size(kernelEvent.timeUs) === 0) client.firstUs = kernelEvent.timeUs;
    const second = domain.split('.')[0]!;
    if (
      client.missing.add(textHash(domain), kernelEvent.timeUs) &&
      entropy(second) > this.#t.dgaEntropy
    ) {
      client.random.add(textHash(domain), kernelEvent.timeUs);
      client.examples.add(safeText(domain, 80));
    }
    const missing = client.missing.size(tick.nowUs);
    const random = client.random.size(tick.nowUs);
    if (missing < this.#t.dgaDomains || random * 2 < missing) return;
    report({
      kind: 'dga',
      key: client.text,
      source: { address: client.text },
      destination: null,
      protocol: 'UDP',
      interface: kernelEvent.interface,
      total: missing,
      unit: 'domains',
      firstSeenUs: client.firstUs,
      lastSeenUs: kernelEvent.timeUs,
      message: `${client.text} queries ${plural(missing, 'random-looking domain')} that do not exist, as malware does to find its C2 server`,
      spoofable: true,
      confidence: 'medium',
      evidence: { domains: client.examples.texts, random },
      threshold: { domains: this.#t.dgaDomains, entropy: this.#t.dgaEntropy, windowSeconds: 300 },
    });
  }
}

function isLargeAnswer({ type, length }: DnsRecord): boolean {
  return freeTypes.has(type) && length >= LARGE_ANSWER_BYTES;
}

function isInnocent(name: string): boolean {
  return ignoredZones.some((zone) => name === zone || name.endsWith(`.${zone}`));
}

/** Bits a character, of Shannon. */
function entropy(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) {
    const share = count / text.length;
    bits -= share * Math.log2(share);
  }
  return bits;
}

export const dns: RuleDefinition = {
  name: 'dns',
  kinds: ['dns_tunnel', 'dga', 'dns_spoof'],
  method:
    'Reads DNS messages: different names of one client under one domain with their length, labels and types; random-looking domains that do not exist; queries with two different answers, or with many guessed transaction ids.',
  thresholds,
  features: controlFeature.payloadDns,
  eventTypes: [],
  create: (context) => new Dns(context),
};

// What DNS gives away: tunnels in names, names that malware makes up, forged answers.

import { safeText } from '../../format/safe-text.js';
import { controlFeature } from '../../wire/layout.generated.js';
import { addressKey, addressText } from '../address.js';
import { registeredDomain } from '../dns-message.js';
import { plural } from '../names.js';
import { textHash } from '../payload-text.js';
import {
  type Report,
  type Rule,
  type RuleContext,
  type RuleDefinition,
  readThresholds,
} from '../rule.js';
import type { DetectionSettings } from '../settings.js';
import type { DnsFact, Tick } from '../tick.js';
import { RecencyTable, RollingSet, RollingSum, Sample, type StateLedger } from '../windows.js';

const DOMAINS_CAP = 4096;
const CLIENTS_CAP = 2048;
const QUESTIONS_CAP = 4096;
const NXDOMAIN = 3;
/** A guess is one small record; larger ones come of reflectors. */
const GUESS_BYTES_MAX = 300;
/** NULL, TXT, CNAME, MX, SRV, KEY, private use: what tunnels use to carry much. A and AAAA carry little. */
const carryingTypes = new Set([5, 10, 15, 16, 25, 33, 65399]);
const TXT = 16;
/** Zones whose names are long or many by design: reverse look-ups, the cluster's own, block lists and anti-virus. */
const innocentZones = [
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
    origin: 'detection.md [28]: iodine 222 in 24 s, dnscat2 120 in 60 s; Netflix ≤ 5',
  },
  tunnelMeanLength: {
    value: 40,
    unit: 'characters',
    meaning: 'and their mean length',
    origin: 'measured: tunnels 47 to 190, honest ≤ 29',
  },
  tunnelLabelLength: {
    value: 50,
    unit: 'characters',
    meaning: 'or their longest label',
    origin: 'measured: tunnels 60 and more, honest ≤ 16',
  },
  tunnelTypeShare: {
    value: 0.5,
    unit: 'share',
    meaning: 'or the share of TXT, NULL, CNAME, MX questions',
    origin: 'measured: tunnels 1.0, honest 0',
  },
  textQuestions: {
    value: 20,
    unit: 'questions',
    meaning: 'different TXT names under one domain in a minute',
    origin: 'detection.md [28]: TXT command channel 19 in 54 s',
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
    origin: 'detection.md [29]',
  },
  spoofedAnswers: {
    value: 2,
    unit: 'answers',
    meaning: 'questions with two different answers in 2 s',
    origin: 'detection.md A.5',
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

interface Question {
  /** Who answered first: guesses come in the name of one server, amplification from many. */
  answeredBy: number;
  fromOthers: number;
  bytes: number;
  readonly ids: Map<number, string>;
  answers: number;
  asked: number;
  conflicts: number;
  firstUs: number;
}

class Dns implements Rule {
  readonly #t: Readonly<Record<keyof typeof thresholds, number>>;
  readonly #ledger: StateLedger;
  readonly #settings: DetectionSettings;
  readonly #zones: RecencyTable<string, Zone>;
  readonly #clients: RecencyTable<number, Client>;
  readonly #questions: RecencyTable<string, Question>;

  constructor(context: RuleContext) {
    this.#t = readThresholds(context, thresholds);
    this.#ledger = context.ledger;
    this.#settings = context.settings;
    this.#zones = new RecencyTable('dns: domains', DOMAINS_CAP, context.ledger, (zone) => {
      zone.names.release();
      zone.text.release();
    });
    this.#clients = new RecencyTable('dns: clients', CLIENTS_CAP, context.ledger, (client) => {
      client.missing.release();
      client.random.release();
    });
    // Questions live for two seconds only: old ones are pushed out all the time.
    this.#questions = new RecencyTable(null, QUESTIONS_CAP, context.ledger);
  }

  tick(tick: Tick, report: Report): void {
    const zones = new Set<Zone>();
    for (const one of tick.dns) {
      const zone = this.#zone(one);
      if (zone) zones.add(zone);
      if (one.message.response && one.message.rcode === NXDOMAIN) this.#missing(tick, one, report);
      this.#spoof(one, report);
    }
    for (const zone of zones) this.#judgeZone(tick, zone, report);
  }

  #zone({ fact, message }: DnsFact): Zone | null {
    if (message.labels.length < 2 || message.questions !== 1) return null;
    const domain = registeredDomain(message.labels);
    if (isInnocent(message.name) || this.#settings.allowsDomain(domain, 'dns_tunnel')) return null;
    // An answer repeats the question: either of them is enough, both count once.
    const client = addressText(message.response ? fact.destinationAddress : fact.sourceAddress);
    const server = addressText(message.response ? fact.sourceAddress : fact.destinationAddress);
    const zone = this.#zones.getOrCreate(`${client} ${domain}`, () => ({
      client,
      server,
      domain,
      interface: fact.interface,
      names: new RollingSet(60e6, 4096, this.#ledger),
      length: new RollingSum(60e6),
      carrying: new RollingSum(60e6),
      text: new RollingSet(60e6, 1024, this.#ledger),
      questions: new RollingSum(60e6),
      longestLabel: 0,
      added: 0,
      firstUs: fact.timeUs,
      lastUs: fact.timeUs,
    }));
    if (zone.names.size(fact.timeUs) === 0) {
      zone.firstUs = fact.timeUs;
      zone.longestLabel = 0;
    }
    const hash = textHash(message.name) + textHash(domain + message.name.length) * 2 ** 20;
    if (!zone.names.add(hash, fact.timeUs)) return null;
    zone.length.add(message.name.length, fact.timeUs);
    zone.questions.add(1, fact.timeUs);
    if (carryingTypes.has(message.type)) zone.carrying.add(1, fact.timeUs);
    if (message.type === TXT) zone.text.add(hash, fact.timeUs);
    for (const label of message.labels)
      zone.longestLabel = Math.max(zone.longestLabel, label.length);
    zone.added += 1;
    zone.lastUs = fact.timeUs;
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
    if (!isTunnel && !(texts >= t.textQuestions && texts >= names * 0.9)) return;
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
      message: `${zone.client} carries data out in ${plural(names, 'name')} under ${domain}`,
      spoofable: true,
      confidence: isTunnel && share >= t.tunnelTypeShare ? 'high' : 'medium',
      evidence: {
        domain,
        names,
        meanLength: Math.round(meanLength),
        longestLabel: zone.longestLabel,
        carryingShare: Math.round(share * 100) / 100,
      },
      threshold: isTunnel
        ? { names: t.tunnelNames, meanLength: t.tunnelMeanLength, windowSeconds: 60 }
        : { textQuestions: t.textQuestions, windowSeconds: 60 },
    });
  }

  #missing(tick: Tick, { fact, message }: DnsFact, report: Report): void {
    if (message.labels.length < 2 || isInnocent(message.name)) return;
    const domain = registeredDomain(message.labels);
    if (this.#settings.allowsDomain(domain, 'dga')) return;
    const client = this.#clients.getOrCreate(addressKey(fact.destinationAddress), () => ({
      text: addressText(fact.destinationAddress),
      missing: new RollingSet(300e6, 512, this.#ledger),
      random: new RollingSet(300e6, 512, this.#ledger),
      examples: new Sample(),
      firstUs: fact.timeUs,
    }));
    if (client.missing.size(fact.timeUs) === 0) client.firstUs = fact.timeUs;
    const second = domain.split('.')[0]!;
    if (client.missing.add(textHash(domain), fact.timeUs) && entropy(second) > this.#t.dgaEntropy) {
      client.random.add(textHash(domain), fact.timeUs);
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
      interface: fact.interface,
      total: missing,
      unit: 'domains',
      firstSeenUs: client.firstUs,
      lastSeenUs: fact.timeUs,
      message: `${client.text} asks for ${plural(missing, 'random domain')} that do not exist, as malware does to find its master`,
      spoofable: true,
      confidence: 'medium',
      evidence: { domains: client.examples.texts, random },
      threshold: { domains: this.#t.dgaDomains, entropy: this.#t.dgaEntropy, windowSeconds: 300 },
    });
  }

  #spoof({ fact, message }: DnsFact, report: Report): void {
    if (message.labels.length === 0) return;
    const client = message.response ? fact.destinationAddress : fact.sourceAddress;
    const port = message.response ? fact.destinationPort : fact.sourcePort;
    const key = `${addressKey(client)} ${port} ${message.name} ${message.type}`;
    let question = this.#questions.get(key);
    if (!question || fact.timeUs - question.firstUs > 2e6) {
      question = {
        answeredBy: 0,
        fromOthers: 0,
        bytes: 0,
        ids: new Map(),
        answers: 0,
        asked: 0,
        conflicts: 0,
        firstUs: fact.timeUs,
      };
      this.#questions.set(key, question);
    }
    if (!message.response) {
      question.asked += 1;
      return;
    }
    question.answers += 1;
    question.bytes += fact.packetPayloadLength;
    const server = addressKey(fact.sourceAddress);
    if (question.answeredBy === 0) question.answeredBy = server;
    else if (question.answeredBy !== server) question.fromOthers += 1;
    if (message.rcode !== 0) return;
    const answer = message.records
      .map((record) => `${record.type} ${record.data}`)
      .sort()
      .join(',');
    const before = question.ids.get(message.id);
    if (question.ids.size < 1024) question.ids.set(message.id, answer);
    // A question that was asked twice may well be answered twice, and differently; one that nobody here asked is amplification.
    if (before !== undefined && before !== answer && answer && before && question.asked === 1)
      question.conflicts += 1;
    const guesses = question.ids.size;
    const isStorm =
      guesses >= this.#t.spoofGuesses &&
      guesses > question.asked * 2 &&
      question.fromOthers * 10 < question.answers &&
      question.bytes < question.answers * GUESS_BYTES_MAX;
    if (!isStorm && question.conflicts < this.#t.spoofedAnswers - 1) return;
    const source = addressText(fact.sourceAddress);
    const destination = addressText(client);
    const name = safeText(message.name, 80);
    report({
      kind: 'dns_spoof',
      key: `${destination} ${message.name}`,
      source: { address: source },
      destination: { address: destination },
      protocol: 'UDP',
      interface: fact.interface,
      add: 1,
      unit: 'answers',
      firstSeenUs: question.firstUs,
      lastSeenUs: fact.timeUs,
      message: isStorm
        ? `${source} sends ${destination} ${plural(question.answers, 'guessed answer')} for ${name}`
        : `${destination} gets two different answers for ${name}: one of them is forged`,
      spoofable: true,
      confidence: isStorm ? 'high' : 'medium',
      evidence: { name, answers: question.answers, ids: guesses, asked: question.asked },
      threshold: isStorm
        ? { answers: this.#t.spoofGuesses, windowSeconds: 2 }
        : { answers: this.#t.spoofedAnswers, windowSeconds: 2 },
    });
  }
}

function isInnocent(name: string): boolean {
  return innocentZones.some((zone) => name === zone || name.endsWith(`.${zone}`));
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
    'Reads DNS messages: different names of one client under one domain with their length, labels and types; domains that do not exist and look random; questions with two different answers, or with a storm of guessed ids.',
  thresholds,
  features: controlFeature.payloadDns,
  factTypes: [],
  create: (context) => new Dns(context),
};

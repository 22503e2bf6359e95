// Name poisoning: one host that says of ever other names that they are its own (Responder, over LLMNR and NetBIOS).

import type { KernelEvent } from '../../model/kernel-event.js';
import { type DnsMessage, parseDns } from '../../protocols/dns.js';
import { textHash } from '../../protocols/text.js';
import { controlFeature, payloadClass } from '../../wire/layout.generated.js';
import { addressKey, addressText, isIpv4, macText } from '../address.js';
import { listText, plural } from '../names.js';
import { UDP } from '../protocol-numbers.js';
import {
  type Report,
  type Rule,
  type RuleContext,
  type RuleDefinition,
  readThresholds,
} from '../rule.js';
import type { Tick } from '../tick.js';
import { RecencyTable, RollingSet, Sample } from '../windows.js';

const NETBIOS = 137;
const LLMNR = 5355;
const RESPONDERS_CAP = 1024;
const NAMES_CAP = 256;
const WINDOW_US = 600e6;
const TYPE_A = 1;
const TYPE_NETBIOS = 0x20;
/** Half-ASCII: 15 letters of a name and its suffix, each as two. */
const NETBIOS_NAME_LETTERS = 30;

const thresholds = {
  names: {
    value: 4,
    unit: 'names',
    meaning: 'different names that one host claims as its own in 10 min',
    origin: 'a Windows host answers for itself and its domain: at most three',
  },
} as const;

interface Responder {
  readonly names: RollingSet;
  readonly examples: Sample;
  readonly victims: Sample;
  kernelEvent: KernelEvent;
  added: number;
  firstUs: number;
}

class NamePoisoning implements Rule {
  readonly #limit: number;
  readonly #context: RuleContext;
  readonly #responders: RecencyTable<number, Responder>;
  readonly #active = new Set<Responder>();

  constructor(context: RuleContext) {
    this.#limit = readThresholds(context, thresholds).names;
    this.#context = context;
    this.#responders = new RecencyTable(
      'name poisoning: hosts',
      RESPONDERS_CAP,
      context.ledger,
      (one) => one.names.release(),
    );
  }

  kernelEvent(kernelEvent: KernelEvent): void {
    if (kernelEvent.protocol !== UDP) return;
    if (kernelEvent.sourcePort !== LLMNR && kernelEvent.sourcePort !== NETBIOS) return;
    const { sourceAddress, timeUs } = kernelEvent;
    const message = parseDns(kernelEvent.payload);
    const name = message?.response ? ownName(message, sourceAddress) : null;
    if (name === null) return;
    const responder = this.#responders.getOrCreate(addressKey(sourceAddress), () => ({
      names: new RollingSet(WINDOW_US, NAMES_CAP, this.#context.ledger),
      examples: new Sample(),
      victims: new Sample(),
      kernelEvent,
      added: 0,
      firstUs: timeUs,
    }));
    if (responder.names.size(timeUs) === 0) responder.firstUs = timeUs;
    if (responder.names.add(textHash(name), timeUs)) responder.examples.add(name);
    responder.victims.add(addressText(kernelEvent.destinationAddress));
    responder.kernelEvent = kernelEvent;
    responder.added += 1;
    this.#active.add(responder);
  }

  tick(tick: Tick, report: Report): void {
    for (const responder of this.#active) {
      const names = responder.names.size(tick.nowUs);
      if (names >= this.#limit) this.#report(responder, names, report);
    }
    this.#active.clear();
  }

  #report(responder: Responder, names: number, report: Report): void {
    const { kernelEvent, added, firstUs } = responder;
    const source = addressText(kernelEvent.sourceAddress);
    responder.added = 0;
    report({
      kind: 'dns_spoof',
      key: `names ${source}`,
      source: { address: source, mac: macText(kernelEvent.sourceMac) },
      destination: null,
      protocol: 'UDP',
      interface: kernelEvent.interface,
      add: added,
      unit: 'answers',
      firstSeenUs: firstUs,
      lastSeenUs: kernelEvent.timeUs,
      message: `${source} answers for ${plural(names, 'name')} as though they were its own: ${listText(responder.examples.texts)}`,
      spoofable: true,
      confidence: 'high',
      targets: responder.victims.with(responder.victims.texts.length),
      evidence: { protocol: kernelEvent.sourcePort === LLMNR ? 'LLMNR' : 'NetBIOS', names },
      threshold: { names: this.#limit, windowSeconds: WINDOW_US / 1e6 },
    });
  }
}

/** The name that the answer gives its own sender; null: another's, as a WINS server's are. */
function ownName(message: DnsMessage, sender: Uint8Array): string | null {
  if (!isIpv4(sender)) return null;
  const address = Buffer.from(sender.subarray(12, 16)).toString('hex');
  for (const { name, type, data } of message.records) {
    if (type === TYPE_A && data === address) return name;
    if (type === TYPE_NETBIOS && data.slice(4, 12) === address) return netbiosName(name);
  }
  return null;
}

function netbiosName(encoded: string): string {
  let name = '';
  for (let i = 0; i + 1 < Math.min(encoded.length, NETBIOS_NAME_LETTERS); i += 2) {
    const code = ((encoded.charCodeAt(i) - 0x61) << 4) | (encoded.charCodeAt(i + 1) - 0x61);
    name += code > 0x20 && code < 0x7f ? String.fromCharCode(code).toLowerCase() : '';
  }
  return name;
}

export const namePoisoning: RuleDefinition = {
  name: 'name-poisoning',
  kinds: ['dns_spoof'],
  method:
    "Reads the answers of LLMNR and NetBIOS: a host that gives its own address for four different names and more is no owner of them. Servers that answer with other hosts' addresses do not count.",
  thresholds,
  features: controlFeature.payloadFirstBytes,
  eventTypes: ['payload'],
  payloadClasses: [payloadClass.firstBytes],
  create: (context) => new NamePoisoning(context),
};

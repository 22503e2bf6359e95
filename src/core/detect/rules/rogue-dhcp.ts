// DHCP servers: the first one heard is believed; who hands out another router or other name servers is reported.

import type { KernelEvent } from '../../model/kernel-event.js';
import { type DhcpAnswer, dhcpAnswer, dhcpV6Answer } from '../../protocols/dhcp.js';
import { controlFeature, payloadClass } from '../../wire/layout.generated.js';
import { addressText, macText } from '../address.js';
import { placeOf } from '../kernel-event-place.js';
import {
  type Report,
  type Rule,
  type RuleContext,
  type RuleDefinition,
  readThresholds,
} from '../rule.js';
import type { Tick } from '../tick.js';
import { RecencyTable } from '../windows.js';

const INTERFACES_CAP = 256;
const SERVERS_CAP = 256;
/** A server that is silent for that long no longer speaks for the network (leases are renewed within hours). */
const SERVER_FORGOTTEN_US = 4 * 3600e6;
const DHCPV6_SERVER = 547;

const thresholds = {
  rogueAnswers: {
    value: 1,
    unit: 'answers',
    meaning:
      'answers of a second DHCP server with another router or other name servers (low: with the same ones, as failover pairs send)',
    origin: 'one answer is enough to take over a client',
  },
} as const;

interface Server {
  /** The address that its answers come from. */
  readonly text: string;
  readonly mac: string;
  readonly firstUs: number;
  readonly answer: DhcpAnswer;
  answers: number;
  added: number;
  lastUs: number;
  client: string;
}

class RogueDhcp implements Rule {
  readonly #t: Readonly<Record<keyof typeof thresholds, number>>;
  /** By interface, VLAN and IP version: servers in the order in which they were first heard. */
  readonly #segments: RecencyTable<string, Map<string, Server>>;
  #active = new Set<string>();

  constructor(context: RuleContext) {
    this.#t = readThresholds(context, thresholds);
    this.#segments = new RecencyTable('dhcp: interfaces', INTERFACES_CAP, context.ledger);
  }

  kernelEvent(kernelEvent: KernelEvent): void {
    const isV4 = kernelEvent.family === 4;
    if (!isV4 && kernelEvent.sourcePort !== DHCPV6_SERVER) return;
    const answer = isV4 ? dhcpAnswer(kernelEvent.payload) : dhcpV6Answer(kernelEvent.payload);
    if (!answer) return;
    const segment = `${kernelEvent.interface} ${kernelEvent.family}.${placeOf(kernelEvent)}`;
    const servers = this.#segments.getOrCreate(segment, () => new Map());
    for (const [known, one] of servers)
      if (kernelEvent.timeUs - one.lastUs > SERVER_FORGOTTEN_US) servers.delete(known);
    const mac = macText(kernelEvent.sourceMac);
    const text = addressText(kernelEvent.sourceAddress);
    const name = serverName(servers, answer, text, mac);
    let server = servers.get(name);
    if (!server) {
      if (servers.size >= SERVERS_CAP) return;
      server = {
        text,
        mac,
        firstUs: kernelEvent.timeUs,
        answer,
        answers: 0,
        added: 0,
        lastUs: kernelEvent.timeUs,
        client: '',
      };
      servers.set(name, server);
    }
    server.answers += 1;
    server.added += 1;
    server.lastUs = kernelEvent.timeUs;
    server.client = isV4
      ? macText(kernelEvent.payload, 28)
      : addressText(kernelEvent.destinationAddress);
    this.#active.add(segment);
  }

  tick(_tick: Tick, report: Report): void {
    for (const segment of this.#active) {
      const servers = this.#segments.peek(segment);
      if (!servers) continue;
      const name = segment.slice(0, segment.lastIndexOf(' '));
      for (const server of servers.values()) this.#judge(name, server, servers, report);
    }
    this.#active.clear();
  }

  #judge(name: string, server: Server, servers: ReadonlyMap<string, Server>, report: Report): void {
    const first: Server | undefined = servers.values().next().value;
    const isFirst = server === first;
    if (server.added === 0 || (isFirst && !server.answer.isAbsurd)) return;
    if (server.answers < this.#t.rogueAnswers) return;
    const { added, text, answer } = server;
    server.added = 0;
    const isAlike = !answer.isAbsurd && answer.gives === first?.answer.gives;
    report({
      kind: 'rogue_dhcp',
      ...(isAlike ? { severity: 'low' as const } : {}),
      key: `${name} ${text} ${server.mac}`,
      source: { address: text, mac: server.mac },
      destination: null,
      protocol: 'UDP',
      interface: name,
      add: added,
      unit: 'answers',
      firstSeenUs: server.firstUs,
      lastSeenUs: server.lastUs,
      message: isFirst
        ? `${text} assigns link-local addresses by DHCPv6 on ${name}, which no server may do`
        : `${text} answers DHCP requests on ${name} beside ${first!.text}${isAlike ? '' : ', with another router or other name servers'}`,
      spoofable: true,
      confidence: isAlike ? 'low' : 'medium',
      targets: { count: 1, sample: [server.client] },
      evidence: isFirst ? {} : { knownServer: first!.text, handsOutTheSame: isAlike },
      threshold: { answers: this.#t.rogueAnswers },
    });
  }
}

/**
 * Relays pass a server's answers on with addresses of their own: a server is what it names itself. Who takes the name of a known one,
 * but has another MAC and hands out something else, is another one.
 */
function serverName(
  servers: ReadonlyMap<string, Server>,
  answer: DhcpAnswer,
  text: string,
  mac: string,
): string {
  const name = answer.server || text;
  const known = servers.get(name);
  if (!known || known.mac === mac || known.answer.gives === answer.gives) return name;
  return `${name} ${mac}`;
}

export const rogueDhcp: RuleDefinition = {
  name: 'rogue-dhcp',
  kinds: ['rogue_dhcp'],
  method:
    'Trusts the first DHCP server seen on an interface, by its server identifier (relays forward answers). Another one is reported with its first answer: low while router and name servers are the same. A DHCPv6 server that assigns link-local addresses is reported at once.',
  thresholds,
  features: controlFeature.payloadDhcp,
  eventTypes: ['payload'],
  payloadClasses: [payloadClass.dhcp],
  create: (context) => new RogueDhcp(context),
};

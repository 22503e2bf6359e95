// Words that mean something in a filter: fields, protocols, services, and those that will mean something later.
import { protocolNames, protocolNumber } from '../../format/protocol.js';
import { serviceNames, servicePorts } from '../../format/services.js';
import { tunnelNames } from '../../format/tunnel.js';
import { findField } from '../fields.js';
import { fields } from '../schema/schema.js';

/** tcpdump's kinds, and Wireshark's and our other names of the same. */
const kinds: Readonly<Record<string, 'host' | 'net' | 'port' | 'portrange'>> = {
  host: 'host',
  addr: 'host',
  ip: 'host',
  'ip.addr': 'host',
  'ipv6.addr': 'host',
  ip6: 'host',
  net: 'net',
  subnet: 'net',
  port: 'port',
  portrange: 'portrange',
  'tcp.port': 'port',
  'udp.port': 'port',
};

/** "ip" and "ip6" are protocols unless a comparison follows. */
const onlyCompared = new Set(['ip', 'ip6']);

export function addressKind(
  word: string,
  compared: boolean,
): 'host' | 'net' | 'port' | 'portrange' | undefined {
  if (onlyCompared.has(word) && !compared) return undefined;
  return Object.hasOwn(kinds, word) ? kinds[word] : undefined;
}

/** Fields whose data a later version adds: an error that says so, instead of silently matching nothing. */
const laterFields: Readonly<Record<string, string>> = {
  rtt: 'round trip times',
  rtx: 'retransmits',
  retrans: 'retransmits',
  pid: 'processes',
  proc: 'processes',
  process: 'processes',
  comm: 'processes',
  user: 'users',
  pod: 'pods',
  ns: 'namespaces',
  namespace: 'namespaces',
  container: 'containers',
  node: 'nodes',
  name: 'host names',
  sni: 'TLS server names',
  app: 'applications',
  alert: 'alerts of a flow',
  severity: 'alerts of a flow',
};

export function laterField(word: string): string | undefined {
  return Object.hasOwn(laterFields, word) ? laterFields[word] : undefined;
}

export function isFieldWord(word: string): boolean {
  return (
    findField(word) !== undefined || Object.hasOwn(kinds, word) || laterField(word) !== undefined
  );
}

export type ProtocolWord =
  | { readonly kind: 'protocol'; readonly number: number }
  | { readonly kind: 'family'; readonly family: number }
  | { readonly kind: 'ports'; readonly ports: readonly number[] }
  /** A tunnel: the flows inside of it, and those that carry it. */
  | { readonly kind: 'tunnel'; readonly type: number; readonly carrier: ProtocolWord | undefined };

const families: Readonly<Record<string, number>> = { ip: 4, ip4: 4, ipv4: 4, ip6: 6, ipv6: 6 };
const otherProtocolNames: Readonly<Record<string, number>> = { icmp6: 58, ipv4: 4, udplite: 136 };

/** A bare word that says what a flow speaks; undefined: it doesn't. */
export function protocolWord(word: string): ProtocolWord | undefined {
  const type = tunnelNames.findIndex((name) => name?.toLowerCase() === word);
  return type > 0 ? { kind: 'tunnel', type, carrier: carriedWord(word) } : carriedWord(word);
}

function carriedWord(word: string): ProtocolWord | undefined {
  const family = Object.hasOwn(families, word) ? families[word] : undefined;
  if (family !== undefined) return { kind: 'family', family };
  const number = Object.hasOwn(otherProtocolNames, word)
    ? otherProtocolNames[word]
    : protocolNumber(word);
  if (number !== undefined) return { kind: 'protocol', number };
  const ports = servicePorts(word);
  return ports && { kind: 'ports', ports };
}

export function* knownWords(): Generator<string> {
  for (const field of fields) {
    yield field.name;
    yield* field.aliases;
  }
  yield* Object.keys(kinds);
  yield* Object.keys(families);
  yield* ['src', 'dst', 'and', 'or', 'not', 'inbound', 'outbound', 'in', 'out'];
  for (const name of protocolNames) yield name.toLowerCase();
  yield* serviceNames;
}

// Compares a summary line with a capture's ground truth; each finding is a sentence with both figures.
import { createHash } from 'node:crypto';
import { protocolName } from '../../../src/core/format/protocol.js';
import { compareFlows, type SummaryFlow } from './compare-flows.js';
import { type Count, protocolOfTruth, type Truth, type TruthFlow, type ViewName } from './truth.js';

interface Directional {
  readonly received: Count;
  readonly sent: Count;
}

/** The fields of contract.md's summary that the ground truth covers. */
export interface Summary {
  readonly interfaces: readonly (Directional & { name: string })[];
  readonly protocols: readonly (Directional & { protocol: string })[];
  readonly encapsulations: readonly (Directional & { encapsulation: string })[];
  readonly flows: readonly SummaryFlow[];
  readonly untracked: Count;
  readonly expired: Count;
  readonly malformed: Count;
  readonly fragments: Count;
}

const both = ({ received, sent }: Directional): Count => ({
  packets: received.packets + sent.packets,
  bytes: received.bytes + sent.bytes,
});

const add = (to: Map<string, Count>, key: string, { packets, bytes }: Count): void => {
  const known = to.get(key);
  to.set(key, {
    packets: (known?.packets ?? 0) + packets,
    bytes: (known?.bytes ?? 0) + bytes,
  });
};

const text = (count: Count | undefined): string =>
  `${count?.packets ?? 0} packets ${count?.bytes ?? 0} bytes`;
const equal = (left: Count | undefined, right: Count | undefined): boolean =>
  (left?.packets ?? 0) === (right?.packets ?? 0) && (left?.bytes ?? 0) === (right?.bytes ?? 0);

function compareTotals(truth: Truth, summary: Summary): string[] {
  const findings: string[] = [];
  const sums: [string, readonly Directional[]][] = [
    ['interfaces', summary.interfaces],
    ['protocols', summary.protocols],
  ];
  for (const [name, rows] of sums) {
    const sum = rows
      .map(both)
      .reduce((a, b) => ({ packets: a.packets + b.packets, bytes: a.bytes + b.bytes }), {
        packets: 0,
        bytes: 0,
      });
    if (!equal(sum, truth)) findings.push(`Σ ${name}: ${text(sum)}, truth ${text(truth)}`);
  }
  return findings;
}

/** If the ground truth has no payload type on these, the link header is cut off. */
const decodedLinks = new Set(['ether', 'linux-sll', 'linux-sll2', 'rawip', 'null', 'ppp']);

/** The ground truth's protocol of a frame, in our names; a non-IP protocol without a row of ours is "other". */
function truthProtocols(truth: Truth, view: ViewName): Map<string, Count> {
  const { l3, l4 } = truth[view] ?? truth.outer;
  const rows = new Map<string, Count>();
  for (const [name, count] of Object.entries(l4)) {
    add(
      rows,
      name.endsWith('/unparsed') ? 'malformed' : protocolOfTruth(name, protocolName),
      count,
    );
  }
  for (const [name, count] of Object.entries(l3)) {
    if (name === 'ipv4' || name === 'ipv6') continue;
    if (name === 'arp') add(rows, 'ARP', count);
    else if (name === 'lldp') add(rows, 'LLDP', count);
    else if (name === 'none' && decodedLinks.has(truth.link_type)) add(rows, 'malformed', count);
    else add(rows, 'other', count);
  }
  return rows;
}

const namedByUs = new Set(['STP', 'Ethernet-other']);

function compareProtocols(truth: Truth, view: ViewName, summary: Summary): string[] {
  const ours = new Map<string, Count>();
  for (const row of summary.protocols) {
    const isLinkType =
      truth.l2.payload_types['none'] !== undefined && /^[A-Z0-9_]{6,}$/.test(row.protocol);
    add(ours, namedByUs.has(row.protocol) || isLinkType ? 'other' : row.protocol, both(row));
  }
  const theirs = truthProtocols(truth, view);
  return oneLine('protocols', moved(ours, theirs));
}

const signed = (value: number): string => (value > 0 ? `+${value}` : String(value));

/** Each name with our excess (+) or deficit (-) against the ground truth: packets/bytes. */
function moved(ours: ReadonlyMap<string, Count>, theirs: ReadonlyMap<string, Count>): string[] {
  const parts: string[] = [];
  for (const name of new Set([...ours.keys(), ...theirs.keys()])) {
    const packets = (ours.get(name)?.packets ?? 0) - (theirs.get(name)?.packets ?? 0);
    const bytes = (ours.get(name)?.bytes ?? 0) - (theirs.get(name)?.bytes ?? 0);
    if (packets !== 0 || bytes !== 0) parts.push(`${name} ${signed(packets)}/${signed(bytes)}`);
  }
  return parts.sort();
}

function oneLine(what: string, parts: readonly string[]): string[] {
  return parts.length === 0 ? [] : [`${what}: ${parts.join(', ')}`];
}

/** Packets by encapsulation as contract.md counts them; the ground truth has bytes for some only. */
function truthEncapsulations(truth: Truth): Map<string, number> {
  const expected = new Map<string, number>();
  const count = (name: string, packets: number | undefined): void => {
    if (packets) expected.set(name, (expected.get(name) ?? 0) + packets);
  };
  for (const [depth, packets] of Object.entries(truth.l2.vlan_tag_depth)) {
    count('VLAN', packets);
    count('QinQ', packets * (Number(depth) - 1));
  }
  for (const packets of Object.values(truth.l2.mpls_label_depth ?? {})) count('MPLS', packets);
  count('PPPoE', truth.l2.pppoe?.session?.packets);
  const { by_type: byType, headers_seen: seen = {} } = truth.tunnels;
  count('VXLAN', seen['vxlan']);
  count('Geneve', seen['geneve']);
  count('GTP-U', seen['gtp']);
  count('GRE', seen['gre']);
  count('6in4', byType['6in4']?.packets);
  for (const type of ['ipip', '4in6', '6in6']) count('IPIP', byType[type]?.packets);
  return expected;
}

function compareEncapsulations(truth: Truth, summary: Summary): string[] {
  const ours = new Map<string, number>();
  for (const row of summary.encapsulations) ours.set(row.encapsulation, both(row).packets);
  const theirs = truthEncapsulations(truth);
  const parts: string[] = [];
  for (const name of new Set([...ours.keys(), ...theirs.keys()])) {
    const more = (ours.get(name) ?? 0) - (theirs.get(name) ?? 0);
    if (more !== 0) parts.push(`${name} ${signed(more)}`);
  }
  return oneLine('encapsulations', parts.sort());
}

/** The ground truth's bytes include atomic IPv6 fragments, its total doesn't: there only packets can be compared. */
function compareFragments(truth: Truth, view: ViewName, summary: Summary): string[] {
  const { total, bytes, ipv6_atomic: atomic } = (truth[view] ?? truth.outer).fragments;
  const ours = summary.fragments;
  const theirs = { packets: total, bytes: atomic > 0 ? ours.bytes : bytes };
  return oneLine('fragments', moved(new Map([['all', ours]]), new Map([['all', theirs]])));
}

function compareFlags(truth: Truth, view: ViewName, summary: Summary): string[] {
  const sum = { syn: 0, synAck: 0, fin: 0, rst: 0 };
  for (const { tcp } of summary.flows) {
    if (!tcp) continue;
    sum.syn += tcp.syn;
    sum.synAck += tcp.synAck;
    sum.fin += tcp.fin;
    sum.rst += tcp.rst;
  }
  const { tcp } = truth[view] ?? truth.outer;
  const pairs: [string, number, number][] = [
    ['syn', sum.syn, tcp.syn],
    ['synAck', sum.synAck, tcp.synack],
    ['fin', sum.fin, tcp.fin],
    ['rst', sum.rst, tcp.rst],
  ];
  const parts = pairs
    .filter(([, ours, theirs]) => ours !== theirs)
    .map(([name, ours, theirs]) => `${name} ${signed(ours - theirs)}`);
  return oneLine('tcp', parts);
}

/** Many findings as one: their number and a checksum, so that a table can name them and every change is noticed. */
function digest(what: string, findings: readonly string[]): string[] {
  if (findings.length === 0) return [];
  const sum = createHash('sha256').update(findings.join('\n')).digest('hex').slice(0, 12);
  return [`${what}: ${findings.length} differ (${sum})`];
}

/** All findings; empty if everything is equal. */
export function compareWithTruth(
  truth: Truth,
  view: ViewName,
  truthFlows: readonly TruthFlow[],
  summary: Summary,
): string[] {
  const findings = [
    ...compareTotals(truth, summary),
    ...compareProtocols(truth, view, summary),
    ...compareEncapsulations(truth, summary),
    ...compareFlags(truth, view, summary),
    ...compareFragments(truth, view, summary),
    ...digest('flows', compareFlows(truthFlows, summary.flows)),
  ];
  if (summary.untracked.packets > 0) findings.push(`untracked: ${text(summary.untracked)}`);
  if (summary.expired.packets > 0) findings.push(`expired: ${text(summary.expired)}`);
  return findings;
}

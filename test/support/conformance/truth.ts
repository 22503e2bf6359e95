// Reads the ground truth of the corpus (TRUTH_SCHEMA.md beside it): tshark's results for each capture.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { projectRoot } from '../program.js';

export interface Count {
  readonly packets: number;
  readonly bytes: number;
}

export interface TruthView {
  readonly l3: Readonly<Record<string, Count>>;
  readonly l4: Readonly<Record<string, Count>>;
  readonly tcp: { syn: number; synack: number; fin: number; rst: number };
  readonly fragments: { total: number; bytes: number; ipv6_atomic: number };
}

export type ViewName = 'outer' | 'inner_core' | 'inner_all';

export interface Truth {
  readonly capture: string;
  readonly packets: number;
  readonly bytes: number;
  readonly link_type: string;
  readonly malformed: { tshark_malformed: number; tshark_short: number };
  readonly l2: {
    readonly vlan_tag_depth: Readonly<Record<string, number>>;
    readonly mpls_label_depth?: Readonly<Record<string, number>>;
    readonly pppoe?: { session?: Count };
    readonly payload_types: Readonly<Record<string, Count>>;
  };
  readonly tunnels: {
    readonly by_type: Readonly<Record<string, Count>>;
    readonly headers_seen?: Readonly<Record<string, number>>;
  };
  readonly outer: TruthView;
  readonly inner_core?: TruthView;
  readonly inner_all?: TruthView;
}

export interface TruthFlow {
  readonly view: ViewName;
  readonly kind: 'flow' | 'frag' | 'noports';
  readonly protocol: string;
  readonly a: string;
  readonly aPort: number;
  readonly b: string;
  readonly bPort: number;
  readonly packetsAb: number;
  readonly bytesAb: number;
  readonly packetsBa: number;
  readonly bytesBa: number;
}

/** The corpus is beside the checkout, never in it. */
export const corpusFolder = join(projectRoot(), '../shared/corpus');

/** Paths of all captures; empty without the corpus. */
export function corpusCaptures(): string[] {
  const folder = join(corpusFolder, 'pcap');
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .sort()
    .map((name) => join(folder, name));
}

export function readTruth(capture: string): Truth {
  return JSON.parse(readFileSync(join(corpusFolder, `truth/${basename(capture)}.json`), 'utf8'));
}

export function readTruthFlows(capture: string, view: ViewName): TruthFlow[] {
  const text = readFileSync(join(corpusFolder, `truth/${basename(capture)}.flows.tsv`), 'utf8');
  const [head = '', ...lines] = text.trimEnd().split('\n');
  const columns = head.split('\t');
  const place = (name: string): number => columns.indexOf(name);
  const at = {
    view: place('view'),
    kind: place('kind'),
    proto: place('proto'),
    a: place('a'),
    aPort: place('a_port'),
    b: place('b'),
    bPort: place('b_port'),
    packetsAb: place('packets_ab'),
    bytesAb: place('bytes_ab'),
    packetsBa: place('packets_ba'),
    bytesBa: place('bytes_ba'),
  };
  return lines
    .map((line) => line.split('\t'))
    .filter((cells) => cells[at.view] === view)
    .map((cells) => ({
      view,
      kind: cells[at.kind] as TruthFlow['kind'],
      protocol: cells[at.proto] ?? '',
      a: cells[at.a] ?? '',
      aPort: Number(cells[at.aPort]),
      b: cells[at.b] ?? '',
      bPort: Number(cells[at.bPort]),
      packetsAb: Number(cells[at.packetsAb]),
      bytesAb: Number(cells[at.bytesAb]),
      packetsBa: Number(cells[at.packetsBa]),
      bytesBa: Number(cells[at.bytesBa]),
    }));
}

/** The view that contract.md promises, or the outer one for `--tunnels outer`. */
export function viewFor(truth: Truth, tunnels: 'inner' | 'outer'): ViewName {
  if (tunnels === 'outer') return 'outer';
  if (truth.inner_all) return 'inner_all';
  return truth.inner_core ? 'inner_core' : 'outer';
}

/** The ground truth's protocol names → ours; numbers without a name of ours are "IP-<number>". */
const names: Readonly<Record<string, string>> = {
  tcp: 'TCP',
  udp: 'UDP',
  icmp: 'ICMP',
  icmpv6: 'ICMPv6',
  igmp: 'IGMP',
  gre: 'GRE',
  sctp: 'SCTP',
  dccp: 'DCCP',
  udplite: 'UDP-Lite',
  esp: 'ESP',
  ah: 'AH',
  ospf: 'OSPF',
  pim: 'PIM',
  vrrp: 'VRRP',
  eigrp: 'EIGRP',
  pgm: 'PGM',
  ipip: 'IPIP',
  ipv6: 'IPv6',
  hopopt: 'HOPOPT',
  'ipv6-nonxt': 'IPv6-NoNxt',
  'mobility-header': 'Mobility',
  l2tpv3: 'L2TP',
  'mpls-in-ip': 'MPLS-in-IP',
  ipip94: 'IP-94',
};

/** Our name for a row of the ground truth; `numbered` gives the name of an IP protocol number. */
export function protocolOfTruth(name: string, numbered: (protocol: number) => string): string {
  const number = /^proto-(\d+)$/.exec(name)?.[1];
  return number === undefined ? (names[name] ?? name) : numbered(Number(number));
}

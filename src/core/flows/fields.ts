// THE field table: each field of a flow once — name, aliases, unit, how to read it from the columns. Sort keys, filter fields,
// columns, grouping and help are made from it.
import { protocolName } from '../format/protocol.js';
import type { FieldContext, QueryColumns } from './field-context.js';
import { compareEndpoints, endpointSortKey } from './key-order.js';
import { perSecond, Rates } from './rates.js';
import { tcpStates } from './tcp-state.js';

/** What a value is, and so how it is written in a filter and formatted. */
export type FieldKind =
  | 'bitsPerSecond'
  | 'packetsPerSecond'
  | 'bytes'
  | 'count'
  | 'seconds'
  | 'port'
  | 'number'
  | 'address'
  | 'name';

export interface FlowField {
  readonly name: string;
  /** Other spellings in filters and in --sort: Wireshark's, htop's. */
  readonly aliases: readonly string[];
  readonly kind: FieldKind;
  /** Head of its column. */
  readonly title: string;
  readonly description: string;
  /** Where it stands in a flow's JSON, dotted; null: it is derived. */
  readonly json: string | null;
  readonly sortable: boolean;
  /** A number that sorts as the field does; for names a code that `label` spells. */
  read(columns: QueryColumns, context: FieldContext): (slot: number) => number;
  /** Order of slots with equal numbers, where the number isn't the whole value. */
  compare?(columns: QueryColumns): (a: number, b: number) => number;
  /** Names only. */
  label?(code: number, context: FieldContext): string;
}

const ARP_FAMILY = 1;
/** ARP has no protocol number: it counts as row 256. */
const ARP_ROW = 256;
const NO_VLAN = 0xffff;
const TCP = 6;

export const tunnelNames = [null, 'VXLAN', 'Geneve', 'GTP-U', 'GRE', 'IPIP', '6in4'] as const;

/** Row of the totals that the flow's frames are counted in. */
export function protocolRow(
  columns: Pick<QueryColumns, 'family' | 'protocol'>,
  slot: number,
): number {
  return columns.family[slot] === ARP_FAMILY ? ARP_ROW : columns.protocol[slot]!;
}

const field = (
  name: string,
  kind: FieldKind,
  title: string,
  description: string,
  read: FlowField['read'],
  more: Partial<FlowField> = {},
): FlowField => ({
  name,
  kind,
  title,
  description,
  read,
  aliases: [],
  json: null,
  sortable: true,
  ...more,
});

const totalBytes: FlowField['read'] = (columns) => (slot) =>
  columns.lowToHighBytes[slot]! + columns.highToLowBytes[slot]!;

export const fields: readonly FlowField[] = [
  field(
    'rate',
    'bitsPerSecond',
    'RATE',
    'bits per second over the last interval, both directions',
    (columns, context) => {
      const rates = new Rates(columns, context);
      return (slot) => perSecond(rates.bytes(slot) * 8, rates.seconds);
    },
    { aliases: ['bps', 'bandwidth'], json: 'bitsPerSecond' },
  ),
  field(
    'smoothed',
    'bitsPerSecond',
    'RATE',
    'the rate, smoothed over about three seconds: what the screen sorts by',
    (columns) => (slot) => columns.smoothedBitsPerSecond[slot]!,
  ),
  field(
    'in',
    'bitsPerSecond',
    'IN',
    'bits per second received by the interface',
    (columns, context) => {
      const rates = new Rates(columns, context);
      return (slot) => perSecond(rates.receivedBytes(slot) * 8, rates.seconds);
    },
    { aliases: ['inrate', 'down'] },
  ),
  field(
    'out',
    'bitsPerSecond',
    'OUT',
    'bits per second sent by the interface',
    (columns, context) => {
      const rates = new Rates(columns, context);
      return (slot) =>
        perSecond((rates.bytes(slot) - rates.receivedBytes(slot)) * 8, rates.seconds);
    },
    { aliases: ['outrate', 'up'] },
  ),
  field(
    'pps',
    'packetsPerSecond',
    'PKT/S',
    'packets per second over the last interval',
    (columns, context) => {
      const rates = new Rates(columns, context);
      return (slot) => perSecond(rates.packets(slot), rates.seconds);
    },
    { json: 'packetsPerSecond' },
  ),
  field(
    'packets',
    'count',
    'PACKETS',
    'packets since the flow is known, both directions',
    (columns) => (slot) => columns.lowToHighPackets[slot]! + columns.highToLowPackets[slot]!,
    { aliases: ['pkts', 'frames'] },
  ),
  field('bytes', 'bytes', 'BYTES', 'bytes since the flow is known, both directions', totalBytes, {
    aliases: ['total', 'size'],
  }),
  field(
    'rx',
    'bytes',
    'RX',
    'bytes received by the interface',
    (columns) => (slot) => columns.receivedBytes[slot]!,
    { aliases: ['received'] },
  ),
  field(
    'tx',
    'bytes',
    'TX',
    'bytes sent by the interface',
    (columns, context) => {
      const total = totalBytes(columns, context);
      return (slot) => total(slot) - columns.receivedBytes[slot]!;
    },
    { aliases: ['sent'] },
  ),
  field(
    'age',
    'seconds',
    'AGE',
    'time since the first packet',
    (columns, context) => (slot) => (context.nowUs - columns.firstSeenUs[slot]!) / 1e6,
    { json: 'firstSeen' },
  ),
  field(
    'idle',
    'seconds',
    'IDLE',
    'time since the last packet',
    (columns, context) => (slot) => (context.nowUs - columns.lastSeenUs[slot]!) / 1e6,
    { json: 'lastSeen' },
  ),
  field(
    'source',
    'address',
    'SOURCE',
    'address of the side that began',
    (columns) => (slot) => endpointSortKey(columns, slot, columns.sourceIsLow[slot] === 1),
    {
      aliases: ['src', 'ip.src', 'ipv6.src', 'from'],
      json: 'source.address',
      compare: (columns) => (a, b) =>
        compareEndpoints(columns, a, columns.sourceIsLow[a] === 1, b, columns.sourceIsLow[b] === 1),
    },
  ),
  field(
    'destination',
    'address',
    'DESTINATION',
    'address of the other side',
    (columns) => (slot) => endpointSortKey(columns, slot, columns.sourceIsLow[slot] !== 1),
    {
      aliases: ['dst', 'dest', 'ip.dst', 'ipv6.dst', 'to'],
      json: 'destination.address',
      compare: (columns) => (a, b) =>
        compareEndpoints(columns, a, columns.sourceIsLow[a] !== 1, b, columns.sourceIsLow[b] !== 1),
    },
  ),
  field(
    'sport',
    'port',
    'SPORT',
    'port of the side that began',
    (columns) => (slot) =>
      columns.sourceIsLow[slot] ? columns.lowPort[slot]! : columns.highPort[slot]!,
    { aliases: ['srcport', 'tcp.srcport', 'udp.srcport'], json: 'source.port' },
  ),
  field(
    'dport',
    'port',
    'PORT',
    'port of the other side: the service',
    (columns) => (slot) =>
      columns.sourceIsLow[slot] ? columns.highPort[slot]! : columns.lowPort[slot]!,
    { aliases: ['dstport', 'tcp.dstport', 'udp.dstport'], json: 'destination.port' },
  ),
  field(
    'protocol',
    'name',
    'PROTO',
    'protocol of the innermost packet',
    (columns) => (slot) => protocolRow(columns, slot),
    {
      aliases: ['proto', 'ip.proto'],
      json: 'protocol',
      label: (row) => protocolName(row),
    },
  ),
  field(
    'state',
    'name',
    'STATE',
    'state of the TCP connection',
    (columns) => (slot) => (columns.protocol[slot] === TCP ? columns.tcpState[slot]! : -1),
    {
      aliases: ['tcp.state'],
      json: 'tcp.state',
      label: (code) => tcpStates[code] ?? '',
    },
  ),
  field(
    'interface',
    'name',
    'IFACE',
    'interface that saw it',
    (columns) => (slot) => columns.interfaceIndex[slot]!,
    {
      aliases: ['iface', 'if', 'dev'],
      json: 'interface',
      label: (index, context) => context.interfaceName(index),
    },
  ),
  field(
    'vlan',
    'number',
    'VLAN',
    'outermost VLAN id',
    (columns) => (slot) => {
      const tag = columns.vlan[slot * 4]!;
      return tag === NO_VLAN ? -1 : tag;
    },
    { aliases: ['vlan.id'], json: 'vlan' },
  ),
  field(
    'tunnel',
    'name',
    'TUNNEL',
    'type of the innermost tunnel',
    (columns) => (slot) => columns.tunnelType[slot]!,
    { aliases: [], json: 'tunnel.type', label: (code) => tunnelNames[code] ?? '' },
  ),
  field(
    'tunnelid',
    'number',
    'VNI',
    'VNI, TEID or key of the innermost tunnel',
    (columns) => (slot) => (columns.tunnelType[slot] ? columns.tunnelId[slot]! : -1),
    { aliases: ['vni', 'vxlan.vni', 'teid', 'tunnel.id'], json: 'tunnel.id' },
  ),
  field(
    'syn',
    'count',
    'SYN',
    'SYN without ACK, both directions',
    (columns) => (slot) => columns.syn[slot * 2]! + columns.syn[slot * 2 + 1]!,
    { json: 'tcp.syn' },
  ),
  field(
    'rst',
    'count',
    'RST',
    'RST, both directions',
    (columns) => (slot) => columns.rst[slot * 2]! + columns.rst[slot * 2 + 1]!,
    { json: 'tcp.rst' },
  ),
];

/** --sort port means the service's. */
const sortAliases = new Map([['port', 'dport']]);

const byName = new Map<string, FlowField>();
for (const one of fields) {
  for (const name of [one.name, ...one.aliases]) byName.set(name, one);
}

export function findField(name: string): FlowField | undefined {
  return byName.get(name.toLowerCase());
}

export function findSortField(name: string): FlowField | undefined {
  const lower = name.toLowerCase();
  const found = byName.get(sortAliases.get(lower) ?? lower);
  return found?.sortable ? found : undefined;
}

export const sortNames: readonly string[] = [
  ...fields.filter((one) => one.sortable).map((one) => one.name),
  ...sortAliases.keys(),
];

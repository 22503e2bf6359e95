// Flows added up by one or two keys: host, port, protocol, subnet, VLAN, tunnel, interface.
import { formatAddress } from '../format/address.js';
import { protocolName } from '../format/protocol.js';
import type { FlowGroup } from '../model/group.js';
import type { FieldContext, QueryColumns } from './field-context.js';
import { protocolRow, tunnelNames } from './fields.js';
import { type FlowQuery, matchingSlots } from './query.js';
import { perSecond, rateReader } from './rates.js';

/** What a flow belongs to by one key: one value, or two where both of its ends count ("host"). */
interface GroupKey {
  readonly name: string;
  readonly description: string;
  labels(columns: QueryColumns, context: FieldContext, slot: number): readonly string[];
  /** A filter word that selects what has this label. */
  filter(label: string): string;
}

const NO_VLAN = 0xffff;
const NONE = '-';

function network(
  bytes: Uint8Array,
  at: number,
  family: number,
  v4Bits: number,
  v6Bits: number,
): string {
  const bits = family === 6 ? v6Bits : 96 + v4Bits;
  const masked = new Uint8Array(16);
  for (let i = 0; i < 16; i += 1) {
    const keep = Math.min(8, Math.max(0, bits - i * 8));
    masked[i] = bytes[at + i]! & (0xff00 >> keep);
  }
  return `${formatAddress(masked, 0, family)}/${family === 6 ? v6Bits : v4Bits}`;
}

function bothEnds(label: (columns: QueryColumns, slot: number, bytes: Uint8Array) => string) {
  return (columns: QueryColumns, _context: FieldContext, slot: number): readonly string[] => {
    const low = label(columns, slot, columns.lowAddress);
    const high = label(columns, slot, columns.highAddress);
    return low === high ? [low] : [low, high];
  };
}

const subnet = (name: string, v4Bits: number, v6Bits: number, description: string): GroupKey => ({
  name,
  description,
  labels: bothEnds((columns, slot, bytes) =>
    network(bytes, slot * 16, columns.family[slot]!, v4Bits, v6Bits),
  ),
  filter: (label) => `net ${label}`,
});

function endOf(columns: QueryColumns, slot: number, source: boolean): string {
  const low = (columns.sourceIsLow[slot] === 1) === source;
  return formatAddress(
    low ? columns.lowAddress : columns.highAddress,
    slot * 16,
    columns.family[slot],
  );
}

export const groupKeys: readonly GroupKey[] = [
  {
    name: 'host',
    description: 'each address, whichever end it is: a flow counts at both',
    labels: bothEnds((columns, slot, bytes) =>
      formatAddress(bytes, slot * 16, columns.family[slot]),
    ),
    filter: (label) => `host ${label}`,
  },
  {
    name: 'source',
    description: 'address of the side that began',
    labels: (columns, _context, slot) => [endOf(columns, slot, true)],
    filter: (label) => `src host ${label}`,
  },
  {
    name: 'destination',
    description: 'address of the other side',
    labels: (columns, _context, slot) => [endOf(columns, slot, false)],
    filter: (label) => `dst host ${label}`,
  },
  {
    name: 'port',
    description: 'the service: port of the side that was called',
    labels: (columns, _context, slot) => {
      if (!columns.hasPorts[slot]) return [NONE];
      return [String((columns.sourceIsLow[slot] ? columns.highPort : columns.lowPort)[slot])];
    },
    filter: (label) => (label === NONE ? 'not port 0-65535' : `dst port ${label}`),
  },
  {
    name: 'protocol',
    description: 'innermost protocol',
    labels: (columns, _context, slot) => [protocolName(protocolRow(columns, slot))],
    filter: (label) => `proto = ${label}`,
  },
  subnet('subnet24', 24, 64, 'networks of 256 addresses (IPv6: /64), both ends'),
  subnet('subnet16', 16, 48, 'networks of 65,536 addresses (IPv6: /48), both ends'),
  subnet('subnet64', 32, 64, 'IPv6 networks of /64, IPv4 by host, both ends'),
  {
    name: 'vlan',
    description: 'outermost VLAN id',
    labels: (columns, _context, slot) => {
      const id = columns.vlan[slot * 4]!;
      return [id === NO_VLAN ? NONE : String(id)];
    },
    filter: (label) => (label === NONE ? 'not vlan >= 0' : `vlan ${label}`),
  },
  {
    name: 'tunnel',
    description: 'innermost tunnel and its id',
    labels: (columns, _context, slot) => {
      const type = tunnelNames[columns.tunnelType[slot]!];
      return [type ? `${type} ${columns.tunnelId[slot]}` : NONE];
    },
    filter: (label) => {
      const [type, id] = label.split(' ');
      return label === NONE ? 'not tunnelid >= 0' : `tunnel = ${type} and tunnelid = ${id}`;
    },
  },
  {
    name: 'interface',
    description: 'interface that saw it',
    labels: (columns, context, slot) => [context.interfaceName(columns.interfaceIndex[slot]!)],
    filter: (label) => `interface = "${label}"`,
  },
];

export function findGroupKey(name: string): GroupKey | undefined {
  return groupKeys.find((key) => key.name === name.toLowerCase());
}

interface Sum {
  readonly labels: readonly string[];
  flows: number;
  packets: number;
  bytes: number;
  receivedPackets: number;
  receivedBytes: number;
  ratePackets: number;
  rateBytes: number;
  rateReceivedBytes: number;
  smoothed: number;
  firstSeenUs: number;
  lastSeenUs: number;
}

const newSum = (labels: readonly string[]): Sum => ({
  labels,
  flows: 0,
  packets: 0,
  bytes: 0,
  receivedPackets: 0,
  receivedBytes: 0,
  ratePackets: 0,
  rateBytes: 0,
  rateReceivedBytes: 0,
  smoothed: 0,
  firstSeenUs: Infinity,
  lastSeenUs: 0,
});

/** What groups can be sorted by; other sort fields mean the rate. */
const sortValues: Readonly<Record<string, (group: FlowGroup) => number>> = {
  rate: (group) => group.bitsPerSecond,
  smoothed: (group) => group.smoothedBitsPerSecond,
  in: (group) => group.inBitsPerSecond,
  out: (group) => group.outBitsPerSecond,
  pps: (group) => group.packetsPerSecond,
  packets: (group) => group.total.packets,
  bytes: (group) => group.total.bytes,
  rx: (group) => group.received.bytes,
  tx: (group) => group.sent.bytes,
  age: (group) => -group.firstSeenUs,
  idle: (group) => -group.lastSeenUs,
};

export interface GroupedFlows {
  readonly groups: readonly FlowGroup[];
  /** Groups before offset and limit. */
  readonly matched: number;
}

export function groupFlows(
  columns: QueryColumns,
  context: FieldContext,
  query: FlowQuery,
  groupBy: readonly string[],
): GroupedFlows {
  const keys = groupBy.map(findGroupKey).filter((key) => key !== undefined);
  const rates = rateReader(columns, context);
  const sums = new Map<string, Sum>();
  const add = (slot: number, labels: readonly string[]): void => {
    const name = labels.join('\n');
    let sum = sums.get(name);
    if (!sum) {
      sum = newSum(labels);
      sums.set(name, sum);
    }
    sum.flows += 1;
    sum.packets += columns.lowToHighPackets[slot]! + columns.highToLowPackets[slot]!;
    sum.bytes += columns.lowToHighBytes[slot]! + columns.highToLowBytes[slot]!;
    sum.receivedPackets += columns.receivedPackets[slot]!;
    sum.receivedBytes += columns.receivedBytes[slot]!;
    sum.ratePackets += rates.packets(slot);
    sum.rateBytes += rates.bytes(slot);
    sum.rateReceivedBytes += rates.receivedBytes(slot);
    sum.smoothed += columns.smoothedBitsPerSecond[slot]!;
    sum.firstSeenUs = Math.min(sum.firstSeenUs, columns.firstSeenUs[slot]!);
    sum.lastSeenUs = Math.max(sum.lastSeenUs, columns.lastSeenUs[slot]!);
  };
  for (const slot of matchingSlots(columns, context, query.filter)) {
    const [first = [], second] = keys.map((key) => key.labels(columns, context, slot));
    for (const label of first) {
      if (!second) add(slot, [label]);
      else for (const other of second) add(slot, [label, other]);
    }
  }
  const groups = Array.from(sums.values(), (sum) => finish(sum, keys, rates.seconds));
  const value = sortValues[query.sort.field] ?? sortValues['rate']!;
  const sign = query.sort.descending ? 1 : -1;
  groups.sort(
    (a, b) =>
      sign * (value(b) - value(a)) || b.total.bytes - a.total.bytes || (a.key < b.key ? -1 : 1),
  );
  return { groups: groups.slice(query.offset, query.offset + query.limit), matched: groups.length };
}

function finish(sum: Sum, keys: readonly GroupKey[], seconds: number): FlowGroup {
  return {
    key: sum.labels.join('\n'),
    labels: sum.labels,
    flows: sum.flows,
    total: { packets: sum.packets, bytes: sum.bytes },
    received: { packets: sum.receivedPackets, bytes: sum.receivedBytes },
    sent: {
      packets: sum.packets - sum.receivedPackets,
      bytes: sum.bytes - sum.receivedBytes,
    },
    packetsPerSecond: perSecond(sum.ratePackets, seconds),
    bitsPerSecond: perSecond(sum.rateBytes * 8, seconds),
    inBitsPerSecond: perSecond(sum.rateReceivedBytes * 8, seconds),
    outBitsPerSecond: perSecond((sum.rateBytes - sum.rateReceivedBytes) * 8, seconds),
    smoothedBitsPerSecond: sum.smoothed,
    firstSeenUs: sum.firstSeenUs,
    lastSeenUs: sum.lastSeenUs,
    filter: keys.map((key, i) => key.filter(sum.labels[i]!)).join(' and '),
  };
}

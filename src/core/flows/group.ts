// Flows added up by one or two keys: host, port, protocol, subnet, VLAN, tunnel, interface.
import { formatAddress } from '../format/address.js';
import { protocolName } from '../format/protocol.js';
import type { FlowGroup } from '../model/group.js';
import type { FieldContext, QueryColumns } from './field-context.js';
import { protocolRow, tunnelNames } from './fields.js';
import { type FlowQuery, matchingSlots } from './query.js';
import { perSecond, Rates } from './rates.js';

/** Cheap to make and to compare: a number wherever one will do. */
type Code = number | string;

/** What a flow belongs to by one key: one value, or two where both of its ends count ("host"). */
interface GroupKey {
  readonly name: string;
  readonly description: string;
  /** Of its only value, or of the value at its lower end. */
  code(columns: QueryColumns, slot: number): Code;
  /** Keys of both ends: the value at the higher end. */
  highCode?(columns: QueryColumns, slot: number): Code;
  /** As shown; asked once for a group, of the first flow in it. `high`: of the higher end. */
  label(columns: QueryColumns, context: FieldContext, slot: number, high: boolean): string;
  /** A filter word that selects what has this label. */
  filter(label: string): string;
}

const NO_VLAN = 0xffff;
const NONE = '-';
const IPV6 = 6;

function maskedBytes(bytes: Uint8Array, at: number, bits: number): Uint8Array {
  const masked = new Uint8Array(16);
  for (let i = 0; i < 16; i += 1) {
    const keep = Math.min(8, Math.max(0, bits - i * 8));
    masked[i] = bytes[at + i]! & (0xff00 >> keep);
  }
  return masked;
}

/** Groups by an address or its network; lengths of the prefix for both families. */
function byAddress(
  bits: { readonly v4: number; readonly v6: number },
  low: (columns: QueryColumns, slot: number) => boolean,
  bothEnds: boolean,
): Pick<GroupKey, 'code' | 'highCode' | 'label'> {
  const bytesOf = (columns: QueryColumns, useLow: boolean): Uint8Array =>
    useLow ? columns.lowAddress : columns.highAddress;
  const codeOf = (columns: QueryColumns, slot: number, useLow: boolean): Code => {
    const bytes = bytesOf(columns, useLow);
    const at = slot * 16;
    if (columns.family[slot] === IPV6)
      return formatAddress(maskedBytes(bytes, at, bits.v6), 0, IPV6);
    const word =
      (bytes[at + 12]! << 24) | (bytes[at + 13]! << 16) | (bytes[at + 14]! << 8) | bytes[at + 15]!;
    return bits.v4 === 0 ? 0 : word & (-1 << (32 - bits.v4));
  };
  return {
    code: (columns, slot) => codeOf(columns, slot, low(columns, slot)),
    ...(bothEnds && { highCode: (columns, slot) => codeOf(columns, slot, !low(columns, slot)) }),
    label: (columns, _context, slot, high) => {
      const family = columns.family[slot]!;
      const prefix = family === IPV6 ? bits.v6 : bits.v4;
      const whole = family === IPV6 ? 128 : 32;
      const bytes = bytesOf(columns, low(columns, slot) !== high);
      const masked = maskedBytes(bytes, slot * 16, prefix + (128 - whole));
      const address = formatAddress(masked, 0, family);
      return prefix === whole ? address : `${address}/${prefix}`;
    },
  };
}

const addressBits = { v4: 32, v6: 128 };
const lowEnd = (): boolean => true;
const sourceEnd = (columns: QueryColumns, slot: number): boolean => columns.sourceIsLow[slot] === 1;
const destinationEnd = (columns: QueryColumns, slot: number): boolean =>
  columns.sourceIsLow[slot] !== 1;

const subnet = (name: string, v4: number, v6: number, description: string): GroupKey => ({
  name,
  description,
  ...byAddress({ v4, v6 }, lowEnd, true),
  filter: (label) => `net ${label}`,
});

const servicePort = (columns: QueryColumns, slot: number): number =>
  columns.hasPorts[slot]
    ? (columns.sourceIsLow[slot] ? columns.highPort : columns.lowPort)[slot]!
    : -1;

export const groupKeys: readonly GroupKey[] = [
  {
    name: 'host',
    description: 'each address, whichever end it is: a flow counts at both',
    ...byAddress(addressBits, lowEnd, true),
    filter: (label) => `host ${label}`,
  },
  {
    name: 'source',
    description: 'address of the side that began',
    ...byAddress(addressBits, sourceEnd, false),
    filter: (label) => `src host ${label}`,
  },
  {
    name: 'destination',
    description: 'address of the other side',
    ...byAddress(addressBits, destinationEnd, false),
    filter: (label) => `dst host ${label}`,
  },
  {
    name: 'port',
    description: 'the service: port of the side that was called',
    code: servicePort,
    label: (columns, _context, slot) => {
      const port = servicePort(columns, slot);
      return port < 0 ? NONE : String(port);
    },
    filter: (label) => (label === NONE ? 'not port 0-65535' : `dst port ${label}`),
  },
  {
    name: 'protocol',
    description: 'innermost protocol',
    code: protocolRow,
    label: (columns, _context, slot) => protocolName(protocolRow(columns, slot)),
    filter: (label) => `proto = ${label}`,
  },
  subnet('subnet24', 24, 64, 'networks of 256 addresses (IPv6: /64), both ends'),
  subnet('subnet16', 16, 48, 'networks of 65,536 addresses (IPv6: /48), both ends'),
  subnet('subnet64', 32, 64, 'IPv6 networks of /64, IPv4 by host, both ends'),
  {
    name: 'vlan',
    description: 'outermost VLAN id',
    code: (columns, slot) => columns.vlan[slot * 4]!,
    label: (columns, _context, slot) => {
      const id = columns.vlan[slot * 4]!;
      return id === NO_VLAN ? NONE : String(id);
    },
    filter: (label) => (label === NONE ? 'not vlan >= 0' : `vlan ${label}`),
  },
  {
    name: 'tunnel',
    description: 'innermost tunnel and its id',
    code: (columns, slot) => columns.tunnelType[slot]! * 2 ** 32 + columns.tunnelId[slot]!,
    label: (columns, _context, slot) => {
      const type = tunnelNames[columns.tunnelType[slot]!];
      return type ? `${type} ${columns.tunnelId[slot]}` : NONE;
    },
    filter: (label) => {
      const [type, id] = label.split(' ');
      return label === NONE ? 'not tunnelid >= 0' : `tunnel = ${type} and tunnelid = ${id}`;
    },
  },
  {
    name: 'interface',
    description: 'interface that saw it',
    code: (columns, slot) => columns.interfaceIndex[slot]!,
    label: (columns, context, slot) => context.interfaceName(columns.interfaceIndex[slot]!),
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
  const [first, second] = keys;
  if (!first) return { groups: [], matched: 0 };
  const rates = new Rates(columns, context);
  const sums = new Map<Code, Map<Code, Sum>>();
  const ends = (key: GroupKey): readonly boolean[] => (key.highCode ? [false, true] : [false]);
  const codeAt = (key: GroupKey, slot: number, high: boolean): Code =>
    high && key.highCode ? key.highCode(columns, slot) : key.code(columns, slot);
  const sumOf = (slot: number, high: boolean, secondHigh: boolean): Sum => {
    const code = codeAt(first, slot, high);
    let inner = sums.get(code);
    if (!inner) {
      inner = new Map();
      sums.set(code, inner);
    }
    const secondCode = second ? codeAt(second, slot, secondHigh) : 0;
    let sum = inner.get(secondCode);
    if (!sum) {
      const labels = [first.label(columns, context, slot, high)];
      if (second) labels.push(second.label(columns, context, slot, secondHigh));
      sum = newSum(labels);
      inner.set(secondCode, sum);
    }
    return sum;
  };
  const add = (slot: number, sum: Sum): void => {
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
  const firstEnds = ends(first);
  const secondEnds = second ? ends(second) : [false];
  const done: Sum[] = [];
  for (const slot of matchingSlots(columns, context, query.filter)) {
    done.length = 0;
    for (const high of firstEnds) {
      for (const secondHigh of secondEnds) {
        const sum = sumOf(slot, high, secondHigh);
        // Both ends in one network: the flow counts there once.
        if (done.includes(sum)) continue;
        done.push(sum);
        add(slot, sum);
      }
    }
  }
  const flat = Array.from(sums.values(), (inner) => [...inner.values()]).flat();
  const groups = flat.map((sum) => finish(sum, keys, rates.seconds));
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

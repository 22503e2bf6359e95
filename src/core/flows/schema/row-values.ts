// Values of a row that more than one column makes: ends, counters by direction, tunnel, VLANs, sender.
import { formatAddress } from '../../format/address.js';
import { tunnelNames } from '../../format/tunnel.js';
import type { Counter } from '../../model/counter.js';
import type { Endpoint, Tunnel } from '../../model/endpoint.js';
import type { FlowRow } from '../../model/flow.js';
import { flowSeen, KNP_VLAN_TAGS_MAX } from '../../wire/layout.generated.js';
import type { RowColumns } from '../columns.generated.js';
import { NO_VLAN } from '../flow-constants.js';

type Columns = RowColumns;

const isLow = (columns: Columns, slot: number): boolean => columns.sourceIsLow[slot] === 1;

function endpoint(columns: Columns, slot: number, low: boolean): Endpoint {
  const address = low ? columns.lowAddress : columns.highAddress;
  const port = (low ? columns.lowPort : columns.highPort)[slot]!;
  return {
    address: formatAddress(address, slot * 16, columns.family[slot]!),
    port: columns.hasPorts[slot] !== 0 ? port : null,
  };
}

export const source = (columns: Columns, slot: number): Endpoint =>
  endpoint(columns, slot, isLow(columns, slot));
export const destination = (columns: Columns, slot: number): Endpoint =>
  endpoint(columns, slot, !isLow(columns, slot));

function equalEndpoints(columns: Columns, slot: number): boolean {
  if (columns.lowPort[slot] !== columns.highPort[slot]) return false;
  const { lowAddress, highAddress } = columns;
  for (let i = slot * 16; i < slot * 16 + 16; i += 1) {
    if (lowAddress[i] !== highAddress[i]) return false;
  }
  return true;
}

function oneWay(columns: Columns, slot: number, low: boolean): Counter {
  return {
    packets: (low ? columns.lowToHighPackets : columns.highToLowPackets)[slot]!,
    bytes: (low ? columns.lowToHighBytes : columns.highToLowBytes)[slot]!,
  };
}

const packetsOf = (columns: Columns, slot: number): number =>
  columns.lowToHighPackets[slot]! + columns.highToLowPackets[slot]!;
const bytesOf = (columns: Columns, slot: number): number =>
  columns.lowToHighBytes[slot]! + columns.highToLowBytes[slot]!;

/** Of a conversation with oneself all is forward. */
export function forward(columns: Columns, slot: number): Counter {
  if (!equalEndpoints(columns, slot)) return oneWay(columns, slot, isLow(columns, slot));
  return { packets: packetsOf(columns, slot), bytes: bytesOf(columns, slot) };
}

export function reverse(columns: Columns, slot: number): Counter {
  if (!equalEndpoints(columns, slot)) return oneWay(columns, slot, !isLow(columns, slot));
  return { packets: 0, bytes: 0 };
}

export function received(columns: Columns, slot: number): Counter {
  return { packets: columns.receivedPackets[slot]!, bytes: columns.receivedBytes[slot]! };
}

export function sent(columns: Columns, slot: number): Counter {
  return {
    packets: packetsOf(columns, slot) - columns.receivedPackets[slot]!,
    bytes: bytesOf(columns, slot) - columns.receivedBytes[slot]!,
  };
}

export function forwardDirection(columns: Columns, slot: number): FlowRow['forwardDirection'] {
  const low = isLow(columns, slot);
  const seen = columns.seen[slot]!;
  const inward = low ? flowSeen.receivedLowToHigh : flowSeen.receivedHighToLow;
  const outward = low ? flowSeen.sentLowToHigh : flowSeen.sentHighToLow;
  const answerIn = low ? flowSeen.receivedHighToLow : flowSeen.receivedLowToHigh;
  const answerOut = low ? flowSeen.sentHighToLow : flowSeen.sentLowToHigh;
  // An answer that comes in says that what it answers went out, where the request itself wasn't seen.
  const comesIn = (seen & inward) !== 0 || (seen & (outward | answerOut)) === answerOut;
  const goesOut = (seen & outward) !== 0 || (seen & (inward | answerIn)) === answerIn;
  if (comesIn && goesOut) return 'both';
  return goesOut ? 'out' : 'in';
}

export function vlan(columns: Columns, slot: number): number[] {
  const tags: number[] = [];
  for (let tag = 0; tag < KNP_VLAN_TAGS_MAX; tag += 1) {
    const id = columns.vlan[slot * KNP_VLAN_TAGS_MAX + tag]!;
    if (id === NO_VLAN) break;
    tags.push(id);
  }
  return tags;
}

export function tunnel(columns: Columns, slot: number): Tunnel | null {
  const type = tunnelNames[columns.tunnelType[slot]!];
  if (!type) return null;
  return {
    type,
    id: columns.tunnelId[slot]!,
    source: formatAddress(columns.tunnelSource, slot * 16),
    destination: formatAddress(columns.tunnelDestination, slot * 16),
  };
}

/** TCP flags of one direction. */
export function flags(columns: Columns, slot: number, isForward: boolean): number {
  const seen = columns.seen[slot]!;
  return (isLow(columns, slot) === isForward ? seen : seen >>> 8) & 0xff;
}

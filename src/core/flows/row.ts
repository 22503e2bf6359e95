// One slot of the columns → the object that is shown and printed. Only rows that leave the table become objects.
import { formatAddress } from '../format/address.js';
import { protocolName } from '../format/protocol.js';
import type { Tunnel } from '../model/endpoint.js';
import type { FlowRow } from '../model/flow.js';
import { flowSeen, KNP_VLAN_TAGS_MAX } from '../wire/layout.generated.js';
import type { FieldContext, QueryColumns } from './field-context.js';
import { protocolRow, tunnelNames } from './fields.js';
import { perSecond, type RateColumns, Rates } from './rates.js';
import { tcpStates } from './tcp-state.js';

/** The columns that a row is made of. */
export type RowSource = RateColumns &
  Pick<
    QueryColumns,
    | 'family'
    | 'fin'
    | 'firstSeenUs'
    | 'fragments'
    | 'hasPorts'
    | 'highAddress'
    | 'highPort'
    | 'icmpCode'
    | 'icmpType'
    | 'id'
    | 'interfaceIndex'
    | 'lastSeenUs'
    | 'lowAddress'
    | 'lowPort'
    | 'protocol'
    | 'receivedPackets'
    | 'rst'
    | 'seen'
    | 'smoothedBitsPerSecond'
    | 'sourceIsLow'
    | 'syn'
    | 'synAck'
    | 'tcpState'
    | 'tunnelDestination'
    | 'tunnelId'
    | 'tunnelSource'
    | 'tunnelType'
    | 'vlan'
  >;

const TCP = 6;
const ICMP = 1;
const ICMPV6 = 58;
const NO_VLAN = 0xffff;

function vlanOf(columns: RowSource, slot: number): number[] {
  const tags: number[] = [];
  for (let tag = 0; tag < KNP_VLAN_TAGS_MAX; tag += 1) {
    const id = columns.vlan[slot * KNP_VLAN_TAGS_MAX + tag]!;
    if (id === NO_VLAN) break;
    tags.push(id);
  }
  return tags;
}

function tunnelOf(columns: RowSource, slot: number): Tunnel | null {
  const type = tunnelNames[columns.tunnelType[slot]!];
  if (!type) return null;
  return {
    type,
    id: columns.tunnelId[slot]!,
    source: formatAddress(columns.tunnelSource, slot * 16),
    destination: formatAddress(columns.tunnelDestination, slot * 16),
  };
}

function equalEndpoints(columns: RowSource, slot: number): boolean {
  if (columns.lowPort[slot] !== columns.highPort[slot]) return false;
  const { lowAddress, highAddress } = columns;
  for (let i = slot * 16; i < slot * 16 + 16; i += 1) {
    if (lowAddress[i] !== highAddress[i]) return false;
  }
  return true;
}

function tcpOf(columns: RowSource, slot: number, low: boolean): FlowRow['tcp'] {
  if (columns.protocol[slot] !== TCP) return null;
  const sum = (column: Uint32Array): number => column[slot * 2]! + column[slot * 2 + 1]!;
  const fromLow = columns.seen[slot]! & 0xff;
  const fromHigh = (columns.seen[slot]! >>> 8) & 0xff;
  return {
    state: tcpStates[columns.tcpState[slot]!] ?? 'unknown',
    syn: sum(columns.syn),
    synAck: sum(columns.synAck),
    fin: sum(columns.fin),
    rst: sum(columns.rst),
    forwardFlags: low ? fromLow : fromHigh,
    reverseFlags: low ? fromHigh : fromLow,
  };
}

function directionOf(seen: number, low: boolean): FlowRow['forwardDirection'] {
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

/** Outside of the closure that a tick makes: V8 compiles a large closure for one tick's columns, and throws that away in the next. */
function makeRow(columns: RowSource, context: FieldContext, rates: Rates, slot: number): FlowRow {
  const low = columns.sourceIsLow[slot] === 1;
  const lowCount = {
    packets: columns.lowToHighPackets[slot]!,
    bytes: columns.lowToHighBytes[slot]!,
  };
  const highCount = {
    packets: columns.highToLowPackets[slot]!,
    bytes: columns.highToLowBytes[slot]!,
  };
  const total = {
    packets: lowCount.packets + highCount.packets,
    bytes: lowCount.bytes + highCount.bytes,
  };
  const loop = equalEndpoints(columns, slot);
  const received = {
    packets: columns.receivedPackets[slot]!,
    bytes: columns.receivedBytes[slot]!,
  };
  const hasPorts = columns.hasPorts[slot] !== 0;
  const family = columns.family[slot]!;
  const protocol = columns.protocol[slot]!;
  const lowEnd = {
    address: formatAddress(columns.lowAddress, slot * 16, family),
    port: hasPorts ? columns.lowPort[slot]! : null,
  };
  const highEnd = {
    address: formatAddress(columns.highAddress, slot * 16, family),
    port: hasPorts ? columns.highPort[slot]! : null,
  };
  const bytes = rates.bytes(slot);
  const receivedBytes = rates.receivedBytes(slot);
  const icmp = (protocol === ICMP || protocol === ICMPV6) && family !== 1;
  return {
    id: columns.id[slot]!,
    interface: context.interfaceName(columns.interfaceIndex[slot]!),
    protocol: protocolName(protocolRow(columns, slot)),
    source: low ? lowEnd : highEnd,
    destination: low ? highEnd : lowEnd,
    forward: loop ? total : low ? lowCount : highCount,
    reverse: loop ? { packets: 0, bytes: 0 } : low ? highCount : lowCount,
    packetsPerSecond: perSecond(rates.packets(slot), rates.seconds),
    bitsPerSecond: perSecond(bytes * 8, rates.seconds),
    inBitsPerSecond: perSecond(receivedBytes * 8, rates.seconds),
    outBitsPerSecond: perSecond((bytes - receivedBytes) * 8, rates.seconds),
    smoothedBitsPerSecond: columns.smoothedBitsPerSecond[slot]!,
    received,
    sent: { packets: total.packets - received.packets, bytes: total.bytes - received.bytes },
    forwardDirection: directionOf(columns.seen[slot]!, low),
    firstSeenUs: columns.firstSeenUs[slot]!,
    lastSeenUs: columns.lastSeenUs[slot]!,
    vlan: vlanOf(columns, slot),
    tunnel: tunnelOf(columns, slot),
    icmp: icmp ? { type: columns.icmpType[slot]!, code: columns.icmpCode[slot]! } : null,
    tcp: tcpOf(columns, slot, low),
    fragments: columns.fragments[slot]!,
  };
}

/** Makes rows of one tick: what all rows share is looked up once. */
export function rowMaker(columns: RowSource, context: FieldContext): (slot: number) => FlowRow {
  const rates = new Rates(columns, context);
  return (slot) => makeRow(columns, context, rates, slot);
}

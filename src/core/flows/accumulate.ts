// Adds one tick's records to the columns of their flows: counts, deltas, flags, who began.
import { type Batch, clockToMicroseconds } from '../wire/batch.js';
import { readU64 } from '../wire/words.js';
import {
  addToColumns,
  clearDeltas,
  type MutableFlowColumns,
  zeroColumns,
} from './columns.generated.js';
import { TCP } from './flow-constants.js';
import { hasSyn, LOW_TO_HIGH, NO_SYN, sourceIsLow } from './orientation.js';
import { highToLowIsReceived, lowToHighIsReceived } from './received.js';
import * as at from './record-words.js';
import { startsNewConnection, tcpStateOf } from './tcp-state.js';

/**
 * Writes what differs. A page of a column that was never written isn't resident, and most flows of a flood have no answer, no tunnel,
 * no FIN and no RST: of 308 bytes a flow 130 are never touched.
 */
export function put(column: Float64Array | Uint32Array, at: number, value: number): void {
  if (column[at] !== value) column[at] = value;
}

export function addRecord(
  columns: MutableFlowColumns,
  batch: Batch,
  words: Uint32Array,
  base: number,
  slot: number,
  isNew: boolean,
): void {
  const lowToHighPackets = readU64(words, base + at.PACKETS);
  const highToLowPackets = readU64(words, base + at.PACKETS + 2);
  const lowToHighBytes = readU64(words, base + at.BYTES);
  const highToLowBytes = readU64(words, base + at.BYTES + 2);
  const seen = words[base + at.SEEN]!;
  const resumed = !isNew && columns.touchedTick[slot]! < columns.segmentTick;
  const isFirstOfTick = columns.touchedTick[slot] !== columns.tick;
  if (isFirstOfTick) {
    columns.touchedTick[slot] = columns.tick;
    columns.touched[columns.touchedCount++] = slot;
    columns.isNew[slot] = isNew ? 1 : 0;
    put(columns.deltaLowToHighPackets, slot, lowToHighPackets);
    put(columns.deltaHighToLowPackets, slot, highToLowPackets);
    put(columns.deltaLowToHighBytes, slot, lowToHighBytes);
    put(columns.deltaHighToLowBytes, slot, highToLowBytes);
    columns.deltaSeen[slot] = seen;
    if (columns.hasTcpDeltas[slot]) clearTcpDeltas(columns, slot);
  } else {
    columns.deltaLowToHighPackets[slot]! += lowToHighPackets;
    columns.deltaHighToLowPackets[slot]! += highToLowPackets;
    columns.deltaLowToHighBytes[slot]! += lowToHighBytes;
    columns.deltaHighToLowBytes[slot]! += highToLowBytes;
    columns.deltaSeen[slot]! |= seen;
  }
  if (lowToHighPackets + lowToHighBytes !== 0) {
    columns.lowToHighPackets[slot]! += lowToHighPackets;
    columns.lowToHighBytes[slot]! += lowToHighBytes;
    if (lowToHighIsReceived(seen)) {
      columns.receivedPackets[slot]! += lowToHighPackets;
      columns.receivedBytes[slot]! += lowToHighBytes;
    }
  }
  if (highToLowPackets + highToLowBytes !== 0) {
    columns.highToLowPackets[slot]! += highToLowPackets;
    columns.highToLowBytes[slot]! += highToLowBytes;
    if (highToLowIsReceived(seen)) {
      columns.receivedPackets[slot]! += highToLowPackets;
      columns.receivedBytes[slot]! += highToLowBytes;
    }
  }
  columns.seen[slot]! |= seen;
  addToColumns(columns, words, base, slot, isNew, isFirstOfTick);
  const lastSeenUs = clockToMicroseconds(batch, words, base + at.LAST_SEEN);
  if (lastSeenUs > columns.lastSeenUs[slot]!) columns.lastSeenUs[slot] = lastSeenUs;
  if (resumed) resume(columns, batch, words, base, slot);
  if (columns.isNew[slot] && !isNew) addDuplicate(columns, batch, words, base, slot);
  if (columns.protocol[slot] === TCP) addTcp(columns, words, base, slot, seen);
}

/** A flow of an earlier segment, whose times may be later ones: its first packet is the earliest of all. */
function resume(
  columns: MutableFlowColumns,
  batch: Batch,
  words: Uint32Array,
  base: number,
  slot: number,
): void {
  const firstSeenUs = clockToMicroseconds(batch, words, base + at.FIRST_SEEN);
  if (firstSeenUs < columns.firstSeenUs[slot]!) columns.firstSeenUs[slot] = firstSeenUs;
}

/** A second entry of the flow's first epoch (two CPUs inserted at once): where it is older, it saw the flow begin. */
function addDuplicate(
  columns: MutableFlowColumns,
  batch: Batch,
  words: Uint32Array,
  base: number,
  slot: number,
): void {
  const firstSeenUs = clockToMicroseconds(batch, words, base + at.FIRST_SEEN);
  if (firstSeenUs >= columns.firstSeenUs[slot]!) return;
  columns.firstSeenUs[slot] = firstSeenUs;
  if (!columns.sourceBySyn[slot]) orient(columns, words, base, slot);
}

function addTcp(
  columns: MutableFlowColumns,
  words: Uint32Array,
  base: number,
  slot: number,
  seen: number,
): void {
  const syn = words[base + at.SYN]! + words[base + at.SYN + 1]!;
  const others =
    words[base + at.SYN_ACK]! |
    words[base + at.SYN_ACK + 1]! |
    words[base + at.FIN]! |
    words[base + at.FIN + 1]! |
    words[base + at.RST]! |
    words[base + at.RST + 1]!;
  if (syn !== 0 || others !== 0) addTcpCounts(columns, words, base, slot);
  if (syn > 0 && !columns.sourceBySyn[slot]) {
    const firstSynDirection = words[base + at.FIRST_PACKET]! >>> 24;
    columns.sourceBySyn[slot] = 1;
    columns.sourceIsLow[slot] = hasSyn(firstSynDirection) && firstSynDirection !== 0 ? 0 : 1;
  }
  if (syn > 0 && startsNewConnection(columns.tcpState[slot]!)) columns.connectionFlags[slot] = 0;
  const flags = columns.connectionFlags[slot]! | (seen & 0xffff);
  columns.connectionFlags[slot] = flags;
  const fromLow = flags & 0xff;
  const fromHigh = flags >>> 8;
  columns.tcpState[slot] = columns.sourceIsLow[slot]
    ? tcpStateOf(fromLow, fromHigh)
    : tcpStateOf(fromHigh, fromLow);
}

function addTcpCounts(
  columns: MutableFlowColumns,
  words: Uint32Array,
  base: number,
  slot: number,
): void {
  columns.hasTcpDeltas[slot] = 1;
  for (let direction = 0; direction < 2; direction += 1) {
    const side = slot * 2 + direction;
    const syn = words[base + at.SYN + direction]!;
    const synAck = words[base + at.SYN_ACK + direction]!;
    const fin = words[base + at.FIN + direction]!;
    const rst = words[base + at.RST + direction]!;
    if (syn !== 0) {
      columns.syn[side]! += syn;
      columns.deltaSyn[side]! += syn;
    }
    if (synAck !== 0) {
      columns.synAck[side]! += synAck;
      columns.deltaSynAck[side]! += synAck;
    }
    if (fin !== 0) {
      columns.fin[side]! += fin;
      columns.deltaFin[side]! += fin;
    }
    if (rst !== 0) {
      columns.rst[side]! += rst;
      columns.deltaRst[side]! += rst;
    }
  }
}

/** Deltas of flows that went silent; those of active ones were overwritten as their record came. */
export function clearSilent(columns: MutableFlowColumns): void {
  const { previouslyTouched, previouslyTouchedCount, touchedTick, tick } = columns;
  for (let i = 0; i < previouslyTouchedCount; i += 1) {
    const slot = previouslyTouched[i]!;
    if (touchedTick[slot] === tick) continue;
    columns.isNew[slot] = 0;
    columns.deltaSeen[slot] = 0;
    put(columns.deltaLowToHighPackets, slot, 0);
    put(columns.deltaHighToLowPackets, slot, 0);
    put(columns.deltaLowToHighBytes, slot, 0);
    put(columns.deltaHighToLowBytes, slot, 0);
    if (columns.hasTcpDeltas[slot]) clearTcpDeltas(columns, slot);
    clearDeltas(columns, slot);
  }
}

function clearTcpDeltas(columns: MutableFlowColumns, slot: number): void {
  const { deltaSyn, deltaSynAck, deltaFin, deltaRst, hasTcpDeltas } = columns;
  for (let side = slot * 2; side < slot * 2 + 2; side += 1) {
    put(deltaSyn, side, 0);
    put(deltaSynAck, side, 0);
    put(deltaFin, side, 0);
    put(deltaRst, side, 0);
  }
  hasTcpDeltas[slot] = 0;
}

export function orient(
  columns: MutableFlowColumns,
  words: Uint32Array,
  base: number,
  slot: number,
): void {
  const firstPacket = words[base + at.FIRST_PACKET]!;
  const firstSynDirection = firstPacket >>> 24;
  const tcp = columns.protocol[slot] === TCP;
  const bySyn = tcp && hasSyn(firstSynDirection);
  columns.sourceBySyn[slot] = bySyn ? 1 : 0;
  if (bySyn) {
    columns.sourceIsLow[slot] = firstSynDirection === LOW_TO_HIGH ? 1 : 0;
    return;
  }
  columns.sourceIsLow[slot] = sourceIsLow({
    firstDirection: firstPacket & 0xff,
    firstSynDirection: NO_SYN,
    synAckLowToHigh: tcp ? words[base + at.SYN_ACK]! : 0,
    synAckHighToLow: tcp ? words[base + at.SYN_ACK + 1]! : 0,
    hasPorts: columns.hasPorts[slot] !== 0,
    lowPort: columns.lowPort[slot]!,
    highPort: columns.highPort[slot]!,
  })
    ? 1
    : 0;
}

/** Only where this flow or the one before it in its slot is in a tunnel: else there are zeros. */
export function putTunnelEnds(
  columns: MutableFlowColumns,
  words: Uint32Array,
  base: number,
  slot: number,
): void {
  for (let i = 0; i < 4; i += 1) {
    put(columns.tunnelSourceWords, slot * 4 + i, words[base + at.TUNNEL_SOURCE + i]!);
    put(columns.tunnelDestinationWords, slot * 4 + i, words[base + at.TUNNEL_DESTINATION + i]!);
  }
}

export function zeroCounts(columns: MutableFlowColumns, slot: number): void {
  put(columns.lowToHighPackets, slot, 0);
  put(columns.highToLowPackets, slot, 0);
  put(columns.lowToHighBytes, slot, 0);
  put(columns.highToLowBytes, slot, 0);
  put(columns.receivedPackets, slot, 0);
  put(columns.receivedBytes, slot, 0);
  columns.seen[slot] = 0;
  zeroColumns(columns, slot);
  columns.connectionFlags[slot] = 0;
  columns.tcpState[slot] = 0;
  put(columns.smoothedBitsPerSecond, slot, 0);
  for (let side = slot * 2; side < slot * 2 + 2; side += 1) {
    put(columns.syn, side, 0);
    put(columns.synAck, side, 0);
    put(columns.fin, side, 0);
    put(columns.rst, side, 0);
  }
}

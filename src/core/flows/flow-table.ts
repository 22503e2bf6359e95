// All conversations known to user space: adds up each tick's records, ages them, and says what has left.

import { FLOW_SMOOTHING_SECONDS, smoothingShare } from '../format/smoothing.js';
import type { FlowEndReason } from '../model/consumer.js';
import type { Counter } from '../model/counter.js';
import { type Batch, clockToMicroseconds } from '../wire/batch.js';
import { KNP_VLAN_TAGS_MAX } from '../wire/layout.generated.js';
import { readU64 } from '../wire/words.js';
import { addRecord, clearSilent, orient, put, putTunnelEnds, zeroCounts } from './accumulate.js';
import { MutableFlowColumns } from './columns.generated.js';
import { EndedFlows } from './ended-flows.js';
import { nextFlowId, slotOfFlowId } from './flow-id.js';
import { FlowIndex } from './flow-index.js';
import { IdleOrder } from './idle-order.js';
import * as at from './record-words.js';
import { isOver } from './tcp-state.js';

/** The default's whole table at once: pages that no flow has touched cost nothing, while columns outgrown would wait for a collection. */
const FIRST_CAPACITY = 262_144;
/** The index is scattered over by its first flows: it grows as it is filled. */
const FIRST_INDEX_CAPACITY = 65_536;
/** A closed or reset TCP flow, and one of a removed interface, is removed after this share of the timeout. */
const CLOSED_SHARE = 0.1;
/** Below one bit a second a smoothed rate is nothing. */
const SMOOTHED_FLOOR = 1;

export interface FlowTableOptions {
  /** Cap on flows; the one idle longest is evicted. */
  readonly capacity: number;
  /** 0: idle flows are never removed. */
  readonly timeoutSeconds: number;
}

export class FlowTable {
  readonly #capacityLimit: number;
  readonly #timeoutUs: number;
  #capacity: number;
  #columns: MutableFlowColumns;
  #index: FlowIndex;
  #free: number[] = [];
  #expiredPackets = 0;
  #expiredBytes = 0;
  #segmentBegins = false;
  readonly #idleOrder = new IdleOrder();
  #ended: EndedFlows | null = null;

  constructor(options: FlowTableOptions) {
    this.#capacityLimit = options.capacity;
    this.#timeoutUs = options.timeoutSeconds * 1e6;
    this.#capacity = Math.min(FIRST_CAPACITY, options.capacity);
    this.#columns = new MutableFlowColumns(this.#capacity, null);
    this.#index = new FlowIndex(Math.min(FIRST_INDEX_CAPACITY, this.#capacity));
  }

  /** Valid until the next `apply`: the arrays are replaced when the table grows. */
  get columns(): MutableFlowColumns {
    return this.#columns;
  }

  /** The slot of a flow that is still in the table; -1: it has left, or never was. */
  slotOf(id: number): number {
    const slot = slotOfFlowId(id);
    const { used, id: ids } = this.#columns;
    return used[slot] === 1 && ids[slot] === id ? slot : -1;
  }

  /** Flows removed from the table, and flows that it never held because it was full. */
  get expired(): Counter {
    return { packets: this.#expiredPackets, bytes: this.#expiredBytes };
  }

  /** Flows that ended in the last tick; null where they were never requested. */
  get ended(): EndedFlows | null {
    return this.#ended;
  }

  /** Removed flows are kept for one tick, from the next one on. */
  keepEnded(wanted: boolean): void {
    if (!wanted) this.#ended = null;
    else this.#ended ??= new EndedFlows();
  }

  /**
   * One tick: what was new in the last one is forgotten, the batch is added, idle flows leave. `present`: indexes of the interfaces that
   * are still there; null: all.
   */
  apply(
    batch: Batch,
    nowUs: number,
    intervalSeconds: number,
    present: ReadonlySet<number> | null = null,
  ): void {
    this.#beginTick();
    if (this.#segmentBegins) this.#leaveSegment();
    this.#applyRecords(batch);
    clearSilent(this.#columns);
    this.#smooth(intervalSeconds);
    if (this.#timeoutUs > 0) this.#expireIdle(nowUs, present);
  }

  /** The next tick begins a capture's new segment: time has jumped back. */
  beginSegment(): void {
    this.#segmentBegins = true;
  }

  /**
   * How long a flow has been idle is known no longer: with a timeout those of the segment before leave. Others stay, with the earliest and
   * the latest time of all segments.
   */
  #leaveSegment(): void {
    const columns = this.#columns;
    this.#segmentBegins = false;
    columns.segmentTick = columns.tick;
    for (let slot = 0; slot < columns.highWater; slot += 1) {
      if (!columns.used[slot]) continue;
      if (this.#timeoutUs > 0) this.#remove(slot, 'idle');
      else put(columns.smoothedBitsPerSecond, slot, 0);
    }
  }

  #beginTick(): void {
    const columns = this.#columns;
    const touched = columns.previouslyTouched;
    columns.previouslyTouched = columns.touched;
    columns.previouslyTouchedCount = columns.touchedCount;
    columns.touched = touched;
    columns.touchedCount = 0;
    columns.tick += 1;
    this.#ended?.clear();
  }

  /** False at the cap. */
  #grow(): boolean {
    if (this.#capacity >= this.#capacityLimit) return false;
    this.#capacity = Math.min(this.#capacityLimit, this.#capacity * 2);
    this.#columns = new MutableFlowColumns(this.#capacity, this.#columns);
    return true;
  }

  #growIndex(): void {
    this.#index = new FlowIndex(Math.min(this.#capacityLimit, this.#index.capacity * 2));
    const { used, highWater, fingerprintLow, fingerprintHigh } = this.#columns;
    for (let slot = 0; slot < highWater; slot += 1) {
      if (used[slot]) this.#index.insert(fingerprintLow[slot]!, fingerprintHigh[slot]!, slot);
    }
  }

  #applyRecords(batch: Batch): void {
    const { words } = batch;
    for (let record = 0; record < batch.flowCount; record += 1) {
      const base = batch.flowsWord + record * at.RECORD_WORDS;
      let slot = this.#find(words, base);
      const isNew = slot < 0;
      if (isNew) slot = this.#insert(batch, words, base);
      if (slot >= 0) {
        addRecord(this.#columns, batch, words, base, slot, isNew);
      } else {
        this.#expiredPackets +=
          readU64(words, base + at.PACKETS) + readU64(words, base + at.PACKETS + 2);
        this.#expiredBytes += readU64(words, base + at.BYTES) + readU64(words, base + at.BYTES + 2);
      }
    }
  }

  #find(words: Uint32Array, base: number): number {
    const { pairs, mask } = this.#index;
    const high = words[base + at.FINGERPRINT + 1]!;
    let position = words[base + at.FINGERPRINT]! & mask;
    for (;;) {
      const entry = pairs[position * 2]!;
      if (entry === 0) return -1;
      if (pairs[position * 2 + 1] === high && this.#sameKey(words, base, entry - 1)) {
        return entry - 1;
      }
      position = (position + 1) & mask;
    }
  }

  #sameKey(words: Uint32Array, base: number, slot: number): boolean {
    const columns = this.#columns;
    const kind = words[base + at.KIND]!;
    const ports = words[base + at.PORTS]!;
    if (
      columns.fingerprintLow[slot] !== words[base + at.FINGERPRINT] ||
      columns.interfaceIndex[slot] !== words[base + at.INTERFACE_INDEX] ||
      columns.tunnelId[slot] !== words[base + at.TUNNEL_ID] ||
      columns.lowPort[slot] !== (ports & 0xffff) ||
      columns.highPort[slot] !== ports >>> 16 ||
      columns.protocol[slot] !== (kind & 0xff) ||
      columns.family[slot] !== ((kind >>> 8) & 0xff) ||
      columns.tunnelType[slot] !== ((kind >>> 16) & 0xff) ||
      columns.hasPorts[slot] !== kind >>> 24
    ) {
      return false;
    }
    const { lowAddressWords, highAddressWords, vlanWords } = columns;
    for (let i = 0; i < 4; i += 1) {
      if (
        lowAddressWords[slot * 4 + i] !== words[base + at.LOW_ADDRESS + i] ||
        highAddressWords[slot * 4 + i] !== words[base + at.HIGH_ADDRESS + i]
      ) {
        return false;
      }
    }
    for (let i = 0; i < KNP_VLAN_TAGS_MAX / 2; i += 1) {
      if (vlanWords[slot * (KNP_VLAN_TAGS_MAX / 2) + i] !== words[base + at.VLAN + i]) return false;
    }
    return true;
  }

  /** A new slot with the record's key and no counts yet; -1 where no flow may make room. */
  #insert(batch: Batch, words: Uint32Array, base: number): number {
    const unused = this.#columns.highWater;
    const slot = this.#takeSlot();
    if (slot < 0) return -1;
    const columns = this.#columns;
    // All its cells are zero: skipping them makes a flood's first tick a fifth faster.
    const isUnused = slot === unused;
    const kind = words[base + at.KIND]!;
    const ports = words[base + at.PORTS]!;
    const firstPacket = words[base + at.FIRST_PACKET]!;
    if (columns.count >= this.#index.capacity) this.#growIndex();
    columns.used[slot] = 1;
    columns.isNew[slot] = 1;
    columns.id[slot] = nextFlowId(columns.id[slot]!, slot);
    columns.fingerprintLow[slot] = words[base + at.FINGERPRINT]!;
    columns.fingerprintHigh[slot] = words[base + at.FINGERPRINT + 1]!;
    columns.lowPort[slot] = ports & 0xffff;
    columns.highPort[slot] = ports >>> 16;
    columns.interfaceIndex[slot] = words[base + at.INTERFACE_INDEX]!;
    put(columns.tunnelId, slot, words[base + at.TUNNEL_ID]!);
    columns.protocol[slot] = kind & 0xff;
    columns.family[slot] = (kind >>> 8) & 0xff;
    const tunnelType = (kind >>> 16) & 0xff;
    if (tunnelType !== 0 || columns.tunnelType[slot] !== 0)
      putTunnelEnds(columns, words, base, slot);
    columns.tunnelType[slot] = tunnelType;
    columns.hasPorts[slot] = kind >>> 24;
    columns.icmpType[slot] = (firstPacket >>> 8) & 0xff;
    columns.icmpCode[slot] = (firstPacket >>> 16) & 0xff;
    for (let i = 0; i < 4; i += 1) {
      columns.lowAddressWords[slot * 4 + i] = words[base + at.LOW_ADDRESS + i]!;
      columns.highAddressWords[slot * 4 + i] = words[base + at.HIGH_ADDRESS + i]!;
    }
    for (let i = 0; i < KNP_VLAN_TAGS_MAX / 2; i += 1) {
      columns.vlanWords[slot * (KNP_VLAN_TAGS_MAX / 2) + i] = words[base + at.VLAN + i]!;
    }
    if (!isUnused) zeroCounts(columns, slot);
    columns.firstSeenUs[slot] = clockToMicroseconds(batch, words, base + at.FIRST_SEEN);
    columns.lastSeenUs[slot] = columns.firstSeenUs[slot]!;
    orient(columns, words, base, slot);
    this.#index.insert(words[base + at.FINGERPRINT]!, words[base + at.FINGERPRINT + 1]!, slot);
    columns.count += 1;
    return slot;
  }

  #takeSlot(): number {
    const free = this.#free.pop();
    if (free !== undefined) return free;
    if (this.#columns.highWater < this.#capacity || this.#grow()) return this.#columns.highWater++;
    const columns = this.#columns;
    const idle = this.#idleOrder.take(columns);
    if (idle >= 0) {
      this.#remove(idle, 'evicted');
      this.#free.pop();
    }
    return idle;
  }

  #smooth(intervalSeconds: number): void {
    if (!(intervalSeconds > 0)) return;
    const { used, highWater, smoothedBitsPerSecond, deltaLowToHighBytes, deltaHighToLowBytes } =
      this.#columns;
    const weight = smoothingShare(intervalSeconds, FLOW_SMOOTHING_SECONDS);
    for (let slot = 0; slot < highWater; slot += 1) {
      if (!used[slot]) continue;
      const before = smoothedBitsPerSecond[slot]!;
      const bits = (deltaLowToHighBytes[slot]! + deltaHighToLowBytes[slot]!) * 8;
      if (before === 0 && bits === 0) continue;
      const now = before + weight * (bits / intervalSeconds - before);
      smoothedBitsPerSecond[slot] = now < SMOOTHED_FLOOR ? 0 : now;
    }
  }

  #expireIdle(nowUs: number, present: ReadonlySet<number> | null): void {
    const { used, touchedTick, tick, lastSeenUs, tcpState, interfaceIndex, highWater } =
      this.#columns;
    const limit = nowUs - this.#timeoutUs;
    const closedLimit = nowUs - this.#timeoutUs * CLOSED_SHARE;
    for (let slot = 0; slot < highWater; slot += 1) {
      if (!used[slot] || touchedTick[slot] === tick || lastSeenUs[slot]! > closedLimit) continue;
      if (isOver(tcpState[slot]!)) this.#remove(slot, 'closed');
      else if (present?.has(interfaceIndex[slot]!) === false) this.#remove(slot, 'interface_gone');
      else if (lastSeenUs[slot]! <= limit) this.#remove(slot, 'idle');
    }
  }

  #remove(slot: number, reason: FlowEndReason): void {
    const columns = this.#columns;
    this.#ended?.add(columns, slot, reason);
    this.#expiredPackets += columns.lowToHighPackets[slot]! + columns.highToLowPackets[slot]!;
    this.#expiredBytes += columns.lowToHighBytes[slot]! + columns.highToLowBytes[slot]!;
    this.#index.remove(slot, columns.fingerprintLow);
    columns.used[slot] = 0;
    columns.count -= 1;
    this.#free.push(slot);
  }
}

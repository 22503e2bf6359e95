// event_records out of the ring buffer → Kernel event objects that read their record in place.
import type { KernelEvent, KernelEventType } from '../model/kernel-event.js';
import type { Batch } from './batch.js';
import {
  eventRecordLayout,
  eventType,
  interfaceDirection,
  KNP_VLAN_TAGS_MAX,
} from './layout.generated.js';
import { nanosecondsToMicroseconds } from './words.js';

const at = eventRecordLayout.offset;

const typeNames: readonly (KernelEventType | undefined)[] = (() => {
  const names: (KernelEventType | undefined)[] = [];
  names[eventType.malformed] = 'malformed';
  names[eventType.tcpFlags] = 'tcp_flags';
  names[eventType.arp] = 'arp';
  names[eventType.neighbour] = 'neighbour';
  names[eventType.icmpError] = 'icmp_error';
  names[eventType.fragment] = 'fragment';
  names[eventType.ipOption] = 'ip_option';
  names[eventType.payload] = 'payload';
  names[eventType.packet] = 'packet';
  names[eventType.sourceMac] = 'source_mac';
  names[eventType.untracked] = 'untracked';
  names[eventType.lowTtl] = 'low_ttl';
  return names;
})();

const NO_VLAN = 0xffff;
/** The addon lays each record on a multiple of this. */
const RECORD_ALIGNMENT = 8;
/** "More fragments" rides in the top bit of ip_flags (records.h). */
const MORE_FRAGMENTS = 0x8000;

/** How the programs' clock becomes time: from the batch of the same tick. */
export type KernelEventClock = Pick<
  Batch,
  'capturedAtUs' | 'clockAtCapture' | 'clockNsPerUnit' | 'clockIsNanoseconds'
>;

const NO_TAGS: readonly number[] = [];

/** What all kernel events of one buffer share. */
class KernelEventBuffer {
  readonly view: DataView;
  readonly bytes: Uint8Array;
  /** The clock's figures by themselves: the batch that they came with goes back to its pool. */
  readonly #clock: KernelEventClock;

  constructor(
    buffer: ArrayBuffer,
    { capturedAtUs, clockAtCapture, clockNsPerUnit, clockIsNanoseconds }: KernelEventClock,
    readonly interfaceName: (index: number) => string,
  ) {
    this.view = new DataView(buffer);
    this.bytes = new Uint8Array(buffer);
    this.#clock = { capturedAtUs, clockAtCapture, clockNsPerUnit, clockIsNanoseconds };
  }

  timeUs(low: number, high: number): number {
    const clock = this.#clock;
    if (clock.clockIsNanoseconds) return nanosecondsToMicroseconds(low, high);
    const age = clock.clockAtCapture - (high * 4_294_967_296 + low);
    return Math.floor(clock.capturedAtUs - (age * clock.clockNsPerUnit) / 1000);
  }
}

/**
 * A record in place: fields are read when a rule needs them. Thousands of kernel events a second come even of quiet networks, and of
 * most of them a rule looks at a port or two; six views into the buffer for each were a third of all that a tick left to collect.
 */
class RecordedKernelEvent implements KernelEvent {
  readonly type: KernelEventType;
  readonly #from: KernelEventBuffer;
  readonly #start: number;
  #payload: Uint8Array | null = null;
  #sourceAddress: Uint8Array | null = null;
  #destinationAddress: Uint8Array | null = null;

  constructor(from: KernelEventBuffer, start: number, type: KernelEventType) {
    this.type = type;
    this.#from = from;
    this.#start = start;
  }

  #u8(offset: number): number {
    return this.#from.bytes[this.#start + offset]!;
  }

  #u16(offset: number): number {
    return this.#from.view.getUint16(this.#start + offset, true);
  }

  #u32(offset: number): number {
    return this.#from.view.getUint32(this.#start + offset, true);
  }

  #slice(offset: number, length: number): Uint8Array {
    const first = this.#start + offset;
    return this.#from.bytes.subarray(first, first + length);
  }

  get timeUs(): number {
    return this.#from.timeUs(this.#u32(at.time), this.#u32(at.time + 4));
  }
  get interfaceIndex(): number {
    return this.#u32(at.interfaceIndex);
  }
  get interface(): string {
    return this.#from.interfaceName(this.interfaceIndex);
  }
  get sourceAddress(): Uint8Array {
    this.#sourceAddress ??= this.#slice(at.sourceAddress, 16);
    return this.#sourceAddress;
  }
  get destinationAddress(): Uint8Array {
    this.#destinationAddress ??= this.#slice(at.destinationAddress, 16);
    return this.#destinationAddress;
  }
  get addressBytes(): Uint8Array {
    return this.#from.bytes;
  }
  get sourceAddressAt(): number {
    return this.#start + at.sourceAddress;
  }
  get destinationAddressAt(): number {
    return this.#start + at.destinationAddress;
  }
  get sourcePort(): number {
    return this.#u16(at.sourcePort);
  }
  get destinationPort(): number {
    return this.#u16(at.destinationPort);
  }
  get protocol(): number {
    return this.#u8(at.protocol);
  }
  get family(): number {
    return this.#u8(at.family);
  }
  get received(): boolean {
    return this.#u8(at.direction) === interfaceDirection.received;
  }
  get reason(): number {
    return this.#u16(at.reason);
  }
  get tcpFlags(): number {
    return this.#u8(at.tcpFlags);
  }
  get timeToLive(): number {
    return this.#u8(at.timeToLive);
  }
  get tcpSequence(): number {
    return this.#u32(at.tcpSequence);
  }
  get tunnelType(): number {
    return this.#u8(at.tunnelType);
  }
  get tunnelId(): number {
    return this.#u32(at.tunnelId);
  }
  get vlan(): readonly number[] {
    if (this.#u16(at.vlan) === NO_VLAN) return NO_TAGS;
    const tags: number[] = [];
    for (let tag = 0; tag < KNP_VLAN_TAGS_MAX; tag += 1) {
      const id = this.#u16(at.vlan + tag * 2);
      if (id !== NO_VLAN) tags.push(id);
    }
    return tags;
  }
  get frameLength(): number {
    return this.#u32(at.frameLength);
  }
  get packetPayloadLength(): number {
    return this.#u16(at.packetPayloadLength);
  }
  get fragmentOffset(): number {
    return this.#u16(at.fragmentOffset);
  }
  get moreFragments(): boolean {
    return (this.#u16(at.ipFlags) & MORE_FRAGMENTS) !== 0;
  }
  get ipIdentification(): number {
    return this.#u32(at.ipIdentification);
  }
  get sourceMac(): Uint8Array {
    return this.#slice(at.sourceMac, 6);
  }
  get destinationMac(): Uint8Array {
    return this.#slice(at.destinationMac, 6);
  }
  get payload(): Uint8Array {
    this.#payload ??= this.#slice(eventRecordLayout.size, this.payloadLength);
    return this.#payload;
  }
  get payloadLength(): number {
    return this.#u16(at.payloadLength);
  }
  payloadByte(index: number): number {
    return index < this.payloadLength ? this.#u8(eventRecordLayout.size + index) : -1;
  }
}

/** Appends to `into`; returns how many records were rejected. Kernel events keep views into `buffer`: it must not be reused. */
export function decodeKernelEvents(
  buffer: ArrayBuffer,
  clock: KernelEventClock,
  interfaceName: (index: number) => string,
  into: KernelEvent[],
): number {
  const from = new KernelEventBuffer(buffer, clock, interfaceName);
  const { view, bytes } = from;
  let start = 0;
  let rejected = 0;
  while (start + eventRecordLayout.size <= bytes.length) {
    const length = view.getUint16(start + at.length, true);
    const payloadLength = view.getUint16(start + at.payloadLength, true);
    const whole =
      length >= eventRecordLayout.size &&
      start + length <= bytes.length &&
      eventRecordLayout.size + payloadLength <= length;
    // Without a believable length the next record can't be found: the rest of this buffer is lost, as one.
    if (!whole) return rejected + 1;
    const type = typeNames[view.getUint16(start + at.type, true)];
    if (type) into.push(new RecordedKernelEvent(from, start, type));
    else rejected += 1;
    start += Math.ceil(length / RECORD_ALIGNMENT) * RECORD_ALIGNMENT;
  }
  return start >= bytes.length ? rejected : rejected + 1;
}

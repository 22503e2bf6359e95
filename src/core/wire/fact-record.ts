// fact_records out of the ring buffer → Fact objects. Facts are rare, so objects are affordable here.
import type { Fact, FactType } from '../model/fact.js';
import type { Batch } from './batch.js';
import {
  factRecordLayout,
  factType,
  interfaceDirection,
  KNP_VLAN_TAGS_MAX,
} from './layout.generated.js';
import { nanosecondsToMicroseconds } from './words.js';

const at = factRecordLayout.offset;

const typeNames: readonly (FactType | undefined)[] = (() => {
  const names: (FactType | undefined)[] = [];
  names[factType.malformed] = 'malformed';
  names[factType.tcpFlags] = 'tcp_flags';
  names[factType.arp] = 'arp';
  names[factType.neighbour] = 'neighbour';
  names[factType.icmpError] = 'icmp_error';
  names[factType.fragment] = 'fragment';
  names[factType.ipOption] = 'ip_option';
  names[factType.payload] = 'payload';
  names[factType.packet] = 'packet';
  names[factType.sourceMac] = 'source_mac';
  names[factType.untracked] = 'untracked';
  names[factType.lowTtl] = 'low_ttl';
  return names;
})();

const NO_VLAN = 0xffff;
/** The addon lays each record on a multiple of this. */
const RECORD_ALIGNMENT = 8;
/** "More fragments" rides in the top bit of ip_flags (records.h). */
const MORE_FRAGMENTS = 0x8000;

/** How the programs' clock becomes time: from the batch of the same tick. */
export type FactClock = Pick<
  Batch,
  'capturedAtUs' | 'clockAtCapture' | 'clockNsPerUnit' | 'clockIsNanoseconds'
>;

function vlanTags(view: DataView, offset: number): number[] {
  const tags: number[] = [];
  for (let tag = 0; tag < KNP_VLAN_TAGS_MAX; tag += 1) {
    const id = view.getUint16(offset + tag * 2, true);
    if (id !== NO_VLAN) tags.push(id);
  }
  return tags;
}

function factTimeUs(clock: FactClock, low: number, high: number): number {
  if (clock.clockIsNanoseconds) return nanosecondsToMicroseconds(low, high);
  const age = clock.clockAtCapture - (high * 4_294_967_296 + low);
  return Math.floor(clock.capturedAtUs - (age * clock.clockNsPerUnit) / 1000);
}

function decodeOne(
  view: DataView,
  bytes: Uint8Array,
  start: number,
  type: FactType,
  clock: FactClock,
  interfaceName: (index: number) => string,
): Fact {
  const u8 = (offset: number): number => bytes[start + offset]!;
  const u16 = (offset: number): number => view.getUint16(start + offset, true);
  const u32 = (offset: number): number => view.getUint32(start + offset, true);
  const slice = (offset: number, length: number): Uint8Array =>
    bytes.subarray(start + offset, start + offset + length);
  const interfaceIndex = u32(at.interfaceIndex);
  return {
    type,
    timeUs: factTimeUs(clock, u32(at.time), u32(at.time + 4)),
    interfaceIndex,
    interface: interfaceName(interfaceIndex),
    sourceAddress: slice(at.sourceAddress, 16),
    destinationAddress: slice(at.destinationAddress, 16),
    sourcePort: u16(at.sourcePort),
    destinationPort: u16(at.destinationPort),
    protocol: u8(at.protocol),
    family: u8(at.family),
    received: u8(at.direction) === interfaceDirection.received,
    reason: u16(at.reason),
    tcpFlags: u8(at.tcpFlags),
    timeToLive: u8(at.timeToLive),
    tcpSequence: u32(at.tcpSequence),
    tunnelType: u8(at.tunnelType),
    tunnelId: u32(at.tunnelId),
    vlan: vlanTags(view, start + at.vlan),
    frameLength: u32(at.frameLength),
    packetPayloadLength: u16(at.packetPayloadLength),
    fragmentOffset: u16(at.fragmentOffset),
    moreFragments: (u16(at.ipFlags) & MORE_FRAGMENTS) !== 0,
    ipIdentification: u32(at.ipIdentification),
    sourceMac: slice(at.sourceMac, 6),
    destinationMac: slice(at.destinationMac, 6),
    payload: slice(factRecordLayout.size, u16(at.payloadLength)),
  };
}

/** Appends to `into`; returns how many records were rejected. Facts keep views into `buffer`: it must not be reused. */
export function decodeFacts(
  buffer: ArrayBuffer,
  clock: FactClock,
  interfaceName: (index: number) => string,
  into: Fact[],
): number {
  const view = new DataView(buffer);
  const bytes = new Uint8Array(buffer);
  let start = 0;
  let rejected = 0;
  while (start + factRecordLayout.size <= bytes.length) {
    const length = view.getUint16(start + at.length, true);
    const payloadLength = view.getUint16(start + at.payloadLength, true);
    const whole =
      length >= factRecordLayout.size &&
      start + length <= bytes.length &&
      factRecordLayout.size + payloadLength <= length;
    // Without a believable length the next record can't be found: the rest of this buffer is lost, as one.
    if (!whole) return rejected + 1;
    const type = typeNames[view.getUint16(start + at.type, true)];
    if (type) into.push(decodeOne(view, bytes, start, type, clock, interfaceName));
    else rejected += 1;
    start += Math.ceil(length / RECORD_ALIGNMENT) * RECORD_ALIGNMENT;
  }
  return start >= bytes.length ? rejected : rejected + 1;
}

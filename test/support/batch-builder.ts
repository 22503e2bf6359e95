// Builds batches as the addon does, from a test's description of flows; the layout is that of records.h.
import {
  addressFamily,
  batchHeaderLayout,
  batchSectionLayout,
  clockKind,
  counterRow,
  flowCountersLayout,
  flowDetailsLayout,
  flowKeyLayout,
  flowRecordLayout,
  flowSeen,
  interfaceTotalLayout,
  KNP_ABI_VERSION,
  KNP_BATCH_MAGIC,
  recordLayout,
  sectionKind,
  trafficCounterLayout,
} from '../../src/core/wire/layout.generated.js';

export interface CraftedFlow {
  /** Dotted IPv4; the test must give the canonical order (lower first), as the kernel does. */
  low?: string;
  high?: string;
  lowPort?: number;
  highPort?: number;
  protocol?: number;
  family?: number;
  interfaceIndex?: number;
  vlan?: number[];
  tunnelType?: number;
  tunnelId?: number;
  tunnelSource?: string;
  tunnelDestination?: string;
  hasPorts?: boolean;
  firstDirection?: 0 | 1;
  firstSynDirection?: 0 | 1;
  icmpType?: number;
  icmpCode?: number;
  /** [low to high, high to low] */
  packets?: [number, number];
  bytes?: [number, number];
  /** TCP flags, [low to high, high to low]. */
  flags?: [number, number];
  seen?: number;
  syn?: [number, number];
  synAck?: [number, number];
  fin?: [number, number];
  rst?: [number, number];
  /** Milliseconds before the capture of the batch. */
  firstSeenAgoMs?: number;
  lastSeenAgoMs?: number;
  fragments?: number;
  fingerprint?: bigint;
}

export interface CraftedCounter {
  packets?: [number, number];
  bytes?: [number, number];
}

export interface CraftedBatch {
  /** Microseconds since 1970. */
  capturedAtUs?: number;
  /** [slot, protocol row, counter, interface index: slot + 2 where it is absent], of this interval */
  totals?: [number, number, CraftedCounter, number?][];
  /** [counter row, counter] */
  counters?: [number, CraftedCounter][];
  flows?: CraftedFlow[];
}

export const CRAFTED_TIME_US = 1_700_000_000_000_000;
/** 250 Hz */
export const CRAFTED_NS_PER_JIFFY = 4_000_000n;
const CRAFTED_CLOCK = 10_000_000n;
/** Boot time of the simulated machine. */
export const CRAFTED_BOOT_US = CRAFTED_TIME_US - 40_000_000_000;

export function addressBytes(address: string): Uint8Array {
  const bytes = new Uint8Array(16);
  if (address.includes(':')) {
    const [head = '', tail] = address.split('::');
    const words = (text: string): number[] =>
      text === '' ? [] : text.split(':').map((word) => Number.parseInt(word, 16));
    const front = words(head);
    const back = tail === undefined ? [] : words(tail);
    const all = [...front, ...new Array(8 - front.length - back.length).fill(0), ...back];
    all.forEach((word: number, i) => {
      bytes[i * 2] = word >>> 8;
      bytes[i * 2 + 1] = word & 0xff;
    });
    return bytes;
  }
  bytes[10] = 0xff;
  bytes[11] = 0xff;
  address.split('.').forEach((part, i) => {
    bytes[12 + i] = Number(part);
  });
  return bytes;
}

/** FNV-1a over the key: any deterministic hash will do. */
export function craftedFingerprint(bytes: Uint8Array): bigint {
  let hash = 0xcbf29ce484222325n;
  for (const byte of bytes) hash = ((hash ^ BigInt(byte)) * 0x100000001b3n) & 0xffffffffffffffffn;
  return hash === 0n ? 1n : hash;
}

function writeFlow(view: DataView, bytes: Uint8Array, start: number, flow: CraftedFlow): void {
  const keyStart = start + flowRecordLayout.offset.key;
  const key = flowKeyLayout.offset;
  const protocol = flow.protocol ?? 6;
  const low = flow.low ?? '10.0.0.1';
  bytes.set(addressBytes(low), keyStart + key.lowAddress);
  bytes.set(addressBytes(flow.high ?? '10.0.0.2'), keyStart + key.highAddress);
  const hasPorts = flow.hasPorts ?? (protocol === 6 || protocol === 17);
  view.setUint16(keyStart + key.lowPort, hasPorts ? (flow.lowPort ?? 40000) : 0, true);
  view.setUint16(keyStart + key.highPort, hasPorts ? (flow.highPort ?? 443) : 0, true);
  view.setUint32(keyStart + key.interfaceIndex, flow.interfaceIndex ?? 2, true);
  view.setUint32(keyStart + key.tunnelId, flow.tunnelId ?? 0, true);
  for (let tag = 0; tag < 4; tag += 1) {
    view.setUint16(keyStart + key.vlan + tag * 2, flow.vlan?.[tag] ?? 0xffff, true);
  }
  bytes[keyStart + key.protocol] = protocol;
  bytes[keyStart + key.family] =
    flow.family ?? (low.includes(':') ? addressFamily.ipv6 : addressFamily.ipv4);
  bytes[keyStart + key.tunnelType] = flow.tunnelType ?? 0;
  bytes[keyStart + key.hasPorts] = hasPorts ? 1 : 0;
  const hashed = bytes.subarray(keyStart, keyStart + key.firstDirection);
  bytes[keyStart + key.firstDirection] = flow.firstDirection ?? 0;
  bytes[keyStart + key.icmpType] = flow.icmpType ?? 0;
  bytes[keyStart + key.icmpCode] = flow.icmpCode ?? 0;
  bytes[keyStart + key.firstSynDirection] = flow.firstSynDirection ?? 0xff;

  const counters = flowCountersLayout.offset;
  const countersStart = start + flowRecordLayout.offset.counters;
  const long = (offset: number, value: bigint | number): void =>
    view.setBigUint64(countersStart + offset, BigInt(value), true);
  const packets = flow.packets ?? [1, 0];
  const byteCounts = flow.bytes ?? [packets[0] * 100, packets[1] * 100];
  long(counters.fingerprint, flow.fingerprint ?? craftedFingerprint(hashed));
  long(counters.packets, packets[0]);
  long(counters.packets + 8, packets[1]);
  long(counters.bytes, byteCounts[0]);
  long(counters.bytes + 8, byteCounts[1]);
  const clockAgo = (ms: number): bigint =>
    CRAFTED_CLOCK - BigInt(Math.round(ms * 1e6)) / CRAFTED_NS_PER_JIFFY;
  long(counters.firstSeen, clockAgo(flow.firstSeenAgoMs ?? 0));
  long(counters.lastSeen, clockAgo(flow.lastSeenAgoMs ?? 0));
  const flags = flow.flags ?? [0, 0];
  const seen =
    flow.seen ??
    (packets[0] ? flowSeen.receivedLowToHigh : 0) | (packets[1] ? flowSeen.sentHighToLow : 0);
  view.setUint32(countersStart + counters.seen, (seen | flags[0] | (flags[1] << 8)) >>> 0, true);
  view.setUint32(countersStart + counters.fragments, flow.fragments ?? 0, true);

  const details = flowDetailsLayout.offset;
  const detailsStart = start + flowRecordLayout.offset.details;
  if (flow.tunnelSource) {
    bytes.set(addressBytes(flow.tunnelSource), detailsStart + details.tunnelSource);
  }
  if (flow.tunnelDestination) {
    bytes.set(addressBytes(flow.tunnelDestination), detailsStart + details.tunnelDestination);
  }
  for (const name of ['syn', 'synAck', 'fin', 'rst'] as const) {
    view.setUint32(detailsStart + details[name], flow[name]?.[0] ?? 0, true);
    view.setUint32(detailsStart + details[name] + 4, flow[name]?.[1] ?? 0, true);
  }
}

function writeCounter(view: DataView, start: number, counter: CraftedCounter): void {
  const at = trafficCounterLayout.offset;
  for (let direction = 0; direction < 2; direction += 1) {
    const packets = BigInt(counter.packets?.[direction] ?? 0);
    const bytes = BigInt(counter.bytes?.[direction] ?? 0);
    view.setBigUint64(start + at.packets + direction * 8, packets, true);
    view.setBigUint64(start + at.bytes + direction * 8, bytes, true);
  }
}

/** A section with a kind and content chosen by the test. */
export interface CraftedSection {
  kind: number;
  recordSize: number;
  count: number;
  layoutId: number;
  bytes: Uint8Array;
}

function bytesOfTotals(totals: NonNullable<CraftedBatch['totals']>): Uint8Array {
  const { size, offset } = interfaceTotalLayout;
  const bytes = new Uint8Array(totals.length * size);
  const view = new DataView(bytes.buffer);
  totals.forEach(([slot, protocol, counter, interfaceIndex], i) => {
    view.setUint32(i * size + offset.interfaceIndex, interfaceIndex ?? slot + 2, true);
    view.setUint16(i * size + offset.slot, slot, true);
    view.setUint16(i * size + offset.protocol, protocol, true);
    writeCounter(view, i * size + offset.traffic, counter);
  });
  return bytes;
}

function bytesOfCounters(counters: NonNullable<CraftedBatch['counters']>): Uint8Array {
  const bytes = new Uint8Array(counterRow.rows * trafficCounterLayout.size);
  const view = new DataView(bytes.buffer);
  for (const [row, counter] of counters) {
    writeCounter(view, row * trafficCounterLayout.size, counter);
  }
  return bytes;
}

function bytesOfFlows(flows: readonly CraftedFlow[]): Uint8Array {
  const bytes = new Uint8Array(flows.length * flowRecordLayout.size);
  const view = new DataView(bytes.buffer);
  flows.forEach((flow, i) => {
    writeFlow(view, bytes, i * flowRecordLayout.size, flow);
  });
  return bytes;
}

/** The sections that the addon writes, in the same order. */
export function craftSections(batch: CraftedBatch = {}): CraftedSection[] {
  const section = (kind: number, recordSize: number, layoutId: number, bytes: Uint8Array) => ({
    ...{ kind, recordSize, layoutId, bytes },
    count: bytes.length / recordSize,
  });
  const totals = bytesOfTotals(batch.totals ?? []);
  const counters = bytesOfCounters(batch.counters ?? []);
  const flows = bytesOfFlows(batch.flows ?? []);
  return [
    section(sectionKind.totals, interfaceTotalLayout.size, recordLayout.interfaceTotal, totals),
    section(sectionKind.counters, trafficCounterLayout.size, recordLayout.trafficCounter, counters),
    section(sectionKind.flows, flowRecordLayout.size, recordLayout.flowRecord, flows),
  ];
}

export interface CraftedHeader {
  capturedAtUs?: number;
  abiVersion?: number;
  headerSize?: number;
}

/** Header, directory and the given sections in order, each aligned to 8 bytes. */
export function assembleBatch(
  sections: readonly CraftedSection[],
  { capturedAtUs = CRAFTED_TIME_US, abiVersion, headerSize }: CraftedHeader = {},
): ArrayBuffer {
  const front = headerSize ?? batchHeaderLayout.size;
  let length = front + sections.length * batchSectionLayout.size;
  const placed = sections.map((section) => {
    const start = length;
    length = Math.ceil((start + section.bytes.length) / 8) * 8;
    return { ...section, start };
  });
  const buffer = new ArrayBuffer(length);
  const view = new DataView(buffer);
  const at = batchHeaderLayout.offset;
  view.setUint32(at.magic, KNP_BATCH_MAGIC, true);
  view.setUint32(at.abiVersion, abiVersion ?? KNP_ABI_VERSION, true);
  view.setUint32(at.headerSize, front, true);
  view.setUint32(at.sectionCount, sections.length, true);
  view.setBigUint64(at.capturedAtNs, BigInt(capturedAtUs) * 1000n, true);
  view.setBigUint64(at.boottimeNs, BigInt(capturedAtUs - CRAFTED_BOOT_US) * 1000n, true);
  view.setBigUint64(at.clockAtCapture, CRAFTED_CLOCK, true);
  view.setBigUint64(at.clockNsPerUnit, CRAFTED_NS_PER_JIFFY, true);
  view.setUint32(at.clockKind, clockKind.jiffies, true);
  view.setBigUint64(at.length, BigInt(length), true);
  view.setBigUint64(at.drainNs, 1_000_000n, true);
  placed.forEach(({ kind, recordSize, count, layoutId, bytes, start }, i) => {
    const entry = front + i * batchSectionLayout.size;
    const { offset } = batchSectionLayout;
    view.setUint32(entry + offset.kind, kind, true);
    view.setUint32(entry + offset.recordSize, recordSize, true);
    view.setUint32(entry + offset.count, count, true);
    view.setUint32(entry + offset.layoutId, layoutId, true);
    view.setBigUint64(entry + offset.offset, BigInt(start), true);
    new Uint8Array(buffer).set(bytes, start);
  });
  return buffer;
}

export function craftBatch(batch: CraftedBatch = {}): ArrayBuffer {
  const { capturedAtUs } = batch;
  return assembleBatch(craftSections(batch), capturedAtUs === undefined ? {} : { capturedAtUs });
}

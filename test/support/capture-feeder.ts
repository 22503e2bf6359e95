// Stands in for the kernel while detection is tuned: a capture file → flow records and facts in one-second ticks. Goes away
// once the label test runs on the real pipeline.
import { readFileSync } from 'node:fs';
import type { DetectionInput, Detector } from '../../src/core/detect/contract.js';
import { FlowTable } from '../../src/core/flows/flow-table.js';
import * as at from '../../src/core/flows/record-words.js';
import type { Alert } from '../../src/core/model/alert.js';
import type { Fact, FactType } from '../../src/core/model/fact.js';

export interface Frame {
  readonly timeUs: number;
  readonly data: Uint8Array;
  readonly length: number;
  readonly linkType: number;
}

export function readCapture(path: string): Frame[] {
  const bytes = readFileSync(path);
  const magic = bytes.readUInt32LE(0);
  if (magic === 0x0a0d0d0a) return readPcapng(bytes);
  const big = magic === 0xd4c3b2a1 || magic === 0x4d3cb2a1;
  const nano = magic === 0xa1b23c4d || magic === 0x4d3cb2a1;
  const u32 = (o: number): number => (big ? bytes.readUInt32BE(o) : bytes.readUInt32LE(o));
  const linkType = u32(20) & 0xffff;
  const frames: Frame[] = [];
  for (let o = 24; o + 16 <= bytes.length; ) {
    const captured = u32(o + 8);
    if (o + 16 + captured > bytes.length) break;
    frames.push({
      timeUs: u32(o) * 1e6 + (nano ? u32(o + 4) / 1000 : u32(o + 4)),
      data: bytes.subarray(o + 16, o + 16 + captured),
      length: u32(o + 12),
      linkType,
    });
    o += 16 + captured;
  }
  return frames;
}

function readPcapng(bytes: Buffer): Frame[] {
  const frames: Frame[] = [];
  const links: { type: number; unitsPerUs: number }[] = [];
  let big = false;
  const u32 = (o: number): number => (big ? bytes.readUInt32BE(o) : bytes.readUInt32LE(o));
  const u16 = (o: number): number => (big ? bytes.readUInt16BE(o) : bytes.readUInt16LE(o));
  for (let o = 0; o + 12 <= bytes.length; ) {
    if (bytes.readUInt32LE(o) === 0x0a0d0d0a) {
      big = bytes.readUInt32LE(o + 8) !== 0x1a2b3c4d;
      links.length = 0;
    }
    const type = u32(o);
    const length = u32(o + 4);
    if (length < 12 || o + length > bytes.length) break;
    if (type === 1) {
      let unitsPerUs = 1;
      for (let p = o + 16; p + 4 <= o + length - 4; ) {
        const code = u16(p);
        const size = u16(p + 2);
        if (code === 0) break;
        if (code === 9) {
          const r = bytes[p + 4]!;
          unitsPerUs = (r & 0x80 ? 2 ** (r & 0x7f) : 10 ** r) / 1e6;
        }
        p += 4 + ((size + 3) & ~3);
      }
      links.push({ type: u16(o + 8), unitsPerUs });
    } else if (type === 6) {
      const link = links[u32(o + 8)];
      const captured = u32(o + 20);
      frames.push({
        timeUs: (u32(o + 12) * 4294967296 + u32(o + 16)) / (link?.unitsPerUs ?? 1),
        data: bytes.subarray(o + 28, o + 28 + captured),
        length: u32(o + 24),
        linkType: link?.type ?? 1,
      });
    }
    o += length;
  }
  return frames;
}

interface Packet {
  family: number;
  source: Uint8Array;
  destination: Uint8Array;
  protocol: number;
  sourcePort: number;
  destinationPort: number;
  hasPorts: boolean;
  flags: number;
  sequence: number;
  icmpType: number;
  icmpCode: number;
  ttl: number;
  vlan: number[];
  tunnelType: number;
  tunnelId: number;
  tunnelSource: Uint8Array;
  tunnelDestination: Uint8Array;
  sourceMac: Uint8Array;
  destinationMac: Uint8Array;
  fragmentOffset: number;
  moreFragments: boolean;
  fragment: boolean;
  identification: number;
  ipPayloadLength: number;
  transport: number;
  payload: number;
  payloadLength: number;
  malformed: number;
  options: number[];
}

const zero16 = new Uint8Array(16);
const zero6 = new Uint8Array(6);
const mapped = (data: Uint8Array, o: number): Uint8Array => {
  const address = new Uint8Array(16);
  address[10] = 0xff;
  address[11] = 0xff;
  address.set(data.subarray(o, o + 4), 12);
  return address;
};

function parse(frame: Frame): Packet | null {
  const d = frame.data;
  const p: Packet = {
    family: 0,
    source: zero16,
    destination: zero16,
    protocol: 0,
    sourcePort: 0,
    destinationPort: 0,
    hasPorts: false,
    flags: 0,
    sequence: 0,
    icmpType: 0,
    icmpCode: 0,
    ttl: 0,
    vlan: [],
    tunnelType: 0,
    tunnelId: 0,
    tunnelSource: zero16,
    tunnelDestination: zero16,
    sourceMac: zero6,
    destinationMac: zero6,
    fragmentOffset: 0,
    moreFragments: false,
    fragment: false,
    identification: 0,
    ipPayloadLength: 0,
    transport: 0,
    payload: 0,
    payloadLength: 0,
    malformed: 0,
    options: [],
  };
  const u16 = (o: number): number => (d[o]! << 8) | d[o + 1]!;
  const u32 = (o: number): number => u16(o) * 65536 + u16(o + 2);
  let wire = frame.length;
  const transport = (protocol: number, o: number): boolean => {
    p.protocol = protocol;
    p.transport = o;
    p.payloadLength = Math.max(0, p.ipPayloadLength);
    p.payload = o;
    if (p.fragmentOffset > 0) return true;
    if (protocol === 6) {
      if (o + 4 > d.length) {
        p.malformed = 15;
        return true;
      }
      p.sourcePort = u16(o);
      p.destinationPort = u16(o + 2);
      p.hasPorts = true;
      if (p.ipPayloadLength < 20 && !p.fragment) p.malformed = 15;
      if (o + 14 <= d.length && p.ipPayloadLength >= 14) {
        p.flags = d[o + 13]!;
        p.sequence = u32(o + 4);
        const header = (d[o + 12]! >> 4) * 4;
        if (header < 20) p.malformed = 16;
        p.payload = o + header;
        p.payloadLength = Math.max(0, p.ipPayloadLength - header);
      }
    } else if (protocol === 17 || protocol === 132 || protocol === 136) {
      if (o + 4 > d.length) {
        p.malformed = 17;
        return true;
      }
      p.sourcePort = u16(o);
      p.destinationPort = u16(o + 2);
      p.hasPorts = true;
      if (protocol === 17) {
        p.payload = o + 8;
        p.payloadLength = Math.max(0, p.ipPayloadLength - 8);
        if (
          (p.destinationPort === 4789 || p.destinationPort === 8472) &&
          d[o + 8]! & 8 &&
          p.tunnelType === 0
        ) {
          p.tunnelType = 1;
          p.tunnelId = u32(o + 12) >>> 8;
          p.tunnelSource = p.source;
          p.tunnelDestination = p.destination;
          return ethernet(o + 16);
        }
        if (p.destinationPort === 6081 && p.tunnelType === 0) {
          p.tunnelType = 2;
          p.tunnelId = u32(o + 12) >>> 8;
          p.tunnelSource = p.source;
          p.tunnelDestination = p.destination;
          return ethernet(o + 16 + (d[o + 8]! & 63) * 4);
        }
      }
    } else if (protocol === 1 || protocol === 58) {
      p.icmpType = d[o] ?? 0;
      p.icmpCode = d[o + 1] ?? 0;
      p.payload = o;
      p.payloadLength = Math.max(0, p.ipPayloadLength - 8);
    } else if (protocol === 47 && p.tunnelType === 0 && o + 4 <= d.length) {
      const flags = u16(o);
      const type = u16(o + 2);
      let next = o + 4;
      if (flags & 0x8000) next += 4;
      let key = 0;
      if (flags & 0x2000) {
        key = u32(next);
        next += 4;
      }
      if (flags & 0x1000) next += 4;
      if ((flags & 7) === 0 && (type === 0x800 || type === 0x86dd || type === 0x6558)) {
        p.tunnelType = 4;
        p.tunnelId = key;
        p.tunnelSource = p.source;
        p.tunnelDestination = p.destination;
        return type === 0x6558 ? ethernet(next) : network(type, next);
      }
    } else if ((protocol === 4 || protocol === 41) && p.tunnelType === 0) {
      p.tunnelType = protocol === 4 ? 5 : 6;
      p.tunnelSource = p.source;
      p.tunnelDestination = p.destination;
      return network(protocol === 4 ? 0x800 : 0x86dd, o);
    }
    return true;
  };
  const network = (type: number, o: number): boolean => {
    if (type === 0x806) {
      if (o + 28 > d.length) return false;
      p.family = 1;
      p.source = mapped(d, o + 14);
      p.destination = mapped(d, o + 24);
      p.transport = o;
      p.icmpType = u16(o + 6);
      return true;
    }
    if (type === 0x800) {
      if (o + 20 > d.length) return false;
      const header = (d[o]! & 15) * 4;
      p.family = 4;
      p.source = mapped(d, o + 12);
      p.destination = mapped(d, o + 16);
      p.ttl = d[o + 8]!;
      p.identification = u16(o + 4);
      const f = u16(o + 6);
      p.fragmentOffset = (f & 0x1fff) * 8;
      p.moreFragments = (f & 0x2000) !== 0;
      p.fragment = p.fragmentOffset > 0 || p.moreFragments;
      const total = u16(o + 2) || wire - o;
      p.ipPayloadLength = total - header;
      if (header < 20) {
        p.malformed = 8;
        return true;
      }
      if (total < header || total > wire - o) p.malformed = 9;
      for (let i = o + 20; i < o + header && i < d.length; ) {
        const option = d[i]!;
        if (option === 0) break;
        if (option === 1) {
          i += 1;
          continue;
        }
        p.options.push(option);
        i += Math.max(2, d[i + 1] ?? 2);
      }
      return transport(d[o + 9]!, o + header);
    }
    if (type === 0x86dd) {
      if (o + 40 > d.length) return false;
      p.family = 6;
      p.source = new Uint8Array(d.subarray(o + 8, o + 24));
      p.destination = new Uint8Array(d.subarray(o + 24, o + 40));
      p.ttl = d[o + 7]!;
      let next = d[o + 6]!;
      let q = o + 40;
      p.ipPayloadLength = u16(o + 4) || wire - q;
      const seen = new Map<number, number>();
      let count = 0;
      while (
        (next === 0 || next === 43 || next === 60 || next === 44 || next === 51 || next === 135) &&
        q + 8 <= d.length
      ) {
        count += 1;
        const times = (seen.get(next) ?? 0) + 1;
        seen.set(next, times);
        if (next === 43 && d[q + 2] === 0) p.options.push(43);
        if (next === 0 && count > 1) p.options.push(0x100);
        if (times > (next === 60 ? 2 : 1) || count > 8) p.options.push(next);
        let length: number;
        if (next === 44) {
          length = 8;
          const f = u16(q + 2);
          p.fragmentOffset = f & 0xfff8;
          p.moreFragments = (f & 1) !== 0;
          p.fragment = p.fragmentOffset > 0 || p.moreFragments;
          p.identification = u32(q + 4);
        } else length = next === 51 ? (d[q + 1]! + 2) * 4 : (d[q + 1]! + 1) * 8;
        next = d[q]!;
        q += length;
        p.ipPayloadLength -= length;
        if (p.fragmentOffset > 0) break;
      }
      return transport(next, q);
    }
    if (type === 0x8847) {
      let q = o;
      while (q + 4 <= d.length && !(d[q + 2]! & 1)) q += 4;
      q += 4;
      return network(d[q]! >> 4 === 4 ? 0x800 : 0x86dd, q);
    }
    if (type === 0x8864) return network(u16(o + 6) === 0x21 ? 0x800 : 0x86dd, o + 8);
    return false;
  };
  const ethernet = (o: number): boolean => {
    if (o + 14 > d.length) return false;
    if (p.tunnelType === 0) {
      p.destinationMac = d.subarray(o, o + 6);
      p.sourceMac = d.subarray(o + 6, o + 12);
    }
    let type = u16(o + 12);
    let q = o + 14;
    while (type === 0x8100 || type === 0x88a8 || type === 0x9100) {
      p.vlan.push(u16(q) & 0xfff);
      type = u16(q + 2);
      q += 4;
    }
    return network(type, q);
  };
  let known = false;
  if (frame.linkType === 1) known = ethernet(0);
  else if (frame.linkType === 113) known = network(u16(14), 16);
  else if (frame.linkType === 276) known = network(u16(0), 20);
  else if (frame.linkType === 101 || frame.linkType === 12 || frame.linkType === 14)
    known = network(d[0]! >> 4 === 4 ? 0x800 : 0x86dd, 0);
  else if (frame.linkType === 0) {
    wire -= 0;
    known = network(d[0] === 2 || d[3] === 2 ? 0x800 : 0x86dd, 4);
  }
  return known ? p : null;
}

const compare = (a: Uint8Array, b: Uint8Array): number => Buffer.compare(a, b);
const words = (a: Uint8Array): Uint32Array => new Uint32Array(new Uint8Array(a).buffer);

interface Record {
  data: Uint32Array;
  packets: [number, number];
}

class Bucket {
  #tokens: number;
  #lastUs = 0;
  lost = 0;
  constructor(
    private readonly rate: number,
    private readonly burst: number,
  ) {
    this.#tokens = burst;
  }
  take(nowUs: number): boolean {
    if (this.#lastUs)
      this.#tokens = Math.min(
        this.burst,
        this.#tokens + ((nowUs - this.#lastUs) / 1e6) * this.rate,
      );
    this.#lastUs = nowUs;
    if (this.#tokens < 1) {
      this.lost += 1;
      return false;
    }
    this.#tokens -= 1;
    return true;
  }
}

const loginPorts = new Set([21, 23, 25, 110, 143, 587, 80, 8080, 389, 513, 514, 3333]);
const oddFlags = (f: number): boolean => {
  f &= 0x3f;
  return (
    (f & 3) === 3 ||
    (f & 6) === 6 ||
    (f & 5) === 5 ||
    f === 0 ||
    (!!(f & 1) && !(f & 0x10)) ||
    (!!(f & 0x20) && !(f & 0x10))
  );
};

export interface FedRun {
  readonly alerts: Alert[];
  readonly ticks: number;
  readonly slowestMs: number;
}

export function feed(frames: readonly Frame[], detector: Detector, maxFlows = 65536): FedRun {
  const table = new FlowTable({ capacity: maxFlows * 4, timeoutSeconds: 0 });
  const alerts: Alert[] = [];
  const buckets = new Map<string, Bucket>();
  const macs = new Set<string>();
  let records = new Map<string, Record>();
  let facts: Fact[] = [];
  let untracked = new Map<string, { packets: number; bytes: number }>();
  const fragmentFlows = new Map<
    string,
    { sourcePort: number; destinationPort: number; hasPorts: boolean }
  >();
  let ticks = 0;
  let slowestMs = 0;
  let nowUs = frames.length ? Math.floor(frames[0]!.timeUs / 1e6) * 1e6 : 0;
  const start = frames[0]?.timeUs ?? 0;
  nowUs = start;
  let maxTimeUs = start;
  const ids = new Map<string, number>();

  const flush = (endUs: number): void => {
    const buffer = new Uint32Array(records.size * at.RECORD_WORDS);
    let i = 0;
    for (const record of records.values()) {
      buffer.set(record.data, i * at.RECORD_WORDS);
      i += 1;
    }
    table.apply(
      {
        words: buffer,
        bytes: new Uint8Array(buffer.buffer),
        capturedAtUs: endUs,
        clockAtCapture: 0,
        clockNsPerUnit: 1,
        clockIsNanoseconds: true,
        interfaceSlots: 1,
        flowCount: records.size,
        duplicateFingerprints: 0,
        totalsWord: 0,
        countersWord: 0,
        flowsWord: 0,
        drainMilliseconds: 0,
      },
      endUs,
      1,
    );
    const input: DetectionInput = {
      nowUs: endUs,
      intervalSeconds: 1,
      capture: true,
      flows: table.columns,
      facts,
      factsLost: 0,
      protocols: [],
      untracked,
      malformedReasons: new Map(),
      fragments: { packets: 0, bytes: 0 },
      interfaceName: () => 'capture',
    };
    const before = performance.now();
    alerts.push(...detector.tick(input));
    slowestMs = Math.max(slowestMs, performance.now() - before);
    records = new Map();
    facts = [];
    untracked = new Map();
    ticks += 1;
  };

  for (const frame of frames) {
    const timeUs = Math.max(frame.timeUs, maxTimeUs);
    maxTimeUs = timeUs;
    if (timeUs >= nowUs + 1e6) {
      if (records.size || facts.length) {
        flush(nowUs + 1e6);
      }
      nowUs += Math.floor((timeUs - nowUs) / 1e6) * 1e6;
    }
    const p = parse(frame);
    if (!p) {
      continue;
    }
    const isTcp = p.protocol === 6 && p.family !== 1;
    if (p.fragment) {
      const key = `${p.source}|${p.destination}|${p.protocol}|${p.identification}`;
      if (p.fragmentOffset === 0) fragmentFlows.set(key, p);
      else {
        const first = fragmentFlows.get(key);
        if (first) {
          p.sourcePort = first.sourcePort;
          p.destinationPort = first.destinationPort;
          p.hasPorts = first.hasPorts;
        }
      }
    }
    const order = compare(p.source, p.destination) || p.sourcePort - p.destinationPort;
    const low = order <= 0;
    const direction = low ? 0 : 1;
    const a = low ? p.source : p.destination;
    const b = low ? p.destination : p.source;
    const lowPort = low ? p.sourcePort : p.destinationPort;
    const highPort = low ? p.destinationPort : p.sourcePort;
    const key = `${Buffer.from(a).toString('latin1')}${Buffer.from(b).toString('latin1')}|${lowPort}|${highPort}|${p.family === 1 ? 'a' : p.protocol}|${p.vlan}|${p.tunnelType}|${p.tunnelId}`;
    let record = records.get(key);
    let inserted = false;
    if (!record && records.size >= maxFlows) {
      const name = p.family === 1 ? 'ARP' : isTcp ? 'TCP' : p.protocol === 17 ? 'UDP' : 'ICMP';
      const c = untracked.get(name) ?? { packets: 0, bytes: 0 };
      untracked.set(name, { packets: c.packets + 1, bytes: c.bytes + frame.length });
    } else {
      if (!record) {
        inserted = true;
        const data = new Uint32Array(at.RECORD_WORDS);
        let id = ids.get(key);
        if (!id) {
          id = ids.size + 1;
          ids.set(key, id);
        }
        data[at.FINGERPRINT] = Math.imul(id, 2654435761) >>> 0;
        data[at.FINGERPRINT + 1] = id;
        data.set(words(a), at.LOW_ADDRESS);
        data.set(words(b), at.HIGH_ADDRESS);
        data[at.PORTS] = lowPort | (highPort << 16);
        data[at.INTERFACE_INDEX] = 1;
        data[at.TUNNEL_ID] = p.tunnelId;
        const tags = new Uint16Array(4).fill(0xffff);
        p.vlan.slice(0, 4).forEach((v, i) => {
          tags[i] = v;
        });
        data.set(new Uint32Array(tags.buffer), at.VLAN);
        data[at.KIND] =
          (p.family === 1 ? 0 : p.protocol) |
          (p.family << 8) |
          (p.tunnelType << 16) |
          ((p.hasPorts ? 1 : 0) << 24);
        data[at.FIRST_PACKET] = direction | (p.icmpType << 8) | (p.icmpCode << 16) | (0xff << 24);
        data.set(words(p.tunnelSource), at.TUNNEL_SOURCE);
        data.set(words(p.tunnelDestination), at.TUNNEL_DESTINATION);
        const ns = BigInt(Math.round(timeUs)) * 1000n;
        data[at.FIRST_SEEN] = Number(ns & 0xffffffffn);
        data[at.FIRST_SEEN + 1] = Number(ns >> 32n);
        record = { data, packets: [0, 0] };
        records.set(key, record);
      }
      const data = record!.data;
      data[at.PACKETS + direction * 2]! += 1;
      record!.packets[direction as 0]++;
      data[at.BYTES + direction * 2]! += frame.length;
      const ns = BigInt(Math.round(timeUs)) * 1000n;
      data[at.LAST_SEEN] = Number(ns & 0xffffffffn);
      data[at.LAST_SEEN + 1] = Number(ns >> 32n);
      data[at.SEEN]! |=
        (isTcp ? p.flags << (direction * 8) : 0) |
        (1 << (16 + direction)) |
        (p.fragment ? 1 << 20 : 0);
      if (p.fragment) data[at.FRAGMENTS]! += 1;
      if (isTcp && p.fragmentOffset === 0) {
        if (p.flags & 2) {
          if (p.flags & 16) data[at.SYN_ACK + direction]! += 1;
          else {
            data[at.SYN + direction]! += 1;
            if (data[at.FIRST_PACKET]! >>> 24 === 0xff)
              data[at.FIRST_PACKET] = (data[at.FIRST_PACKET]! & 0xffffff) | (direction << 24);
          }
        }
        if (p.flags & 1) data[at.FIN + direction]! += 1;
        if (p.flags & 4) data[at.RST + direction]! += 1;
      }
    }
    const fact = (
      type: FactType,
      reason: number,
      payload: Uint8Array,
      bucket: string = type,
      rate = 2000,
    ): void => {
      let tokens = buckets.get(bucket);
      if (!tokens) {
        tokens = new Bucket(rate, rate * 2);
        buckets.set(bucket, tokens);
      }
      if (!tokens.take(timeUs)) return;
      facts.push({
        type,
        timeUs,
        interfaceIndex: 1,
        interface: 'capture',
        sourceAddress: p.source,
        destinationAddress: p.destination,
        sourcePort: p.sourcePort,
        destinationPort: p.destinationPort,
        protocol: p.protocol,
        family: p.family,
        received: true,
        reason,
        tcpFlags: p.flags,
        timeToLive: p.ttl,
        tcpSequence: p.sequence,
        tunnelType: p.tunnelType,
        tunnelId: p.tunnelId,
        vlan: p.vlan,
        frameLength: frame.length,
        packetPayloadLength:
          p.fragment && type === 'fragment' ? p.ipPayloadLength : p.payloadLength,
        fragmentOffset: p.fragmentOffset,
        moreFragments: p.moreFragments,
        ipIdentification: p.identification,
        sourceMac: p.sourceMac,
        destinationMac: p.destinationMac,
        payload: new Uint8Array(payload),
      });
    };
    const from = (o: number, max: number): Uint8Array =>
      frame.data.subarray(
        o,
        Math.min(frame.data.length, o + max, o + p.payloadLength + (p.payload === o ? 0 : 8)),
      );
    if (inserted || p.family === 1) {
      const mac = Buffer.from(p.sourceMac).toString('hex');
      if (mac !== '000000000000' && !macs.has(mac)) {
        macs.add(mac);
        fact('source_mac', 0, zero6, 'source_mac', 4000);
      }
    }
    if (p.malformed) fact('malformed', p.malformed, zero6.subarray(0, 0));
    if (p.family === 1) {
      fact('arp', p.icmpType, frame.data.subarray(p.transport, p.transport + 28));
      continue;
    }
    if (p.options.length)
      for (const option of p.options) fact('ip_option', option, zero6.subarray(0, 0));
    if (p.fragment) fact('fragment', p.fragmentOffset, zero6.subarray(0, 0));
    if (
      p.ttl <= 3 &&
      p.ttl > 0 &&
      p.destination[0] !== 0xff &&
      !(p.destination[12]! >= 224 && p.family === 4)
    )
      fact('low_ttl', 0, zero6.subarray(0, 0), 'low_ttl', 50);
    if (p.fragmentOffset > 0) continue;
    const rest = (max: number): Uint8Array =>
      frame.data.subarray(p.transport, Math.min(frame.data.length, p.transport + max));
    if (isTcp) {
      if (!(p.fragment && p.ipPayloadLength < 14)) {
        if (oddFlags(p.flags)) fact('tcp_flags', 0, zero6.subarray(0, 0));
        else if (p.payloadLength > 0 && p.flags & 6) fact('tcp_flags', 1, zero6.subarray(0, 0));
      }
      if (p.payloadLength > 0 && record) {
        const d = record.data;
        const young =
          inserted || d[at.SYN]! + d[at.SYN + 1]! + d[at.SYN_ACK]! + d[at.SYN_ACK + 1]! > 0;
        if (young && record.packets[direction as 0] <= 8)
          fact('payload', 0, from(p.payload, 512), 'first');
        else if (
          p.payloadLength <= 600 &&
          (loginPorts.has(p.sourcePort) || loginPorts.has(p.destinationPort))
        )
          fact('payload', 0, from(p.payload, 512), 'login', 1000);
      }
    } else if (p.protocol === 17) {
      if (p.sourcePort === 53 || p.destinationPort === 53)
        fact('payload', 1, from(p.payload, 512), 'dns');
      else if (
        [67, 68, 546, 547].includes(p.sourcePort) ||
        [67, 68, 546, 547].includes(p.destinationPort)
      )
        fact('payload', 2, from(p.payload, 512), 'dhcp');
      else if (record && record.packets[direction as 0] === 1)
        fact('payload', 0, from(p.payload, 256), 'first');
    } else if (p.protocol === 1) {
      const t = p.icmpType;
      if (t === 3 || t === 4 || t === 5 || t === 11 || t === 12)
        fact('icmp_error', (t << 8) | p.icmpCode, rest(96));
      else if (t === 0 || t === 8) fact('payload', 3, rest(64), 'icmp', 200);
    } else if (p.protocol === 58) {
      const t = p.icmpType;
      if (t >= 1 && t <= 4) fact('icmp_error', (t << 8) | p.icmpCode, rest(96));
      else if (t === 128 || t === 129) fact('payload', 3, rest(64), 'icmp', 200);
      else if (t >= 133 && t <= 137) fact('neighbour', t, rest(256));
    }
  }
  if (records.size || facts.length) flush(nowUs + 1e6);
  alerts.push(...detector.end(nowUs + 1e6));
  return { alerts, ticks, slowestMs };
}

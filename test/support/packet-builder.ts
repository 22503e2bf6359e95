// Crafts packets header by header: each function prepends a header to its payload. Nothing here parses.

export type Payload = Uint8Array;

function join(...parts: (Uint8Array | number[])[]): Buffer {
  return Buffer.concat(parts.map((part) => Buffer.from(part)));
}

export function u16(...values: number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 2);
  values.forEach((value, index) => {
    bytes.writeUInt16BE(value & 0xffff, index * 2);
  });
  return bytes;
}

export function u32(...values: number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  values.forEach((value, index) => {
    bytes.writeUInt32BE(value >>> 0, index * 4);
  });
  return bytes;
}

/** Payload bytes that don't resemble a header. */
export function filler(length: number): Buffer {
  return Buffer.alloc(length, 0xa5);
}

export function macAddress(text: string): Buffer {
  return Buffer.from(text.replaceAll(':', ''), 'hex');
}

/** Dotted IPv4 or IPv6 with at most one `::`. */
export function ipAddress(text: string): Buffer {
  if (!text.includes(':')) return Buffer.from(text.split('.').map(Number));
  const [head = '', tail] = text.split('::');
  const words = (part: string) => (part === '' ? [] : part.split(':').map((w) => parseInt(w, 16)));
  const front = words(head);
  const back = tail === undefined ? [] : words(tail);
  return u16(...front, ...Array(8 - front.length - back.length).fill(0), ...back);
}

function checksum(bytes: Uint8Array): number {
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 2)
    sum += ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return ~sum & 0xffff;
}

export const etherType = {
  ipv4: 0x0800,
  arp: 0x0806,
  vlan: 0x8100,
  qinq: 0x88a8,
  oldQinq: 0x9100,
  ipv6: 0x86dd,
  mpls: 0x8847,
  mplsMulticast: 0x8848,
  pppoeDiscovery: 0x8863,
  pppoeSession: 0x8864,
  teb: 0x6558,
  lldp: 0x88cc,
} as const;

export const macs = { a: '02:00:00:00:00:0a', b: '02:00:00:00:00:0b' } as const;

export function ethernet(
  type: number,
  payload: Payload,
  from: string = macs.a,
  to: string = macs.b,
): Buffer {
  return join(macAddress(to), macAddress(from), u16(type), payload);
}

/** 802.3: a length instead of the type. */
export function ethernet802dot3(payload: Payload, length = payload.length): Buffer {
  return ethernet(length, payload);
}

/** The bytes after the preceding type: tag control, then the next type. */
export function vlanTag(id: number, nextType: number, payload: Payload, priority = 0): Buffer {
  return join(u16((priority << 13) | id, nextType), payload);
}

/** Labels, outermost first; the last has the bottom-of-stack bit. */
export function mplsLabels(labels: readonly number[], payload: Payload): Buffer {
  const last = labels.length - 1;
  return join(
    ...labels.map((label, index) => u32(((label << 12) | (index === last ? 0x100 : 0) | 64) >>> 0)),
    payload,
  );
}

export function pppoeSession(pppProtocol: number, payload: Payload, session = 7): Buffer {
  return join([0x11, 0x00], u16(session, payload.length + 2, pppProtocol), payload);
}

export function llc(dsap: number, ssap: number, payload: Payload): Buffer {
  return join([dsap, ssap, 0x03], payload);
}

export function snap(organisation: number, type: number, payload: Payload): Buffer {
  return llc(0xaa, 0xaa, join(u32(organisation).subarray(1), u16(type), payload));
}

export interface ArpOptions {
  readonly operation?: number;
  readonly sender: string;
  readonly target: string;
}

export function arp({ operation = 1, sender, target }: ArpOptions): Buffer {
  return join(
    u16(1, etherType.ipv4),
    [6, 4],
    u16(operation),
    macAddress(macs.a),
    ipAddress(sender),
    macAddress(macs.b),
    ipAddress(target),
  );
}

export const ipProtocol = {
  hopByHop: 0,
  icmp: 1,
  igmp: 2,
  ipip: 4,
  tcp: 6,
  udp: 17,
  dccp: 33,
  ipv6: 41,
  routing: 43,
  fragment: 44,
  gre: 47,
  esp: 50,
  ah: 51,
  icmpv6: 58,
  noNextHeader: 59,
  destinationOptions: 60,
  ospf: 89,
  pim: 103,
  vrrp: 112,
  sctp: 132,
  mobility: 135,
  udpLite: 136,
  hip: 139,
  shim6: 140,
} as const;

export interface Ipv4Options {
  readonly source?: string;
  readonly destination?: string;
  /** Bytes; a multiple of 4. */
  readonly options?: Uint8Array;
  readonly identification?: number;
  /** Bytes; a multiple of 8. */
  readonly fragmentOffset?: number;
  readonly moreFragments?: boolean;
  readonly dontFragment?: boolean;
  /** Overrides the true value, for malformed packets. */
  readonly totalLength?: number;
  readonly headerLength?: number;
  readonly version?: number;
}

export function ipv4(protocol: number, payload: Payload, more: Ipv4Options = {}): Buffer {
  const options = more.options ?? Buffer.alloc(0);
  const headerBytes = 20 + options.length;
  const flags =
    (more.dontFragment ? 0x4000 : 0) |
    (more.moreFragments ? 0x2000 : 0) |
    ((more.fragmentOffset ?? 0) >> 3);
  const header = join(
    [((more.version ?? 4) << 4) | ((more.headerLength ?? headerBytes) >> 2), 0],
    u16(more.totalLength ?? headerBytes + payload.length, more.identification ?? 0x1234, flags),
    [64, protocol],
    u16(0),
    ipAddress(more.source ?? '10.0.0.1'),
    ipAddress(more.destination ?? '10.0.0.2'),
    options,
  );
  header.writeUInt16BE(checksum(header), 10);
  return join(header, payload);
}

export interface Ipv6Options {
  readonly source?: string;
  readonly destination?: string;
  readonly payloadLength?: number;
  readonly version?: number;
}

export function ipv6(nextHeader: number, payload: Payload, more: Ipv6Options = {}): Buffer {
  return join(
    [(more.version ?? 6) << 4, 0, 0, 0],
    u16(more.payloadLength ?? payload.length),
    [nextHeader, 64],
    ipAddress(more.source ?? '2001:db8::1'),
    ipAddress(more.destination ?? '2001:db8::2'),
    payload,
  );
}

/** Hop-by-hop, destination options, mobility, HIP, SHIM6: next header, length in 8-byte units less one. */
export function ipv6Extension(nextHeader: number, payload: Payload, units = 0): Buffer {
  return join([nextHeader, units, 1, units * 8 + 4], Buffer.alloc(units * 8 + 4), payload);
}

export function ipv6Routing(nextHeader: number, payload: Payload, type = 0): Buffer {
  return join([nextHeader, 2, type, 1, 0, 0, 0, 0], ipAddress('2001:db8::99'), payload);
}

export function ipv6Fragment(
  nextHeader: number,
  payload: Payload,
  { offset = 0, more = false, identification = 0xbeef } = {},
): Buffer {
  return join([nextHeader, 0], u16(offset | (more ? 1 : 0)), u32(identification), payload);
}

/** Authentication header with a 12-byte integrity value. */
export function authenticationHeader(nextHeader: number, payload: Payload): Buffer {
  return join([nextHeader, 4, 0, 0], u32(0x100, 1), filler(12), payload);
}

export const tcpFlag = { fin: 1, syn: 2, rst: 4, psh: 8, ack: 16, urg: 32 } as const;

export interface TcpOptions {
  readonly flags?: number;
  /** Bytes; 20 by default. */
  readonly dataOffset?: number;
  readonly options?: Uint8Array;
}

export function tcp(from: number, to: number, payload: Payload, more: TcpOptions = {}): Buffer {
  const options = more.options ?? Buffer.alloc(0);
  const headerBytes = more.dataOffset ?? 20 + options.length;
  return join(
    u16(from, to),
    u32(1000, 2000),
    [(headerBytes >> 2) << 4, more.flags ?? tcpFlag.ack],
    u16(65_535, 0, 0),
    options,
    payload,
  );
}

export function udp(from: number, to: number, payload: Payload, length?: number): Buffer {
  return join(u16(from, to, length ?? payload.length + 8, 0), payload);
}

/** Length field: how much the checksum covers; 0 = all. */
export function udpLite(from: number, to: number, payload: Payload): Buffer {
  return join(u16(from, to, 8, 0), payload);
}

export function sctp(from: number, to: number, payload: Payload = filler(16)): Buffer {
  return join(u16(from, to), u32(7, 0), payload);
}

export function dccp(from: number, to: number): Buffer {
  return join(u16(from, to), [4, 0], u16(0), [0x00, 0, 0, 0], u32(5));
}

export function icmp(type: number, code: number, payload: Payload = filler(12)): Buffer {
  return join([type, code], u16(0), u32(0x0001_0001), payload);
}

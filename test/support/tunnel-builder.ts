// Crafts tunnel headers, between an outer and an inner packet. Nothing here parses.
import { etherType, ipProtocol, ipv4, type Payload, u16, u32, udp } from './packet-builder.js';

function join(...parts: (Uint8Array | number[])[]): Buffer {
  return Buffer.concat(parts.map((part) => Buffer.from(part)));
}

export interface GreOptions {
  readonly key?: number;
  readonly checksum?: boolean;
  readonly sequence?: number;
  readonly version?: number;
}

/** `type`: EtherType of the payload. */
export function gre(type: number, payload: Payload, options: GreOptions = {}): Buffer {
  const flags =
    (options.checksum ? 0x8000 : 0) |
    (options.key === undefined ? 0 : 0x2000) |
    (options.sequence === undefined ? 0 : 0x1000) |
    (options.version ?? 0);
  return join(
    u16(flags, type),
    options.checksum ? u32(0) : [],
    options.key === undefined ? [] : u32(options.key),
    options.sequence === undefined ? [] : u32(options.sequence),
    payload,
  );
}

/** Enhanced GRE of PPTP: length and call id instead of the key. */
export function grePptp(payload: Payload, call = 5): Buffer {
  return join(u16(0x3001, 0x880b, payload.length, call), u32(1), payload);
}

/** ERSPAN type II behind GRE 0x88be with a sequence number. */
export function erspan2(frame: Payload, session = 9): Buffer {
  return join(u16(0x1000, session), u32(0), frame);
}

/** ERSPAN type III behind GRE 0x22eb; `platform`: the optional sub-header. */
export function erspan3(frame: Payload, platform = false): Buffer {
  return join(u16(0x2000, 9), u32(0), u16(0, platform ? 1 : 0), platform ? u32(0, 0) : [], frame);
}

export interface TunnelPorts {
  readonly from?: number;
  readonly to?: number;
}

export function vxlan(id: number, frame: Payload, flags = 0x08): Buffer {
  return join([flags, 0, 0, 0], u32(id * 256), frame);
}

export interface GeneveOptions {
  readonly type?: number;
  /** Bytes; a multiple of 4. */
  readonly options?: Uint8Array;
  readonly version?: number;
}

export function geneve(id: number, payload: Payload, more: GeneveOptions = {}): Buffer {
  const options = more.options ?? Buffer.alloc(0);
  return join(
    [((more.version ?? 0) << 6) | (options.length / 4), 0],
    u16(more.type ?? etherType.teb),
    u32(id * 256),
    options,
    payload,
  );
}

export interface GtpOptions {
  readonly messageType?: number;
  readonly sequence?: boolean;
  /** Extension headers, each of 4 bytes: [length 1, content, content, next]. */
  readonly extensions?: number;
}

export function gtpU(teid: number, payload: Payload, more: GtpOptions = {}): Buffer {
  const extensions = more.extensions ?? 0;
  const optional = more.sequence || extensions > 0;
  const chain = Array.from({ length: extensions }, (_, index) => [
    1,
    0,
    0,
    index === extensions - 1 ? 0 : 0x85,
  ]).flat();
  const rest = join(optional ? [0, 1, 0, extensions > 0 ? 0x85 : 0] : [], chain, payload);
  const flags = 0x30 | (more.sequence ? 0x02 : 0) | (extensions > 0 ? 0x04 : 0);
  return join([flags, more.messageType ?? 0xff], u16(rest.length), u32(teid), rest);
}

/** An outer IPv4 packet with a UDP datagram to a tunnel's port. */
export function overUdp(port: number, payload: Payload, source = '192.0.2.1'): Buffer {
  const destination = '192.0.2.2';
  return ipv4(ipProtocol.udp, udp(49_152, port, payload), { source, destination });
}

// Crafted attack traffic, for attacks that no installed tool makes: lists of frames with their times.
import type { CapturedPacket } from './capture-writer.js';
import { dnsMessage } from './dns-message-builder.js';
import {
  ethernet,
  etherType,
  ipAddress,
  ipProtocol,
  ipv4,
  ipv6,
  macAddress,
  macs,
  tcp,
  tcpFlag,
  u16,
  u32,
  udp,
} from './packet-builder.js';

export const victim = '10.10.0.10';
export const victim6 = 'fd00:10::10';
export const resolver = '10.10.0.20';
/** The i-th external host, in a documentation network. */
export const stranger = (i: number): string => `203.0.113.${1 + (i % 250)}`;

const START_US = 1_760_000_000e6;

/** Seeded: the same numbers in every run of a test. */
export function randomNumbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Frames at a rate of `perSecond`. */
export function paced(frames: readonly Uint8Array[], perSecond: number): CapturedPacket[] {
  return frames.map((bytes, i) => ({
    bytes,
    timeUs: START_US + Math.round((i / perSecond) * 1e6),
  }));
}

export interface Ends {
  readonly source: string;
  readonly destination: string;
}

const frame = (ends: Ends, protocol: number, payload: Uint8Array, from?: string): Buffer =>
  ends.source.includes(':')
    ? ethernet(etherType.ipv6, ipv6(protocol, payload, ends), from)
    : ethernet(etherType.ipv4, ipv4(protocol, payload, ends), from);

export function tcpFrame(ends: Ends, from: number, to: number, flags: number): Buffer {
  return frame(ends, ipProtocol.tcp, tcp(from, to, Buffer.alloc(0), { flags }));
}

export function udpFrame(
  ends: Ends,
  from: number,
  to: number,
  payload: Uint8Array,
  mac?: string,
): Buffer {
  return frame(ends, ipProtocol.udp, udp(from, to, payload), mac);
}

/** A SYN, and the RST of a closed port. */
export function refused(ends: Ends, from: number, to: number): Buffer[] {
  const back = { source: ends.destination, destination: ends.source };
  return [
    tcpFrame(ends, from, to, tcpFlag.syn),
    tcpFrame(back, to, from, tcpFlag.rst | tcpFlag.ack),
  ];
}

/** A connection of three packets each way; the client sends the payload, if any. */
export function connection(ends: Ends, from: number, to: number): Buffer[] {
  const back = { source: ends.destination, destination: ends.source };
  return [
    tcpFrame(ends, from, to, tcpFlag.syn),
    tcpFrame(back, to, from, tcpFlag.syn | tcpFlag.ack),
    tcpFrame(ends, from, to, tcpFlag.ack),
    tcpFrame(ends, from, to, tcpFlag.fin | tcpFlag.ack),
    tcpFrame(back, to, from, tcpFlag.fin | tcpFlag.ack),
    tcpFrame(ends, from, to, tcpFlag.ack),
  ];
}

/** A query and its answers, in order of arrival. */
export function lookUp(
  name: string,
  id: number,
  ...answers: readonly { readonly address?: string; readonly rcode?: number }[]
): Buffer[] {
  const port = 20_000 + (id % 40_000);
  const ask = { source: victim, destination: resolver };
  const answer = { source: resolver, destination: victim };
  return [
    udpFrame(ask, port, 53, dnsMessage({ name, id })),
    ...answers.map(({ address = null, rcode = 0 }) =>
      udpFrame(answer, 53, port, dnsMessage({ name, id, answer: address, rcode })),
    ),
  ];
}

const DISCOVER = 1;
const OFFER = 2;

/** A client's DISCOVER, and an OFFER from each server. */
export function dhcpDialogue(client: string, ...servers: readonly Dhcp[]): Buffer[] {
  const everybody = '255.255.255.255';
  const message = (operation: number, type: number, ...options: number[]): Buffer => {
    const bytes = Buffer.alloc(244 + options.length);
    bytes.set([operation, 1, 6, 0], 0);
    bytes.set(macAddress(client), 28);
    bytes.set([0x63, 0x82, 0x53, 0x63, 53, 1, type, ...options, 255], 236);
    return bytes;
  };
  const offer = ({ address, router = address, id = address }: Dhcp): Buffer =>
    message(2, OFFER, 54, 4, ...ipAddress(id), 3, 4, ...ipAddress(router));
  return [
    udpFrame({ source: '0.0.0.0', destination: everybody }, 68, 67, message(1, DISCOVER), client),
    ...servers.map((server) =>
      udpFrame(
        { source: server.address, destination: everybody },
        67,
        68,
        offer(server),
        server.mac,
      ),
    ),
  ];
}

export interface Dhcp {
  readonly address: string;
  readonly mac: string;
  /** The router that it offers, and its server identifier; default: its own address. */
  readonly router?: string;
  readonly id?: string;
}

/** ICMP port unreachable, quoting the victim's datagram. */
export function unreachable(from: string): Buffer {
  const quoted = ipv4(ipProtocol.udp, udp(5000, 7, Buffer.alloc(8)), {
    source: victim,
    destination: '10.20.0.5',
  });
  const message = Buffer.concat([Buffer.from([3, 3]), u16(0), u32(0), quoted.subarray(0, 28)]);
  return ethernet(
    etherType.ipv4,
    ipv4(ipProtocol.icmp, message, { source: from, destination: victim }),
    macs.a,
  );
}

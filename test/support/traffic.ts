// Builds captures over hours: connections, datagrams, pings and ARP between hosts with their own MACs, added in any order.
import type { CapturedPacket } from './capture-writer.js';
import { type DnsQuestion, dnsMessage } from './dns-message-builder.js';
import {
  ethernet,
  etherType,
  icmp,
  ipAddress,
  ipProtocol,
  ipv4,
  ipv6,
  macAddress,
  tcpFlag,
  u16,
  u32,
  udp,
  vlanTag,
} from './packet-builder.js';

const START_US = 1_760_000_000e6;
const SEGMENT = 1448;
const BROADCAST = 'ff:ff:ff:ff:ff:ff';
const ROUND_TRIP_SECONDS = 0.002;

export interface Exchange {
  readonly client: string;
  readonly server: string;
  readonly port: number;
  /** Default: the next ephemeral one. */
  readonly clientPort?: number;
  /** Text, or a number of filler bytes; alternating, the client first. An empty entry is skipped. */
  readonly says?: readonly (string | Uint8Array | number)[];
  /** Seconds between two turns. */
  readonly pause?: number;
  readonly end?: 'fin' | 'reset' | 'open';
  /** The port is closed, or the host doesn't exist. */
  readonly answer?: 'accepts' | 'refuses' | 'silent';
  readonly serverFirst?: boolean;
}

/** The MAC of a host: from its address, or its router's. */
export function macOf(address: string): string {
  const bytes = [...ipAddress(address)].slice(-4);
  return ['02', '1d', ...bytes.map((byte) => byte.toString(16).padStart(2, '0'))].join(':');
}

const isSix = (address: string): boolean => address.includes(':');

export class Traffic {
  readonly #packets: CapturedPacket[] = [];
  #port = 32_768;
  #id = 1;

  /** In order of time. */
  get packets(): CapturedPacket[] {
    return this.#packets.sort((a, b) => a.timeUs! - b.timeUs!);
  }

  frame(seconds: number, bytes: Uint8Array): void {
    this.#packets.push({ bytes, timeUs: START_US + Math.round(seconds * 1e6) });
  }

  ip(seconds: number, from: string, to: string, protocol: number, payload: Uint8Array): void {
    const ends = { source: from, destination: to };
    const bytes = isSix(from)
      ? ethernet(etherType.ipv6, ipv6(protocol, payload, ends), macOf(from), macOf(to))
      : ethernet(etherType.ipv4, ipv4(protocol, payload, ends), macOf(from), macOf(to));
    this.frame(seconds, bytes);
  }

  nextPort(): number {
    this.#port = this.#port >= 60_999 ? 32_768 : this.#port + 1;
    return this.#port;
  }

  datagram(
    seconds: number,
    from: readonly [address: string, port: number],
    to: readonly [address: string, port: number],
    payload: Uint8Array | number,
  ): void {
    const bytes = typeof payload === 'number' ? Buffer.alloc(payload, 0x5a) : payload;
    this.ip(seconds, from[0], to[0], ipProtocol.udp, udp(from[1], to[1], bytes));
  }

  lookUp(seconds: number, client: string, resolver: string, question: DnsQuestion): void {
    this.#id = (this.#id + 1) & 0xffff;
    const port = this.nextPort();
    const id = this.#id;
    const ask = dnsMessage({ name: question.name, type: question.type ?? 1, id });
    this.datagram(seconds, [client, port], [resolver, 53], ask);
    const answer = dnsMessage({ ...question, id });
    this.datagram(seconds + ROUND_TRIP_SECONDS, [resolver, 53], [client, port], answer);
  }

  ping(seconds: number, from: string, to: string, isAnswered = true, bytes = 56): void {
    this.#id = (this.#id + 1) & 0xffff;
    const data = Buffer.concat([u16(this.#id, 1), Buffer.alloc(bytes, 0x33)]);
    const message = (type: number): Buffer => Buffer.concat([Buffer.from([type, 0, 0, 0]), data]);
    this.ip(seconds, from, to, ipProtocol.icmp, message(8));
    if (isAnswered) this.ip(seconds + ROUND_TRIP_SECONDS, to, from, ipProtocol.icmp, message(0));
  }

  /** ICMP unreachable, quoting a datagram of the receiving host. */
  unreachable(seconds: number, from: string, to: string, code: number, port: number): void {
    const quoted = ipv4(ipProtocol.udp, udp(5000, port, Buffer.alloc(8)), {
      source: to,
      destination: from,
    });
    this.ip(seconds, from, to, ipProtocol.icmp, icmp(3, code, quoted.subarray(0, 28)));
  }

  arp(seconds: number, sender: string, target: string, options: ArpFrame = {}): void {
    const mac = options.mac ?? macOf(sender);
    const isReply = options.isReply ?? false;
    const body = Buffer.concat([
      u16(1, etherType.ipv4),
      Buffer.from([6, 4]),
      u16(isReply ? 2 : 1),
      macAddress(mac),
      ipAddress(sender),
      isReply ? macAddress(macOf(target)) : Buffer.alloc(6),
      ipAddress(target),
    ]);
    const to = isReply && sender !== target ? macOf(target) : BROADCAST;
    const frame =
      options.vlan === undefined
        ? ethernet(etherType.arp, body, mac, to)
        : ethernet(etherType.vlan, vlanTag(options.vlan, etherType.arp, body), mac, to);
    this.frame(seconds, frame);
  }

  /** A whole TCP connection; returns the time of its last packet. */
  connection(seconds: number, exchange: Exchange): number {
    const { client, server, port, answer = 'accepts', end = 'fin', pause = 0.01 } = exchange;
    const clientPort = exchange.clientPort ?? this.nextPort();
    const speech = new Conversation(this, [client, clientPort], [server, port], seconds);
    speech.send(0, tcpFlag.syn);
    if (answer === 'silent') return speech.seconds;
    if (answer === 'refuses') {
      speech.send(1, tcpFlag.rst | tcpFlag.ack);
      return speech.seconds;
    }
    speech.send(1, tcpFlag.syn | tcpFlag.ack);
    speech.send(0, tcpFlag.ack);
    for (const [turn, said] of (exchange.says ?? []).entries()) {
      const side = (turn + (exchange.serverFirst ? 1 : 0)) % 2 === 0 ? 0 : 1;
      const bytes = typeof said === 'number' ? Buffer.alloc(said, 0x61) : Buffer.from(said);
      if (bytes.length > 0) speech.say(side, bytes);
      speech.wait(pause);
    }
    if (end === 'reset') speech.send(0, tcpFlag.rst | tcpFlag.ack);
    else if (end === 'fin') {
      speech.send(0, tcpFlag.fin | tcpFlag.ack);
      speech.send(1, tcpFlag.fin | tcpFlag.ack);
      speech.send(0, tcpFlag.ack);
    }
    return speech.seconds;
  }
}

interface ArpFrame {
  readonly mac?: string;
  readonly isReply?: boolean;
  readonly vlan?: number;
}

/** Two endpoints with their sequence numbers. */
class Conversation {
  readonly #next: [number, number] = [1000, 5000];

  constructor(
    private readonly traffic: Traffic,
    private readonly client: readonly [string, number],
    private readonly server: readonly [string, number],
    public seconds: number,
  ) {}

  wait(seconds: number): void {
    this.seconds += seconds;
  }

  say(side: 0 | 1, bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; at += SEGMENT) {
      this.send(side, tcpFlag.psh | tcpFlag.ack, bytes.subarray(at, at + SEGMENT));
      if ((at / SEGMENT) % 2 === 1) this.send(side === 0 ? 1 : 0, tcpFlag.ack);
    }
    this.send(side === 0 ? 1 : 0, tcpFlag.ack);
  }

  send(side: 0 | 1, flags: number, payload: Uint8Array = Buffer.alloc(0)): void {
    const [from, to] = side === 0 ? [this.client, this.server] : [this.server, this.client];
    const timestamps = Buffer.from([1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2]);
    const header = Buffer.concat([
      u16(from[1], to[1]),
      u32(this.#next[side], flags & tcpFlag.ack ? this.#next[side === 0 ? 1 : 0] : 0),
      Buffer.from([(20 + timestamps.length) << 2, flags]),
      u16(65_535, 0, 0),
      timestamps,
    ]);
    const isCounted = (flags & (tcpFlag.syn | tcpFlag.fin)) !== 0;
    this.#next[side] += payload.length + (isCounted ? 1 : 0);
    const segment = Buffer.concat([header, payload]);
    this.traffic.ip(this.seconds, from[0], to[0], ipProtocol.tcp, segment);
    this.seconds += ROUND_TRIP_SECONDS / 4;
  }
}

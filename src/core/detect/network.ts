// A network in CIDR notation as bytes, and whether an address lies in it.
import { parseAddress } from '../format/parse-address.js';

export interface Network {
  readonly text: string;
  /** 16 bytes, IPv4 as ::ffff:a.b.c.d. */
  readonly bytes: Uint8Array;
  /** Of the 16 bytes: 96 more than written for IPv4. */
  readonly prefixLength: number;
}

/** "10.0.0.0/8", "2001:db8::/32", "192.0.2.1"; null if it is none. */
export function parseNetwork(text: string): Network | null {
  const [host, length, ...rest] = text.trim().split('/');
  if (rest.length > 0 || !host) return null;
  const bytes = parseAddress(host);
  if (!bytes) return null;
  const width = host.includes(':') ? 128 : 32;
  if (length !== undefined && !/^\d{1,3}$/.test(length)) return null;
  const prefix = length === undefined ? width : Number(length);
  if (prefix > width) return null;
  return { text: text.trim(), bytes, prefixLength: prefix + 128 - width };
}

export function containsAddress(network: Network, bytes: Uint8Array, offset = 0): boolean {
  const whole = network.prefixLength >> 3;
  for (let i = 0; i < whole; i += 1) if (network.bytes[i] !== bytes[offset + i]) return false;
  const rest = network.prefixLength & 7;
  if (rest === 0) return true;
  const mask = (0xff << (8 - rest)) & 0xff;
  return (network.bytes[whole]! & mask) === (bytes[offset + whole]! & mask);
}

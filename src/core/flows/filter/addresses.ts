// Addresses and networks as they are written → 16 bytes and a mask, compared by words in the columns.
import { mappedAddress, parseAddress, parseOctets } from '../../format/parse-address.js';

export interface Network {
  /** Little-endian words, as the columns hold them; already masked. */
  readonly words: Uint32Array;
  readonly mask: Uint32Array;
}

const MAPPED_BITS = 96;

function network(bytes: Uint8Array, bits: number): Network {
  const mask = new Uint8Array(16);
  for (let i = 0; i < 16; i += 1) {
    const keep = Math.min(8, Math.max(0, bits - i * 8));
    mask[i] = (0xff00 >> keep) & 0xff;
  }
  const maskWords = new Uint32Array(mask.buffer);
  const words = new Uint32Array(new Uint8Array(bytes).buffer);
  for (let i = 0; i < 4; i += 1) words[i]! &= maskWords[i]!;
  return { words, mask: maskWords };
}

/**
 * An address, a CIDR network, or (`short`) the first octets of an IPv4 network as tcpdump has them ("10.1" is 10.1.0.0/16).
 * null: it isn't one.
 */
export function parseNetwork(text: string, short: boolean): Network | null {
  const [address = '', prefix, ...rest] = text.split('/');
  if (rest.length > 0 || (prefix !== undefined && !/^\d{1,3}$/.test(prefix))) return null;
  if (address.includes(':')) {
    const ipv6 = parseAddress(address);
    const bits = prefix === undefined ? 128 : Number(prefix);
    return ipv6 && bits <= 128 ? network(ipv6, bits) : null;
  }
  const octets = parseOctets(address);
  if (!octets) return null;
  if (octets.length < 4 && prefix === undefined && !short) return null;
  const bits = prefix === undefined ? octets.length * 8 : Number(prefix);
  return bits <= 32 ? network(mappedAddress(octets), MAPPED_BITS + bits) : null;
}

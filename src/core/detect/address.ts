// Addresses as rules see them: 16 bytes (IPv4 as ::ffff:a.b.c.d) read in place, and what class they belong to.

export { formatAddress as addressText, formatMac as macText } from '../format/address.js';

export function isIpv4(bytes: Uint8Array, offset = 0): boolean {
  for (let i = 0; i < 10; i += 1) if (bytes[offset + i] !== 0) return false;
  return bytes[offset + 10] === 0xff && bytes[offset + 11] === 0xff;
}

export function sameAddress(
  a: Uint8Array,
  aOffset: number,
  b: Uint8Array,
  bOffset: number,
): boolean {
  for (let i = 0; i < 16; i += 1) if (a[aOffset + i] !== b[bOffset + i]) return false;
  return true;
}

/** :: or 0.0.0.0. */
export function isUnspecified(bytes: Uint8Array, offset = 0): boolean {
  const from = isIpv4(bytes, offset) ? 12 : 0;
  for (let i = from; i < 16; i += 1) if (bytes[offset + i] !== 0) return false;
  return true;
}

export function isMulticast(bytes: Uint8Array, offset = 0): boolean {
  if (bytes[offset] === 0xff) return true;
  return isIpv4(bytes, offset) && bytes[offset + 12]! >= 224 && bytes[offset + 12]! < 240;
}

/**
 * Multicast, 255.255.255.255, or an IPv4 address that ends in 255: masks aren't known, and nearly every broadcast address of
 * a real network ends so; a host that does is rare.
 */
export function isGroupAddress(bytes: Uint8Array, offset = 0): boolean {
  return isMulticast(bytes, offset) || (isIpv4(bytes, offset) && bytes[offset + 15] === 255);
}

export function isLoopback(bytes: Uint8Array, offset = 0): boolean {
  if (isIpv4(bytes, offset)) return bytes[offset + 12] === 127;
  for (let i = 0; i < 15; i += 1) if (bytes[offset + i] !== 0) return false;
  return bytes[offset + 15] === 1;
}

/** Addresses that the Internet does not route: private, shared, link-local, loopback, unique local, unspecified. */
export function isPrivate(bytes: Uint8Array, offset = 0): boolean {
  if (isIpv4(bytes, offset)) {
    const a = bytes[offset + 12]!;
    const b = bytes[offset + 13]!;
    if (a === 10 || a === 127 || a === 0) return true;
    if (a === 172) return b >= 16 && b < 32;
    if (a === 192) return b === 168;
    if (a === 100) return b >= 64 && b < 128;
    return a === 169 && b === 254;
  }
  const first = bytes[offset]!;
  if ((first & 0xfe) === 0xfc) return true;
  if (first === 0xfe && (bytes[offset + 1]! & 0xc0) === 0x80) return true;
  return isLoopback(bytes, offset) || isUnspecified(bytes, offset);
}

/**
 * 53 bits of hash as one number: the key of windows and sets. Two hosts with one key would share a window, once in 10^15:
 * the words that an alert names are always read from the packet itself.
 */
export function addressKey(bytes: Uint8Array, offset = 0): number {
  let h1 = 0x9e3779b9;
  let h2 = 0x85ebca6b;
  for (let i = 0; i < 16; i += 4) {
    const word =
      bytes[offset + i]! |
      (bytes[offset + i + 1]! << 8) |
      (bytes[offset + i + 2]! << 16) |
      (bytes[offset + i + 3]! << 24);
    h1 = Math.imul(h1 ^ word, 0xcc9e2d51);
    h1 = (h1 << 13) | (h1 >>> 19);
    h2 = Math.imul(h2 ^ word, 0x1b873593);
    h2 = ((h2 << 15) | (h2 >>> 17)) + h1;
  }
  h1 ^= h1 >>> 16;
  h1 = Math.imul(h1, 0x85ebca6b);
  h1 ^= h1 >>> 13;
  h2 ^= h2 >>> 16;
  h2 = Math.imul(h2, 0xc2b2ae35);
  h2 ^= h2 >>> 13;
  return (h1 >>> 0) * 2_097_152 + (h2 & 0x1fffff);
}

/** A host key and a small number (a port) mixed into one key. */
export function mixKey(key: number, value: number): number {
  // ToInt32 is modulo 2^32, without a division of doubles.
  let low = key | 0;
  low = Math.imul(low ^ Math.imul(value + 1, 0x9e3779b1), 0x85ebca6b);
  low ^= low >>> 15;
  const high = Math.floor(key / 4_294_967_296) ^ (Math.imul(value + 7, 0xc2b2ae35) & 0x1fffff);
  return (high & 0x1fffff) * 4_294_967_296 + (low >>> 0);
}

/** Of two hosts' keys, in this order: who does something to whom. */
export function pairKey(source: number, destination: number): number {
  return source + destination * 0.5;
}

/** First 24 bits of an IPv4 address, first 64 of an IPv6 one, as a key: the neighbourhood. */
export function neighbourhoodKey(bytes: Uint8Array, offset = 0): number {
  if (isIpv4(bytes, offset)) {
    return (bytes[offset + 12]! << 16) | (bytes[offset + 13]! << 8) | bytes[offset + 14]!;
  }
  let hash = 0x811c9dc5;
  for (let i = 0; i < 8; i += 1) hash = Math.imul(hash ^ bytes[offset + i]!, 0x01000193);
  return 2 ** 24 + (hash >>> 0);
}

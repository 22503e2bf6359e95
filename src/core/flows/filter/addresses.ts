// Addresses and networks as they are written → 16 bytes and a mask, compared by words in the columns.

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

/** "10", "10.1", "10.1.2.3": octets, or null. */
function octets(text: string): number[] | null {
  if (!/^\d{1,3}(\.\d{1,3}){0,3}$/.test(text)) return null;
  const parts = text.split('.').map(Number);
  return parts.every((part) => part <= 255) ? parts : null;
}

export function parseIpv6(text: string): Uint8Array | null {
  if (!/^[0-9a-f:.]+$/i.test(text) || !text.includes(':')) return null;
  let body = text;
  const tail = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  if (tail) {
    const parts = octets(tail[2]!);
    if (parts?.length !== 4) return null;
    const [a, b, c, d] = parts as [number, number, number, number];
    body = `${tail[1]}${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
  }
  const halves = body.split('::');
  if (halves.length > 2) return null;
  const groups = (half: string): string[] => (half === '' ? [] : half.split(':'));
  const front = groups(halves[0]!);
  const back = halves.length === 2 ? groups(halves[1]!) : [];
  const missing = 8 - front.length - back.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return null;
  const all = [...front, ...new Array<string>(Math.max(0, missing)).fill('0'), ...back];
  if (!all.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return null;
  const bytes = new Uint8Array(16);
  all.forEach((group, i) => {
    const value = Number.parseInt(group, 16);
    bytes[i * 2] = value >>> 8;
    bytes[i * 2 + 1] = value & 0xff;
  });
  return bytes;
}

function mapped(parts: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(16);
  bytes[10] = 0xff;
  bytes[11] = 0xff;
  bytes.set(parts, 12);
  return bytes;
}

/**
 * An address, a CIDR network, or (`short`) the first octets of an IPv4 network as tcpdump has them ("10.1" is 10.1.0.0/16).
 * null: it isn't one.
 */
export function parseNetwork(text: string, short: boolean): Network | null {
  const [address = '', prefix, ...rest] = text.split('/');
  if (rest.length > 0 || (prefix !== undefined && !/^\d{1,3}$/.test(prefix))) return null;
  const ipv6 = parseIpv6(address);
  if (ipv6) {
    const bits = prefix === undefined ? 128 : Number(prefix);
    return bits <= 128 ? network(ipv6, bits) : null;
  }
  const parts = octets(address);
  if (!parts) return null;
  if (parts.length < 4 && prefix === undefined && !short) return null;
  const bits = prefix === undefined ? parts.length * 8 : Number(prefix);
  return bits <= 32 ? network(mapped(parts), MAPPED_BITS + bits) : null;
}

// A network in CIDR notation as bytes, and whether an address lies in it.

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

export function parseAddress(text: string): Uint8Array | null {
  return text.includes(':') ? parseIpv6(text) : parseIpv4(text);
}

function parseIpv4(text: string): Uint8Array | null {
  const parts = text.split('.');
  if (parts.length !== 4) return null;
  const bytes = new Uint8Array(16);
  bytes[10] = 0xff;
  bytes[11] = 0xff;
  for (let i = 0; i < 4; i += 1) {
    const part = parts[i]!;
    if (!/^\d{1,3}$/.test(part) || Number(part) > 255) return null;
    bytes[12 + i] = Number(part);
  }
  return bytes;
}

function parseIpv6(text: string): Uint8Array | null {
  const halves = text.split('::');
  if (halves.length > 2) return null;
  const groupsOf = (half: string): string[] => (half === '' ? [] : half.split(':'));
  const head = groupsOf(halves[0]!);
  const tail = halves.length === 2 ? groupsOf(halves[1]!) : [];
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return null;
  const groups = [...head, ...Array<string>(halves.length === 2 ? missing : 0).fill('0'), ...tail];
  const bytes = new Uint8Array(16);
  for (let i = 0; i < 8; i += 1) {
    if (!/^[0-9a-f]{1,4}$/i.test(groups[i]!)) return null;
    const value = Number.parseInt(groups[i]!, 16);
    bytes[i * 2] = value >> 8;
    bytes[i * 2 + 1] = value & 255;
  }
  return bytes;
}

export function containsAddress(network: Network, bytes: Uint8Array, offset = 0): boolean {
  const whole = network.prefixLength >> 3;
  for (let i = 0; i < whole; i += 1) if (network.bytes[i] !== bytes[offset + i]) return false;
  const rest = network.prefixLength & 7;
  if (rest === 0) return true;
  const mask = (0xff << (8 - rest)) & 0xff;
  return (network.bytes[whole]! & mask) === (bytes[offset + whole]! & mask);
}

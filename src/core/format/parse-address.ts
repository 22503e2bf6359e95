// An address as it is written → 16 bytes, IPv4 as ::ffff:a.b.c.d: for filters, settings and alerts alike.

const OCTETS = /^\d{1,3}(\.\d{1,3}){0,3}$/;

/** "10", "10.1", "10.1.2.3": one to four octets; null: something else. */
export function parseOctets(text: string): readonly number[] | null {
  if (!OCTETS.test(text)) return null;
  const parts = text.split('.').map(Number);
  return parts.every((part) => part <= 255) ? parts : null;
}

/** Missing octets are zero. */
export function mappedAddress(octets: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(16);
  bytes[10] = 0xff;
  bytes[11] = 0xff;
  bytes.set(octets, 12);
  return bytes;
}

/** RFC 4291: `::` once, the last four bytes dotted where one likes; no zone. */
function parseIpv6(text: string): Uint8Array | null {
  if (!/^[0-9a-f:.]+$/i.test(text)) return null;
  let body = text;
  const tail = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  if (tail) {
    const parts = parseOctets(tail[2]!);
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

/** null: it is no whole address. */
export function parseAddress(text: string): Uint8Array | null {
  if (text.includes(':')) return parseIpv6(text);
  const octets = parseOctets(text);
  return octets?.length === 4 ? mappedAddress(octets) : null;
}

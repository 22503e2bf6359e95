// 16 bytes → text: IPv4 dotted (where mapped), IPv6 as RFC 5952 writes it.

function isMapped(bytes: Uint8Array, at: number): boolean {
  for (let i = 0; i < 10; i += 1) if (bytes[at + i] !== 0) return false;
  return bytes[at + 10] === 0xff && bytes[at + 11] === 0xff;
}

export function formatIpv4(bytes: Uint8Array, at: number): string {
  return `${bytes[at]}.${bytes[at + 1]}.${bytes[at + 2]}.${bytes[at + 3]}`;
}

/** Lower case, no leading zeros, the longest run of two or more zero groups (the first of equals) as `::`. */
export function formatIpv6(bytes: Uint8Array, at: number): string {
  const groups: number[] = [];
  for (let i = 0; i < 16; i += 2) groups.push((bytes[at + i]! << 8) | bytes[at + i + 1]!);
  let bestStart = -1;
  let bestLength = 1;
  for (let start = 0; start < 8; start += 1) {
    let length = 0;
    while (start + length < 8 && groups[start + length] === 0) length += 1;
    if (length > bestLength) {
      bestStart = start;
      bestLength = length;
    }
    if (length > 0) start += length;
  }
  const text = (from: number, to: number): string =>
    groups
      .slice(from, to)
      .map((group) => group.toString(16))
      .join(':');
  if (bestStart < 0) return text(0, 8);
  return `${text(0, bestStart)}::${text(bestStart + bestLength, 8)}`;
}

/** As flows and kernel events hold them: ::ffff:a.b.c.d is IPv4, unless `family` says that the packet really was IPv6. */
export function formatAddress(bytes: Uint8Array, at = 0, family = 0): string {
  if (isMapped(bytes, at)) {
    return family === 6 ? `::ffff:${formatIpv4(bytes, at + 12)}` : formatIpv4(bytes, at + 12);
  }
  return formatIpv6(bytes, at);
}

export function formatMac(bytes: Uint8Array, at = 0): string {
  const parts: string[] = [];
  for (let i = 0; i < 6; i += 1) parts.push(bytes[at + i]!.toString(16).padStart(2, '0'));
  return parts.join(':');
}

// The beginning of a TLS ClientHello: which server is asked for.
import { latin1 } from './text.js';

/** The server name of a TLS ClientHello; '' without one; null if it is no ClientHello. */
export function tlsServerName(bytes: Uint8Array): string | null {
  if (bytes.length < 44 || bytes[0] !== 0x16 || bytes[1] !== 3 || bytes[5] !== 1) return null;
  const u16 = (at: number): number => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
  let at = 43;
  at += 1 + bytes[at]!;
  at += 2 + u16(at);
  at += 1 + (bytes[at] ?? 0);
  at += 2;
  while (at + 4 <= bytes.length) {
    const length = u16(at + 2);
    if (u16(at) === 0) {
      const nameLength = u16(at + 7);
      return latin1(
        bytes.subarray(at + 9, Math.min(bytes.length, at + 9 + nameLength)),
        255,
      ).toLowerCase();
    }
    at += 4 + length;
  }
  return '';
}

// The packet that an ICMP error quotes: whose it was, and where it was going.

export interface QuotedHeader {
  /** 16 bytes each. */
  readonly source: Uint8Array;
  readonly destination: Uint8Array;
  readonly protocol: number;
  /** 0 where they weren't quoted. */
  readonly sourcePort: number;
  readonly destinationPort: number;
}

const ICMP_HEADER = 8;

/** Of a message from its ICMP header on, of ICMP (4) or ICMPv6 (6); null where the quotation is cut or no IP header of that version. */
export function quotedHeader(bytes: Uint8Array, expected: 4 | 6): QuotedHeader | null {
  const start = ICMP_HEADER;
  if (bytes.length < start + 20) return null;
  const version = bytes[start]! >> 4;
  if (expected === 4) {
    const headerLength = (bytes[start]! & 15) * 4;
    if (version !== 4 || headerLength < 20) return null;
    return {
      source: mapped(bytes, start + 12),
      destination: mapped(bytes, start + 16),
      protocol: bytes[start + 9]!,
      ...ports(bytes, start + headerLength),
    };
  }
  if (version !== 6 || bytes.length < start + 40) return null;
  return {
    source: bytes.slice(start + 8, start + 24),
    destination: bytes.slice(start + 24, start + 40),
    protocol: bytes[start + 6]!,
    ...ports(bytes, start + 40),
  };
}

function mapped(bytes: Uint8Array, offset: number): Uint8Array {
  const address = new Uint8Array(16);
  address[10] = 0xff;
  address[11] = 0xff;
  address.set(bytes.subarray(offset, offset + 4), 12);
  return address;
}

function ports(bytes: Uint8Array, offset: number): { sourcePort: number; destinationPort: number } {
  if (offset + 4 > bytes.length) return { sourcePort: 0, destinationPort: 0 };
  return {
    sourcePort: (bytes[offset]! << 8) | bytes[offset + 1]!,
    destinationPort: (bytes[offset + 2]! << 8) | bytes[offset + 3]!,
  };
}

// A DNS message off the wire, as far as rules need it. Everything in it is hostile: lengths, counts, pointers, names.

export interface DnsRecord {
  readonly name: string;
  readonly type: number;
  /** First 64 bytes of the data in hex, enough to compare answers. */
  readonly data: string;
  readonly length: number;
}

export interface DnsMessage {
  readonly id: number;
  readonly response: boolean;
  readonly rcode: number;
  readonly questions: number;
  readonly answers: number;
  /** Of the first question, lower case, labels joined by dots; bytes outside of printable ASCII are escaped as \ddd. */
  readonly name: string;
  readonly labels: readonly string[];
  readonly type: number;
  readonly records: readonly DnsRecord[];
}

/** A name has at most 127 labels (RFC 1035); more jumps than that is a loop. */
const JUMPS_MAX = 16;
const NAME_BYTES_MAX = 255;
const RECORDS_MAX = 20;

interface Name {
  readonly labels: string[];
  readonly next: number;
}

export function parseDns(bytes: Uint8Array): DnsMessage | null {
  if (bytes.length < 12) return null;
  const u16 = (o: number): number => (bytes[o]! << 8) | bytes[o + 1]!;
  const flags = u16(2);
  const questions = u16(4);
  const answers = u16(6);
  let name: Name = { labels: [], next: 12 };
  let type = 0;
  if (questions > 0) {
    const first = readName(bytes, 12);
    if (!first || first.next + 4 > bytes.length) return null;
    name = first;
    type = u16(first.next);
  }
  const records: DnsRecord[] = [];
  let offset = name.next + (questions > 0 ? 4 : 0);
  if (questions <= 1) {
    for (let i = 0; i < Math.min(answers, RECORDS_MAX); i += 1) {
      const owner = readName(bytes, offset);
      if (!owner || owner.next + 10 > bytes.length) break;
      const length = u16(owner.next + 8);
      const data = bytes.subarray(owner.next + 10, owner.next + 10 + Math.min(length, 64));
      records.push({
        name: owner.labels.join('.'),
        type: u16(owner.next),
        data: hex(data),
        length,
      });
      offset = owner.next + 10 + length;
      if (offset > bytes.length) break;
    }
  }
  return {
    id: u16(0),
    response: (flags & 0x8000) !== 0,
    rcode: flags & 15,
    questions,
    answers,
    name: name.labels.join('.'),
    labels: name.labels,
    type,
    records,
  };
}

function readName(bytes: Uint8Array, start: number): Name | null {
  const labels: string[] = [];
  let offset = start;
  let next = -1;
  let jumps = 0;
  let total = 0;
  for (;;) {
    if (offset >= bytes.length) return null;
    const length = bytes[offset]!;
    if (length === 0) return { labels, next: next < 0 ? offset + 1 : next };
    if (length >= 0xc0) {
      if (offset + 2 > bytes.length || jumps++ >= JUMPS_MAX) return null;
      if (next < 0) next = offset + 2;
      offset = ((length & 0x3f) << 8) | bytes[offset + 1]!;
      continue;
    }
    if (length > 63 || offset + 1 + length > bytes.length) return null;
    total += length + 1;
    if (total > NAME_BYTES_MAX) return null;
    labels.push(labelText(bytes.subarray(offset + 1, offset + 1 + length)));
    offset += 1 + length;
  }
}

function labelText(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) {
    if (byte >= 0x41 && byte <= 0x5a) text += String.fromCharCode(byte + 32);
    else if (byte > 0x20 && byte < 0x7f && byte !== 0x2e && byte !== 0x5c)
      text += String.fromCharCode(byte);
    else text += `\\${byte.toString().padStart(3, '0')}`;
  }
  return text;
}

function hex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += byte.toString(16).padStart(2, '0');
  return text;
}

const secondLevel = new Set(['co', 'com', 'net', 'org', 'gov', 'edu', 'ac', 'or', 'ne', 'go']);

/** The registered domain, by a rule of thumb: the last two labels, three under names like co.uk. */
export function registeredDomain(labels: readonly string[]): string {
  const n = labels.length;
  if (n <= 2) return labels.join('.');
  const three = labels[n - 1]!.length === 2 && secondLevel.has(labels[n - 2]!);
  return labels.slice(three ? n - 3 : n - 2).join('.');
}

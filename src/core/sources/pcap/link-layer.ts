// Link headers other than Ethernet, rewritten to Ethernet's, so that one parser, the kernel's, reads every capture.
//
// Only the bytes that are handed to the programs change; counted is the record's own original length. A header that is cut off
// becomes a cut-off Ethernet header, which the parser counts as malformed.

const ethernetHeaderBytes = 14;
const etherTypeIpv4 = 0x0800;
const etherTypeIpv6 = 0x86dd;
const etherTypeMpls = 0x8847;
const etherTypeMplsMulticast = 0x8848;
/** PPP control protocols: 0x880b is PPP's own EtherType, nothing that the parser follows. */
const etherTypePpp = 0x880b;
/** Reserved (RFC 1701): a frame without EtherType counts as Ethernet-other. */
const etherTypeNone = 0xffff;
const etherTypeMin = 0x0600;

/** A parsed link header; one object is reused. */
export interface LinkHeader {
  etherType: number;
  /** True: the payload starts with LLC, and a length stands where Ethernet has its type. */
  logicalLinkControl: boolean;
  /** Where the payload begins, from the record's first byte. */
  payload: number;
  /** Where six bytes of the sender's hardware address are; -1 where there are none. */
  sourceAddress: number;
  sent: boolean;
}

/**
 * Reads a link header of `available` bytes at `offset` into `header`; false when it is cut off.
 * Everything in it is untrusted.
 */
export type LinkHeaderReader = (
  bytes: Buffer,
  offset: number,
  available: number,
  header: LinkHeader,
) => boolean;

function setType(header: LinkHeader, etherType: number, payload: number): true {
  header.etherType = etherType;
  header.payload = payload;
  return true;
}

/** Linux cooked: protocol below 0x600 are frame kinds of Linux, 4 is LLC. GRE devices write GRE's types, equal to EtherTypes. */
function setCookedProtocol(header: LinkHeader, protocol: number, payload: number): true {
  header.logicalLinkControl = protocol === 4;
  return setType(header, protocol < etherTypeMin ? etherTypeNone : protocol, payload);
}

/** ARPHRD_ values whose protocol field is no EtherType: netlink's family, 802.11's nothing. */
const hardwareWithoutEtherType = new Set([801, 802, 803, 824]);

const readCooked: LinkHeaderReader = (bytes, offset, available, header) => {
  if (available < 16) return false;
  header.sent = bytes.readUInt16BE(offset) === 4;
  if (bytes.readUInt16BE(offset + 4) === 6) header.sourceAddress = offset + 6;
  const hardware = bytes.readUInt16BE(offset + 2);
  const protocol = hardwareWithoutEtherType.has(hardware) ? 0 : bytes.readUInt16BE(offset + 14);
  return setCookedProtocol(header, protocol, 16);
};

const readCooked2: LinkHeaderReader = (bytes, offset, available, header) => {
  if (available < 20) return false;
  header.sent = bytes.readUInt8(offset + 10) === 4;
  if (bytes.readUInt8(offset + 11) === 6) header.sourceAddress = offset + 12;
  const hardware = bytes.readUInt16BE(offset + 8);
  const protocol = hardwareWithoutEtherType.has(hardware) ? 0 : bytes.readUInt16BE(offset);
  return setCookedProtocol(header, protocol, 20);
};

/** The version decides; one that is neither is for the parser to call malformed. */
const readRawIp: LinkHeaderReader = (bytes, offset, available, header) => {
  if (available < 1) return false;
  const version = bytes.readUInt8(offset) >> 4;
  return setType(header, version === 6 ? etherTypeIpv6 : etherTypeIpv4, 0);
};
const readRawIpv4: LinkHeaderReader = (_bytes, _offset, _available, header) =>
  setType(header, etherTypeIpv4, 0);
const readRawIpv6: LinkHeaderReader = (_bytes, _offset, _available, header) =>
  setType(header, etherTypeIpv6, 0);

/** AF_INET6 differs between the systems that write such captures: BSD/OS 24, FreeBSD 28, macOS 30, Linux 10, Windows 23. */
const familiesIpv6 = new Set([10, 23, 24, 28, 30]);

/** The family is in the byte order of the machine that wrote it (DLT_NULL) or big-endian (DLT_LOOP): the smaller reading is it. */
const readFamily: LinkHeaderReader = (bytes, offset, available, header) => {
  if (available < 4) return false;
  const family = Math.min(bytes.readUInt32LE(offset), bytes.readUInt32BE(offset));
  if (family === 2) return setType(header, etherTypeIpv4, 4);
  if (familiesIpv6.has(family)) return setType(header, etherTypeIpv6, 4);
  return setType(header, etherTypeNone, 4);
};

function pppEtherType(protocol: number): number {
  switch (protocol) {
    case 0x0021:
      return etherTypeIpv4;
    case 0x0057:
      return etherTypeIpv6;
    case 0x0281:
      return etherTypeMpls;
    case 0x0283:
      return etherTypeMplsMulticast;
    default:
      return etherTypePpp;
  }
}

/** RFC 1661: protocol of two bytes, or one (odd: compressed), behind address and control ff 03, which may be left out. */
function readPppAt(
  bytes: Buffer,
  start: number,
  offset: number,
  available: number,
  header: LinkHeader,
): boolean {
  let position = start;
  if (available >= position + 2) {
    const framing = bytes.readUInt16BE(offset + position);
    if (framing === 0xff03) position += 2;
    // Cisco's HDLC comes under the same link types; an EtherType follows (RFC 1547, 4.3.1).
    if ((framing === 0x0f00 || framing === 0x8f00) && available >= position + 4) {
      const type = bytes.readUInt16BE(offset + position + 2);
      return setType(header, type < etherTypeMin ? etherTypeNone : type, position + 4);
    }
  }
  if (available < position + 1) return false;
  const first = bytes.readUInt8(offset + position);
  if (first & 1) return setType(header, pppEtherType(first), position + 1);
  if (available < position + 2) return false;
  return setType(header, pppEtherType(bytes.readUInt16BE(offset + position)), position + 2);
}

const readPpp: LinkHeaderReader = (bytes, offset, available, header) =>
  readPppAt(bytes, 0, offset, available, header);

/** The first byte, where the address was, says whether the packet was sent (1) or received (0). */
const readPppWithDirection: LinkHeaderReader = (bytes, offset, available, header) => {
  if (available < 2) return false;
  header.sent = bytes.readUInt8(offset) !== 0;
  // pppd's form has the control byte (03) behind it, the other one the whole PPP header.
  return readPppAt(bytes, bytes.readUInt8(offset + 1) === 0x03 ? 2 : 1, offset, available, header);
};

const readers = new Map<number, LinkHeaderReader>([
  [0, readFamily],
  [108, readFamily],
  [9, readPpp],
  [50, readPpp],
  [166, readPppWithDirection],
  [204, readPppWithDirection],
  [12, readRawIp],
  [14, readRawIp],
  [101, readRawIp],
  [228, readRawIpv4],
  [229, readRawIpv6],
  [113, readCooked],
  [276, readCooked2],
]);

export const linkTypeEthernet = 1;

/** How a link type reaches the parser: as it is, rewritten, or not at all. */
export function linkHeaderReader(linkType: number): LinkHeaderReader | 'ethernet' | 'undecoded' {
  if (linkType === linkTypeEthernet) return 'ethernet';
  return readers.get(linkType) ?? 'undecoded';
}

/** Writes the Ethernet header that stands for `header` to `target`; returns its length. */
export function writeEthernetHeader(
  target: Uint8Array,
  position: number,
  header: LinkHeader,
  bytes: Buffer,
  payloadLength: number,
): number {
  target.fill(0, position, position + 12);
  if (header.sourceAddress >= 0) {
    target.set(bytes.subarray(header.sourceAddress, header.sourceAddress + 6), position + 6);
  }
  // 802.3: a length stands where the type is.
  const type = header.logicalLinkControl ? Math.min(payloadLength, 1500) : header.etherType;
  target[position + 12] = type >> 8;
  target[position + 13] = type & 0xff;
  return ethernetHeaderBytes;
}

// What a DHCP server's answer says of itself and of the network; everything in it may lie.

const MAGIC_COOKIE = 0x63825363;
const OPTIONS_START = 240;
const BOOT_REPLY = 2;
const v4 = { router: 3, nameServers: 6, messageType: 53, serverId: 54, end: 255 } as const;
const OFFER = 2;
const ACKNOWLEDGE = 5;
const V6_ADVERTISE = 2;
const V6_REPLY = 7;
const v6 = { serverId: 2, addressLease: 3, leasedAddress: 5, nameServers: 23 } as const;

export interface DhcpAnswer {
  /** As it names itself; '' where it doesn't. */
  readonly server: string;
  /** Router and name servers: what somebody who wants the traffic changes. */
  readonly gives: string;
  /** DHCPv6: an address that only the host itself may choose (fe80::), as mitm6 hands them out. */
  readonly isAbsurd: boolean;
}

/** An OFFER or ACK; null: something else, or nothing whole. */
export function dhcpAnswer(payload: Uint8Array): DhcpAnswer | null {
  if (payload.length < OPTIONS_START || payload[0] !== BOOT_REPLY) return null;
  const cookie =
    (payload[236]! << 24) | (payload[237]! << 16) | (payload[238]! << 8) | payload[239]!;
  if (cookie !== MAGIC_COOKIE) return null;
  let type = 0;
  let server = '';
  let router = '';
  let nameServers = '';
  for (let at = OPTIONS_START; at + 1 < payload.length && payload[at] !== v4.end; ) {
    const option = payload[at]!;
    if (option === 0) {
      at += 1;
      continue;
    }
    const length = payload[at + 1]!;
    const value = payload.subarray(at + 2, at + 2 + length);
    if (value.length < length) break;
    if (option === v4.messageType) type = value[0] ?? 0;
    else if (option === v4.serverId && length === 4) server = value.join('.');
    else if (option === v4.router) router = value.join('.');
    else if (option === v4.nameServers) nameServers = value.join('.');
    at += 2 + length;
  }
  if (type !== OFFER && type !== ACKNOWLEDGE) return null;
  return { server, gives: `${router} ${nameServers}`, isAbsurd: false };
}

/** An ADVERTISE or REPLY of DHCPv6. */
export function dhcpV6Answer(payload: Uint8Array): DhcpAnswer | null {
  if (payload[0] !== V6_ADVERTISE && payload[0] !== V6_REPLY) return null;
  let server = '';
  let nameServers = '';
  let isAbsurd = false;
  for (const [option, value] of v6Options(payload, 4)) {
    if (option === v6.serverId) server = Buffer.from(value).toString('hex');
    else if (option === v6.nameServers) nameServers = Buffer.from(value).toString('hex');
    else if (option === v6.addressLease) {
      for (const [inner, lease] of v6Options(value, 12))
        isAbsurd ||= inner === v6.leasedAddress && isLinkLocal(lease);
    }
  }
  return { server, gives: nameServers, isAbsurd };
}

function* v6Options(bytes: Uint8Array, from: number): IterableIterator<[number, Uint8Array]> {
  for (let at = from; at + 4 <= bytes.length; ) {
    const length = (bytes[at + 2]! << 8) | bytes[at + 3]!;
    const value = bytes.subarray(at + 4, at + 4 + length);
    if (value.length < length) return;
    yield [(bytes[at]! << 8) | bytes[at + 1]!, value];
    at += 4 + length;
  }
}

function isLinkLocal(lease: Uint8Array): boolean {
  return lease.length >= 16 && lease[0] === 0xfe && lease[1] === 0x80;
}

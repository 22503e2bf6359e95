// Keys to add flows up by: those that are no field's (both ends, networks), and the parts of fields' keys.
import { formatAddress } from '../../format/address.js';
import type { QueryColumns } from '../columns.generated.js';
import { IPV6_FAMILY } from '../flow-constants.js';
import type { GroupCode, GroupKey } from './contract.js';

/** Label of flows that have no such value. */
export const NO_VALUE = '-';

function maskedBytes(bytes: Uint8Array, at: number, bits: number): Uint8Array {
  const masked = new Uint8Array(16);
  for (let i = 0; i < 16; i += 1) {
    const keep = Math.min(8, Math.max(0, bits - i * 8));
    masked[i] = bytes[at + i]! & (0xff00 >> keep);
  }
  return masked;
}

/** Groups by an address or its network; lengths of the prefix for both families. */
function byAddress(
  bits: { readonly v4: number; readonly v6: number },
  low: (columns: QueryColumns, slot: number) => boolean,
  bothEnds: boolean,
): Pick<GroupKey, 'code' | 'highCode' | 'label'> {
  const bytesOf = (columns: QueryColumns, useLow: boolean): Uint8Array =>
    useLow ? columns.lowAddress : columns.highAddress;
  const codeOf = (columns: QueryColumns, slot: number, useLow: boolean): GroupCode => {
    const bytes = bytesOf(columns, useLow);
    const at = slot * 16;
    if (columns.family[slot] === IPV6_FAMILY)
      return formatAddress(maskedBytes(bytes, at, bits.v6), 0, IPV6_FAMILY);
    const word =
      (bytes[at + 12]! << 24) | (bytes[at + 13]! << 16) | (bytes[at + 14]! << 8) | bytes[at + 15]!;
    return bits.v4 === 0 ? 0 : word & (-1 << (32 - bits.v4));
  };
  return {
    code: (columns, slot) => codeOf(columns, slot, low(columns, slot)),
    ...(bothEnds && { highCode: (columns, slot) => codeOf(columns, slot, !low(columns, slot)) }),
    label: (columns, _context, slot, high) => {
      const family = columns.family[slot]!;
      const prefix = family === IPV6_FAMILY ? bits.v6 : bits.v4;
      const whole = family === IPV6_FAMILY ? 128 : 32;
      const bytes = bytesOf(columns, low(columns, slot) !== high);
      const masked = maskedBytes(bytes, slot * 16, prefix + (128 - whole));
      const address = formatAddress(masked, 0, family);
      return prefix === whole ? address : `${address}/${prefix}`;
    },
  };
}

const wholeAddress = { v4: 32, v6: 128 };
const lowEnd = (): boolean => true;

export const bySource = byAddress(
  wholeAddress,
  (columns, slot) => columns.sourceIsLow[slot] === 1,
  false,
);
export const byDestination = byAddress(
  wholeAddress,
  (columns, slot) => columns.sourceIsLow[slot] !== 1,
  false,
);

const subnet = (name: string, v4: number, v6: number, description: string): GroupKey => ({
  name,
  description,
  ...byAddress({ v4, v6 }, lowEnd, true),
  filter: (label) => `net ${label}`,
});

export const furtherGroupKeys: readonly GroupKey[] = [
  {
    name: 'host',
    description: 'each address, whichever end it is: a flow counts at both',
    ...byAddress(wholeAddress, lowEnd, true),
    filter: (label) => `host ${label}`,
  },
  subnet('subnet24', 24, 64, 'networks of 256 addresses (IPv6: /64), both ends'),
  subnet('subnet16', 16, 48, 'networks of 65,536 addresses (IPv6: /48), both ends'),
  subnet('subnet64', 32, 64, 'IPv6 networks of /64, IPv4 by host, both ends'),
];

/** Entries of the menu "group by" that are no single field's. */
export const furtherGroupMenu: readonly {
  readonly place: number;
  readonly key: string;
  readonly keys: readonly string[];
  readonly label: string;
}[] = [
  { place: 0, key: 'f', keys: [], label: 'flows, not grouped' },
  { place: 10, key: 'b', keys: ['host'], label: 'host, both ends' },
  { place: 40, key: 'o', keys: ['source', 'destination'], label: 'source and destination' },
  { place: 70, key: 'e', keys: ['protocol', 'port'], label: 'protocol and port' },
  { place: 80, key: 'x', keys: ['destination', 'port'], label: 'destination and port' },
  { place: 90, key: 'n', keys: ['subnet24'], label: 'network /24, IPv6 /64' },
  { place: 100, key: 'w', keys: ['subnet16'], label: 'network /16, IPv6 /48' },
  { place: 110, key: 'l', keys: ['subnet64'], label: 'IPv4 host, IPv6 /64' },
];

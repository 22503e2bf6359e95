// Numbers in the columns that mean something: families, protocols, no tag.
import type { QueryColumns } from './columns.generated.js';

export const ARP_FAMILY = 1;
export const IPV6_FAMILY = 6;
/** ARP has no protocol number: it counts as row 256 of the totals. */
export const ARP_ROW = 256;
export const NO_VLAN = 0xffff;
export const TCP = 6;
export const ICMP = 1;
export const ICMPV6 = 58;

/** Row of the totals that the flow's frames are counted in. */
export function protocolRow(
  columns: Pick<QueryColumns, 'family' | 'protocol'>,
  slot: number,
): number {
  return columns.family[slot] === ARP_FAMILY ? ARP_ROW : columns.protocol[slot]!;
}

// Orders of flows by address and by whole key: bytes compared where they lie.
import type { QueryColumns as FlowColumns } from './columns.generated.js';

const TWO_TO_32 = 4_294_967_296;

function isMapped(bytes: Uint8Array, at: number): boolean {
  for (let i = 0; i < 10; i += 1) if (bytes[at + i] !== 0) return false;
  return bytes[at + 10] === 0xff && bytes[at + 11] === 0xff;
}

function word(bytes: Uint8Array, at: number): number {
  return bytes[at]! * 0x1000000 + ((bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!);
}

/** IPv4 exactly and first, then IPv6 by its first 52 bits: equal keys are decided by compareEndpoints. */
export function endpointSortKey(columns: FlowColumns, slot: number, low: boolean): number {
  const bytes = low ? columns.lowAddress : columns.highAddress;
  const at = slot * 16;
  if (isMapped(bytes, at)) return word(bytes, at + 12);
  return TWO_TO_32 + word(bytes, at) * 0x100000 + Math.floor(word(bytes, at + 4) / 0x1000);
}

function compareBytes(a: Uint8Array, aAt: number, b: Uint8Array, bAt: number): number {
  for (let i = 0; i < 16; i += 1) {
    const difference = a[aAt + i]! - b[bAt + i]!;
    if (difference !== 0) return difference;
  }
  return 0;
}

export function compareEndpoints(
  columns: FlowColumns,
  a: number,
  aLow: boolean,
  b: number,
  bLow: boolean,
): number {
  const { lowAddress, highAddress, lowPort, highPort } = columns;
  return (
    compareBytes(
      aLow ? lowAddress : highAddress,
      a * 16,
      bLow ? lowAddress : highAddress,
      b * 16,
    ) || (aLow ? lowPort : highPort)[a]! - (bLow ? lowPort : highPort)[b]!
  );
}

/** The whole key, canonical: the tie-breaker between flows that are otherwise equal. */
export function compareKeys(columns: FlowColumns, a: number, b: number): number {
  const { interfaceIndex, protocol, tunnelId, vlan } = columns;
  return (
    interfaceIndex[a]! - interfaceIndex[b]! ||
    compareEndpoints(columns, a, true, b, true) ||
    compareEndpoints(columns, a, false, b, false) ||
    protocol[a]! - protocol[b]! ||
    tunnelId[a]! - tunnelId[b]! ||
    vlan[a * 4]! - vlan[b * 4]! ||
    columns.id[a]! - columns.id[b]!
  );
}

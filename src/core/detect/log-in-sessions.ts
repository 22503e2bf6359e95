// Log-in sessions by their outside: which pair they belong to, when they end, how alike they are.
import { addressKey, mixKey } from './address.js';
import { FIN, RST } from './protocol-numbers.js';
import type { Tick } from './tick.js';

export function pairKey(
  source: Uint8Array,
  destination: Uint8Array,
  offset: number,
  port: number,
): number {
  return mixKey(addressKey(source, offset) + addressKey(destination, offset) * 0.5, port);
}

export function endsNow(tick: Tick, slot: number): boolean {
  const { fin, rst, deltaFin, deltaRst } = tick.flows;
  const at = slot * 2;
  const delta = deltaFin[at]! + deltaFin[at + 1]! + deltaRst[at]! + deltaRst[at + 1]!;
  const all = fin[at]! + fin[at + 1]! + rst[at]! + rst[at + 1]!;
  return (
    delta > 0 &&
    all === delta &&
    ((tick.sourceFlags(slot) | tick.destinationFlags(slot)) & (FIN | RST)) !== 0
  );
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? 0;
}

/** Median distance from the median, as a share of it. */
export function spread(values: readonly number[]): number {
  const middle = median(values);
  return median(values.map((value) => Math.abs(value - middle))) / Math.max(1, middle);
}

// Log-in sessions by their outside: which pair they belong to, when they end, how alike they are.
import { addressKey, addressText, mixKey, pairKey } from './address.js';
import { serviceText } from './names.js';
import type { Tick } from './tick.js';
import { RollingSet, RollingSum, type StateLedger } from './windows.js';

export interface Pair {
  readonly source: string;
  readonly destination: string;
  readonly port: number;
  readonly interface: string;
  readonly sessions: RollingSum;
  readonly slowSessions: RollingSum;
  readonly refusals: RollingSum;
  readonly passwords: RollingSet;
  /** Whom Kerberos was asked for. */
  readonly users: RollingSet;
  service: string;
  /** Kerberos may come by UDP. */
  protocol: 'TCP' | 'UDP';
  /** Packets of the last failing sessions, for the median. */
  readonly sizes: number[];
  forcedUs: number;
  added: number;
  firstUs: number;
  lastUs: number;
}

export function newPair(
  source: Uint8Array,
  destination: Uint8Array,
  offset: number,
  port: number,
  where: string,
  timeUs: number,
  ledger: StateLedger,
): Pair {
  return {
    source: addressText(source, offset),
    destination: addressText(destination, offset),
    port,
    interface: where,
    sessions: new RollingSum(60e6),
    slowSessions: new RollingSum(1800e6),
    refusals: new RollingSum(60e6),
    passwords: new RollingSet(60e6, 1024, ledger),
    users: new RollingSet(60e6, 1024, ledger),
    service: serviceText(port),
    protocol: 'TCP',
    sizes: [],
    forcedUs: 0,
    added: 0,
    firstUs: timeUs,
    lastUs: timeUs,
  };
}

export function releasePair(pair: Pair): void {
  pair.passwords.release();
  pair.users.release();
}

export function logInKey(
  source: Uint8Array,
  destination: Uint8Array,
  offset: number,
  port: number,
): number {
  return mixKey(pairKey(addressKey(source, offset), addressKey(destination, offset)), port);
}

export function endsNow(tick: Tick, slot: number): boolean {
  const { fin, rst, deltaFin, deltaRst } = tick.flows;
  const at = slot * 2;
  const delta = deltaFin[at]! + deltaFin[at + 1]! + deltaRst[at]! + deltaRst[at + 1]!;
  const all = fin[at]! + fin[at + 1]! + rst[at]! + rst[at + 1]!;
  return delta > 0 && all === delta && tick.isClosed(slot);
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

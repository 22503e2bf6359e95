// Rates of what is watched, over time: header numbers and sparklines, smoothed over two seconds so that they can be read.
import { FLOW_SMOOTHING_SECONDS, smoothingShare } from '../../core/format/smoothing.js';
import type { FlowRow } from '../../core/model/flow.js';
import type { FlowGroup } from '../../core/model/group.js';
import type { Snapshot } from '../../core/model/snapshot.js';
import { RateHistory } from './rate-history.js';

export interface DirectionRates {
  readonly bitsPerSecond: number;
  readonly packetsPerSecond: number;
}

export interface RowRates {
  readonly inBitsPerSecond: number;
  readonly outBitsPerSecond: number;
}

/** Wide enough for the header of a 300-column terminal. */
const headerValues = 150;
const rowValues = 40;
const headerValueSeconds = 3;
const rowValueSeconds = 5;
/** Rows that are or were on the screen lately. */
const rowsCap = 600;
const smoothingSeconds = 2;
/** More groups than a screen shows lately. */
const groupsCap = 500;
const quiet: DirectionRates = { bitsPerSecond: 0, packetsPerSecond: 0 };

interface Sums {
  bytesIn: number;
  bytesOut: number;
  packetsIn: number;
  packetsOut: number;
}

const sumsOf = (snapshot: Snapshot, only: string | null): Sums => {
  const sums = { bytesIn: 0, bytesOut: 0, packetsIn: 0, packetsOut: 0 };
  for (const one of snapshot.interfaces) {
    if (only !== null && one.name !== only) continue;
    sums.bytesIn += one.received.bytes;
    sums.bytesOut += one.sent.bytes;
    sums.packetsIn += one.received.packets;
    sums.packetsOut += one.sent.packets;
  }
  return sums;
};

export class Traffic {
  private before: Sums | null = null;
  private sequence = 0;
  private only: string | null = null;
  private readonly smoothedRows = new Map<number, RowRates>();
  private readonly smoothedGroups = new Map<string, RowRates>();
  readonly history = new RateHistory(headerValues, 40, headerValueSeconds);
  readonly rows = new RateHistory(rowValues, rowsCap, rowValueSeconds);
  incoming = quiet;
  outgoing = quiet;
  peakIn = 0;
  peakOut = 0;

  /** Other interface, other numbers: the sparklines restart. */
  watch(only: string | null): void {
    if (only === this.only) return;
    this.only = only;
    this.before = null;
    this.history.clear();
    this.peakIn = 0;
    this.peakOut = 0;
  }

  adopt(snapshot: Snapshot): void {
    if (snapshot.final) {
      // Rates are means over the run now, and nothing is smoothed any more.
      this.adoptMeans(sumsOf(snapshot, this.only), snapshot.elapsedSeconds);
      this.smoothedRows.clear();
      this.smoothedGroups.clear();
      return;
    }
    if (snapshot.sequence === this.sequence) return;
    this.sequence = snapshot.sequence;
    const sums = sumsOf(snapshot, this.only);
    const seconds = snapshot.intervalSeconds;
    const before =
      this.before ??
      (snapshot.sequence === 1 ? sumsOf({ ...snapshot, interfaces: [] }, null) : null);
    this.before = sums;
    const share = smoothingShare(seconds, smoothingSeconds);
    if (before !== null && seconds > 0) {
      const inRate = (Math.max(0, sums.bytesIn - before.bytesIn) * 8) / seconds;
      const outRate = (Math.max(0, sums.bytesOut - before.bytesOut) * 8) / seconds;
      this.incoming = blend(
        this.incoming,
        inRate,
        (sums.packetsIn - before.packetsIn) / seconds,
        share,
      );
      this.outgoing = blend(
        this.outgoing,
        outRate,
        (sums.packetsOut - before.packetsOut) / seconds,
        share,
      );
      this.peakIn = Math.max(this.peakIn, inRate);
      this.peakOut = Math.max(this.peakOut, outRate);
      this.history.push('in', inRate, snapshot);
      this.history.push('out', outRate, snapshot);
      this.history.push('inPackets', (sums.packetsIn - before.packetsIn) / seconds, snapshot);
      this.history.push('outPackets', (sums.packetsOut - before.packetsOut) / seconds, snapshot);
    }
    for (const one of snapshot.protocols)
      this.history.push(`protocol ${one.protocol}`, one.bitsPerSecond, snapshot);
    // As the monitor smooths what rows are sorted by: shown rates then stand in the order of the rows.
    const rowShare = smoothingShare(seconds, FLOW_SMOOTHING_SECONDS);
    this.adoptRows(snapshot, rowShare);
    for (const group of snapshot.groups) remember(this.smoothedGroups, group.key, group, rowShare);
    forgetOldest(this.smoothedGroups, groupsCap);
  }

  private adoptMeans(sums: Sums, seconds: number): void {
    if (seconds <= 0) return;
    this.incoming = {
      bitsPerSecond: (sums.bytesIn * 8) / seconds,
      packetsPerSecond: sums.packetsIn / seconds,
    };
    this.outgoing = {
      bitsPerSecond: (sums.bytesOut * 8) / seconds,
      packetsPerSecond: sums.packetsOut / seconds,
    };
  }

  ratesOf(row: FlowRow): RowRates {
    return this.smoothedRows.get(row.id) ?? row;
  }

  ratesOfGroup(group: FlowGroup): RowRates {
    return this.smoothedGroups.get(group.key) ?? group;
  }

  private adoptRows(snapshot: Snapshot, share: number): void {
    for (const row of snapshot.flows) this.adoptRow(row, snapshot, share);
    for (const group of snapshot.groups)
      for (const row of group.members ?? []) this.adoptRow(row, snapshot, share);
    forgetOldest(this.smoothedRows, rowsCap);
  }

  private adoptRow(row: FlowRow, snapshot: Snapshot, share: number): void {
    remember(this.smoothedRows, row.id, row, share);
    this.rows.push(row.id, row.bitsPerSecond, snapshot);
  }
}

/** What was fed last stands last. */
const remember = <Key>(
  known: Map<Key, RowRates>,
  key: Key,
  { inBitsPerSecond, outBitsPerSecond }: RowRates,
  share: number,
): void => {
  const before = known.get(key);
  known.delete(key);
  known.set(key, {
    inBitsPerSecond: toward(before?.inBitsPerSecond, inBitsPerSecond, share),
    outBitsPerSecond: toward(before?.outBitsPerSecond, outBitsPerSecond, share),
  });
};

const forgetOldest = <Key>(known: Map<Key, RowRates>, cap: number): void => {
  for (const key of known.keys()) {
    if (known.size <= cap) return;
    known.delete(key);
  }
};

/** Below a bit per second nothing is left to fade: zero is shown as zero. */
const toward = (known: number | undefined, value: number, share: number): number => {
  if (known === undefined) return value;
  const next = known + (value - known) * share;
  return value === 0 && next < Math.max(8, known * 0.02) ? 0 : next;
};

const blend = (
  known: DirectionRates,
  bitsPerSecond: number,
  packetsPerSecond: number,
  share: number,
): DirectionRates => ({
  bitsPerSecond:
    known === quiet ? bitsPerSecond : toward(known.bitsPerSecond, bitsPerSecond, share),
  packetsPerSecond:
    known === quiet
      ? packetsPerSecond
      : toward(known.packetsPerSecond, Math.max(0, packetsPerSecond), share),
});

// Rates over time for the sparklines: one short series per visible item, none for the others.

interface Series {
  readonly values: number[];
  sequence: number;
  step: number;
  /** What has come since the last value: rate times seconds, and seconds. */
  pending: number;
  pendingSeconds: number;
}

/** Of a snapshot. */
export interface HistoryTime {
  readonly sequence: number;
  readonly intervalSeconds: number;
  readonly elapsedSeconds: number;
}

export class RateHistory {
  private readonly series = new Map<string | number, Series>();

  constructor(
    /** Values kept for each. */
    private readonly length: number,
    /** Cap on series; least recently updated ones are evicted first. */
    private readonly cap: number,
    /** Duration of one value: a sparkline that shifts every second costs more bytes than all numbers together. */
    private readonly valueSeconds: number,
  ) {}

  /** Where a series is that steps with all others of its kind: what moves together is written once. */
  stepAt(elapsedSeconds: number): number {
    return Math.floor((elapsedSeconds + 0.05) / this.valueSeconds);
  }

  /** The first rate is a value at once, so that there is something to see. */
  push(key: string | number, rate: number, at: HistoryTime): void {
    const step = this.stepAt(at.elapsedSeconds);
    const entry = this.series.get(key) ?? {
      values: [],
      sequence: -1,
      step: -1,
      pending: 0,
      pendingSeconds: 0,
    };
    if (entry.sequence === at.sequence) return;
    entry.sequence = at.sequence;
    entry.pending += rate * at.intervalSeconds;
    entry.pendingSeconds += at.intervalSeconds;
    if (entry.step !== step) {
      entry.step = step;
      entry.values.push(entry.pendingSeconds > 0 ? entry.pending / entry.pendingSeconds : rate);
      entry.pending = 0;
      entry.pendingSeconds = 0;
      if (entry.values.length > this.length) entry.values.shift();
    }
    this.series.delete(key);
    this.series.set(key, entry);
    if (this.series.size > this.cap) this.series.delete(this.series.keys().next().value!);
  }

  of(key: string | number): readonly number[] {
    return this.series.get(key)?.values ?? [];
  }

  clear(): void {
    this.series.clear();
  }
}

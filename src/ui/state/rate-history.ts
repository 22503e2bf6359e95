// Rates over time for the sparklines: one short series for each thing that is on the screen, nothing for what is not.

export class RateHistory {
  private readonly series = new Map<string | number, { values: number[]; sequence: number }>();

  constructor(
    /** Values kept for each. */
    private readonly length: number,
    /** Series kept; the ones fed longest ago leave first. */
    private readonly cap: number,
  ) {}

  push(key: string | number, value: number, sequence: number): void {
    const known = this.series.get(key);
    if (known?.sequence === sequence) {
      known.values[known.values.length - 1] = value;
      return;
    }
    const entry = known ?? { values: [], sequence };
    entry.values.push(value);
    if (entry.values.length > this.length) entry.values.shift();
    entry.sequence = sequence;
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

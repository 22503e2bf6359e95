// How much a series of calls is like a clock, after RITA: skew and spread of the intervals, and of the sizes.

export interface Regularity {
  /** 0 to 1. */
  readonly score: number;
  readonly medianSeconds: number;
}

export function regularity(startsUs: readonly number[], sizes: readonly number[]): Regularity {
  const intervals: number[] = [];
  for (let i = 1; i < startsUs.length; i += 1)
    intervals.push((startsUs[i]! - startsUs[i - 1]!) / 1e6);
  intervals.sort((a, b) => a - b);
  const byInterval = evenness(intervals);
  const bySize = sizes.length >= 5 ? evenness([...sizes].sort((a, b) => a - b)) : byInterval;
  return { score: byInterval * 0.7 + bySize * 0.3, medianSeconds: quantile(intervals, 0.5) };
}

/** Mean of: no skew (Bowley), and little spread (median distance from the median, against half of the median). */
function evenness(sorted: readonly number[]): number {
  const q1 = quantile(sorted, 0.25);
  const q2 = quantile(sorted, 0.5);
  const q3 = quantile(sorted, 0.75);
  if (q2 <= 0) return 0;
  // A skew within a hundredth of the median is noise of the clock, not a tail.
  const skew = q3 - q1 <= q2 * 0.02 ? 0 : Math.abs((q1 + q3 - 2 * q2) / (q3 - q1));
  const distances = sorted.map((value) => Math.abs(value - q2)).sort((a, b) => a - b);
  const spread = Math.min(1, quantile(distances, 0.5) / (q2 * 0.5));
  // The tails too: one in ten may be missed or late, not one in three.
  const tail = sorted.filter((value) => Math.abs(value - q2) > q2 * 0.5).length / sorted.length;
  return Math.max(
    0,
    ((1 - Math.min(1, skew)) * 0.3 + (1 - spread) * 0.7) * (1 - Math.min(1, tail * 1.5)),
  );
}

function quantile(sorted: readonly number[], share: number): number {
  if (sorted.length === 0) return 0;
  const at = (sorted.length - 1) * share;
  const below = Math.floor(at);
  const above = Math.min(sorted.length - 1, below + 1);
  return sorted[below]! + (sorted[above]! - sorted[below]!) * (at - below);
}

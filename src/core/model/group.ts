// Flows added up by one or two keys: what the screen shows as an openable row.
import type { Counter } from './counter.js';
import type { FlowRow } from './flow.js';

/**
 * Flows added up by a field: `groupBy` of `port.setView`.
 *
 * @example
 * ```ts
 * const busiest = (groups: readonly FlowGroup[]) => [...groups].sort((a, b) => b.bitsPerSecond - a.bitsPerSecond)[0];
 * ```
 */
export interface FlowGroup {
  /** Stable over ticks: the field values, joined. */
  readonly key: string;
  /** One value for each field of the view's `groupBy`, as shown ("10.0.0.0/24", "443", "TCP"). */
  readonly labels: readonly string[];
  /** How many are in it. */
  readonly flows: number;
  /** Both directions. */
  readonly total: Counter;
  /** What the interfaces received. */
  readonly received: Counter;
  /** What they sent. */
  readonly sent: Counter;
  /** Over the last interval, both directions. */
  readonly packetsPerSecond: number;
  /** Over the last interval, both directions. */
  readonly bitsPerSecond: number;
  /** Received. */
  readonly inBitsPerSecond: number;
  /** Sent. */
  readonly outBitsPerSecond: number;
  /** Exponentially smoothed `bitsPerSecond`. */
  readonly smoothedBitsPerSecond: number;
  /** The earliest of its flows, microseconds since 1970. */
  readonly firstSeenUs: number;
  /** The latest of its flows. */
  readonly lastSeenUs: number;
  /** A filter expression that selects the flows in it. */
  readonly filter: string;
  /** Its first flows in the view's sort order, when the view's `openGroups` names it; at most GROUP_MEMBERS_MAX. */
  readonly members?: readonly FlowRow[];
}

/** More than fits on any screen; the rest is reached by `filter`. */
export const GROUP_MEMBERS_MAX = 200;

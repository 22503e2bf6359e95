// Flows added up by one or two keys: what the screen shows as an openable row.
import type { Counter } from './counter.js';
import type { FlowRow } from './flow.js';

export interface FlowGroup {
  /** Stable over ticks: the field values, joined. */
  readonly key: string;
  /** One value for each field of the view's `groupBy`, as shown ("10.0.0.0/24", "443", "TCP"). */
  readonly labels: readonly string[];
  readonly flows: number;
  readonly total: Counter;
  readonly received: Counter;
  readonly sent: Counter;
  readonly packetsPerSecond: number;
  readonly bitsPerSecond: number;
  readonly inBitsPerSecond: number;
  readonly outBitsPerSecond: number;
  readonly smoothedBitsPerSecond: number;
  readonly firstSeenUs: number;
  readonly lastSeenUs: number;
  /** A filter expression that selects the flows in it. */
  readonly filter: string;
  /** Its first flows in the view's sort order, when the view's `openGroups` names it; at most GROUP_MEMBERS_MAX. */
  readonly members?: readonly FlowRow[];
}

/** More than fits on any screen; the rest is reached by `filter`. */
export const GROUP_MEMBERS_MAX = 200;

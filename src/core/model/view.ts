// A view, what a client requests: the same shape from the command line, the screen and the library.

/**
 * Column to sort by.
 *
 * @example
 * ```ts
 * const busiest: SortOrder = { field: 'rate', descending: true };
 * ```
 */
export interface SortOrder {
  /** As `sort` of the options: 'rate', 'bytes', 'age' … */
  readonly field: string;
  /** Largest first. */
  readonly descending: boolean;
}

/**
 * What a client requests: which flows, in what order, grouped by what.
 *
 * @example
 * ```ts
 * const byHost: FlowView = { filter: 'tcp', sort: { field: 'rate', descending: true }, limit: 20, offset: 0, groupBy: ['source'], pinned: [] };
 * ```
 */
export interface FlowView {
  /** Filter expression, '' for all. */
  readonly filter: string;
  /** Order of rows and groups. */
  readonly sort: SortOrder;
  /** Rows wanted from `offset`; Infinity for all. */
  readonly limit: number;
  /** Rows to leave out at the beginning. */
  readonly offset: number;
  /** Fields to group by, one or two; none: plain flows. */
  readonly groupBy: readonly string[];
  /** Keys of the groups whose `members` are wanted. */
  readonly openGroups?: readonly string[];
  /** Flow ids that must be among the rows whatever sort and limit say (pinned, selected): the first PINNED_FLOWS_MAX of them. */
  readonly pinned: readonly number[];
}

/** Twice what a screen can show at once; what is beyond counts as `pinnedFlowsIgnored` in a snapshot's `health`. */
export const PINNED_FLOWS_MAX = 1024;

// What the one who looks asks for: the same shape from the command line, the screen and the library.

/** Column to sort by; names are those of the field table (src/core/flows/fields.ts). */
export interface SortOrder {
  readonly field: string;
  readonly descending: boolean;
}

export interface FlowView {
  /** Filter expression, '' for all. */
  readonly filter: string;
  readonly sort: SortOrder;
  /** Rows wanted from `offset`; Infinity for all. */
  readonly limit: number;
  readonly offset: number;
  /** Fields to group by (none: plain flows); see src/core/flows/group.ts. */
  readonly groupBy: readonly string[];
  /** Keys of the groups whose `members` are wanted. */
  readonly openGroups?: readonly string[];
  /** Flow ids that must be among the rows whatever sort and limit say (pinned, selected). */
  readonly pinned: readonly number[];
}

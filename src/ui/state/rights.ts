// The rights of the run, as the screen shows them.

/** What the run may still do, after it has given up what it no longer needs. */
export interface Rights {
  readonly user: number;
  readonly capabilities: readonly string[];
  /** Everything was kept, as asked. */
  readonly kept: boolean;
}

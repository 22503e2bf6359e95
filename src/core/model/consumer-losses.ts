// Losses of each consumer of a run, by its name.

/**
 * What one consumer missed since the run's start. Ticks are cumulative, so one that was skipped loses no count.
 *
 * @example
 * ```ts
 * monitor.on('tick', ({ consumers }) => {
 *   for (const { name, ticksSkipped, alertsDropped } of consumers) console.warn(name, ticksSkipped, alertsDropped);
 * });
 * ```
 */
export interface ConsumerLosses {
  /** Of the consumer. */
  readonly name: string;
  /** Ticks that a newer one replaced while the consumer was busy. */
  readonly ticksSkipped: number;
  /** Alerts beyond the 1,000 that may wait, oldest first. */
  readonly alertsDropped: number;
  /** Warnings beyond the 1,000 that may wait, oldest first. */
  readonly warningsDropped: number;
  /** Ended flows beyond the 10,000 that may wait, oldest first, and those beyond 65,536 in one tick. */
  readonly flowsDropped: number;
  /** Reports of programs that a newer one replaced, and of a user's object beyond the 100 that may wait. */
  readonly reportsDropped: number;
  /** Callbacks that threw or rejected: what they were handed is lost to this consumer. */
  readonly failures: number;
}

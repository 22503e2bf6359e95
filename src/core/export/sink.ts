// The context of every sink: timers, a way to report a degraded mode, and one to end the run when its only reader has closed.
import type { Timers } from '../model/clock.js';

/** A warning of the run: on the screen, in NDJSON, on stderr. */
export type SinkReport = (code: string, message: string) => void;

/** What was kept when the rest was given up; null: nothing was given up. */
export interface KeptPrivileges {
  readonly user: number;
  readonly capabilities: readonly string[];
}

export interface SinkHost {
  readonly timers: Timers;
  readonly report: SinkReport;
  /** Known when consumers are started. */
  readonly privileges: () => KeptPrivileges | null;
  /** A capture is read at the pace of its readers. */
  readonly isCapture: boolean;
  /** Nothing more can be written: the run ends, with this failure or as requested. */
  readonly end: (failure: Error | null) => void;
}

/** Before the run stops waiting for a consumer that finishes. */
export const FINISH_MS = 2800;

const POLL_MS = 50;

/** Waits until nothing is pending, at most that long. */
export async function untilIdle(
  sink: { readonly idle: boolean },
  timers: Timers,
  milliseconds: number,
): Promise<void> {
  for (let waited = 0; waited < milliseconds && !sink.idle; waited += POLL_MS)
    await new Promise<void>((resolve) => void timers.after(POLL_MS, resolve));
}

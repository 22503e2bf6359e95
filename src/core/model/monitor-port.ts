// How the screen and the command line talk to the monitor, wherever it runs (same thread, worker, a test's double).
import type { Alert } from './alert.js';
import type { CustomEvent, CustomReport } from './custom.js';
import type { FlowRow } from './flow.js';
import type { PacketSample } from './packet-sample.js';
import type { ProgramsReport } from './programs.js';
import type { InterfaceState, Snapshot, Warning } from './snapshot.js';
import type { FlowView } from './view.js';

export interface FilterError {
  /** Position and length in the expression, in UTF-16 units. */
  readonly position: number;
  readonly length: number;
  readonly message: string;
  readonly hint: string | null;
}

/** What the run begins with: the `start` line. */
export interface MonitorStart {
  readonly timeUs: number;
  readonly interfaces: readonly InterfaceState[];
  readonly intervalSeconds: number;
}

export interface MonitorEvents {
  readonly start: (start: MonitorStart) => void;
  readonly snapshot: (snapshot: Snapshot) => void;
  readonly alert: (alert: Alert) => void;
  readonly warning: (warning: Warning) => void;
  /** With a user's object: what it tells, after each tick and before the last snapshot. */
  readonly custom: (report: CustomReport) => void;
  /** All programs and maps: live after the first tick, after each one while `measurePrograms` or a user's object asks for it, every half a minute else, and before the last snapshot. */
  readonly programs: (report: ProgramsReport) => void;
  /** One event of a user's ring buffer, as it comes; only in the thread that monitors. */
  readonly event: (event: CustomEvent) => void;
  /** A sampled packet, in the tick that follows it; only in the thread that monitors. */
  readonly packet: (packet: PacketSample) => void;
  readonly interfaces: (states: readonly InterfaceState[]) => void;
  /** Fatal: nothing more will come. */
  readonly error: (error: Error) => void;
  /** Ended as asked, or the source has ended (a capture). The last snapshot (final: true) came before. */
  readonly end: () => void;
}

export interface MonitorPort {
  on<Name extends keyof MonitorEvents>(name: Name, listener: MonitorEvents[Name]): () => void;
  /**
   * A new view; a snapshot that obeys it follows at once (made from the last tick's data, `sequence` unchanged), resolves with the
   * filter's error when it does not parse: then the old view stays.
   */
  setView(view: FlowView): Promise<FilterError | null>;
  setIntervalSeconds(seconds: number): void;
  /** Everything about one flow, null when it has gone: the row, its history of rates, its alerts. */
  flowDetail(id: number): Promise<FlowDetail | null>;
  /** Flows of the last tick that match, most bytes first, without changing the view; none when the filter doesn't parse. */
  flowsMatching(filter: string, limit: number): Promise<readonly FlowRow[]>;
  /** Keeps the kernel's program statistics on, where that is permitted, in place of one second in thirty. */
  measurePrograms(always: boolean): void;
  acknowledgeAlert(id: string): void;
  muteAlert(id: string, untilUs: number): void;
  /** Ends collection; the final snapshot and `end` follow. */
  stop(): Promise<void>;
}

export interface FlowDetail {
  readonly row: FlowRow;
  /** Bits per second by tick since it was first asked for or kept, oldest first; capped. */
  readonly forwardHistory: readonly number[];
  readonly reverseHistory: readonly number[];
  readonly alerts: readonly Alert[];
}

// How the screen and the command line talk to the monitor, wherever it runs (same thread, worker, a test's double): the library's `port`.
import type { Alert } from './alert.js';
import type { CustomEvent, CustomReport } from './custom.js';
import type { FlowRow } from './flow.js';
import type { PacketSample } from './packet-sample.js';
import type { ProgramsReport } from './programs.js';
import type { InterfaceState, Snapshot, Warning } from './snapshot.js';
import type { FlowView } from './view.js';

/**
 * What is wrong with a filter, and where.
 *
 * @example
 * ```ts
 * const marked = ({ position, length, message }: FilterError) => `${' '.repeat(position)}${'^'.repeat(length)} ${message}`;
 * ```
 */
export interface FilterError {
  /** In the expression, in UTF-16 units. */
  readonly position: number;
  /** Of what is wrong, in UTF-16 units. */
  readonly length: number;
  /** One sentence. */
  readonly message: string;
  /** What may have been meant. */
  readonly hint: string | null;
}

/**
 * What the run begins with: the `start` line.
 *
 * @example
 * ```ts
 * monitor.port.on('start', ({ interfaces, intervalSeconds }: MonitorStart) => console.log(interfaces.length, intervalSeconds));
 * ```
 */
export interface MonitorStart {
  /** The run clock, microseconds since 1970: from here `elapsedSeconds` counts. */
  readonly timeUs: number;
  /** The wall clock at that moment, microseconds since 1970: for printing. */
  readonly wallUs: number;
  /** Those that are watched from the start. */
  readonly interfaces: readonly InterfaceState[];
  /** Seconds between two ticks. */
  readonly intervalSeconds: number;
}

/**
 * The events of a port, each with its listener.
 *
 * @example
 * ```ts
 * const onInterfaces: MonitorEvents['interfaces'] = (states) => console.log(states.length);
 * ```
 */
export interface MonitorEvents {
  /** Once, when ticks begin. */
  readonly start: (start: MonitorStart) => void;
  /** A tick, and at once after `setView`. */
  readonly snapshot: (snapshot: Snapshot) => void;
  /** New, changed, ended. */
  readonly alert: (alert: Alert) => void;
  /** Ends nothing. */
  readonly warning: (warning: Warning) => void;
  /** With a user's object: its report, after each tick and before the last snapshot. */
  readonly custom: (report: CustomReport) => void;
  /**
   * All programs and maps: live after the first tick and every half a minute, after each tick while `measurePrograms` or a user's
   * object asks for it, and before the last snapshot.
   */
  readonly programs: (report: ProgramsReport) => void;
  /** One event of a user's ring buffer, as it comes; only in the thread that monitors. */
  readonly event: (event: CustomEvent) => void;
  /** A sampled packet, in the tick that follows it; only in the thread that monitors. */
  readonly packet: (packet: PacketSample) => void;
  /** At the start, and when one is removed, added, or changes its name or state. */
  readonly interfaces: (states: readonly InterfaceState[]) => void;
  /** Fatal: nothing more will come. */
  readonly error: (error: Error) => void;
  /** Ended as requested, or the source has ended (a capture). The last snapshot (final: true) came before. */
  readonly end: () => void;
}

/**
 * What the screen is built on, and nothing else: views, groups, one flow in detail, acknowledged alerts.
 *
 * @example
 * ```ts
 * const { port } = monitor;
 * const forget = port.on('snapshot', ({ groups }) => console.log(groups.map(({ labels, bitsPerSecond }) => [labels, bitsPerSecond])));
 * await port.setView({ filter: '', sort: { field: 'rate', descending: true }, limit: 10, offset: 0, groupBy: ['protocol'], pinned: [] });
 * forget();
 * ```
 */
export interface MonitorPort {
  /** Returns what ends it. */
  on<Name extends keyof MonitorEvents>(name: Name, listener: MonitorEvents[Name]): () => void;
  /**
   * A new view; a snapshot that obeys it follows at once (made from the last tick's data, `sequence` unchanged), resolves with the
   * filter's error when it does not parse: then the old view stays.
   */
  setView(view: FlowView): Promise<FilterError | null>;
  /** 0.1 to 60; obeyed at once. */
  setIntervalSeconds(seconds: number): void;
  /** Everything about one flow, null when it was removed: the row, its history of rates, its alerts. */
  flowDetail(id: number): Promise<FlowDetail | null>;
  /** Flows of the last tick that match, most bytes first, without changing the view; none when the filter doesn't parse. */
  flowsMatching(filter: string, limit: number): Promise<readonly FlowRow[]>;
  /** Keeps the kernel's program statistics on, where that is permitted, in place of one second in thirty. */
  measurePrograms(always: boolean): void;
  /** Acknowledges it: it no longer counts as new. */
  acknowledgeAlert(id: string): void;
  /** It is not emitted again before then, by the run clock (Snapshot.timeUs). */
  muteAlert(id: string, untilUs: number): void;
  /** Ends collection; the final snapshot and `end` follow. */
  stop(): Promise<void>;
}

/**
 * Everything about one flow.
 *
 * @example
 * ```ts
 * const detail: FlowDetail | null = await monitor.port.flowDetail(monitor.getFlowStats()[0]?.id ?? -1);
 * ```
 */
export interface FlowDetail {
  /** As of the last tick. */
  readonly row: FlowRow;
  /** Bits per second by tick since it was first requested or kept, oldest first; capped. */
  readonly forwardHistory: readonly number[];
  /** The other direction's. */
  readonly reverseHistory: readonly number[];
  /** Those of its two addresses. */
  readonly alerts: readonly Alert[];
}

// A consumer of a run's data, with a view of its own: screen, NDJSON, tables, alert sinks and library users' consumers.
import type { Alert } from './alert.js';
import type { ConsumerLosses } from './consumer-losses.js';
import type { CustomReport } from './custom.js';
import type { FlowRow } from './flow.js';
import type { FilterError, MonitorStart } from './monitor-port.js';
import type { ProgramsReport } from './programs.js';
import type { Snapshot, Warning } from './snapshot.js';
import type { FlowView } from './view.js';

/**
 * Why a flow has ended. `idle`: no packet for the flow timeout. `closed`: a TCP connection that is closed or reset, after a tenth of
 * it. `interface_gone`: its interface was deleted, after a tenth of it. `evicted`: the table was full, and this flow idle longest.
 * `run_ended`: it was still in the table when the run ended.
 *
 * @example
 * ```ts
 * const lost = (reason: FlowEndReason): boolean => reason === 'evicted';
 * ```
 */
export type FlowEndReason = 'idle' | 'closed' | 'evicted' | 'interface_gone' | 'run_ended';

/**
 * A flow that has left the table, with its final totals.
 *
 * @example
 * ```ts
 * monitor.subscribe({ filter: 'tcp' }, { name: 'connections', flowEnded: ({ flow, reason }) => console.log(flow.forward.bytes, reason) });
 * ```
 */
export interface EndedFlow {
  /** Of the tick in which it left, by the run clock. */
  readonly timeUs: number;
  /** Why it left. */
  readonly reason: FlowEndReason;
  /** Its last state: totals are final, rates those of the last interval. */
  readonly flow: FlowRow;
}

/**
 * What a run hands out. All callbacks are optional, each is called with `this` set to the consumer; what isn't there costs nothing.
 * A callback that returns a promise is busy until it resolves: meanwhile the newest tick, 1,000 alerts, 1,000 warnings and 10,000 ended
 * flows wait in order, and what is beyond is counted (ConsumerLosses). One that throws or rejects is counted and named in a warning
 * (`consumer_failed`), and stays subscribed; others are not touched. A synchronous callback delays the next tick, never the counting.
 *
 * @example
 * ```ts
 * const log: Consumer = {
 *   name: 'log',
 *   tick: ({ flows }) => console.log(flows.length),
 *   alert: async (alert) => { await fetch('http://localhost:9000', { method: 'POST', body: JSON.stringify(alert) }); },
 *   finish: () => console.log('done'),
 * };
 * monitor.subscribe({ filter: 'udp', limit: 10 }, log);
 * ```
 */
export interface Consumer {
  /** Its losses and failures are shown under this name. */
  readonly name: string;
  /** Once, before all others: when the run begins, or at once where it has begun. */
  start?(start: MonitorStart): unknown;
  /** Once in an interval, as its view asks; the last one has `final: true`. */
  tick?(snapshot: Snapshot): unknown;
  /** A flow that matches the view's filter has left the table: before the tick of the same interval. At the run's end those that are still open follow. */
  flowEnded?(ended: EndedFlow): unknown;
  /** New, changed, ended: before the tick of the same interval. */
  alert?(alert: Alert): unknown;
  /** Ends nothing. */
  warning?(warning: Warning): unknown;
  /** Programs and maps, as the `programs` event. */
  programs?(report: ProgramsReport): unknown;
  /** With a user's object, as the `custom` event. */
  custom?(report: CustomReport): unknown;
  /** The run has ended, after the last tick. What it returns is waited for, with what still waited for this consumer. */
  finish?(): unknown;
  /** Timeout of that. Default: 3,000. */
  readonly finishLimitMilliseconds?: number;
  /** What a consumer with a queue of its own has lost; added to what was lost before it. */
  losses?(): Partial<Omit<ConsumerLosses, 'name'>>;
}

/**
 * A consumer's place in a run.
 *
 * @example
 * ```ts
 * const subscription = monitor.subscribe({ filter: 'tcp' }, { name: 'tcp', tick: ({ flows }) => console.log(flows) });
 * const problem = subscription.setView({ filter: 'udp' });
 * if (problem) console.error(problem.message);
 * subscription.close();
 * ```
 */
export interface Subscription {
  /** From the next tick on; the filter's error where it doesn't parse: then the old view stays. What is left out has its default. */
  setView(view: Partial<FlowView>): FilterError | null;
  /** Nothing more is handed out, `finish` neither; also from within a callback. */
  close(): void;
}

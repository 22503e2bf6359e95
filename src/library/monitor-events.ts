// The events of the library's monitor and the types of its query results.
import type { Alert } from '../core/model/alert.js';
import type { CustomEvent, CustomReport } from '../core/model/custom.js';
import type { PacketSample } from '../core/model/packet-sample.js';
import type { ProgramsReport } from '../core/model/programs.js';
import type { Snapshot, Warning } from '../core/model/snapshot.js';
import type { NetworkMonitorOptions } from './monitor-options.generated.js';

/**
 * Events, each with its one argument. Listeners run in the monitor's own turn: what they do delays the next tick, never the counting.
 *
 * @example
 * ```ts
 * monitor.once('tick', ({ protocols }) => console.log(protocols)).on('error', (error) => console.error(error));
 * ```
 */
export interface NetworkMonitorEvents {
  /** Once in an interval: totals, protocols, the flows that the options ask for. The last one has `final: true`. */
  tick: [tick: Snapshot];
  /** When an alert is raised, and again when it has changed. */
  alert: [alert: Alert];
  /** A degraded mode, a loss, a reload. */
  warning: [warning: Warning];
  /** A sampled packet, with `packetSamples`; those of an interval come with its tick. */
  packet: [packet: PacketSample];
  /** With a user's object, in each tick: its programs, maps and events. */
  custom: [report: CustomReport];
  /** In each tick: all programs, the monitor's and the user's, and how full the maps are. */
  programs: [report: ProgramsReport];
  /** With a user's object: one event of its ring buffers, within 100 ms. */
  event: [event: CustomEvent];
  /**
   * Fatal (every interface was deleted, the kernel refused): `close` follows. Iterators throw it; where nothing iterates and
   * there is no listener, Node ends the process with it, as with every `error` event.
   */
  error: [error: Error];
  /** Everything is detached; nothing more comes. */
  close: [];
}

/**
 * Totals of the last tick.
 *
 * @example
 * ```ts
 * const stats: PacketStats | null = monitor.getPacketStats();
 * ```
 */
export type PacketStats = Omit<
  Snapshot,
  'flows' | 'groups' | 'flowsMatched' | 'alerts' | 'warnings' | 'final'
>;

/**
 * Which flows, in what order: as the options of the same names.
 *
 * @example
 * ```ts
 * const query: FlowQuery = { filter: 'udp and port 53', sort: 'packets', limit: 10 };
 * ```
 */
export type FlowQuery = Pick<NetworkMonitorOptions, 'filter' | 'sort' | 'descending' | 'limit'>;

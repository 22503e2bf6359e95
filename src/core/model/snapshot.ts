// What one tick makes known: immutable, crosses the thread border by copy, feeds screen and exports alike.
import type { Alert } from './alert.js';
import type { Counter, DirectionalCounter } from './counter.js';
import type { FlowRow } from './flow.js';
import type { FlowGroup } from './group.js';

export interface HookState {
  readonly hook: 'xdp' | 'tcx' | 'clsact' | 'test_run' | 'none';
  readonly mode: 'native' | 'generic' | null;
  /** Why this hook and mode were taken, in a few words. */
  readonly reason: string;
}

export interface InterfaceState {
  readonly name: string;
  readonly index: number;
  readonly ingress: HookState;
  readonly egress: HookState;
  readonly up: boolean;
}

export interface InterfaceTotals extends DirectionalCounter {
  readonly name: string;
}

export interface ProtocolTotals extends DirectionalCounter {
  readonly protocol: string;
  /** Both directions, over the last interval (summary: mean over the run). */
  readonly packetsPerSecond: number;
  readonly bitsPerSecond: number;
}

export interface EncapsulationTotals extends DirectionalCounter {
  readonly encapsulation: string;
}

/** What the program itself costs. A null figure could not be measured here (it says why in docs, never a guess). */
export interface Cost {
  readonly nanosecondsPerPacket: number | null;
  /** Of one core, 0 to 1 and more with several threads. */
  readonly cpuShare: number;
  readonly residentBytes: number;
  /** Filled share of the kernel's flow table in the last epoch, 0 to 1. */
  readonly flowTableFill: number;
  readonly mapBytes: number;
  readonly drainMilliseconds: number;
  readonly tickMilliseconds: number;
}

export interface Totals {
  readonly interfaces: readonly InterfaceTotals[];
  /** Rows with at least one packet, biggest rate first. */
  readonly protocols: readonly ProtocolTotals[];
  readonly encapsulations: readonly EncapsulationTotals[];
  readonly flowsTracked: number;
  readonly untracked: Counter;
  readonly untrackedProtocols: Readonly<Record<string, Counter>>;
  readonly expired: Counter;
  readonly malformed: Counter;
  /** camelCase reason → packets. */
  readonly malformedReasons: Readonly<Record<string, number>>;
  readonly fragments: Counter;
  readonly eventsLost: number;
  /** What the kernel side and the decoder couldn't follow, by name (camelCase of enum health_row), packets; only those above zero. */
  readonly health: Readonly<Record<string, number>>;
  readonly cost: Cost | null;
}

export interface Warning {
  readonly timeUs: number;
  /** snake_case. */
  readonly code: string;
  readonly message: string;
}

export interface Snapshot extends Totals {
  /** Counts ticks from 1. */
  readonly sequence: number;
  /** Of the tick, microseconds since 1970. */
  readonly timeUs: number;
  readonly elapsedSeconds: number;
  /** Since the tick before. */
  readonly intervalSeconds: number;
  /** Filtered, sorted, limited as the view asked. */
  readonly flows: readonly FlowRow[];
  /** With the view's `groupBy`: the groups, sorted and limited in place of `flows`; else empty. */
  readonly groups: readonly FlowGroup[];
  /** How many flows match the filter, before the limit. */
  readonly flowsMatched: number;
  /** Open alerts and those that ended lately, newest first; capped. */
  readonly alerts: readonly Alert[];
  readonly interfaceStates: readonly InterfaceState[];
  readonly warnings: readonly Warning[];
  /** True for the summary: rates are means over the run. */
  readonly final: boolean;
}

// What one tick makes known: immutable, crosses the thread border by copy, feeds screen and exports alike.
import type { Alert } from './alert.js';
import type { ConsumerLosses } from './consumer-losses.js';
import type { Counter, DirectionalCounter } from './counter.js';
import type { FlowRow } from './flow.js';
import type { FlowGroup } from './group.js';

/**
 * Where a program is attached on one side of an interface.
 *
 * @example
 * ```ts
 * for (const { name, ingress } of monitor.interfaces) console.log(name, ingress.hook, ingress.reason);
 * ```
 */
export interface HookState {
  /** `none`: nothing is attached on this side; `test_run`: a capture. */
  readonly hook: 'xdp' | 'tcx' | 'clsact' | 'test_run' | 'none';
  /** Of XDP; null for other hooks. */
  readonly mode: 'native' | 'generic' | null;
  /** Why this hook and mode were chosen, in a few words. */
  readonly reason: string;
}

/**
 * An interface that is watched.
 *
 * @example
 * ```ts
 * const down = monitor.interfaces.filter(({ up }) => !up).map(({ name }) => name);
 * ```
 */
export interface InterfaceState {
  /** As ip(8) shows it; it may be renamed while it is watched. */
  readonly name: string;
  /** The kernel's number of it. */
  readonly index: number;
  /** Where incoming packets are read. */
  readonly ingress: HookState;
  /** Where outgoing packets are read. */
  readonly egress: HookState;
  /** Up, and with a carrier. */
  readonly up: boolean;
}

/**
 * What an interface received and sent since it was attached.
 *
 * @example
 * ```ts
 * monitor.on('tick', ({ interfaces }) => { for (const { name, received } of interfaces) console.log(name, received.packets); });
 * ```
 */
export interface InterfaceTotals extends DirectionalCounter {
  /** Of the interface. */
  readonly name: string;
}

/**
 * Every frame is in exactly one of these: the innermost protocol that was decoded.
 *
 * @example
 * ```ts
 * monitor.on('tick', ({ protocols }) => console.log(protocols.find(({ protocol }) => protocol === 'UDP')?.bitsPerSecond));
 * ```
 */
export interface ProtocolTotals extends DirectionalCounter {
  /** As IANA and Wireshark write it: "TCP", "ICMPv6", "ARP", "IP-253", "Ethernet-other", "malformed". */
  readonly protocol: string;
  /** Both directions, over the last interval (summary: mean over the run). */
  readonly packetsPerSecond: number;
  /** Both directions, over the last interval. */
  readonly bitsPerSecond: number;
}

/**
 * Headers that were looked through, counted beside the protocols.
 *
 * @example
 * ```ts
 * monitor.on('tick', ({ encapsulations }) => console.log(encapsulations.map(({ encapsulation }) => encapsulation)));
 * ```
 */
export interface EncapsulationTotals extends DirectionalCounter {
  /** "VLAN", "QinQ", "MPLS", "PPPoE", "VXLAN", "Geneve", "GTP-U", "GRE", "IPIP", "6in4". */
  readonly encapsulation: string;
}

/**
 * What the program itself costs. A null figure could not be measured here (it says why in docs, never a guess).
 *
 * @example
 * ```ts
 * monitor.on('tick', ({ cost }) => console.log(cost?.nanosecondsPerPacket, 'ns a packet'));
 * ```
 */
export interface Cost {
  /** Of our programs in the kernel, as it measures them. */
  readonly nanosecondsPerPacket: number | null;
  /** Of one core, 0 to 1 and more with several threads. */
  readonly cpuShare: number;
  /** Of the process. */
  readonly residentBytes: number;
  /** Filled share of the kernel's flow table in the last epoch, 0 to 1. */
  readonly flowTableFill: number;
  /** Kernel memory of the programs' maps. */
  readonly mapBytes: number;
  /** Time of the last reading of the maps, off the main thread. */
  readonly drainMilliseconds: number;
  /** Time of the last tick in JavaScript. */
  readonly tickMilliseconds: number;
}

/** Counters of a run; cumulative. */
export interface Totals {
  /** One row for each that was ever watched. */
  readonly interfaces: readonly InterfaceTotals[];
  /** Rows with at least one packet, biggest rate first. */
  readonly protocols: readonly ProtocolTotals[];
  /** Rows with at least one packet. */
  readonly encapsulations: readonly EncapsulationTotals[];
  /** Flows in the table of user space. */
  readonly flowsTracked: number;
  /** Packets that found no room in the kernel's flow table: they are in all totals, and in no flow. */
  readonly untracked: Counter;
  /** `untracked` by protocol. */
  readonly untrackedProtocols: Readonly<Record<string, Counter>>;
  /** What belonged to flows that have left the table: idle for long, or the longest idle when it was full. */
  readonly expired: Counter;
  /** Frames with a header that lies or ends early. */
  readonly malformed: Counter;
  /** camelCase reason → packets. */
  readonly malformedReasons: Readonly<Record<string, number>>;
  /** IP fragments, first ones included. */
  readonly fragments: Counter;
  /** Kernel events for detection and samples that were lost because a queue was full. */
  readonly eventsLost: number;
  /**
   * What the kernel side and the decoder couldn't follow, by name (camelCase of enum health_row), packets; and `detectionStateForgotten`,
   * entries that detection's tables gave up at their caps. Only those above zero.
   */
  readonly health: Readonly<Record<string, number>>;
  /** null before the first measurement. */
  readonly cost: Cost | null;
}

/**
 * A problem that the user should know of and that doesn't end the run.
 *
 * @example
 * ```ts
 * monitor.on('warning', ({ code, message }) => console.warn(code, message));
 * ```
 */
export interface Warning {
  /** The run clock, microseconds since 1970. */
  readonly timeUs: number;
  /** The wall clock at that moment, microseconds since 1970: for printing. */
  readonly wallUs: number;
  /** snake_case. */
  readonly code: string;
  /** One sentence. */
  readonly message: string;
}

/**
 * One tick. Immutable: keep it as long as you like.
 *
 * @example
 * ```ts
 * monitor.on('tick', ({ wallUs, flowsTracked, final }) => { if (!final) console.log(new Date(wallUs / 1000), flowsTracked); });
 * ```
 */
export interface Snapshot extends Totals {
  /** Counts ticks from 1. */
  readonly sequence: number;
  /**
   * Of the tick, microseconds since 1970: the wall clock at the start and CLOCK_BOOTTIME from there on (captures: capture time). Nobody
   * sets it, as all times of flows and alerts.
   */
  readonly timeUs: number;
  /** The wall clock at that moment, microseconds since 1970: for printing. Captures: `timeUs`. */
  readonly wallUs: number;
  /** Since the ticks began. */
  readonly elapsedSeconds: number;
  /** Since the tick before. */
  readonly intervalSeconds: number;
  /** Filtered, sorted, limited by the view. */
  readonly flows: readonly FlowRow[];
  /** With the view's `groupBy`: the groups, sorted and limited in place of `flows`; else empty. */
  readonly groups: readonly FlowGroup[];
  /** How many flows match the filter, before the limit. */
  readonly flowsMatched: number;
  /** Open alerts and those that ended lately, newest first; capped. */
  readonly alerts: readonly Alert[];
  /** Those that are watched, with their hooks. */
  readonly interfaceStates: readonly InterfaceState[];
  /** The last 32. */
  readonly warnings: readonly Warning[];
  /** Consumers that have lost something, 100 at most. */
  readonly consumers: readonly ConsumerLosses[];
  /** True for the summary: rates are means over the run. */
  readonly final: boolean;
}

// A flow as it is shown and printed: only the rows that leave the table become such objects.
import type { Counter } from './counter.js';
import type { Endpoint, Tunnel } from './endpoint.js';

/**
 * By the flags that were seen, both directions together.
 *
 * @example
 * ```ts
 * const halfOpen: readonly TcpState[] = ['syn_sent', 'syn_received'];
 * ```
 */
export type TcpState =
  | 'syn_sent'
  | 'syn_received'
  | 'established'
  | 'closing'
  | 'closed'
  | 'reset'
  | 'unknown';

/**
 * One conversation: both directions of it, cumulative since it was seen first.
 *
 * @example
 * ```ts
 * for (const { protocol, source, destination, bitsPerSecond } of monitor.getFlowStats()) console.log(protocol, source.address, destination.address, bitsPerSecond);
 * ```
 */
export interface FlowRow {
  /** Stable while the flow is in the table; never reused for another flow within a run. */
  readonly id: number;
  /** Where it was seen. */
  readonly interface: string;
  /** As in ticks: "TCP", "ARP", "IP-253". */
  readonly protocol: string;
  /** Who began it: the sender of the SYN; without one, who uses a port from 1,024 on; else who was seen first. */
  readonly source: Endpoint;
  /** The other side. */
  readonly destination: Endpoint;
  /** From source to destination. */
  readonly forward: Counter;
  /** From destination to source. */
  readonly reverse: Counter;
  /** Over the last interval, both directions (in a summary: mean over the run). */
  readonly packetsPerSecond: number;
  /** Over the last interval, both directions. */
  readonly bitsPerSecond: number;
  /** By the interface's own direction: in = received, out = sent. */
  readonly inBitsPerSecond: number;
  /** What the interface sent of it. */
  readonly outBitsPerSecond: number;
  /** Exponentially smoothed `bitsPerSecond`, what the screen sorts by. */
  readonly smoothedBitsPerSecond: number;
  /** What the interface received of it. */
  readonly received: Counter;
  /** What the interface sent of it. */
  readonly sent: Counter;
  /** Whether forward packets come in, go out, or both are seen. */
  readonly forwardDirection: 'in' | 'out' | 'both';
  /** Microseconds since 1970. */
  readonly firstSeenUs: number;
  /** Microseconds since 1970, to some milliseconds. */
  readonly lastSeenUs: number;
  /** VLAN ids, outermost first; empty without. */
  readonly vlan: readonly number[];
  /** null without. */
  readonly tunnel: Tunnel | null;
  /** null for other protocols. */
  readonly icmp: {
    /** Of the flow's first packet, as ICMP and ICMPv6 number it. */
    readonly type: number;
    /** Belongs to the type. */
    readonly code: number;
  } | null;
  /** null for other protocols. */
  readonly tcp: {
    /** Where the connection stands. */
    readonly state: TcpState;
    /** Packets with SYN and without ACK. */
    readonly syn: number;
    /** Packets with SYN and ACK. */
    readonly synAck: number;
    /** Packets with FIN. */
    readonly fin: number;
    /** Packets with RST. */
    readonly rst: number;
    /** OR of the TCP flags seen, by direction. */
    readonly forwardFlags: number;
    /** From destination to source. */
    readonly reverseFlags: number;
  } | null;
  /** IP fragments among its packets. */
  readonly fragments: number;
}

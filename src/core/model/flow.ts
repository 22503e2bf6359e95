// A flow as it is shown and printed: only the rows that leave the table become such objects.
import type { Counter } from './counter.js';
import type { Endpoint, Tunnel } from './endpoint.js';

export type TcpState =
  | 'syn_sent'
  | 'syn_received'
  | 'established'
  | 'closing'
  | 'closed'
  | 'reset'
  | 'unknown';

export interface FlowRow {
  /** Stable while the flow is in the table; never reused for another flow within a run. */
  readonly id: number;
  readonly interface: string;
  /** As contract.md names it: "TCP", "ARP", "IP-253". */
  readonly protocol: string;
  readonly source: Endpoint;
  readonly destination: Endpoint;
  /** From source to destination. */
  readonly forward: Counter;
  readonly reverse: Counter;
  /** Over the last interval, both directions (in a summary: mean over the run). */
  readonly packetsPerSecond: number;
  readonly bitsPerSecond: number;
  /** By the interface's own direction: in = received, out = sent. */
  readonly inBitsPerSecond: number;
  readonly outBitsPerSecond: number;
  /** Exponentially smoothed `bitsPerSecond`, what the screen sorts by. */
  readonly smoothedBitsPerSecond: number;
  readonly received: Counter;
  readonly sent: Counter;
  /** Whether forward packets come in, go out, or both are seen. */
  readonly forwardDirection: 'in' | 'out' | 'both';
  /** Microseconds since 1970. */
  readonly firstSeenUs: number;
  readonly lastSeenUs: number;
  /** VLAN ids, outermost first; empty without. */
  readonly vlan: readonly number[];
  readonly tunnel: Tunnel | null;
  readonly icmp: { readonly type: number; readonly code: number } | null;
  readonly tcp: {
    readonly state: TcpState;
    readonly syn: number;
    readonly synAck: number;
    readonly fin: number;
    readonly rst: number;
    /** OR of the TCP flags seen, by direction. */
    readonly forwardFlags: number;
    readonly reverseFlags: number;
  } | null;
  readonly fragments: number;
}

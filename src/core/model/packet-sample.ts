// One sampled packet, as the library's `packet` event emits it.
import type { Endpoint } from './endpoint.js';

/**
 * One packet of many: `packetSamples` says how many.
 *
 * @example
 * ```ts
 * monitor.on('packet', ({ protocol, frameLength, bytes }) => console.log(protocol, frameLength, bytes.subarray(0, 14)));
 * ```
 */
export interface PacketSample {
  /** Microseconds since 1970, to some milliseconds. */
  readonly timeUs: number;
  /** Where it was seen. */
  readonly interface: string;
  /** By the interface's own direction. */
  readonly direction: 'received' | 'sent';
  /** As in ticks: "TCP", "ARP", "IP-253"; "Ethernet-other" without an IP header. */
  readonly protocol: string;
  /** Sender and receiver of this packet; null where the frame has no addresses that were understood. */
  readonly source: Endpoint | null;
  /** Receiver of this packet. */
  readonly destination: Endpoint | null;
  /** On the wire, bytes. */
  readonly frameLength: number;
  /** VLAN ids, outermost first. */
  readonly vlan: readonly number[];
  /** The frame's first bytes, 256 at most, as received: untrusted. */
  readonly bytes: Uint8Array;
}

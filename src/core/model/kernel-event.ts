// A kernel event, decoded. Text in it has not been sanitized; the payload is untrusted raw bytes.

export type KernelEventType =
  | 'malformed'
  | 'tcp_flags'
  | 'arp'
  | 'neighbour'
  | 'icmp_error'
  | 'fragment'
  | 'ip_option'
  | 'payload'
  | 'packet'
  /** A source MAC that wasn't seen lately: for MAC floods. */
  | 'source_mac'
  /** A packet that the full flow table refused, of a source that tries ever other targets. */
  | 'untracked'
  | 'low_ttl';

export interface KernelEvent {
  readonly type: KernelEventType;
  readonly timeUs: number;
  readonly interfaceIndex: number;
  readonly interface: string;
  /** 16 bytes each, sender and receiver of this packet. */
  readonly sourceAddress: Uint8Array;
  readonly destinationAddress: Uint8Array;
  /** Offset of both addresses, for readers that need no view of their own: a view is the most expensive part of reading a kernel event. */
  readonly addressBytes: Uint8Array;
  readonly sourceAddressAt: number;
  readonly destinationAddressAt: number;
  readonly sourcePort: number;
  readonly destinationPort: number;
  /** IP protocol number. */
  readonly protocol: number;
  readonly family: number;
  readonly received: boolean;
  /** By type: see enum event_type in records.h. */
  readonly reason: number;
  readonly tcpFlags: number;
  readonly timeToLive: number;
  readonly tcpSequence: number;
  readonly tunnelType: number;
  readonly tunnelId: number;
  readonly vlan: readonly number[];
  readonly frameLength: number;
  readonly packetPayloadLength: number;
  readonly fragmentOffset: number;
  readonly moreFragments: boolean;
  readonly ipIdentification: number;
  /** Six bytes each; zero where the frame has no Ethernet header. */
  readonly sourceMac: Uint8Array;
  readonly destinationMac: Uint8Array;
  readonly payload: Uint8Array;
  readonly payloadLength: number;
  /** −1 behind the end. For readers that need no view of their own. */
  payloadByte(index: number): number;
}

// The flow table's columns as rules, queries and filters see them: structure of arrays, one slot a flow.

/**
 * Slots are stable while a flow lives. "Low" and "high" are the canonical endpoints of records.h; `sourceIsLow` says which one
 * began. Counters are cumulative; `delta…` are of the last tick only and are zero for slots not in `touched`.
 * Addresses are 16 bytes each at slot * 16 (IPv4 as ::ffff:a.b.c.d).
 */
export interface FlowColumns {
  /** Slots in use are those with `used[slot] === 1`; `high water` bounds the scan. */
  readonly used: Uint8Array;
  readonly highWater: number;
  readonly count: number;
  /** Slots that had packets in the last tick, `touchedCount` of them; new ones are flagged in `isNew`. */
  readonly touched: Uint32Array;
  readonly touchedCount: number;
  readonly isNew: Uint8Array;

  readonly id: Float64Array;
  readonly lowAddress: Uint8Array;
  readonly highAddress: Uint8Array;
  readonly lowPort: Uint16Array;
  readonly highPort: Uint16Array;
  readonly hasPorts: Uint8Array;
  /** IP protocol number; family ARP has 0. */
  readonly protocol: Uint8Array;
  /** enum address_family: 4, 6, 1 = ARP. */
  readonly family: Uint8Array;
  readonly interfaceIndex: Uint32Array;
  /** KNP_VLAN_TAGS_MAX per slot, 0xffff = none. */
  readonly vlan: Uint16Array;
  readonly tunnelType: Uint8Array;
  readonly tunnelId: Uint32Array;
  readonly tunnelSource: Uint8Array;
  readonly tunnelDestination: Uint8Array;
  readonly icmpType: Uint8Array;
  readonly icmpCode: Uint8Array;
  readonly sourceIsLow: Uint8Array;

  readonly lowToHighPackets: Float64Array;
  readonly highToLowPackets: Float64Array;
  readonly lowToHighBytes: Float64Array;
  readonly highToLowBytes: Float64Array;
  readonly deltaLowToHighPackets: Float64Array;
  readonly deltaHighToLowPackets: Float64Array;
  readonly deltaLowToHighBytes: Float64Array;
  readonly deltaHighToLowBytes: Float64Array;

  /** TCP, cumulative, by direction: index slot * 2 + (0 low to high, 1 high to low). */
  readonly syn: Uint32Array;
  readonly synAck: Uint32Array;
  readonly fin: Uint32Array;
  readonly rst: Uint32Array;
  /** The same, of the last tick. */
  readonly deltaSyn: Uint32Array;
  readonly deltaSynAck: Uint32Array;
  readonly deltaFin: Uint32Array;
  readonly deltaRst: Uint32Array;
  /** enum flow_seen, ORed over the flow's life; `deltaSeen` of the last tick. */
  readonly seen: Uint32Array;
  readonly deltaSeen: Uint32Array;
  readonly fragments: Uint32Array;

  /** Microseconds since 1970. */
  readonly firstSeenUs: Float64Array;
  readonly lastSeenUs: Float64Array;
  readonly smoothedBitsPerSecond: Float64Array;
}

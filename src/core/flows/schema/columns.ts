// Columns of the flow table beside those of single fields: the key, counters by direction, what the table keeps for itself.
import { KNP_VLAN_TAGS_MAX } from '../../wire/layout.generated.js';
import type { ColumnSchema } from './contract.js';

type Of = Omit<ColumnSchema, 'storage' | 'description'>;

const column =
  (storage: ColumnSchema['storage']) =>
  (description: string, more: Of): ColumnSchema => ({ storage, description, ...more });
const [u8, u16, u32, f64] = [column('u8'), column('u16'), column('u32'), column('f64')];

/** Rules, queries and rows. */
const everywhere = { seenBy: 'rules', inRows: true } as const;
/** Queries and rows. */
const shown = { seenBy: 'queries', inRows: true } as const;
const rulesOnly = { seenBy: 'rules' } as const;
const own = { seenBy: 'table' } as const;
const address = { ...everywhere, count: 16, words: true } as const;
const tunnelEnd = { ...address, onlyWith: 'tunnelType' } as const;
const byDirection = { ...everywhere, count: 2 } as const;
const deltaByDirection = { ...rulesOnly, count: 2 } as const;

export const columns = {
  touchedTick: u32('Number of the last tick in which the slot had packets.', own),
  hasTcpDeltas: u8("1: some of deltaSyn … deltaRst aren't zero.", own),
  id: f64('Never used again in a run.', everywhere),
  fingerprintLow: u32('Of the key, by which it is found.', own),
  fingerprintHigh: u32('Its upper half.', own),
  lowAddress: u8('16 bytes, IPv4 as ::ffff:a.b.c.d.', address),
  highAddress: u8('The other end.', address),
  lowPort: u16('Host order.', everywhere),
  highPort: u16('Of the other end.', everywhere),
  hasPorts: u8('0: the protocol has none.', everywhere),
  protocol: u8('IP protocol number; family ARP has 0.', everywhere),
  family: u8('enum address_family: 4, 6, 1 = ARP.', everywhere),
  interfaceIndex: u32('Of the kernel, or made up by a capture.', rulesOnly),
  vlan: u16('Ids, outermost first; 0xffff = none.', {
    ...everywhere,
    count: KNP_VLAN_TAGS_MAX,
    words: true,
  }),
  tunnelType: u8('enum tunnel_type: the innermost tunnel.', everywhere),
  tunnelId: u32('VNI, TEID, GRE key.', everywhere),
  tunnelSource: u8('Outer address of the sender, as lowAddress.', tunnelEnd),
  tunnelDestination: u8('Outer address of the receiver.', tunnelEnd),
  icmpType: u8("Of the flow's first packet.", everywhere),
  icmpCode: u8('Belongs to the type.', everywhere),
  sourceIsLow: u8('Which end began.', everywhere),
  sourceBySyn: u8('1 once a SYN has decided who began: nothing turns the flow any more.', own),
  lowToHighPackets: f64('Cumulative.', everywhere),
  highToLowPackets: f64('Cumulative.', everywhere),
  lowToHighBytes: f64('Cumulative.', everywhere),
  highToLowBytes: f64('Cumulative.', everywhere),
  receivedPackets: f64('By the interface, both ways.', shown),
  receivedBytes: f64('By the interface, both ways.', shown),
  deltaLowToHighPackets: f64('Of the last tick.', everywhere),
  deltaHighToLowPackets: f64('Of the last tick.', everywhere),
  deltaLowToHighBytes: f64('Of the last tick.', everywhere),
  deltaHighToLowBytes: f64('Of the last tick.', everywhere),
  syn: u32('SYN without ACK: slot * 2 + (0 low to high, 1 high to low).', byDirection),
  synAck: u32('SYN with ACK.', byDirection),
  fin: u32('FIN.', byDirection),
  rst: u32('RST.', byDirection),
  deltaSyn: u32('Of the last tick.', deltaByDirection),
  deltaSynAck: u32('Of the last tick.', deltaByDirection),
  deltaFin: u32('Of the last tick.', deltaByDirection),
  deltaRst: u32('Of the last tick.', deltaByDirection),
  seen: u32("enum flow_seen, ORed over the flow's life.", everywhere),
  deltaSeen: u32('Of the last tick.', everywhere),
  connectionFlags: u16(
    'TCP flags by direction (as in `seen`) since the connection that is shown began.',
    own,
  ),
  tcpState: u8('Index of tcpStates.', shown),
  fragments: u32('IP fragments among its packets.', {
    ...everywhere,
    record: { from: 'counters.fragments', add: 'sum' },
  }),
  firstSeenUs: f64('Microseconds since 1970.', everywhere),
  lastSeenUs: f64('Microseconds since 1970.', everywhere),
  smoothedBitsPerSecond: f64('Both directions, exponentially smoothed.', everywhere),
} satisfies Record<string, ColumnSchema>;

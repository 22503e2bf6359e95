// Properties of a row that belong to no field, and the order of all: contract.md's, of FlowRow and NDJSON alike.

import type { RowColumns } from '../columns.generated.js';
import { ARP_FAMILY, ICMP, ICMPV6, TCP } from '../flow-constants.js';
import type { RowProperty } from './contract.js';
import * as value from './row-values.js';

/** An object in a row that only some flows have. */
export interface RowObject {
  readonly description: string;
  readonly present: (columns: RowColumns, slot: number) => boolean;
}

export const rowObjects: Readonly<Record<string, RowObject>> = {
  icmp: {
    description: 'null for other protocols.',
    present: ({ protocol, family }, slot) =>
      (protocol[slot] === ICMP || protocol[slot] === ICMPV6) && family[slot] !== ARP_FAMILY,
  },
  tcp: {
    description: 'null for other protocols.',
    present: ({ protocol }, slot) => protocol[slot] === TCP,
  },
};

const property = (
  path: string,
  type: string,
  description: string,
  of: RowProperty['value'],
  json?: RowProperty['json'],
): RowProperty => ({ path, type, description, value: of, ...(json !== undefined && { json }) });

export const rowProperties: readonly RowProperty[] = [
  property(
    'id',
    'number',
    'Stable while the flow is in the table; never reused for another flow within a run.',
    'id',
    null,
  ),
  property('forward', 'Counter', 'From source to destination.', value.forward),
  property('reverse', 'Counter', 'From destination to source.', value.reverse),
  property('received', 'Counter', 'What the interface received of it.', value.received, null),
  property('sent', 'Counter', 'What the interface sent of it.', value.sent, null),
  property(
    'forwardDirection',
    "'in' | 'out' | 'both'",
    'Whether forward packets come in, go out, or both are seen.',
    value.forwardDirection,
    null,
  ),
  property(
    'icmp.type',
    'number',
    "Of the flow's first packet, as ICMP and ICMPv6 number it.",
    'icmpType',
  ),
  property('icmp.code', 'number', 'Belongs to the type.', 'icmpCode'),
  property('tcp.synAck', 'number', 'Packets with SYN and ACK.', 'synAck'),
  property('tcp.fin', 'number', 'Packets with FIN.', 'fin'),
  property(
    'tcp.forwardFlags',
    'number',
    'OR of the TCP flags seen, by direction.',
    (columns, slot) => value.flags(columns, slot, true),
    null,
  ),
  property(
    'tcp.reverseFlags',
    'number',
    'From destination to source.',
    (columns, slot) => value.flags(columns, slot, false),
    null,
  ),
  property('fragments', 'number', 'IP fragments among its packets.', 'fragments', null),
];

/** Unnamed properties follow them, in the schema's order. */
export const rowOrder: readonly string[] = [
  'id',
  'interface',
  'protocol',
  'source',
  'destination',
  'forward',
  'reverse',
  'packetsPerSecond',
  'bitsPerSecond',
  'inBitsPerSecond',
  'outBitsPerSecond',
  'smoothedBitsPerSecond',
  'received',
  'sent',
  'forwardDirection',
  'firstSeenUs',
  'lastSeenUs',
  'vlan',
  'tunnel',
  'icmp',
  'tcp',
  'fragments',
  'icmp.type',
  'icmp.code',
  'tcp.state',
  'tcp.syn',
  'tcp.synAck',
  'tcp.fin',
  'tcp.rst',
  'tcp.forwardFlags',
  'tcp.reverseFlags',
];

// Where a flow_record's fields lie, in 32-bit words from the record's start: the hot loop reads nothing else.
import {
  flowCountersLayout,
  flowDetailsLayout,
  flowKeyLayout,
  flowRecordLayout,
} from '../wire/layout.generated.js';

const record = flowRecordLayout.offset;
const counters = flowCountersLayout.offset;
const key = flowKeyLayout.offset;
const details = flowDetailsLayout.offset;

export const RECORD_WORDS = flowRecordLayout.size / 4;

export const FINGERPRINT = (record.counters + counters.fingerprint) / 4;
export const PACKETS = (record.counters + counters.packets) / 4;
export const BYTES = (record.counters + counters.bytes) / 4;
export const FIRST_SEEN = (record.counters + counters.firstSeen) / 4;
export const LAST_SEEN = (record.counters + counters.lastSeen) / 4;
export const SEEN = (record.counters + counters.seen) / 4;

export const LOW_ADDRESS = (record.key + key.lowAddress) / 4;
export const HIGH_ADDRESS = (record.key + key.highAddress) / 4;
/** low_port in the lower half, high_port in the upper one. */
export const PORTS = (record.key + key.lowPort) / 4;
export const INTERFACE_INDEX = (record.key + key.interfaceIndex) / 4;
export const TUNNEL_ID = (record.key + key.tunnelId) / 4;
export const VLAN = (record.key + key.vlan) / 4;
/** protocol, family, tunnel_type, has_ports: one byte each, lowest first. */
export const KIND = (record.key + key.protocol) / 4;
/** first_direction, icmp_type, icmp_code, first_syn_direction: one byte each, lowest first. */
export const FIRST_PACKET = (record.key + key.firstDirection) / 4;

export const TUNNEL_SOURCE = (record.details + details.tunnelSource) / 4;
export const TUNNEL_DESTINATION = (record.details + details.tunnelDestination) / 4;
export const SYN = (record.details + details.syn) / 4;
export const SYN_ACK = (record.details + details.synAck) / 4;
export const FIN = (record.details + details.fin) / 4;
export const RST = (record.details + details.rst) / 4;

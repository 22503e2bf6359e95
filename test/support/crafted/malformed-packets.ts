// Crafted packets with inconsistent or truncated headers: each malformed reason at least once.
import {
  arp,
  ethernet,
  etherType,
  filler,
  type Ipv4Options,
  icmp,
  ipProtocol,
  ipv4,
  ipv6,
  type Payload,
  tcp,
  u16,
  udp,
} from '../packet-builder.js';
import { type CraftedPacket, hosts4, hosts6, lying } from './crafted-packet.js';

const on4 = (protocol: number, payload: Payload, more?: Ipv4Options): Buffer =>
  ethernet(etherType.ipv4, ipv4(protocol, payload, more));
const on6 = (nextHeader: number, payload: Payload): Buffer =>
  ethernet(etherType.ipv6, ipv6(nextHeader, payload));
const segment = tcp(9, 10, filler(4));

export const malformedPackets: readonly CraftedPacket[] = [
  lying('an Ethernet header of 13 bytes', filler(13), 'ethernetTruncated'),
  lying('an empty frame', filler(0), 'ethernetTruncated'),
  lying('a tag of two bytes', ethernet(etherType.vlan, u16(5)), 'vlanTruncated'),
  lying('an MPLS label of two bytes', ethernet(etherType.mpls, u16(5)), 'mplsTruncated'),
  lying(
    'a PPPoE header of four bytes',
    ethernet(etherType.pppoeSession, u16(0x1100, 5)),
    'pppoeTruncated',
  ),
  lying(
    'an ARP body that ends early',
    ethernet(etherType.arp, arp({ sender: '10.0.0.1', target: '10.0.0.2' }).subarray(0, 20)),
    'arpTruncated',
  ),
  lying(
    'an IPv4 header of 19 bytes',
    ethernet(etherType.ipv4, ipv4(6, segment).subarray(0, 19)),
    'ipv4Truncated',
  ),
  lying('version 5 in IPv4', on4(ipProtocol.tcp, segment, { version: 5 }), 'ipv4Version'),
  lying('an IHL of 4', on4(ipProtocol.tcp, segment, { headerLength: 16 }), 'ipv4HeaderLength'),
  lying('an IHL of 0', on4(ipProtocol.tcp, segment, { headerLength: 0 }), 'ipv4HeaderLength'),
  lying(
    'a total length below the header',
    on4(ipProtocol.tcp, segment, { totalLength: 19 }),
    'ipv4TotalLength',
  ),
  lying(
    'an IPv6 header of 39 bytes',
    ethernet(etherType.ipv6, ipv6(6, segment).subarray(0, 39)),
    'ipv6Truncated',
  ),
  lying(
    'version 4 in IPv6',
    ethernet(etherType.ipv6, ipv6(6, segment, { version: 4 })),
    'ipv6Version',
  ),
  lying(
    'an extension header that ends early',
    on6(ipProtocol.hopByHop, Buffer.from([6, 4, 1, 4, 0, 0, 0, 0])),
    'ipv6ExtensionTruncated',
    hosts6,
  ),
  lying(
    'an AH that ends early',
    on4(ipProtocol.ah, Buffer.from([6, 4, 0, 0, 0, 0, 0, 0])),
    'ahTruncated',
    hosts4,
  ),
  lying('a TCP header of two bytes', on4(ipProtocol.tcp, filler(2)), 'tcpTruncated', hosts4),
  lying(
    'a TCP header of 19 bytes',
    on4(ipProtocol.tcp, segment.subarray(0, 19)),
    'tcpTruncated',
    hosts4,
  ),
  lying(
    'a data offset of 4',
    on4(ipProtocol.tcp, tcp(9, 10, filler(8), { dataOffset: 16 })),
    'tcpDataOffset',
    hosts4,
  ),
  lying(
    'a UDP header of 6 bytes',
    on4(ipProtocol.udp, udp(9, 10, filler(0)).subarray(0, 6)),
    'udpTruncated',
    hosts4,
  ),
  lying('a UDP length of 7', on4(ipProtocol.udp, udp(9, 10, filler(8), 7)), 'udpLength', hosts4),
  lying(
    'an ICMP header of two bytes',
    on4(ipProtocol.icmp, icmp(8, 0).subarray(0, 2)),
    'icmpTruncated',
    hosts4,
  ),
  lying(
    'an ICMPv6 header of two bytes',
    on6(ipProtocol.icmpv6, icmp(128, 0).subarray(0, 2)),
    'icmpv6Truncated',
    hosts6,
  ),
  lying('an SCTP header of two bytes', on4(ipProtocol.sctp, filler(2)), 'sctpTruncated', hosts4),
  lying('a DCCP header of two bytes', on4(ipProtocol.dccp, filler(2)), 'dccpTruncated', hosts4),
  lying('a GRE header of two bytes', on4(ipProtocol.gre, filler(2)), 'greTruncated', hosts4),
  lying('a cooked header of 15 bytes', filler(15), 'ethernetTruncated', null, 113),
];

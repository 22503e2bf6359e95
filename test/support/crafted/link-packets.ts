// Crafted packets of layer 2: protocols and encapsulations below IP, and links other than Ethernet.
import {
  arp,
  ethernet,
  ethernet802dot3,
  etherType,
  filler,
  ipProtocol,
  ipv4,
  ipv6,
  llc,
  macAddress,
  macs,
  mplsLabels,
  pppoeSession,
  snap,
  tcp,
  u16,
  u32,
  udp,
  vlanTag,
} from '../packet-builder.js';
import { type CraftedPacket, counted, endpoints4, endpoints6, flowing } from './crafted-packet.js';

const inTcp = ipv4(ipProtocol.tcp, tcp(40_000, 443, filler(10)));
const inTcp6 = ipv6(ipProtocol.tcp, tcp(40_000, 443, filler(10)));
const tcp4 = endpoints4(40_000, 443);
const tcp6 = endpoints6(40_000, 443);
const request = arp({ sender: '10.0.0.1', target: '10.0.0.2' });

const onEthernet: CraftedPacket[] = [
  flowing('TCP in IPv4', ethernet(etherType.ipv4, inTcp), 'TCP', tcp4),
  flowing('TCP in IPv6', ethernet(etherType.ipv6, inTcp6), 'TCP', tcp6),
  flowing('ARP', ethernet(etherType.arp, request), 'ARP', ['10.0.0.1', '10.0.0.2']),
  counted('LLDP', ethernet(etherType.lldp, filler(40)), 'LLDP'),
  counted('STP', ethernet802dot3(llc(0x42, 0x42, filler(35))), 'STP'),
  counted('CDP in SNAP', ethernet802dot3(snap(0x00000c, 0x2000, filler(40))), 'Ethernet-other'),
  counted('IS-IS in LLC', ethernet802dot3(llc(0xfe, 0xfe, filler(40))), 'Ethernet-other'),
  counted('NetBIOS in LLC', ethernet802dot3(llc(0xf0, 0xf0, filler(40))), 'Ethernet-other'),
  counted(
    'IPX, raw 802.3',
    ethernet802dot3(Buffer.concat([u16(0xffff), filler(40)])),
    'Ethernet-other',
  ),
  flowing('TCP in SNAP', ethernet802dot3(snap(0, etherType.ipv4, inTcp)), 'TCP', tcp4),
  flowing('ARP in SNAP', ethernet802dot3(snap(0, etherType.arp, request)), 'ARP', [
    '10.0.0.1',
    '10.0.0.2',
  ]),
  counted('LACP', ethernet(0x8809, filler(110)), 'Ethernet-other'),
  counted('EAPOL', ethernet(0x888e, filler(40)), 'Ethernet-other'),
  counted('MACsec', ethernet(0x88e5, filler(60)), 'Ethernet-other'),
  counted('wake on LAN', ethernet(0x0842, filler(102)), 'Ethernet-other'),
  counted('type between length and EtherType', ethernet(1520, filler(50)), 'Ethernet-other'),
  counted('loopback test', ethernet(0x9000, filler(46)), 'Ethernet-other'),
];

const tagged: CraftedPacket[] = [
  flowing(
    'one VLAN tag',
    ethernet(etherType.vlan, vlanTag(100, etherType.ipv4, inTcp)),
    'TCP',
    tcp4,
    {
      encapsulations: ['VLAN'],
      vlan: [100],
    },
  ),
  flowing(
    'a priority tag',
    ethernet(etherType.vlan, vlanTag(0, etherType.ipv4, inTcp, 5)),
    'TCP',
    tcp4,
    {
      encapsulations: ['VLAN'],
      vlan: [0],
    },
  ),
  flowing(
    'QinQ',
    ethernet(etherType.qinq, vlanTag(200, etherType.vlan, vlanTag(100, etherType.ipv6, inTcp6))),
    'TCP',
    tcp6,
    { encapsulations: ['VLAN', 'QinQ'], vlan: [200, 100] },
  ),
  flowing(
    'QinQ of old type, three tags',
    ethernet(
      etherType.oldQinq,
      vlanTag(4094, etherType.vlan, vlanTag(2, etherType.vlan, vlanTag(3, etherType.ipv4, inTcp))),
    ),
    'TCP',
    tcp4,
    { encapsulations: ['VLAN', 'QinQ', 'QinQ'], vlan: [4094, 2, 3] },
  ),
  flowing(
    'ARP in a VLAN',
    ethernet(etherType.vlan, vlanTag(7, etherType.arp, request)),
    'ARP',
    ['10.0.0.1', '10.0.0.2'],
    {
      encapsulations: ['VLAN'],
      vlan: [7],
    },
  ),
  counted(
    'STP in a VLAN',
    ethernet(etherType.vlan, vlanTag(7, 38, llc(0x42, 0x42, filler(35)))),
    'STP',
    ['VLAN'],
  ),
  flowing('MPLS, one label', ethernet(etherType.mpls, mplsLabels([16], inTcp)), 'TCP', tcp4, {
    encapsulations: ['MPLS'],
  }),
  flowing(
    'MPLS, four labels, IPv6, behind a tag',
    ethernet(
      etherType.vlan,
      vlanTag(9, etherType.mplsMulticast, mplsLabels([16, 17, 18, 2], inTcp6)),
    ),
    'TCP',
    tcp6,
    { encapsulations: ['MPLS', 'VLAN'], vlan: [9] },
  ),
  counted(
    'MPLS, not IP below',
    ethernet(etherType.mpls, mplsLabels([16], Buffer.alloc(60, 0xff))),
    'Ethernet-other',
    ['MPLS'],
  ),
  flowing(
    'PPPoE, IPv4',
    ethernet(etherType.pppoeSession, pppoeSession(0x0021, inTcp)),
    'TCP',
    tcp4,
    {
      encapsulations: ['PPPoE'],
    },
  ),
  flowing(
    'PPPoE, IPv6',
    ethernet(etherType.pppoeSession, pppoeSession(0x0057, inTcp6)),
    'TCP',
    tcp6,
    {
      encapsulations: ['PPPoE'],
    },
  ),
  counted(
    'PPPoE, LCP',
    ethernet(etherType.pppoeSession, pppoeSession(0xc021, filler(20))),
    'Ethernet-other',
    ['PPPoE'],
  ),
  counted('PPPoE discovery', ethernet(etherType.pppoeDiscovery, filler(40)), 'Ethernet-other'),
];

const sll = (protocol: number, payload: Uint8Array, packetType = 0): Buffer =>
  Buffer.concat([u16(packetType, 1, 6), macAddress(macs.a), u16(0, protocol), payload]);
const sll2 = (protocol: number, payload: Uint8Array, packetType = 0): Buffer =>
  Buffer.concat([
    u16(protocol, 0),
    u32(3),
    u16(1, (packetType << 8) | 6),
    macAddress(macs.a),
    u16(0),
    payload,
  ]);
const family = (bytes: number[], payload: Uint8Array): Buffer =>
  Buffer.concat([Buffer.from(bytes), payload]);

const otherLinks: CraftedPacket[] = [
  flowing('Linux cooked', sll(etherType.ipv4, inTcp), 'TCP', tcp4, { linkType: 113 }),
  flowing('Linux cooked, ARP', sll(etherType.arp, request), 'ARP', ['10.0.0.1', '10.0.0.2'], {
    linkType: 113,
  }),
  flowing(
    'Linux cooked, VLAN',
    sll(etherType.vlan, vlanTag(5, etherType.ipv4, inTcp)),
    'TCP',
    tcp4,
    {
      linkType: 113,
      encapsulations: ['VLAN'],
      vlan: [5],
    },
  ),
  { ...counted('Linux cooked, STP', sll(4, llc(0x42, 0x42, filler(35))), 'STP'), linkType: 113 },
  {
    ...counted('Linux cooked, 802.3 of Novell', sll(1, filler(35)), 'Ethernet-other'),
    linkType: 113,
  },
  flowing('Linux cooked 2', sll2(etherType.ipv6, inTcp6), 'TCP', tcp6, { linkType: 276 }),
  flowing('Linux cooked 2, ARP', sll2(etherType.arp, request), 'ARP', ['10.0.0.1', '10.0.0.2'], {
    linkType: 276,
  }),
  flowing('BSD null, little endian', family([2, 0, 0, 0], inTcp), 'TCP', tcp4, { linkType: 0 }),
  flowing('BSD null, big endian', family([0, 0, 0, 2], inTcp), 'TCP', tcp4, { linkType: 0 }),
  flowing('BSD null, IPv6 of macOS', family([30, 0, 0, 0], inTcp6), 'TCP', tcp6, { linkType: 0 }),
  flowing('BSD null, IPv6 of FreeBSD', family([28, 0, 0, 0], inTcp6), 'TCP', tcp6, { linkType: 0 }),
  { ...counted('BSD null, OSI', family([7, 0, 0, 0], filler(20)), 'Ethernet-other'), linkType: 0 },
  flowing('OpenBSD loop', family([0, 0, 0, 24], inTcp6), 'TCP', tcp6, { linkType: 108 }),
  flowing('PPP', family([0x00, 0x21], inTcp), 'TCP', tcp4, { linkType: 9 }),
  flowing('PPP, compressed protocol', family([0x21], inTcp), 'TCP', tcp4, { linkType: 9 }),
  flowing('PPP in HDLC framing', family([0xff, 0x03, 0x00, 0x57], inTcp6), 'TCP', tcp6, {
    linkType: 50,
  }),
  flowing('PPP, MPLS', family([0xff, 0x03, 0x02, 0x81], mplsLabels([16], inTcp)), 'TCP', tcp4, {
    linkType: 9,
    encapsulations: ['MPLS'],
  }),
  {
    ...counted('PPP, LCP', family([0xff, 0x03, 0xc0, 0x21], filler(10)), 'Ethernet-other'),
    linkType: 9,
  },
  flowing('Cisco HDLC under PPP', family([0x0f, 0x00, 0x08, 0x00], inTcp), 'TCP', tcp4, {
    linkType: 50,
  }),
  ...[12, 14, 101].flatMap((linkType) => [
    flowing(`raw IP ${linkType}, IPv4`, inTcp, 'TCP', tcp4, { linkType }),
    flowing(`raw IP ${linkType}, IPv6`, inTcp6, 'TCP', tcp6, { linkType }),
  ]),
  flowing('raw IPv4', inTcp, 'TCP', tcp4, { linkType: 228 }),
  flowing('raw IPv6', inTcp6, 'TCP', tcp6, { linkType: 229 }),
  { ...counted('802.11 with radiotap', filler(60), 'IEEE802_11_RADIOTAP'), linkType: 127 },
  { ...counted('a link type without name', filler(60), 'LINKTYPE-299'), linkType: 299 },
];

/** Truncated by the snap length: the ports are present, so it isn't malformed; the length on the wire is counted. */
const cut: CraftedPacket[] = [
  flowing(
    'cut behind the TCP ports',
    ethernet(etherType.ipv4, inTcp).subarray(0, 14 + 20 + 4),
    'TCP',
    tcp4,
    {
      originalLength: 1514,
    },
  ),
  flowing(
    'cut behind the UDP header',
    ethernet(etherType.ipv4, ipv4(ipProtocol.udp, udp(53, 5353, filler(400)))).subarray(0, 42),
    'UDP',
    endpoints4(53, 5353),
    { originalLength: 442 },
  ),
];

export const linkPackets: readonly CraftedPacket[] = [
  ...onEthernet,
  ...tagged,
  ...otherLinks,
  ...cut,
];

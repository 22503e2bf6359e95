// Crafted packets of layers 3 and 4: every named protocol, IPv4 options, IPv6 extension headers, fragments.
import {
  authenticationHeader,
  dccp,
  ethernet,
  etherType,
  filler,
  type Ipv4Options,
  type Ipv6Options,
  icmp,
  ipProtocol,
  ipv4,
  ipv6,
  ipv6Extension,
  ipv6Fragment,
  ipv6Routing,
  type Payload,
  sctp,
  tcp,
  tcpFlag,
  udp,
  udpLite,
} from '../packet-builder.js';
import {
  type CraftedPacket,
  endpoints4,
  endpoints6,
  flowing,
  hosts4,
  hosts6,
} from './crafted-packet.js';

const on4 = (protocol: number, payload: Payload, more?: Ipv4Options): Buffer =>
  ethernet(etherType.ipv4, ipv4(protocol, payload, more));
const on6 = (protocol: number, payload: Payload, more?: Ipv6Options): Buffer =>
  ethernet(etherType.ipv6, ipv6(protocol, payload, more));

const portless: [string, number][] = [
  ['IGMP', ipProtocol.igmp],
  ['ESP', ipProtocol.esp],
  ['OSPF', ipProtocol.ospf],
  ['PIM', ipProtocol.pim],
  ['VRRP', ipProtocol.vrrp],
  ['IP-253', 253],
  ['IP-145', 145],
];

const transports: CraftedPacket[] = [
  flowing('UDP', on4(ipProtocol.udp, udp(53, 5353, filler(20))), 'UDP', endpoints4(53, 5353)),
  flowing(
    'UDP without payload',
    on4(ipProtocol.udp, udp(53, 5353, filler(0))),
    'UDP',
    endpoints4(53, 5353),
  ),
  flowing(
    'UDP-Lite',
    on4(ipProtocol.udpLite, udpLite(1, 2, filler(20))),
    'UDP-Lite',
    endpoints4(1, 2),
  ),
  flowing('SCTP', on4(ipProtocol.sctp, sctp(2905, 2906)), 'SCTP', endpoints4(2905, 2906)),
  flowing('DCCP', on4(ipProtocol.dccp, dccp(5001, 5002)), 'DCCP', endpoints4(5001, 5002)),
  flowing('ICMP echo', on4(ipProtocol.icmp, icmp(8, 0)), 'ICMP', hosts4),
  flowing('ICMPv6 echo', on6(ipProtocol.icmpv6, icmp(128, 0)), 'ICMPv6', hosts6),
  ...portless.map(([name, number]) =>
    flowing(`${name} in IPv4`, on4(number, filler(32)), name, hosts4),
  ),
  flowing('OSPF in IPv6', on6(ipProtocol.ospf, filler(32)), 'OSPF', hosts6),
  flowing(
    'TCP with a FIN, PSH and URG',
    on4(ipProtocol.tcp, tcp(9, 10, filler(0), { flags: tcpFlag.fin | tcpFlag.psh | tcpFlag.urg })),
    'TCP',
    endpoints4(9, 10),
  ),
  flowing(
    'TCP with options',
    on4(ipProtocol.tcp, tcp(9, 10, filler(4), { options: filler(40) })),
    'TCP',
    endpoints4(9, 10),
  ),
  flowing(
    'IPv4 options',
    on4(ipProtocol.tcp, tcp(9, 10, filler(4)), { options: Buffer.from([0x94, 4, 0, 0]) }),
    'TCP',
    endpoints4(9, 10),
  ),
  flowing(
    '40 bytes of IPv4 options',
    on4(ipProtocol.udp, udp(9, 10, filler(4)), { options: Buffer.alloc(40, 1) }),
    'UDP',
    endpoints4(9, 10),
  ),
  flowing(
    'AH in IPv4',
    on4(ipProtocol.ah, authenticationHeader(ipProtocol.tcp, tcp(9, 10, filler(4)))),
    'TCP',
    endpoints4(9, 10),
  ),
  flowing(
    'padding behind a short packet',
    Buffer.concat([on4(ipProtocol.tcp, tcp(9, 10, filler(0))), Buffer.alloc(6)]),
    'TCP',
    endpoints4(9, 10),
  ),
];

const t6 = tcp(9, 10, filler(4));
const extensions: CraftedPacket[] = [
  flowing(
    'hop-by-hop options',
    on6(ipProtocol.hopByHop, ipv6Extension(ipProtocol.tcp, t6)),
    'TCP',
    endpoints6(9, 10),
  ),
  flowing(
    'destination options of 64 bytes',
    on6(ipProtocol.destinationOptions, ipv6Extension(ipProtocol.tcp, t6, 7)),
    'TCP',
    endpoints6(9, 10),
  ),
  flowing(
    'routing header',
    on6(ipProtocol.routing, ipv6Routing(ipProtocol.tcp, t6)),
    'TCP',
    endpoints6(9, 10),
  ),
  flowing(
    'AH in IPv6',
    on6(ipProtocol.ah, authenticationHeader(ipProtocol.tcp, t6)),
    'TCP',
    endpoints6(9, 10),
  ),
  flowing(
    'SHIM6',
    on6(ipProtocol.shim6, ipv6Extension(ipProtocol.tcp, t6)),
    'TCP',
    endpoints6(9, 10),
  ),
  flowing(
    'all extension headers in a row',
    on6(
      ipProtocol.hopByHop,
      ipv6Extension(
        ipProtocol.destinationOptions,
        ipv6Extension(
          ipProtocol.routing,
          ipv6Routing(
            ipProtocol.ah,
            authenticationHeader(
              ipProtocol.destinationOptions,
              ipv6Extension(ipProtocol.udp, udp(9, 10, filler(4)), 1),
            ),
          ),
        ),
      ),
    ),
    'UDP',
    endpoints6(9, 10),
  ),
  flowing('no next header', on6(ipProtocol.noNextHeader, filler(8)), 'IPv6-NoNxt', hosts6),
  flowing(
    'an atomic fragment is none',
    on6(ipProtocol.fragment, ipv6Fragment(ipProtocol.tcp, t6)),
    'TCP',
    endpoints6(9, 10),
  ),
  flowing(
    'MLD behind a router alert',
    on6(ipProtocol.hopByHop, ipv6Extension(ipProtocol.icmpv6, icmp(143, 0))),
    'ICMPv6',
    hosts6,
  ),
];

/** Later fragments first: the first fragment was never seen, so they form a flow without ports. */
const fragments: CraftedPacket[] = [
  flowing(
    'a later IPv4 fragment whose first was not seen',
    on4(ipProtocol.udp, filler(32), { fragmentOffset: 1480, identification: 1 }),
    'UDP',
    hosts4,
    { fragment: true },
  ),
  flowing(
    'a first IPv4 fragment',
    on4(ipProtocol.udp, udp(53, 4000, filler(32), 1500), {
      moreFragments: true,
      identification: 2,
    }),
    'UDP',
    endpoints4(53, 4000),
    { fragment: true },
  ),
  flowing(
    'a later IPv4 fragment',
    on4(ipProtocol.udp, filler(32), { fragmentOffset: 40, identification: 2 }),
    'UDP',
    endpoints4(53, 4000),
    { fragment: true },
  ),
  flowing(
    'a middle IPv4 fragment',
    on4(ipProtocol.udp, filler(32), { fragmentOffset: 80, moreFragments: true, identification: 2 }),
    'UDP',
    endpoints4(53, 4000),
    { fragment: true },
  ),
  flowing(
    'a later IPv6 fragment whose first was not seen',
    on6(
      ipProtocol.fragment,
      ipv6Fragment(ipProtocol.udp, filler(32), { offset: 1448, identification: 1 }),
    ),
    'UDP',
    hosts6,
    { fragment: true },
  ),
  flowing(
    'a first IPv6 fragment',
    on6(
      ipProtocol.fragment,
      ipv6Fragment(ipProtocol.udp, udp(53, 4000, filler(32), 1500), {
        more: true,
        identification: 2,
      }),
    ),
    'UDP',
    endpoints6(53, 4000),
    { fragment: true },
  ),
  flowing(
    'a later IPv6 fragment',
    on6(
      ipProtocol.fragment,
      ipv6Fragment(ipProtocol.udp, filler(32), { offset: 40, identification: 2 }),
    ),
    'UDP',
    endpoints6(53, 4000),
    { fragment: true },
  ),
  flowing(
    'a first fragment of ICMP',
    on4(ipProtocol.icmp, icmp(8, 0, filler(24)), { moreFragments: true, identification: 3 }),
    'ICMP',
    hosts4,
    { fragment: true },
  ),
  flowing(
    'a later fragment of ICMP',
    on4(ipProtocol.icmp, filler(24), { fragmentOffset: 32, identification: 3 }),
    'ICMP',
    hosts4,
    { fragment: true },
  ),
];

export const networkPackets: readonly CraftedPacket[] = [
  ...transports,
  ...extensions,
  ...fragments,
];

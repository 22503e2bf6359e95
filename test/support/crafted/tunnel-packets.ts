// Crafted tunnel packets: the innermost conversation is the flow, the outer headers are counted as encapsulations.
import {
  arp,
  ethernet,
  etherType,
  filler,
  ipProtocol,
  ipv4,
  ipv6,
  type Payload,
  tcp,
  udp,
  vlanTag,
} from '../packet-builder.js';
import { erspan2, erspan3, geneve, gre, gtpU, overUdp, vxlan } from '../tunnel-builder.js';
import { type CraftedPacket, endpoints4, endpoints6, flowing } from './crafted-packet.js';

const inside4 = ipv4(ipProtocol.tcp, tcp(40_000, 443, filler(10)));
const inside6 = ipv6(ipProtocol.tcp, tcp(40_000, 443, filler(10)));
const frame4 = ethernet(etherType.ipv4, inside4);
const frame6 = ethernet(etherType.ipv6, inside6);
const tcp4 = endpoints4(40_000, 443);
const tcp6 = endpoints6(40_000, 443);
const outer = { source: '192.0.2.1', destination: '192.0.2.2' };
const outer6 = { source: '2001:db8:1::1', destination: '2001:db8:1::2' };
const on4 = (protocol: number, payload: Payload): Buffer =>
  ethernet(etherType.ipv4, ipv4(protocol, payload, outer));
const on6 = (protocol: number, payload: Payload): Buffer =>
  ethernet(etherType.ipv6, ipv6(protocol, payload, outer6));
const datagram = (port: number, payload: Payload): Buffer =>
  ethernet(etherType.ipv4, overUdp(port, payload));
const outerUdp = (port: number): [string, string] => ['192.0.2.1 49152', `192.0.2.2 ${port}`];

const through = (type: string, id: number, ...more: string[]) => ({
  encapsulations: [type, ...more].sort(),
  tunnel: { type, id },
});

const generic: CraftedPacket[] = [
  flowing(
    'GRE, IPv4 inside',
    on4(ipProtocol.gre, gre(etherType.ipv4, inside4)),
    'TCP',
    tcp4,
    through('GRE', 0),
  ),
  flowing(
    'GRE with key, checksum and sequence, IPv6 inside',
    on4(ipProtocol.gre, gre(etherType.ipv6, inside6, { key: 77, checksum: true, sequence: 5 })),
    'TCP',
    tcp6,
    through('GRE', 77),
  ),
  flowing(
    'GRE over IPv6',
    on6(ipProtocol.gre, gre(etherType.ipv4, inside4, { key: 3 })),
    'TCP',
    tcp4,
    through('GRE', 3),
  ),
  flowing(
    'GRE-TEB',
    on4(ipProtocol.gre, gre(etherType.teb, frame4)),
    'TCP',
    tcp4,
    through('GRE', 0),
  ),
  flowing(
    'GRE-TEB, VLAN inside',
    on4(
      ipProtocol.gre,
      gre(etherType.teb, ethernet(etherType.vlan, vlanTag(5, etherType.ipv6, inside6))),
    ),
    'TCP',
    tcp6,
    { ...through('GRE', 0, 'VLAN'), vlan: [5] },
  ),
  flowing(
    'ERSPAN II',
    on4(ipProtocol.gre, gre(0x88be, erspan2(frame4), { sequence: 1 })),
    'TCP',
    tcp4,
    through('GRE', 0),
  ),
  flowing('ERSPAN I', on4(ipProtocol.gre, gre(0x88be, frame4)), 'TCP', tcp4, through('GRE', 0)),
  flowing(
    'ERSPAN III',
    on4(ipProtocol.gre, gre(0x22eb, erspan3(frame6), { sequence: 1 })),
    'TCP',
    tcp6,
    through('GRE', 0),
  ),
  flowing(
    'ERSPAN III with platform header',
    on4(ipProtocol.gre, gre(0x22eb, erspan3(frame6, true), { sequence: 1 })),
    'TCP',
    tcp6,
    through('GRE', 0),
  ),
  flowing(
    'GRE, nothing known inside',
    on4(ipProtocol.gre, gre(0x2000, filler(40))),
    'GRE',
    ['192.0.2.1', '192.0.2.2'],
    { encapsulations: ['GRE'] },
  ),
  flowing(
    'GRE-TEB, nothing known inside',
    on4(ipProtocol.gre, gre(etherType.teb, ethernet(0x88b5, filler(40)))),
    'Ethernet-other',
    ['192.0.2.1', '192.0.2.2'],
    { encapsulations: ['GRE'], flowProtocol: 'GRE' },
  ),
  flowing(
    'GRE in GRE',
    on4(
      ipProtocol.gre,
      gre(
        etherType.ipv4,
        ipv4(ipProtocol.gre, gre(etherType.ipv4, inside4, { key: 9 }), {
          source: '198.51.100.1',
          destination: '198.51.100.2',
        }),
      ),
    ),
    'TCP',
    tcp4,
    { encapsulations: ['GRE'], tunnel: { type: 'GRE', id: 9 } },
  ),
  flowing('IPv4 in IPv4', on4(ipProtocol.ipip, inside4), 'TCP', tcp4, through('IPIP', 0)),
  flowing('IPv4 in IPv6', on6(ipProtocol.ipip, inside4), 'TCP', tcp4, through('IPIP', 0)),
  flowing('IPv6 in IPv6', on6(ipProtocol.ipv6, inside6), 'TCP', tcp6, through('IPIP', 0)),
  flowing('6in4', on4(ipProtocol.ipv6, inside6), 'TCP', tcp6, through('6in4', 0)),
];

const overlays: CraftedPacket[] = [
  flowing('VXLAN', datagram(4789, vxlan(42, frame4)), 'TCP', tcp4, through('VXLAN', 42)),
  flowing(
    'VXLAN of Linux port 8472, IPv6 inside',
    datagram(8472, vxlan(0xffffff, frame6)),
    'TCP',
    tcp6,
    through('VXLAN', 0xffffff),
  ),
  flowing(
    'VXLAN, ARP inside',
    datagram(
      4789,
      vxlan(1, ethernet(etherType.arp, arp({ sender: '10.0.0.1', target: '10.0.0.2' }))),
    ),
    'ARP',
    ['10.0.0.1', '10.0.0.2'],
    through('VXLAN', 1),
  ),
  flowing('VXLAN without the I flag', datagram(4789, vxlan(42, frame4, 0)), 'UDP', outerUdp(4789)),
  flowing(
    'VXLAN, nothing known inside',
    datagram(4789, vxlan(42, ethernet(0x88b5, filler(40)))),
    'Ethernet-other',
    outerUdp(4789),
    { encapsulations: ['VXLAN'], flowProtocol: 'UDP' },
  ),
  flowing('Geneve', datagram(6081, geneve(42, frame4)), 'TCP', tcp4, through('Geneve', 42)),
  flowing(
    'Geneve with options, IPv6 without Ethernet',
    datagram(6081, geneve(7, inside6, { type: etherType.ipv6, options: filler(24) })),
    'TCP',
    tcp6,
    through('Geneve', 7),
  ),
  flowing(
    'GTP-U',
    datagram(2152, gtpU(0xdeadbeef, inside4)),
    'TCP',
    tcp4,
    through('GTP-U', 0xdeadbeef),
  ),
  flowing(
    'GTP-U with sequence number',
    datagram(2152, gtpU(5, inside6, { sequence: true })),
    'TCP',
    tcp6,
    through('GTP-U', 5),
  ),
  flowing(
    'GTP-U with two extension headers',
    datagram(2152, gtpU(5, inside4, { extensions: 2 })),
    'TCP',
    tcp4,
    through('GTP-U', 5),
  ),
  flowing(
    'GTP-U echo request',
    datagram(2152, gtpU(0, filler(0), { messageType: 1, sequence: true })),
    'UDP',
    outerUdp(2152),
    { encapsulations: ['GTP-U'] },
  ),
  flowing(
    'tags outside and inside VXLAN',
    ethernet(
      etherType.vlan,
      vlanTag(
        10,
        etherType.ipv4,
        overUdp(
          4789,
          vxlan(
            42,
            ethernet(
              etherType.vlan,
              vlanTag(20, etherType.ipv4, ipv4(ipProtocol.udp, udp(1, 2, filler(4)))),
            ),
          ),
        ),
      ),
    ),
    'UDP',
    endpoints4(1, 2),
    {
      encapsulations: ['QinQ', 'VLAN', 'VXLAN'],
      vlan: [10, 20],
      tunnel: { type: 'VXLAN', id: 42 },
    },
  ),
];

export const tunnelPackets: readonly CraftedPacket[] = [...generic, ...overlays];

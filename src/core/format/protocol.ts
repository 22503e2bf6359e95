// Protocol numbers → names as IANA and Wireshark write them (contract.md, "How frames are counted").
// Numbers from 256 on are enum protocol_index of records.h; a test compares them with the generated layout.
const names = new Map<number, string>([
  [0, 'HOPOPT'],
  [1, 'ICMP'],
  [2, 'IGMP'],
  [4, 'IPIP'],
  [6, 'TCP'],
  [8, 'EGP'],
  [17, 'UDP'],
  [27, 'RDP'],
  [33, 'DCCP'],
  [41, 'IPv6'],
  [46, 'RSVP'],
  [47, 'GRE'],
  [50, 'ESP'],
  [51, 'AH'],
  [58, 'ICMPv6'],
  [59, 'IPv6-NoNxt'],
  [88, 'EIGRP'],
  [89, 'OSPF'],
  [97, 'EtherIP'],
  [103, 'PIM'],
  [108, 'IPComp'],
  [112, 'VRRP'],
  [113, 'PGM'],
  [115, 'L2TP'],
  [124, 'IS-IS'],
  [132, 'SCTP'],
  [133, 'FC'],
  [135, 'Mobility'],
  [136, 'UDP-Lite'],
  [137, 'MPLS-in-IP'],
  [139, 'HIP'],
  [140, 'Shim6'],
  [143, 'Ethernet'],
  [256, 'ARP'],
  [257, 'LLDP'],
  [258, 'STP'],
  [259, 'Ethernet-other'],
  [260, 'malformed'],
  [261, 'link-type'],
  [262, 'other'],
]);

/** `row` is an IP protocol number or one of enum protocol_index. */
export function protocolName(row: number): string {
  return names.get(row) ?? `IP-${row}`;
}

/** All names, for completion and for "did you mean". */
export const protocolNames: readonly string[] = [...names.values()];

const numberByName = new Map([...names].map(([row, name]) => [name.toLowerCase(), row]));

/** Any letter case, "IP-253" included; undefined: no such protocol. */
export function protocolNumber(name: string): number | undefined {
  const known = numberByName.get(name.toLowerCase());
  if (known !== undefined) return known;
  const match = /^ip-(\d{1,3})$/i.exec(name);
  const number = match ? Number(match[1]) : Number.NaN;
  return number <= 255 ? number : undefined;
}

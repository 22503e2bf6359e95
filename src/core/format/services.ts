// Names of well-known services, as /etc/services has them: a word in a filter, a word on the screen. Only what people type.

const rows: readonly (readonly [name: string, ...ports: number[]])[] = [
  ['ftp-data', 20],
  ['ftp', 21],
  ['ssh', 22],
  ['telnet', 23],
  ['smtp', 25],
  ['whois', 43],
  ['tacacs', 49],
  ['dns', 53],
  ['domain', 53],
  ['bootps', 67],
  ['bootpc', 68],
  ['dhcp', 67, 68],
  ['tftp', 69],
  ['finger', 79],
  ['http', 80, 8080],
  ['kerberos', 88],
  ['pop3', 110],
  ['sunrpc', 111],
  ['ntp', 123],
  ['msrpc', 135],
  ['netbios-ns', 137],
  ['netbios-dgm', 138],
  ['netbios-ssn', 139],
  ['imap', 143],
  ['snmp', 161],
  ['snmptrap', 162],
  ['bgp', 179],
  ['ldap', 389],
  ['https', 443],
  ['quic', 443],
  ['tls', 443, 465, 636, 853, 989, 990, 993, 995, 8443],
  ['smb', 445],
  ['smtps', 465],
  ['isakmp', 500],
  ['syslog', 514],
  ['printer', 515],
  ['dhcpv6-client', 546],
  ['dhcpv6-server', 547],
  ['rtsp', 554],
  ['submission', 587],
  ['ipp', 631],
  ['ldaps', 636],
  ['dot', 853],
  ['rsync', 873],
  ['ftps', 990],
  ['imaps', 993],
  ['pop3s', 995],
  ['socks', 1080],
  ['openvpn', 1194],
  ['mssql', 1433],
  ['oracle', 1521],
  ['l2tp', 1701],
  ['pptp', 1723],
  ['radius', 1812],
  ['radius-acct', 1813],
  ['mqtt', 1883],
  ['nfs', 2049],
  ['gtp-u', 2152],
  ['docker', 2375, 2376],
  ['etcd', 2379, 2380],
  ['squid', 3128],
  ['mysql', 3306],
  ['rdp', 3389],
  ['stun', 3478],
  ['ipsec-nat-t', 4500],
  ['vxlan', 4789],
  ['upnp', 1900],
  ['iperf', 5001],
  ['iperf3', 5201],
  ['sip', 5060],
  ['xmpp', 5222],
  ['mdns', 5353],
  ['llmnr', 5355],
  ['pgsql', 5432],
  ['postgresql', 5432],
  ['amqp', 5672],
  ['vnc', 5900],
  ['x11', 6000],
  ['geneve', 6081],
  ['kubernetes', 6443],
  ['redis', 6379],
  ['irc', 6667],
  ['bittorrent', 6881],
  ['cassandra', 9042],
  ['prometheus', 9090],
  ['kafka', 9092],
  ['elasticsearch', 9200],
  ['git', 9418],
  ['kubelet', 10250],
  ['memcached', 11211],
  ['mongodb', 27017],
  ['wireguard', 51820],
];

const portsByName = new Map(rows.map(([name, ...ports]) => [name, ports as readonly number[]]));

const nameByPort = new Map<number, string>();
for (const [name, ...ports] of rows) {
  for (const port of ports) if (!nameByPort.has(port)) nameByPort.set(port, name);
}
// The first name in the list isn't always the one that people say.
nameByPort.set(443, 'https');
nameByPort.set(68, 'dhcp');
nameByPort.set(67, 'dhcp');

export const serviceNames: readonly string[] = [...portsByName.keys()];

/** Ports of a service, any letter case; undefined: no such service. */
export function servicePorts(name: string): readonly number[] | undefined {
  return portsByName.get(name.toLowerCase());
}

/** null: the port has no well-known name. */
export function serviceName(port: number): string | null {
  return nameByPort.get(port) ?? null;
}

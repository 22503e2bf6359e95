// Well-known services: the name that /etc/services has (a word in a filter) and, where alerts speak of it, the one that people say.

const rows: readonly (readonly [name: string, title: string | null, ...ports: number[]])[] = [
  ['ftp-data', null, 20],
  ['ftp', 'FTP', 21],
  ['ssh', 'SSH', 22],
  ['telnet', 'Telnet', 23],
  ['smtp', 'SMTP', 25],
  ['whois', null, 43],
  ['tacacs', null, 49],
  ['dns', 'DNS', 53],
  ['domain', null, 53],
  ['bootps', null, 67],
  ['bootpc', null, 68],
  ['dhcp', null, 67, 68],
  ['tftp', null, 69],
  ['finger', null, 79],
  ['http', 'HTTP', 80, 8080],
  ['kerberos', 'Kerberos', 88],
  ['pop3', 'POP3', 110],
  ['sunrpc', 'portmapper', 111],
  ['ntp', null, 123],
  ['msrpc', 'RPC', 135],
  ['netbios-ns', null, 137],
  ['netbios-dgm', null, 138],
  ['netbios-ssn', 'NetBIOS', 139],
  ['imap', 'IMAP', 143],
  ['snmp', null, 161],
  ['snmptrap', null, 162],
  ['bgp', null, 179],
  ['ldap', 'LDAP', 389],
  ['https', 'HTTPS', 443],
  ['quic', null, 443],
  ['tls', null, 443, 465, 636, 853, 989, 990, 993, 995, 8443],
  ['smb', 'SMB', 445],
  ['smtps', 'SMTP', 465],
  ['isakmp', null, 500],
  ['syslog', null, 514],
  ['printer', null, 515],
  ['dhcpv6-client', null, 546],
  ['dhcpv6-server', null, 547],
  ['rtsp', null, 554],
  ['submission', 'SMTP', 587],
  ['ipp', null, 631],
  ['ldaps', 'LDAP', 636],
  ['dot', null, 853],
  ['rsync', null, 873],
  ['ftps', null, 990],
  ['imaps', 'IMAP', 993],
  ['pop3s', 'POP3', 995],
  ['socks', null, 1080],
  ['openvpn', null, 1194],
  ['mssql', 'SQL Server', 1433],
  ['oracle', 'Oracle', 1521],
  ['l2tp', null, 1701],
  ['pptp', null, 1723],
  ['radius', null, 1812],
  ['radius-acct', null, 1813],
  ['mqtt', null, 1883],
  ['nfs', 'NFS', 2049],
  ['gtp-u', null, 2152],
  ['docker', 'Docker', 2375, 2376],
  ['etcd', 'etcd', 2379, 2380],
  ['squid', null, 3128],
  ['mysql', 'MySQL', 3306],
  ['rdp', 'RDP', 3389],
  ['stun', null, 3478],
  ['ipsec-nat-t', null, 4500],
  ['vxlan', null, 4789],
  ['upnp', null, 1900],
  ['iperf', null, 5001],
  ['iperf3', null, 5201],
  ['sip', null, 5060],
  ['xmpp', null, 5222],
  ['mdns', null, 5353],
  ['llmnr', null, 5355],
  ['pgsql', 'PostgreSQL', 5432],
  ['postgresql', null, 5432],
  ['amqp', null, 5672],
  ['vnc', 'VNC', 5900],
  ['x11', null, 6000],
  ['geneve', null, 6081],
  ['kubernetes', 'Kubernetes API', 6443],
  ['redis', 'Redis', 6379],
  ['irc', null, 6667],
  ['bittorrent', null, 6881],
  ['cassandra', null, 9042],
  ['prometheus', null, 9090],
  ['kafka', null, 9092],
  ['elasticsearch', 'Elasticsearch', 9200],
  ['git', null, 9418],
  ['kubelet', 'kubelet', 10250, 10255],
  ['memcached', 'memcached', 11211],
  ['mongodb', 'MongoDB', 27017],
  ['winrm', 'WinRM', 5985],
  ['wireguard', null, 51820],
];

const portsByName = new Map(
  rows.map(([name, _title, ...ports]) => [name, ports as readonly number[]]),
);

const nameByPort = new Map<number, string>();
const titleByPort = new Map<number, string>();
for (const [name, title, ...ports] of rows) {
  for (const port of ports) {
    if (!nameByPort.has(port)) nameByPort.set(port, name);
    if (title && !titleByPort.has(port)) titleByPort.set(port, title);
  }
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

/** As a sentence names it: "PostgreSQL", or "port 902". */
export function serviceTitle(port: number): string {
  return titleByPort.get(port) ?? `port ${port}`;
}

// The words that an alert's `kind` may be, each with its MITRE technique, its usual severity and what it means.
import type { Severity } from '../model/alert.js';

export interface KindDescription {
  readonly technique: string;
  readonly severity: Severity;
  /** What happens, for someone who never heard the word. */
  readonly meaning: string;
  /** What else looks like it, and how to tell. */
  readonly harmless: string;
}

const kind = (
  technique: string,
  severity: Severity,
  meaning: string,
  harmless: string,
): KindDescription => ({ technique, severity, meaning, harmless });

export const vocabulary = {
  port_scan_syn: kind(
    'T1046',
    'medium',
    'One host tries many TCP ports of another with SYN packets, and nearly all fail.',
    'A monitoring system that probes ports: put it on the allow list.',
  ),
  port_scan_connect: kind(
    'T1046',
    'medium',
    'One host opens full TCP connections to many ports of another, and nearly all fail.',
    'A monitoring system that probes ports: put it on the allow list.',
  ),
  port_scan_fin: kind(
    'T1046',
    'medium',
    'Packets with only FIN to many ports: a scan that slips past simple filters.',
    'Stray FINs of forgotten connections come to few ports only.',
  ),
  port_scan_null: kind(
    'T1046',
    'high',
    'TCP packets without any flag to many ports; no TCP stack sends these.',
    'None known.',
  ),
  port_scan_xmas: kind(
    'T1046',
    'high',
    'TCP packets with FIN, PSH and URG to many ports; no TCP stack sends these.',
    'None known.',
  ),
  port_scan_ack: kind(
    'T1046',
    'medium',
    'Bare ACK packets without a connection to many ports: somebody maps the firewall.',
    'Right after the start, old connections can look alike, but not to many ports.',
  ),
  port_scan_maimon: kind(
    'T1046',
    'medium',
    'FIN+ACK packets without a connection to many ports.',
    'Stray ends of forgotten connections come to few ports only.',
  ),
  port_scan_udp: kind(
    'T1046',
    'medium',
    'One host sends UDP to many ports of another, and nearly none answers.',
    'A client whose server has gone keeps to few ports.',
  ),
  ip_protocol_scan: kind(
    'T1046',
    'medium',
    'One host tries many IP protocol numbers on another.',
    'None known.',
  ),
  os_fingerprint: kind(
    'T1592.004',
    'medium',
    'The odd set of probes by which scanners guess the operating system.',
    'None known.',
  ),
  host_sweep_tcp: kind(
    'T1018',
    'medium',
    'One host tries the same TCP port on many hosts, and most fail.',
    'Monitoring of dead targets, peer-to-peer programs.',
  ),
  host_sweep_udp: kind(
    'T1018',
    'medium',
    'One host tries the same UDP port on many hosts, and most stay silent.',
    'Peer-to-peer programs, discovery of devices.',
  ),
  host_sweep_icmp: kind(
    'T1018',
    'medium',
    'One host pings many others.',
    'Monitoring by ping (smokeping, fping): put it on the allow list.',
  ),
  arp_scan: kind(
    'T1018',
    'medium',
    'One host asks by ARP for many addresses of its network, and most do not exist.',
    'Routers and IP address management ask for many, but slowly.',
  ),
  distributed_scan: kind(
    'T1595.001',
    'medium',
    'Many hosts together try the ports of one, each only a few.',
    'A service that has moved: many clients, but one port.',
  ),
  nodeport_probe: kind(
    'T1046',
    'medium',
    'A host from outside tries several Kubernetes NodePorts (30000 to 32767).',
    'Health checks of an outside load balancer.',
  ),
  traceroute: kind(
    'T1016',
    'info',
    'Somebody traces the route to a host.',
    'Administrators do this every day.',
  ),
  low_ttl: kind(
    'T1562',
    'low',
    'Packets that die before they arrive: a way to confuse what watches.',
    'Traceroute, some routing protocols.',
  ),
  syn_flood: kind(
    'T1499.001',
    'high',
    'Very many connection attempts to one service, and nearly none is completed.',
    'A crowd of real clients completes its connections.',
  ),
  udp_flood: kind(
    'T1498.001',
    'high',
    'Very many UDP packets to one host that answers nearly none.',
    'Streams are few flows at a steady rate.',
  ),
  icmp_flood: kind(
    'T1498.001',
    'high',
    'Very many ICMP packets to one host.',
    'ping -f by an administrator.',
  ),
  ack_flood: kind(
    'T1498.001',
    'high',
    'Very many TCP packets to one service that belong to no connection.',
    'Right after the start, old connections have two sides.',
  ),
  rst_flood: kind(
    'T1498.001',
    'high',
    'Very many TCP resets to one service that belong to no connection.',
    'Peer-to-peer programs reset much, but not one service.',
  ),
  fragment_flood: kind(
    'T1498.001',
    'high',
    'Very many IP fragments to one host that never make whole packets.',
    'NFS over UDP and large pings complete their packets.',
  ),
  http_flood: kind(
    'T1499.002',
    'medium',
    'One host opens very many short HTTP connections.',
    'Load tests and load balancers: put them on the allow list.',
  ),
  connection_flood: kind(
    'T1499.002',
    'medium',
    'One host opens very many short connections to one service.',
    'Load tests and load balancers: put them on the allow list.',
  ),
  slow_http: kind(
    'T1499.002',
    'medium',
    'One host holds many HTTP connections open and never finishes its requests.',
    'Connections that have had an answer do not count.',
  ),
  slow_connections: kind(
    'T1499.002',
    'medium',
    'One host holds many connections open that say next to nothing.',
    'Connections that have had an answer do not count.',
  ),
  amplification: kind(
    'T1498.002',
    'high',
    'Large answers to a host that never asked: servers are abused to flood it.',
    'Clients that ask do not count.',
  ),
  tcp_reflection: kind(
    'T1498.002',
    'high',
    'Many servers send SYN-ACK or RST to a host that asked none of them.',
    'A few stray answers are backscatter.',
  ),
  smurf: kind(
    'T1498.002',
    'high',
    "Requests to a broadcast address in a victim's name: everybody answers the victim.",
    'A single ping to the broadcast address.',
  ),
  mac_flood: kind(
    'T1557',
    'high',
    'Very many new source MAC addresses at once: a switch is being made to send everything to everyone.',
    'A large network that comes up after a power cut.',
  ),
  dhcp_flood: kind(
    'T1499',
    'high',
    'Very many DHCP requests at once: the addresses of the network are being used up.',
    'Many machines that start together ask once each.',
  ),
  arp_spoof: kind(
    'T1557.002',
    'high',
    'A MAC address claims the IP address of another host: traffic may be read on the way.',
    'Fail-over (VRRP, keepalived, MetalLB) moves an address once and does not move it back at once.',
  ),
  ndp_spoof: kind(
    'T1557',
    'high',
    'A MAC address claims the IPv6 address of another host: traffic may be read on the way.',
    'Fail-over moves an address once.',
  ),
  ra_attack: kind(
    'T1557',
    'high',
    'Router advertisements that flood, contradict each other or call the router dead.',
    'A router that is being switched off says so up to three times.',
  ),
  rogue_dhcp: kind(
    'T1557.003',
    'high',
    'A second DHCP server answers in this network.',
    'Two servers in fail-over: put them on the allow list.',
  ),
  icmp_redirect: kind(
    'T1557',
    'medium',
    'ICMP redirects tell hosts to send their traffic another way.',
    'A router with two gateways in one network sends a few.',
  ),
  dns_spoof: kind(
    'T1557',
    'high',
    'Forged DNS answers: two different ones to one question, or a storm of guesses.',
    'Round-robin answers of one server are one answer.',
  ),
  brute_force: kind(
    'T1110.001',
    'medium',
    'One host tries to log in again and again.',
    'Scripts that log in often (ansible, git): put them on the allow list.',
  ),
  login_after_brute_force: kind(
    'T1078',
    'critical',
    'After many failed log-ins one seems to have worked.',
    'The real user who mistyped has few failures.',
  ),
  cleartext_credentials: kind(
    'T1040',
    'low',
    'A password crosses the network readable for everyone on the way.',
    'None: the protocol should be replaced by its encrypted form.',
  ),
  dns_tunnel: kind(
    'T1071.004',
    'high',
    'Data is carried inside of DNS names and answers.',
    'Anti-virus and block list look-ups: put their zones on the allow list.',
  ),
  dga: kind(
    'T1568.002',
    'medium',
    'A host asks for many random names that do not exist, as malware does to find its master.',
    'Search suffixes, and three random names when a browser starts.',
  ),
  icmp_tunnel: kind(
    'T1095',
    'high',
    'Data is carried inside of pings.',
    'Pings of one size, and their equal answers.',
  ),
  covert_channel: kind(
    'T1095',
    'low',
    'Data where none belongs: in connection attempts, resets or odd ICMP.',
    'TCP Fast Open.',
  ),
  beaconing: kind(
    'T1071',
    'medium',
    'A host calls the same place again and again like a clock, as malware calls home.',
    'Monitoring and updates: inside of the own network this is only noted.',
  ),
  long_connection: kind(
    'T1571',
    'info',
    'A connection to the outside has lasted very long.',
    'VPN, chat and operators.',
  ),
  crypto_mining: kind(
    'T1496.001',
    'critical',
    'A host mines cryptocurrency for somebody.',
    'Only if somebody mines on purpose.',
  ),
  data_exfiltration: kind(
    'T1048',
    'medium',
    'Very much data leaves for one place outside.',
    'Backups and uploads: put their targets on the allow list.',
  ),
  threat_intel: kind(
    'T1071',
    'high',
    'Traffic with an address or name of your own list of bad ones.',
    'Lists grow old.',
  ),
  unusual_port: kind(
    'T1571',
    'low',
    'A protocol on a port where it does not belong.',
    'Services moved on purpose.',
  ),
  exposed_service: kind(
    'T1133',
    'high',
    'A service that should be inside only is used from the Internet.',
    'Put it on the allow list if this is meant.',
  ),
  malformed: kind(
    'T1499.004',
    'low',
    'Packets that no honest program makes.',
    'Broken drivers and captures.',
  ),
  land: kind(
    'T1499.004',
    'medium',
    'Packets whose source is their own destination: old systems hang.',
    'None known.',
  ),
  teardrop: kind(
    'T1499.004',
    'medium',
    'IP fragments that overlap each other: made to crash or to evade.',
    'None known.',
  ),
  ping_of_death: kind(
    'T1499.004',
    'high',
    'IP fragments that add up to more than a packet can be: made to crash.',
    'None known.',
  ),
  tiny_fragment: kind(
    'T1562',
    'medium',
    'The first fragment is too short for its TCP header: made to slip past filters.',
    'None known.',
  ),
  ipv6_ext_abuse: kind(
    'T1562',
    'medium',
    'Extension headers or source routes that nobody needs: made to slip past filters.',
    'None known.',
  ),
  vlan_hopping: kind(
    'T1599',
    'low',
    'Two VLAN tags, the outer one of the native VLAN: a jump into another VLAN.',
    'QinQ of providers has other outer tags.',
  ),
  backscatter: kind(
    'T1498',
    'info',
    'Answers to what others sent in our name.',
    'It is only a trace of an attack on somebody else.',
  ),
  metadata_access: kind(
    'T1552.005',
    'medium',
    'A pod asks the cloud for its credentials.',
    'Agents of the cloud.',
  ),
  control_plane_access: kind(
    'T1613',
    'high',
    'A pod talks to the control plane of its node.',
    'Metrics and operators.',
  ),
  source_spoof: kind(
    'T1557',
    'high',
    'A pod sends from an address that is not its own.',
    'None known.',
  ),
  reverse_shell: kind(
    'T1059.004',
    'critical',
    'A shell has a network connection for its input and output.',
    'Services behind inetd.',
  ),
  new_listener: kind(
    'T1571',
    'medium',
    'A program listens on a port that it never used.',
    'Deployments.',
  ),
} as const satisfies Record<string, KindDescription>;

export type Kind = keyof typeof vocabulary;

export const kinds = Object.keys(vocabulary) as Kind[];

/** Kinds that wait for tracing or pod identity: no rule raises them yet. */
export const reservedKinds: readonly Kind[] = [
  'metadata_access',
  'control_plane_access',
  'source_spoof',
  'reverse_shell',
  'new_listener',
];

export function isKind(word: string): word is Kind {
  return Object.hasOwn(vocabulary, word);
}

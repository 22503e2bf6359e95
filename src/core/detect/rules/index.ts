// Every rule that is built in: one line each.
import type { RuleDefinition } from '../rule.js';
import { arpNdSpoofing } from './arp-nd-spoofing.js';
import { beaconing } from './beaconing.js';
import { brokenPackets } from './broken-packets.js';
import { bruteForce } from './brute-force.js';
import { cleartextCredentials } from './cleartext-credentials.js';
import { connections } from './connections.js';
import { distributedScan } from './distributed-scan.js';
import { dns } from './dns.js';
import { fragments } from './fragments.js';
import { icmpTunnel } from './icmp-tunnel.js';
import { layer2Flood } from './layer2-flood.js';
import { namePoisoning } from './name-poisoning.js';
import { pingAndArpSweep } from './ping-and-arp-sweep.js';
import { policy } from './policy.js';
import { protocolProbe } from './protocol-probe.js';
import { reflection } from './reflection.js';
import { rogueDhcp } from './rogue-dhcp.js';
import { routerAdvertisements } from './router-advertisements.js';
import { routes } from './routes.js';
import { sctpScan } from './sctp-scan.js';
import { slowConnections } from './slow-connections.js';
import { sshLogIns } from './ssh-log-ins.js';
import { stealthScan } from './stealth-scan.js';
import { synFlood } from './syn-flood.js';
import { tcpScan } from './tcp-scan.js';
import { udpScan } from './udp-scan.js';
import { volumeFlood } from './volume-flood.js';

export const builtInRules: readonly RuleDefinition[] = [
  tcpScan,
  udpScan,
  sctpScan,
  stealthScan,
  pingAndArpSweep,
  protocolProbe,
  distributedScan,
  synFlood,
  volumeFlood,
  bruteForce,
  sshLogIns,
  connections,
  slowConnections,
  reflection,
  fragments,
  brokenPackets,
  arpNdSpoofing,
  routerAdvertisements,
  layer2Flood,
  rogueDhcp,
  cleartextCredentials,
  dns,
  namePoisoning,
  icmpTunnel,
  beaconing,
  policy,
  routes,
];

// Every rule that is built in: one line each.
import type { RuleDefinition } from '../rule.js';
import { pingAndArpSweep } from './ping-and-arp-sweep.js';
import { protocolProbe } from './protocol-probe.js';
import { stealthScan } from './stealth-scan.js';
import { tcpScan } from './tcp-scan.js';
import { udpScan } from './udp-scan.js';

export const builtInRules: readonly RuleDefinition[] = [
  tcpScan,
  udpScan,
  stealthScan,
  pingAndArpSweep,
  protocolProbe,
];

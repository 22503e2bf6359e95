// Synthetic flows for the simulated monitor: deterministic endpoints, ports and states.

import type { FlowRow, TcpState } from '../../src/core/model/flow.js';
import { blankRow } from './blank-row.js';
import type { Random } from './random.js';

/** 2026-03-01 14:02:06 UTC. */
export const simulationStartUs = 1_772_373_726_000_000;

const servers = [
  '10.43.7.21',
  '10.43.12.8',
  '140.82.121.4',
  '203.0.113.9',
  '2001:db8::53',
  '198.51.100.77',
];
const ports = [443, 443, 443, 5432, 6379, 53, 22, 80, 9092, 123];
const udpPorts = new Set([53, 123]);

export const newRow = (
  id: number,
  random: Random,
  interfaceName: string,
  startUs: number,
): FlowRow => {
  const port = random.pick(ports);
  const inbound = random.next() < 0.3;
  const v6 = random.next() < 0.15;
  const own = v6
    ? `2a01:4f8:c17:4857::${(random.below(250) + 1).toString(16)}`
    : `10.0.3.${7 + random.below(4)}`;
  const stranger = `${80 + random.below(100)}.${random.below(255)}.${random.below(255)}.${1 + random.below(250)}`;
  const protocol = random.next() < 0.03 ? 'ICMP' : udpPorts.has(port) ? 'UDP' : 'TCP';
  const withPorts = protocol !== 'ICMP';
  const state: TcpState = random.next() < 0.9 ? 'established' : 'syn_sent';
  return blankRow({
    id,
    interface: interfaceName,
    protocol,
    source: {
      address: inbound ? stranger : own,
      port: withPorts ? 32768 + random.below(28000) : null,
    },
    destination: { address: inbound ? own : random.pick(servers), port: withPorts ? port : null },
    forwardDirection: inbound ? 'in' : 'out',
    firstSeenUs: startUs - random.below(200_000) * 1e6,
    lastSeenUs: startUs,
    icmp: withPorts ? null : { type: 8, code: 0 },
    tcp:
      protocol === 'TCP'
        ? { state, syn: 1, synAck: 1, fin: 0, rst: 0, forwardFlags: 0x1a, reverseFlags: 0x1a }
        : null,
  });
};

// What kind of packets a flow has, and what the UDP traffic to one host looks like: what tells floods from streams and scans.

import { ACK, FIN, ICMP, ICMPV6, PSH, RST, TCP, UDP, URG } from './protocol-numbers.js';
import { reflectorPorts } from './reflectors.js';
import type { Tick } from './tick.js';

export const isUdp = (tick: Tick, slot: number): boolean => tick.flows.protocol[slot] === UDP;

export function isIcmp(tick: Tick, slot: number): boolean {
  const protocol = tick.flows.protocol[slot];
  return protocol === ICMP || protocol === ICMPV6;
}

export function icmpRequest(tick: Tick, slot: number): boolean {
  const { protocol, icmpType } = tick.flows;
  if (protocol[slot] === ICMP)
    return icmpType[slot] !== 3 && icmpType[slot] !== 11 && icmpType[slot] !== 0;
  return protocol[slot] === ICMPV6 && icmpType[slot]! >= 128 && icmpType[slot] !== 129;
}

/** 1: the source sends strays, −1: the destination does, 0: nobody. Without any SYN, only one side speaks, or the other resets. */
export function strayFrom(tick: Tick, slot: number): number {
  const { syn, synAck } = tick.flows;
  if (syn[slot * 2]! + syn[slot * 2 + 1]! + synAck[slot * 2]! + synAck[slot * 2 + 1]! > 0) return 0;
  const forward = tick.forwardPackets(slot);
  const reverse = tick.reversePackets(slot);
  const forwardFlags = tick.sourceFlags(slot);
  const reverseFlags = tick.destinationFlags(slot);
  if (forward > 0 && isStray(forwardFlags) && (reverse === 0 || onlyResets(reverseFlags))) return 1;
  if (reverse > 0 && isStray(reverseFlags) && (forward === 0 || onlyResets(forwardFlags)))
    return -1;
  return 0;
}

/** ACK, PSH, FIN and RST in any mix that could be of a connection; XMAS and NULL are scans. */
function isStray(flags: number): boolean {
  return (
    (flags & (ACK | RST | FIN)) !== 0 &&
    (flags & URG) === 0 &&
    (flags & (FIN | PSH | ACK)) !== (FIN | PSH)
  );
}

function onlyResets(flags: number): boolean {
  return (flags & RST) !== 0 && (flags & ~(RST | ACK)) === 0;
}

export const strayAck = (tick: Tick, slot: number): boolean => strayFlags(tick, slot, false);
export const strayRst = (tick: Tick, slot: number): boolean => strayFlags(tick, slot, true);

function strayFlags(tick: Tick, slot: number, reset: boolean): boolean {
  if (tick.flows.protocol[slot] !== TCP) return false;
  const from = strayFrom(tick, slot);
  if (from === 0) return false;
  const flags = from > 0 ? tick.sourceFlags(slot) : tick.destinationFlags(slot);
  return ((flags & RST) !== 0) === reset;
}

export function udpShape(
  tick: Tick,
  host: number,
): {
  flows: number;
  ports: number;
  sources: number;
  fromReflectors: number;
  largestFlow: number;
  bytes: number;
} {
  const { flows } = tick;
  const ports = new Set<number>();
  const sources = new Set<number>();
  let count = 0;
  let fromReflectors = 0;
  let largestFlow = 0;
  let bytes = 0;
  for (let i = 0; i < flows.touchedCount; i += 1) {
    const slot = flows.touched[i]!;
    if (flows.protocol[slot] !== UDP) continue;
    const isTarget = tick.destinationHost[i] === host;
    if (!isTarget && tick.sourceHost[i] !== host) continue;
    const packets = isTarget ? tick.deltaForwardPackets(slot) : tick.deltaReversePackets(slot);
    if (packets === 0) continue;
    const low = isTarget === (flows.sourceIsLow[slot] === 1);
    bytes += low ? flows.deltaLowToHighBytes[slot]! : flows.deltaHighToLowBytes[slot]!;
    count += 1;
    sources.add(isTarget ? tick.sourceHost[i]! : tick.destinationHost[i]!);
    ports.add(isTarget ? tick.destinationPort(slot) : tick.sourcePort(slot));
    largestFlow = Math.max(largestFlow, packets);
    const from = isTarget ? tick.sourcePort(slot) : tick.destinationPort(slot);
    if (reflectorPorts.has(from)) fromReflectors += packets;
  }
  return {
    flows: count,
    ports: ports.size,
    sources: sources.size,
    fromReflectors,
    largestFlow,
    bytes,
  };
}

// What kind of packets a flow has, and what the UDP traffic to one host looks like: distinguishes floods from streams and scans.

import { ACK, ICMP, ICMPV6, RST, TCP, UDP } from './protocol-numbers.js';
import { reflectorPorts } from './reflectors.js';
import type { Tick } from './tick.js';

/** Below it services listen, as a rule. */
const EPHEMERAL_FIRST = 10_000;

export const isUdp = (tick: Tick, slot: number): boolean => tick.flows.protocol[slot] === UDP;

export function isIcmp(tick: Tick, slot: number): boolean {
  const protocol = tick.flows.protocol[slot];
  return protocol === ICMP || protocol === ICMPV6;
}

/** Router advertisements and redirects: their floods are ra_attack and icmp_redirect. */
export function hasOwnRule(tick: Tick, slot: number): boolean {
  const { protocol, icmpType } = tick.flows;
  return protocol[slot] === ICMPV6 && (icmpType[slot] === 134 || icmpType[slot] === 137);
}

export function isEcho(tick: Tick, slot: number): boolean {
  const { protocol, icmpType } = tick.flows;
  return icmpType[slot] === (protocol[slot] === ICMP ? 8 : 128);
}

/**
 * 1: the source sends strays, −1: the destination does, 0: neither. Without any SYN, only one side speaks, or the other resets.
 * SYN-ACKs from a service's port are reflected, and another rule's matter.
 */
export function strayFrom(tick: Tick, slot: number): number {
  const { syn, synAck } = tick.flows;
  if (syn[slot * 2]! + syn[slot * 2 + 1]! > 0) return 0;
  const isAnswer = synAck[slot * 2]! + synAck[slot * 2 + 1]! > 0;
  const forward = tick.forwardPackets(slot);
  const reverse = tick.reversePackets(slot);
  let from = 0;
  if (forward > 0 && (reverse === 0 || onlyResets(tick.destinationFlags(slot)))) from = 1;
  else if (reverse > 0 && (forward === 0 || onlyResets(tick.sourceFlags(slot)))) from = -1;
  if (!isAnswer || from === 0) return from;
  const sender = from > 0 ? tick.sourcePort(slot) : tick.destinationPort(slot);
  return sender >= EPHEMERAL_FIRST ? from : 0;
}

/** A new flow of strays, or an older one whose packets are reset one by one: packets of somebody's own making. */
export function isStrayFlow(tick: Tick, slot: number, from: number): boolean {
  if (tick.flows.isNew[slot]) return true;
  const packets = from > 0 ? tick.deltaForwardPackets(slot) : tick.deltaReversePackets(slot);
  return deltaResets(tick, slot, from) * 2 >= packets;
}

/** Resets in this tick that answer the strays. */
export function deltaResets(tick: Tick, slot: number, from: number): number {
  const answerIsLowToHigh = from > 0 !== (tick.flows.sourceIsLow[slot] === 1);
  return tick.flows.deltaRst[slot * 2 + (answerIsLowToHigh ? 0 : 1)]!;
}

function onlyResets(flags: number): boolean {
  return (flags & RST) !== 0 && (flags & ~(RST | ACK)) === 0;
}

export const strayAck = (tick: Tick, slot: number): boolean => strayFlags(tick, slot, false);
export const strayRst = (tick: Tick, slot: number): boolean => strayFlags(tick, slot, true);

function strayFlags(tick: Tick, slot: number, reset: boolean): boolean {
  if (tick.flows.protocol[slot] !== TCP) return false;
  const from = strayFrom(tick, slot);
  if (from === 0 || !isStrayFlow(tick, slot, from)) return false;
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

// The layer-2 segment that a fact comes from: addresses, routers and DHCP servers of one are none of another's business.
import type { Fact } from '../model/fact.js';

/** A number for the interface, its VLANs and the tunnel. */
export function placeOf(fact: Fact): number {
  let place = Math.imul(fact.interfaceIndex + 1, 0x9e3779b1) ^ Math.imul(fact.tunnelId, 0x85ebca6b);
  for (const tag of fact.vlan) place = Math.imul(place ^ tag, 0x01000193);
  return place >>> 0;
}

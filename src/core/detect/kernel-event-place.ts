// The layer-2 segment that a kernel event comes from: addresses, routers and DHCP servers of one are none of another's business.
import type { KernelEvent } from '../model/kernel-event.js';

/** A number for the interface, its VLANs and the tunnel. */
export function placeOf(kernelEvent: KernelEvent): number {
  let place =
    Math.imul(kernelEvent.interfaceIndex + 1, 0x9e3779b1) ^
    Math.imul(kernelEvent.tunnelId, 0x85ebca6b);
  for (const tag of kernelEvent.vlan) place = Math.imul(place ^ tag, 0x01000193);
  return place >>> 0;
}

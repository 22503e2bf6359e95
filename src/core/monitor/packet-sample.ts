// A packet kernel event → the library's PacketSample.
import { formatAddress } from '../format/address.js';
import { protocolName } from '../format/protocol.js';
import type { Endpoint } from '../model/endpoint.js';
import type { KernelEvent } from '../model/kernel-event.js';
import type { PacketSample } from '../model/packet-sample.js';
import { addressFamily, protocolIndex } from '../wire/layout.generated.js';

/** Protocols whose first header words are ports. */
const withPorts = new Set([6, 17, 33, 132, 136]);

function protocolOf({ family, protocol }: KernelEvent): string {
  if (family === addressFamily.arp) return protocolName(protocolIndex.arp);
  return protocolName(family === addressFamily.none ? protocolIndex.ethernetOther : protocol);
}

export function packetSample(kernelEvent: KernelEvent): PacketSample {
  const end = (address: Uint8Array, port: number): Endpoint | null =>
    kernelEvent.family === addressFamily.none
      ? null
      : {
          address: formatAddress(address, 0, kernelEvent.family),
          port: withPorts.has(kernelEvent.protocol) ? port : null,
        };
  return {
    timeUs: kernelEvent.timeUs,
    interface: kernelEvent.interface,
    direction: kernelEvent.received ? 'received' : 'sent',
    protocol: protocolOf(kernelEvent),
    source: end(kernelEvent.sourceAddress, kernelEvent.sourcePort),
    destination: end(kernelEvent.destinationAddress, kernelEvent.destinationPort),
    frameLength: kernelEvent.frameLength,
    vlan: kernelEvent.vlan,
    bytes: kernelEvent.payload,
  };
}

// A packet fact → the library's PacketSample.
import { formatAddress } from '../format/address.js';
import { protocolName } from '../format/protocol.js';
import type { Endpoint } from '../model/endpoint.js';
import type { Fact } from '../model/fact.js';
import type { PacketSample } from '../model/packet-sample.js';
import { addressFamily, protocolIndex } from '../wire/layout.generated.js';

/** Protocols whose first header words are ports. */
const withPorts = new Set([6, 17, 33, 132, 136]);

function protocolOf({ family, protocol }: Fact): string {
  if (family === addressFamily.arp) return protocolName(protocolIndex.arp);
  return protocolName(family === addressFamily.none ? protocolIndex.ethernetOther : protocol);
}

export function packetSample(fact: Fact): PacketSample {
  const end = (address: Uint8Array, port: number): Endpoint | null =>
    fact.family === addressFamily.none
      ? null
      : {
          address: formatAddress(address, 0, fact.family),
          port: withPorts.has(fact.protocol) ? port : null,
        };
  return {
    timeUs: fact.timeUs,
    interface: fact.interface,
    direction: fact.received ? 'received' : 'sent',
    protocol: protocolOf(fact),
    source: end(fact.sourceAddress, fact.sourcePort),
    destination: end(fact.destinationAddress, fact.destinationPort),
    frameLength: fact.frameLength,
    vlan: fact.vlan,
    bytes: fact.payload,
  };
}

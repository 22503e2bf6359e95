// Tunnels → names as IANA and Wireshark write them. The order is enum tunnel_type's; a test compares them with the generated layout.
import type { Tunnel } from '../model/endpoint.js';

/** By their names in records.h, in camelCase. */
export const tunnelNameByKind = {
  vxlan: 'VXLAN',
  geneve: 'Geneve',
  gtpU: 'GTP-U',
  gre: 'GRE',
  ipip: 'IPIP',
  '6in4': '6in4',
} as const satisfies Record<string, Tunnel['type']>;

/** By enum tunnel_type; 0 is none. */
export const tunnelNames: readonly (Tunnel['type'] | null)[] = [
  null,
  ...Object.values(tunnelNameByKind),
];

// Where incoming packets are read: what was asked for, or the way that does no harm (design.md, decision 7).
import type { NativeHook, NativeLink } from '../native/contract.js';
import { linkKind } from '../wire/layout.generated.js';
import { IFF_LOOPBACK, linkKindOf } from './network-links.js';

export type IngressOption = 'auto' | 'xdp' | 'xdp-generic' | 'tc';

export interface IngressPlan {
  /** To be tried in this order: the next one where the kernel or the driver doesn't have it. */
  readonly hooks: readonly NativeHook[];
  readonly reason: string;
}

/** Software devices: what native XDP would do to them, and why TC is as early. */
const softwareKinds: Readonly<Record<string, string>> = {
  veth: 'native XDP on a veth rebuilds every buffer and turns GRO off',
  bridge: 'a bridge has no native XDP of its own',
  bond: 'native XDP on a bond goes to its members, and resets them',
  team: 'a team has no native XDP',
  tun: 'native XDP on a tun sees only what user space writes one by one',
  tap: 'native XDP on a tap sees only what user space writes one by one',
  vlan: 'a VLAN device has no native XDP',
  macvlan: 'a macvlan has no native XDP',
  ipvlan: 'an ipvlan has no native XDP',
  wireguard: 'WireGuard has no native XDP',
  vxlan: 'a tunnel device has no native XDP',
  geneve: 'a tunnel device has no native XDP',
  dummy: 'a dummy receives nothing',
  ifb: 'an ifb has no native XDP',
};

/**
 * Drivers that take an XDP program without closing a queue, resetting the link or turning receive offloads off. Empty until one has been
 * shown to: virtio_net turns guest offloads off (virtnet_clear_guest_offloads), mlx5, i40e, ice, ixgbe, igb, igc, ena, bnxt and
 * stmmac stop and reopen their queues when the first program comes.
 */
const gentleDrivers: ReadonlySet<string> = new Set();

/** A page less headroom and tail: what a driver takes without multi-buffer XDP. */
const XDP_MTU_MAX = 3498;

const tcHooks: readonly NativeHook[] = ['tcx', 'clsact'];

function whyNotNative(link: NativeLink): string | null {
  if (link.flags & IFF_LOOPBACK) return 'loopback has no native XDP';
  if (linkKindOf(link.type) !== linkKind.ethernet) return 'XDP needs an Ethernet header';
  const software = softwareKinds[link.kind];
  if (software) return software;
  if (link.kind !== '') return `a ${link.kind} device has no native XDP that helps`;
  if (link.xdp !== 'none') return 'another XDP program is attached';
  if (link.rxVlanOffload !== false) return 'the NIC strips VLAN tags before XDP could see them';
  if (link.mtu > XDP_MTU_MAX) return `the MTU of ${link.mtu} is too large for native XDP`;
  if (!gentleDrivers.has(link.driver)) {
    return `attaching XDP would disturb the link (driver ${link.driver || 'unknown'})`;
  }
  return null;
}

export function planIngress(link: NativeLink, option: IngressOption): IngressPlan {
  switch (option) {
    case 'tc':
      return { hooks: tcHooks, reason: 'as asked' };
    case 'xdp':
      return link.xdp === 'none'
        ? { hooks: ['xdp-native'], reason: 'as asked' }
        : { hooks: tcHooks, reason: 'another XDP program is attached' };
    case 'xdp-generic':
      return link.xdp === 'none'
        ? { hooks: ['xdp-generic'], reason: 'as asked' }
        : { hooks: tcHooks, reason: 'another XDP program is attached' };
    case 'auto': {
      const why = whyNotNative(link);
      return why === null
        ? {
            hooks: ['xdp-native', ...tcHooks],
            reason: `driver ${link.driver} takes XDP without a reset`,
          }
        : { hooks: tcHooks, reason: why };
    }
  }
}

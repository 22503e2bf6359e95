// Where incoming packets are read: as requested, or by the mode that disturbs no traffic (design.md, decision 7).
import type { NativeHook, NativeLink } from '../native/contract.js';
import type { IngressPlan } from '../native/ingress-plan.js';
import { linkKind } from '../wire/layout.generated.js';
import { IFF_LOOPBACK, linkKindOf } from './network-links.js';

export type IngressOption = 'auto' | 'xdp' | 'xdp-generic' | 'tc';

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

/** The effect of attaching the first XDP program on a link, by the drivers' sources. */
const disturbing: Readonly<Record<string, string>> = {
  // virtnet_xdp_set stops NAPI on every queue, and refuses or clears the guest's receive offloads.
  virtio_net: 'virtio_net stops its queues and gives up receive offloads for XDP',
  // i40e_xdp_setup: i40e_prep_for_reset, i40e_reset_and_rebuild.
  i40e: 'i40e resets the device for XDP',
  // mlx5e_xdp_set switches to new channels; mlx5e_xdp_allowed wants LRO and hardware GRO off.
  mlx5_core: 'mlx5_core reopens its channels for XDP',
};

/**
 * Drivers that only swap a pointer. sfc: efx_xdp_setup_prog. Read in its source, not yet tried on such a card: a driver that is in
 * neither table is treated as disturbing.
 */
const gentleDrivers: ReadonlySet<string> = new Set(['sfc']);

/** A page less headroom and tail: the largest frame that a driver accepts without multi-buffer XDP. */
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
    return (
      disturbing[link.driver] ??
      `attaching XDP may disturb the link (driver ${link.driver || 'unknown'})`
    );
  }
  return null;
}

const buffersReason = 'as asked; large buffers count as one frame each';

/**
 * Generic XDP knows no segments. It turns GRO off, so that a NIC brings frames; but a virtual device hands on the large buffers that
 * its other end has made.
 */
export function bringsBuffers(link: NativeLink): boolean {
  return link.kind !== '' || (link.flags & IFF_LOOPBACK) !== 0;
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
        ? { hooks: ['xdp-generic'], reason: bringsBuffers(link) ? buffersReason : 'as asked' }
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

// The interfaces of this network namespace: by netlink through the addon, else by /sys where it is of the same namespace.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { NativeLink, NativeModule } from '../native/contract.js';
import { linkKind } from '../wire/layout.generated.js';

export const IFF_UP = 0x1;
export const IFF_LOOPBACK = 0x8;

/** ARPHRD_*: those whose frames begin with the IP header at our hooks. */
const rawIpTypes = new Set([
  512, // ppp
  519, // rawip
  768, // ipip
  769, // ip6tnl
  776, // sit
  778, // ipgre
  823, // ip6gre
  65534, // none: tun, WireGuard
]);
const ethernetTypes = new Set([1, 772]);

export function linkKindOf(type: number): number {
  if (ethernetTypes.has(type)) return linkKind.ethernet;
  return rawIpTypes.has(type) ? linkKind.rawIp : linkKind.other;
}

/** `drivers` false: what changes while we look (names, flags), without asking each driver. */
export function listLinks(native: NativeModule, drivers = true): NativeLink[] {
  return typeof native.links === 'function' ? native.links(drivers) : linksFromSys();
}

function sysText(name: string, file: string): string {
  try {
    return readFileSync(join('/sys/class/net', name, file), 'latin1').trim();
  } catch {
    // The interface may go while it is being read, and some files exist only while it is up.
    return '';
  }
}

function linkName(name: string, file: string): string {
  try {
    return basename(readlinkSync(join('/sys/class/net', name, file)));
  } catch {
    return '';
  }
}

function linksFromSys(): NativeLink[] {
  const names = readdirSync('/sys/class/net');
  return names.flatMap((name) => {
    const index = Number(sysText(name, 'ifindex'));
    if (!(index > 0)) return [];
    const type = Number(sysText(name, 'type'));
    return [
      {
        name,
        index,
        type,
        flags: Number(sysText(name, 'flags')),
        mtu: Number(sysText(name, 'mtu')),
        kind: /^DEVTYPE=(.*)$/m.exec(sysText(name, 'uevent'))?.[1] ?? '',
        alternativeNames: [],
        master: 0,
        linkIndex: 0,
        linkNamespaceId: null,
        driver: linkName(name, 'device/driver'),
        rxVlanOffload: null,
        xdp: 'none' as const,
      },
    ];
  });
}

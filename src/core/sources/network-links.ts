// The interfaces of this network namespace: by netlink through the addon, else by /sys where it is of the same namespace.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { NativeLink, NativeModule } from '../native/contract.js';
import { linkKind } from '../wire/layout.generated.js';

export const IFF_UP = 0x1;
export const IFF_LOOPBACK = 0x8;

/** ARPHRD_*: those whose frames begin with the IP header at the hooks. */
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

/** Names, flags, kinds; `driver` is empty and `rxVlanOffload` null. */
export function listLinks(native: NativeModule): NativeLink[] {
  return typeof native.links === 'function' ? native.links(false) : linksFromSys();
}

/** The same links with what their drivers say: asked of hardware only, because each query takes the RTNL lock. */
export function withDrivers(native: NativeModule, links: readonly NativeLink[]): NativeLink[] {
  const asked = links
    .filter(({ kind, flags }) => kind === '' && (flags & IFF_LOOPBACK) === 0)
    .map(({ index }) => index);
  if (asked.length === 0 || typeof native.links !== 'function') return [...links];
  const answers = new Map(native.links(asked).map((link) => [link.index, link]));
  return links.map((link) => {
    const { driver, rxVlanOffload } = answers.get(link.index) ?? link;
    return { ...link, driver, rxVlanOffload };
  });
}

/** Its own name, an alternative one, or `name@peer` as ip(8) prints it. */
export function linkCalled(name: string, links: readonly NativeLink[]): NativeLink | undefined {
  const exact = (wanted: string): NativeLink | undefined =>
    links.find((link) => link.name === wanted) ??
    links.find(({ alternativeNames }) => alternativeNames.includes(wanted));
  const at = name.lastIndexOf('@');
  // "@" may be part of a name.
  return exact(name) ?? (at > 0 ? exact(name.slice(0, at)) : undefined);
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

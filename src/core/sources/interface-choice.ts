// Which interfaces are meant: named ones, $NETWORK_INTERFACE, the default route's, or `any`.
import { readFileSync } from 'node:fs';
import { ExpectedError } from '../errors/expected-error.js';
import { nearest } from '../format/nearest.js';
import type { NativeLink } from '../native/contract.js';
import { IFF_LOOPBACK, IFF_UP, linkCalled } from './network-links.js';

export const ANY = 'any';

export interface InterfaceChoice {
  /** Follow every interface that is up, except loopback, as they are added and removed. */
  readonly any: boolean;
  readonly links: readonly NativeLink[];
  /** The requested name, and the interface that has it now. */
  readonly named: readonly NamedInterface[];
}

export interface NamedInterface {
  readonly name: string;
  readonly index: number;
}

const RTF_UP = 0x1;

function routeTable(path: string): string[][] {
  try {
    return readFileSync(path, 'latin1')
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .filter((columns) => columns.length > 4);
  } catch {
    // No IPv6 in this kernel, or /proc isn't mounted: then there is no route to be read.
    return [];
  }
}

/** Of the default route with the lowest metric, IPv4 first. */
export function defaultRouteInterface(): string | null {
  const best = (routes: { name: string; metric: number }[]): string | null =>
    routes.sort((a, b) => a.metric - b.metric)[0]?.name ?? null;
  const ipv4 = routeTable('/proc/thread-self/net/route')
    .filter((row) => row[1] === '00000000' && row[7] === '00000000')
    .filter((row) => (Number.parseInt(row[3] ?? '0', 16) & RTF_UP) !== 0)
    .map((row) => ({ name: row[0]!, metric: Number(row[6]) }));
  const ipv6 = routeTable('/proc/thread-self/net/ipv6_route')
    .filter((row) => row[0] === '0'.repeat(32) && row[1] === '00' && row[9] !== 'lo')
    .filter((row) => (Number.parseInt(row[8] ?? '0', 16) & RTF_UP) !== 0)
    .map((row) => ({ name: row[9]!, metric: Number.parseInt(row[5] ?? '0', 16) }));
  return best(ipv4) ?? best(ipv6);
}

export function isFollowed(link: NativeLink): boolean {
  return (link.flags & IFF_UP) !== 0 && (link.flags & IFF_LOOPBACK) === 0;
}

/** A node of Kubernetes has hundreds. */
const NAMES_LISTED = 20;

function noSuchInterface(name: string, links: readonly NativeLink[]): ExpectedError {
  const names = links.flatMap((link) => [link.name, ...link.alternativeNames]);
  const meant = nearest(name, names);
  const more = names.length > NAMES_LISTED ? ` and ${names.length - NAMES_LISTED} more` : '';
  const known = `There are: ${names.slice(0, NAMES_LISTED).join(', ')}${more}`;
  return new ExpectedError(`no interface is called "${name}"`, {
    status: 5,
    advice:
      names.length === 0
        ? 'List them with: ip link'
        : meant === null
          ? known
          : `Did you mean ${meant}? ${known}`,
  });
}

/** `environment` is $NETWORK_INTERFACE. */
export function chooseInterfaces(
  names: readonly string[],
  environment: string | undefined,
  links: readonly NativeLink[],
): InterfaceChoice {
  let wanted = [...new Set(names)];
  if (wanted.length === 0 && environment) {
    wanted = [...new Set(environment.split(/[\s,]+/).filter((name) => name !== ''))];
  }
  if (wanted.includes(ANY)) return { any: true, links: links.filter(isFollowed), named: [] };
  if (wanted.length === 0) {
    const name = defaultRouteInterface();
    if (name === null) {
      throw new ExpectedError(
        'no interface was named, and there is no default route to take one from',
        {
          status: 5,
          advice: 'Name one (kubenetprobe-top eth0), or take them all: kubenetprobe-top any',
        },
      );
    }
    wanted = [name];
  }
  const chosen = new Map<number, NativeLink>();
  const named = wanted.map((name) => {
    const link = linkCalled(name, links);
    if (!link) throw noSuchInterface(name, links);
    chosen.set(link.index, link);
    return { name, index: link.index };
  });
  return { any: false, links: [...chosen.values()], named };
}

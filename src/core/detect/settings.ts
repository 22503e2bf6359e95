// What a user may set for detection, checked: thresholds, allow lists, home networks, mutes, threat lists, own rules.
import { isPrivate } from './address.js';
import { containsAddress, type Network } from './network.js';
import type { UserRuleSettings } from './settings-schema.js';
import type { Kind } from './vocabulary.js';

export interface AllowEntry {
  /** All that are given must fit; an entry without any would silence everything and is refused by the schema. */
  readonly networks: readonly Network[];
  readonly ports: readonly number[];
  readonly kinds: readonly Kind[];
  /** Registered domains, for DNS kinds. */
  readonly domains: readonly string[];
}

export interface MuteEntry {
  readonly kind: Kind | null;
  readonly network: Network | null;
  readonly untilUs: number;
}

export class DetectionSettings {
  readonly thresholds: Readonly<Record<string, Readonly<Record<string, number>>>> = {};
  readonly allow: readonly AllowEntry[] = [];
  readonly homeNetworks: readonly Network[] = [];
  readonly mutes: readonly MuteEntry[] = [];
  readonly threatNetworks: readonly Network[] = [];
  /** Lower case; a name fits if it equals one or ends in `.` and one. */
  readonly threatNames: readonly string[] = [];
  readonly rules: readonly UserRuleSettings[] = [];
  readonly disabledKinds: ReadonlySet<Kind> = new Set();

  constructor(given: Partial<DetectionSettings> = {}) {
    Object.assign(this, given);
  }

  /** True for the user's own networks; where none are named, for all that the Internet doesn't route. */
  isHome(bytes: Uint8Array, offset = 0): boolean {
    if (this.homeNetworks.length === 0) return isPrivate(bytes, offset);
    return this.homeNetworks.some((network) => containsAddress(network, bytes, offset));
  }

  allowsDomain(domain: string, kind: Kind): boolean {
    return this.allow.some(
      (entry) =>
        entry.domains.length > 0 &&
        (entry.kinds.length === 0 || entry.kinds.includes(kind)) &&
        entry.domains.some((allowed) => domain === allowed || domain.endsWith(`.${allowed}`)),
    );
  }
}

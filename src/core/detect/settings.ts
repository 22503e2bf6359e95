// What a user may set for detection: thresholds, allow lists, home networks, mutes, threat lists, own rules.
import { isPrivate } from './address.js';
import { containsAddress, type Network } from './network.js';
import type { UserRuleSettings } from './user-rule-schema.js';
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

/** Plain data: it crosses to the worker thread by copy. */
export interface DetectionSettingsData {
  readonly thresholds: Readonly<
    Record<string, Readonly<Record<string, number | undefined>> | undefined>
  >;
  readonly allow: readonly AllowEntry[];
  readonly homeNetworks: readonly Network[];
  readonly mutes: readonly MuteEntry[];
  readonly disabledKinds: readonly Kind[];
  readonly threatNetworks: readonly Network[];
  /** Lower case; a name fits if it equals one or ends in `.` and one. */
  readonly threatNames: readonly string[];
  readonly rules: readonly UserRuleSettings[];
}

const none: DetectionSettingsData = {
  thresholds: {},
  allow: [],
  homeNetworks: [],
  mutes: [],
  disabledKinds: [],
  threatNetworks: [],
  threatNames: [],
  rules: [],
};

export class DetectionSettings {
  readonly data: DetectionSettingsData;
  readonly #disabled: ReadonlySet<Kind>;

  constructor(given: Partial<DetectionSettingsData> = {}) {
    this.data = { ...none, ...given };
    this.#disabled = new Set(this.data.disabledKinds);
  }

  threshold(rule: string, name: string): number | undefined {
    return this.data.thresholds[rule]?.[name];
  }

  isDisabled(kind: Kind): boolean {
    return this.#disabled.has(kind);
  }

  /** True for the user's own networks; where none are named, for all that the Internet doesn't route. */
  isHome(bytes: Uint8Array, offset = 0): boolean {
    const { homeNetworks } = this.data;
    if (homeNetworks.length === 0) return isPrivate(bytes, offset);
    return homeNetworks.some((network) => containsAddress(network, bytes, offset));
  }

  get hasHomeNetworks(): boolean {
    return this.data.homeNetworks.length > 0;
  }

  allowsDomain(domain: string, kind: Kind): boolean {
    return this.data.allow.some(
      (entry) =>
        entry.domains.length > 0 &&
        (entry.kinds.length === 0 || entry.kinds.includes(kind)) &&
        entry.domains.some((allowed) => domain === allowed || domain.endsWith(`.${allowed}`)),
    );
  }
}

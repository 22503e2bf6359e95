// A rule of the user's own: flows that fit a filter, added up by key over a window, against a threshold.
import type { FlowColumns } from '../model/flow-columns.generated.js';
import { addressKey, addressText, mixKey } from './address.js';
import { plural } from './names.js';
import type { Report, Rule, RuleDefinition } from './rule.js';
import type { Tick } from './tick.js';
import type { UserRuleSettings } from './user-rule-schema.js';
import { RecencyTable, RollingSet, RollingSum, type StateLedger } from './windows.js';

/** What the filter language needs beside the columns. */
export interface MatchContext {
  readonly nowUs: number;
  readonly intervalSeconds: number;
  readonly elapsedSeconds: number;
  readonly final: boolean;
  /** Text of a code in a dictionary of labels. */
  label(dictionary: string, code: number): string;
}

/** Clears mask[slot] of every flow that doesn't fit. The filter language lives in src/core/flows and is handed in. */
export type FlowMatcher = (flows: FlowColumns, context: MatchContext, mask: Uint8Array) => void;

const GROUPS_CAP = 4096;
const DISTINCT_CAP = 4096;

interface Group {
  readonly source: string | null;
  readonly destination: string | null;
  readonly port: number | null;
  readonly interface: string;
  readonly sum: RollingSum;
  readonly distinct: RollingSet;
  firstUs: number;
  lastUs: number;
}

class UserRule implements Rule {
  readonly #groups: RecencyTable<number, Group>;
  #mask = new Uint8Array(0);

  constructor(
    private readonly settings: UserRuleSettings,
    private readonly matches: FlowMatcher | null,
    private readonly ledger: StateLedger,
  ) {
    this.#groups = new RecencyTable(`${settings.name}: groups`, GROUPS_CAP, ledger, (group) =>
      group.distinct.release(),
    );
  }

  tick(tick: Tick, report: Report): void {
    const { flows } = tick;
    const touched = flows.touched.subarray(0, flows.touchedCount);
    if (this.#mask.length !== flows.used.length) this.#mask = new Uint8Array(flows.used.length);
    for (const slot of touched) this.#mask[slot] = 1;
    this.matches?.(
      flows,
      {
        nowUs: tick.nowUs,
        intervalSeconds: tick.seconds,
        elapsedSeconds: (tick.nowUs - tick.startUs) / 1e6,
        final: false,
        label: (dictionary, code) => tick.input.label(dictionary, code),
      },
      this.#mask,
    );
    const active = new Set<Group>();
    for (const slot of touched) {
      if (this.#mask[slot]) active.add(this.#add(tick, slot));
      this.#mask[slot] = 0;
    }
    for (const group of active) this.#judge(tick, group, report);
  }

  #add(tick: Tick, slot: number): Group {
    const { flows } = tick;
    const by = this.settings.by;
    const low = flows.sourceIsLow[slot] === 1;
    const source = low ? flows.lowAddress : flows.highAddress;
    const destination = low ? flows.highAddress : flows.lowAddress;
    const port = tick.destinationPort(slot);
    let key = 0;
    if (by.includes('source')) key += addressKey(source, slot * 16);
    if (by.includes('destination')) key += addressKey(destination, slot * 16) * 0.5;
    if (by.includes('port')) key = mixKey(key, port);
    if (by.includes('interface')) key = mixKey(key, flows.interfaceIndex[slot]!);
    const windowUs = this.settings.windowSeconds * 1e6;
    const group = this.#groups.getOrCreate(key, () => ({
      source: by.includes('source') ? addressText(source, slot * 16) : null,
      destination: by.includes('destination') ? addressText(destination, slot * 16) : null,
      port: by.includes('port') ? port : null,
      interface: tick.interfaceName(slot),
      sum: new RollingSum(windowUs),
      distinct: new RollingSet(windowUs, DISTINCT_CAP, this.ledger),
      firstUs: tick.nowUs - tick.seconds * 1e6,
      lastUs: 0,
    }));
    if (this.#value(group, tick.nowUs) === 0) group.firstUs = tick.nowUs - tick.seconds * 1e6;
    group.lastUs = Math.max(group.lastUs, flows.lastSeenUs[slot]!);
    if (this.settings.aggregate === 'distinct') {
      group.distinct.add(this.#element(tick, slot, source, destination, port), tick.nowUs);
    } else group.sum.add(this.#amount(tick, slot), tick.nowUs);
    return group;
  }

  #element(
    tick: Tick,
    slot: number,
    source: Uint8Array,
    destination: Uint8Array,
    port: number,
  ): number {
    switch (this.settings.of) {
      case 'source':
        return addressKey(source, slot * 16);
      case 'destination':
        return addressKey(destination, slot * 16);
      case 'port':
        return port;
      case 'service':
        return mixKey(addressKey(destination, slot * 16), port);
      default:
        return tick.flows.id[slot]!;
    }
  }

  #amount(tick: Tick, slot: number): number {
    const { flows } = tick;
    if (this.settings.aggregate === 'count' || this.settings.of === 'flows')
      return flows.isNew[slot]!;
    return this.settings.of === 'bytes'
      ? flows.deltaLowToHighBytes[slot]! + flows.deltaHighToLowBytes[slot]!
      : flows.deltaLowToHighPackets[slot]! + flows.deltaHighToLowPackets[slot]!;
  }

  #value(group: Group, nowUs: number): number {
    switch (this.settings.aggregate) {
      case 'distinct':
        return group.distinct.size(nowUs);
      case 'rate':
        return group.sum.value(nowUs) / this.settings.windowSeconds;
      default:
        return group.sum.value(nowUs);
    }
  }

  #judge(tick: Tick, group: Group, report: Report): void {
    const { settings } = this;
    const value = this.#value(group, tick.nowUs);
    if (value < settings.threshold) return;
    const unit = settings.aggregate === 'count' ? 'flows' : settings.of;
    const who = [group.source, group.destination, group.port].filter((part) => part !== null);
    const shown =
      settings.aggregate === 'rate'
        ? `${Math.round(value)} ${unit}/s`
        : plural(Math.round(value), unit, unit);
    report({
      kind: settings.kind,
      severity: settings.severity,
      key: `${settings.name} ${who.join(' ')}`,
      source: group.source === null ? null : { address: group.source },
      destination:
        group.destination === null && group.port === null
          ? null
          : {
              ...(group.destination !== null && { address: group.destination }),
              ...(group.port !== null && { port: group.port }),
            },
      protocol: null,
      interface: group.interface,
      total: Math.round(value),
      unit,
      firstSeenUs: group.firstUs,
      lastSeenUs: group.lastUs,
      message:
        settings.message ??
        `Your rule "${settings.name}": ${shown}${who.length > 0 ? ` of ${who.join(', ')}` : ''}`,
      spoofable: true,
      confidence: 'medium',
      evidence: { rule: settings.name, aggregate: settings.aggregate, value },
      threshold: {
        [settings.aggregate]: settings.threshold,
        windowSeconds: settings.windowSeconds,
      },
    });
  }
}

/** `matches`: the compiled filter, null where the rule has none. */
export function userRule(settings: UserRuleSettings, matches: FlowMatcher | null): RuleDefinition {
  return {
    name: settings.name,
    kinds: [settings.kind],
    method: `Your own rule: ${settings.aggregate} of ${settings.of} by ${settings.by.join(', ') || 'nothing'} over ${settings.windowSeconds} s${settings.filter ? ` where ${settings.filter}` : ''}.`,
    thresholds: {
      threshold: {
        value: settings.threshold,
        unit: settings.of,
        meaning: settings.aggregate,
        origin: 'your settings',
      },
    },
    features: 0,
    eventTypes: [],
    create: ({ ledger }) => new UserRule(settings, matches, ledger),
  };
}

// Totals of the run, added up from each batch's: by interface and by protocol.
import type { ProtocolDelta } from '../detect/contract.js';
import { perSecond } from '../flows/rates.js';
import { protocolName } from '../format/protocol.js';
import type { InterfaceTotals, ProtocolTotals } from '../model/snapshot.js';
import type { SourceInterface } from '../sources/source.js';
import type { Batch } from '../wire/batch.js';
import { type InterfaceTotal, readTotals } from '../wire/counters.js';
import { protocolIndex } from '../wire/layout.generated.js';
import {
  addValues,
  bytesOf,
  counterOf,
  newValues,
  packetsOf,
  type Values,
} from './directional-values.js';

/** Interfaces in a batch that its source never named: possible in a recording. */
const UNKNOWN_INTERFACES = 'unknown interfaces';
/** Of all that have gone longer ago than those that have rows of their own; no interface can be called so. */
const EARLIER_INTERFACES = 'earlier interfaces';
/** Names of interfaces that have gone and have a row in the summary: days of pods, and 3 MB. */
const GONE_MAX = 16_384;
/** Of those, the last ones have a row in every tick: a line of 100 KB more. */
const GONE_IN_TICKS = 1024;

interface Owner {
  name: string;
  linkTypeName: string | undefined;
  readonly values: Values;
}

interface ProtocolSum {
  readonly values: Values;
  /** Increments of the tick of this number. */
  readonly change: Values;
  tick: number;
}

export class TrafficTotals {
  readonly #byIndex = new Map<number, Owner>();
  /** Captures count frames that they don't decode under an index of its own, in the slot of their interface. */
  readonly #bySlot = new Map<number, Owner>();
  readonly #unknown: Owner = {
    name: UNKNOWN_INTERFACES,
    linkTypeName: undefined,
    values: newValues(),
  };
  /** By name, those that went last behind. */
  readonly #gone = new Map<string, Values>();
  readonly #earlier = newValues();
  readonly #protocols = new Map<string, ProtocolSum>();
  #deltas: ProtocolDelta[] = [];
  #tick = 0;

  update(batch: Batch, interfaces: readonly SourceInterface[]): void {
    this.#tick += 1;
    this.#deltas = [];
    for (const one of interfaces) this.#know(one);
    for (const row of readTotals(batch)) this.#add(row);
    if (this.#byIndex.size > interfaces.length) this.#forgetGone(interfaces);
  }

  /** Those that are listed no longer: they keep a row by name. */
  #forgetGone(interfaces: readonly SourceInterface[]): void {
    const listed = new Set(interfaces.map(({ index }) => index));
    for (const [index, { name, values }] of this.#byIndex) {
      if (listed.has(index)) continue;
      this.#byIndex.delete(index);
      addTo(this.#gone, name, values);
    }
    for (const [name, values] of this.#gone) {
      if (this.#gone.size <= GONE_MAX) break;
      this.#gone.delete(name);
      addValues(this.#earlier, values);
    }
  }

  #know({ index, slot, name, linkTypeName, present }: SourceInterface): void {
    let owner = this.#byIndex.get(index);
    if (!owner) {
      owner = { name, linkTypeName, values: newValues() };
      this.#byIndex.set(index, owner);
    }
    owner.name = name;
    owner.linkTypeName = linkTypeName;
    if (present) this.#bySlot.set(slot, owner);
  }

  #add({ interfaceIndex, slot, protocol, traffic }: InterfaceTotal): void {
    const owner = this.#byIndex.get(interfaceIndex) ?? this.#bySlot.get(slot) ?? this.#unknown;
    const name =
      protocol === protocolIndex.linkType && owner.linkTypeName
        ? owner.linkTypeName
        : protocolName(protocol);
    addValues(owner.values, traffic);
    this.#addToProtocol(name, traffic);
    this.#deltas.push({ interface: owner.name, protocol: name, delta: counterOf(traffic) });
  }

  #addToProtocol(name: string, traffic: Values): void {
    let sum = this.#protocols.get(name);
    if (!sum) {
      sum = { values: newValues(), change: newValues(), tick: this.#tick };
      this.#protocols.set(name, sum);
    }
    if (sum.tick !== this.#tick) {
      sum.tick = this.#tick;
      sum.change.fill(0);
    }
    addValues(sum.values, traffic);
    addValues(sum.change, traffic);
  }

  /** `final`: the summary, with all interfaces that are known by name. */
  interfaceTotals(final: boolean): InterfaceTotals[] {
    const sums = new Map<string, Values>();
    const earlier = newValues();
    addValues(earlier, this.#earlier);
    let folded = final ? 0 : this.#gone.size - GONE_IN_TICKS;
    for (const { name, values } of this.#byIndex.values()) addTo(sums, name, values);
    for (const [name, values] of this.#gone) {
      // One that is there again under this name has a row in any case.
      if (folded-- > 0 && !sums.has(name)) addValues(earlier, values);
      else addTo(sums, name, values);
    }
    if (packetsOf(earlier) > 0) sums.set(EARLIER_INTERFACES, earlier);
    if (packetsOf(this.#unknown.values) > 0) sums.set(UNKNOWN_INTERFACES, this.#unknown.values);
    return [...sums].map(([name, values]) => ({ name, ...counterOf(values) }));
  }

  /** Rates over `seconds`: of the last interval, or of the whole run for a summary. */
  protocolTotals(seconds: number, wholeRun: boolean): ProtocolTotals[] {
    const rows = Array.from(this.#protocols, ([protocol, sum]) => {
      const idle = !wholeRun && sum.tick !== this.#tick;
      const measured = wholeRun ? sum.values : sum.change;
      return {
        protocol,
        ...counterOf(sum.values),
        packetsPerSecond: idle ? 0 : perSecond(packetsOf(measured), seconds),
        bitsPerSecond: idle ? 0 : perSecond(bytesOf(measured) * 8, seconds),
      };
    });
    const total = (row: ProtocolTotals): number => row.received.bytes + row.sent.bytes;
    return rows.sort(
      (a, b) =>
        b.bitsPerSecond - a.bitsPerSecond ||
        total(b) - total(a) ||
        (a.protocol < b.protocol ? -1 : 1),
    );
  }

  /** What detection gets: this tick's traffic by interface and protocol. */
  protocolDeltas(): readonly ProtocolDelta[] {
    return this.#deltas;
  }
}

/** Moves the entry to the end of the map. */
function addTo(sums: Map<string, Values>, name: string, values: Values): void {
  const sum = sums.get(name) ?? newValues();
  addValues(sum, values);
  sums.delete(name);
  sums.set(name, sum);
}

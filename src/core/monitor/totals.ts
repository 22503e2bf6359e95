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

/** What a batch has of interfaces that its source never named: a recording may. */
const UNKNOWN_INTERFACES = 'unknown interfaces';

interface Owner {
  name: string;
  linkTypeName: string | undefined;
  readonly values: Values;
}

interface ProtocolSum {
  readonly values: Values;
  /** What the tick of this number added. */
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
  readonly #protocols = new Map<string, ProtocolSum>();
  #deltas: ProtocolDelta[] = [];
  #tick = 0;

  update(batch: Batch, interfaces: readonly SourceInterface[]): void {
    this.#tick += 1;
    this.#deltas = [];
    for (const one of interfaces) this.#know(one);
    for (const row of readTotals(batch)) this.#add(row);
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

  interfaceTotals(): InterfaceTotals[] {
    const sums = new Map<string, Values>();
    for (const { name, values } of this.#byIndex.values()) {
      let sum = sums.get(name);
      if (!sum) {
        sum = newValues();
        sums.set(name, sum);
      }
      addValues(sum, values);
    }
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

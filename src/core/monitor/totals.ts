// Totals of the run from each batch's cumulative counters: by interface, protocol, encapsulation, reason.
import type { ProtocolDelta } from '../detect/contract.js';
import { perSecond } from '../flows/rates.js';
import { protocolName } from '../format/protocol.js';
import type { Counter, DirectionalCounter } from '../model/counter.js';
import type { EncapsulationTotals, InterfaceTotals, ProtocolTotals } from '../model/snapshot.js';
import type { SourceInterface } from '../sources/source.js';
import type { Batch } from '../wire/batch.js';
import { readTotals, VALUES_A_ROW } from '../wire/counters.js';
import { KNP_PROTOCOL_ROWS, protocolIndex } from '../wire/layout.generated.js';

/** Received packets, sent packets, received bytes, sent bytes: as wire/counters.ts reads them. */
type Values = Float64Array;

const noValues: Values = new Float64Array(VALUES_A_ROW);

function counterOf(values: Values, at = 0): DirectionalCounter {
  return {
    received: { packets: values[at]!, bytes: values[at + 2]! },
    sent: { packets: values[at + 1]!, bytes: values[at + 3]! },
  };
}

function add(into: Values, values: Values, at = 0): void {
  for (let i = 0; i < VALUES_A_ROW; i += 1) into[i]! += values[at + i]!;
}

const packetsOf = (values: Values): number => values[0]! + values[1]!;
const bytesOf = (values: Values): number => values[2]! + values[3]!;

function entry(map: Map<string, Values>, name: string): Values {
  let values = map.get(name);
  if (!values) {
    values = new Float64Array(VALUES_A_ROW);
    map.set(name, values);
  }
  return values;
}

export class TrafficTotals {
  /** By slot, all protocol rows: the last batch's, and the one's before. */
  #now = new Map<number, Values>();
  #before = new Map<number, Values>();
  #interfaces: readonly SourceInterface[] = [];

  update(batch: Batch, interfaces: readonly SourceInterface[]): void {
    const recycled = this.#before;
    this.#before = this.#now;
    this.#now = new Map();
    this.#interfaces = interfaces;
    for (const { slot } of interfaces) {
      if (slot >= batch.interfaceSlots) continue;
      const rows = recycled.get(slot) ?? new Float64Array(KNP_PROTOCOL_ROWS * VALUES_A_ROW);
      readTotals(batch, slot, rows);
      this.#now.set(slot, rows);
    }
  }

  /** Rows with packets, in every present slot. */
  *#rows(): Generator<{
    owner: SourceInterface;
    name: string;
    now: Values;
    before: Values | null;
    at: number;
  }> {
    for (const owner of this.#interfaces) {
      const now = this.#now.get(owner.slot);
      if (!now) continue;
      const before = this.#before.get(owner.slot) ?? null;
      for (let row = 0; row < KNP_PROTOCOL_ROWS; row += 1) {
        const at = row * VALUES_A_ROW;
        if (now[at] === 0 && now[at + 1] === 0) continue;
        const name =
          row === protocolIndex.linkType && owner.linkTypeName
            ? owner.linkTypeName
            : protocolName(row);
        yield { owner, name, now, before, at };
      }
    }
  }

  interfaceTotals(): InterfaceTotals[] {
    const sums = new Map<string, Values>();
    for (const { name } of this.#interfaces) entry(sums, name);
    for (const { owner, now, at } of this.#rows()) add(entry(sums, owner.name), now, at);
    return [...sums].map(([name, values]) => ({ name, ...counterOf(values) }));
  }

  /** Rates over `seconds`: of the last interval, or of the whole run for a summary. */
  protocolTotals(seconds: number, wholeRun: boolean): ProtocolTotals[] {
    const sums = new Map<string, Values>();
    const earlier = new Map<string, Values>();
    for (const { name, now, before, at } of this.#rows()) {
      add(entry(sums, name), now, at);
      if (before && !wholeRun) add(entry(earlier, name), before, at);
    }
    const rows = [...sums].map(([protocol, values]) => {
      const base = earlier.get(protocol) ?? noValues;
      return {
        protocol,
        ...counterOf(values),
        packetsPerSecond: perSecond(packetsOf(values) - packetsOf(base), seconds),
        bitsPerSecond: perSecond((bytesOf(values) - bytesOf(base)) * 8, seconds),
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

  /** What detection gets: by interface and protocol, with this tick's change. */
  protocolDeltas(): ProtocolDelta[] {
    const deltas: ProtocolDelta[] = [];
    for (const { owner, name, now, before, at } of this.#rows()) {
      const change = new Float64Array(VALUES_A_ROW);
      for (let i = 0; i < VALUES_A_ROW; i += 1) change[i] = now[at + i]! - (before?.[at + i] ?? 0);
      deltas.push({
        interface: owner.name,
        protocol: name,
        total: counterOf(now, at),
        delta: counterOf(change),
      });
    }
    return deltas;
  }
}

/** A block of counter rows with names, cumulative, and what this tick added. */
export class NamedCounters {
  readonly #names: readonly string[];
  #now: Values;
  #before: Values;

  /** names[i] is row i; '' is skipped. */
  constructor(names: readonly string[]) {
    this.#names = names;
    this.#now = new Float64Array(names.length * VALUES_A_ROW);
    this.#before = new Float64Array(names.length * VALUES_A_ROW);
  }

  get rows(): number {
    return this.#names.length;
  }

  /** Swaps, and hands out the array to be filled with the new values. */
  next(): Values {
    [this.#now, this.#before] = [this.#before, this.#now];
    return this.#now;
  }

  /** Rows with packets: both directions together. */
  *counts(): Generator<[string, Counter]> {
    for (const [name, at] of this.#used()) {
      const packets = this.#now[at]! + this.#now[at + 1]!;
      yield [name, { packets, bytes: this.#now[at + 2]! + this.#now[at + 3]! }];
    }
  }

  *changes(): Generator<[string, Counter]> {
    for (const [name, at] of this.#used()) {
      const change = (i: number): number => this.#now[at + i]! - this.#before[at + i]!;
      const packets = change(0) + change(1);
      if (packets > 0) yield [name, { packets, bytes: change(2) + change(3) }];
    }
  }

  directional(): EncapsulationTotals[] {
    return Array.from(this.#used(), ([encapsulation, at]) => ({
      encapsulation,
      ...counterOf(this.#now, at),
    }));
  }

  *#used(): Generator<[string, number]> {
    for (let row = 0; row < this.#names.length; row += 1) {
      const name = this.#names[row]!;
      const at = row * VALUES_A_ROW;
      if (name !== '' && (this.#now[at] !== 0 || this.#now[at + 1] !== 0)) yield [name, at];
    }
  }
}

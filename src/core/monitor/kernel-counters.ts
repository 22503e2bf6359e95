// The counters section by name: encapsulations, reasons of malformation, health, what found no room.
import { protocolName } from '../format/protocol.js';
import type { Counter } from '../model/counter.js';
import type { EncapsulationTotals } from '../model/snapshot.js';
import type { Batch } from '../wire/batch.js';
import { readCounters } from '../wire/counters.js';
import {
  counterRow,
  encapsulation,
  healthRow,
  KNP_PROTOCOL_ROWS,
  malformedReason,
} from '../wire/layout.generated.js';
import { NamedCounters } from './totals.js';

const encapsulationNames: Readonly<Record<string, string>> = {
  vlan: 'VLAN',
  qinq: 'QinQ',
  mpls: 'MPLS',
  pppoe: 'PPPoE',
  vxlan: 'VXLAN',
  geneve: 'Geneve',
  gtpU: 'GTP-U',
  gre: 'GRE',
  ipip: 'IPIP',
  '6in4': '6in4',
};

/** Names of an enum's values by number; its counting last one and those in `without` have none. */
function namesByValue(
  values: Readonly<Record<string, number>>,
  without: readonly string[],
): string[] {
  const names: string[] = [];
  for (const [name, value] of Object.entries(values)) {
    if (!without.includes(name)) names[value] = name;
  }
  return Array.from(names, (name) => name ?? '');
}

/** Losses of facts are `eventsLost`, fragments a field of their own. */
const healthElsewhere = ['fragments', 'factsLostRingFull', 'rowCount'];

/** No errors of a program: fragments are packets, a budget is meant to be used up, and the drain adds up what a race split. */
const healthyRows = ['fragments', 'factsLostRateLimit', 'samplesSkipped', 'flowInsertRace'];

/** What our programs could not do, by name and by the direction of the packet; only what is above zero. */
export interface ProgramErrors {
  readonly received: Readonly<Record<string, number>>;
  readonly sent: Readonly<Record<string, number>>;
}

export interface UntrackedTotals {
  readonly all: Counter;
  readonly byProtocol: Readonly<Record<string, Counter>>;
}

export class KernelCounters {
  readonly #encapsulations = new NamedCounters(
    namesByValue(encapsulation, ['count']).map((name) => encapsulationNames[name] ?? name),
  );
  readonly #malformed = new NamedCounters(namesByValue(malformedReason, ['none', 'reasonCount']));
  readonly #health = new NamedCounters(namesByValue(healthRow, ['rowCount']));
  readonly #untracked = new NamedCounters(
    Array.from({ length: KNP_PROTOCOL_ROWS }, (_, row) => protocolName(row)),
  );

  update(batch: Batch): void {
    const blocks: [NamedCounters, number][] = [
      [this.#encapsulations, counterRow.encapsulation],
      [this.#malformed, counterRow.malformed],
      [this.#health, counterRow.health],
      [this.#untracked, counterRow.untracked],
    ];
    for (const [block, row] of blocks) readCounters(batch, row, block.rows, block.next());
  }

  encapsulations(): EncapsulationTotals[] {
    return this.#encapsulations.directional();
  }

  /** Reason → packets. */
  malformedReasons(): Record<string, number> {
    const reasons: Record<string, number> = {};
    for (const [name, { packets }] of this.#malformed.counts()) reasons[name] = packets;
    return reasons;
  }

  malformedChanges(): Map<string, number> {
    return new Map(Array.from(this.#malformed.changes(), ([name, { packets }]) => [name, packets]));
  }

  untracked(): UntrackedTotals {
    const byProtocol: Record<string, Counter> = {};
    let packets = 0;
    let bytes = 0;
    for (const [name, count] of this.#untracked.counts()) {
      byProtocol[name] = count;
      packets += count.packets;
      bytes += count.bytes;
    }
    return { all: { packets, bytes }, byProtocol };
  }

  untrackedChanges(): Map<string, Counter> {
    return new Map(this.#untracked.changes());
  }

  fragments(): Counter {
    return this.#healthCount('fragments');
  }

  fragmentChanges(): Counter {
    for (const [name, count] of this.#health.changes()) if (name === 'fragments') return count;
    return { packets: 0, bytes: 0 };
  }

  /** Facts that the kernel's ring refused. */
  factsLost(): number {
    return this.#healthCount('factsLostRingFull').packets;
  }

  health(): Record<string, number> {
    const rows: Record<string, number> = {};
    for (const [name, { packets }] of this.#health.counts()) {
      if (!healthElsewhere.includes(name)) rows[name] = packets;
    }
    return rows;
  }

  programErrors(): ProgramErrors {
    const errors = { received: {} as Record<string, number>, sent: {} as Record<string, number> };
    for (const side of ['received', 'sent'] as const) {
      for (const { encapsulation: name, [side]: count } of this.#health.directional()) {
        if (count.packets > 0 && !healthyRows.includes(name)) errors[side][name] = count.packets;
      }
      const refused = this.#untracked.directional().map((row) => row[side].packets);
      const untracked = refused.reduce((sum, packets) => sum + packets, 0);
      if (untracked > 0) errors[side]['untracked'] = untracked;
    }
    return errors;
  }

  #healthCount(wanted: string): Counter {
    for (const [name, count] of this.#health.counts()) if (name === wanted) return count;
    return { packets: 0, bytes: 0 };
  }
}

// The counters section by name: encapsulations, reasons of malformation, health, what found no room.
import { protocolName } from '../format/protocol.js';
import { tunnelNameByKind } from '../format/tunnel.js';
import type { Counter } from '../model/counter.js';
import type { EncapsulationTotals } from '../model/snapshot.js';
import type { Batch } from '../wire/batch.js';
import { readCounters, VALUES_A_ROW } from '../wire/counters.js';
import {
  counterRow,
  encapsulation,
  healthRow,
  KNP_PROTOCOL_ROWS,
  malformedReason,
} from '../wire/layout.generated.js';
import { NamedCounters } from './named-counters.js';
import type { OwnProgram, ProgramErrors } from './own-programs.js';

const encapsulationNames: Readonly<Record<string, string>> = {
  vlan: 'VLAN',
  qinq: 'QinQ',
  mpls: 'MPLS',
  pppoe: 'PPPoE',
  ...tunnelNameByKind,
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

/** Losses of kernel events are `eventsLost`, fragments and what was untracked fields of their own. */
const healthElsewhere = ['fragments', 'eventsLostRingFull', 'untracked'];

/** No errors of a program: fragments are packets, and a budget is meant to be used up. */
const healthyRows = ['fragments', 'eventsLostRateLimit', 'samplesSkipped'];

const healthNames = namesByValue(healthRow, ['rowCount']);

export interface UntrackedTotals {
  readonly all: Counter;
  readonly byProtocol: Readonly<Record<string, Counter>>;
}

export class KernelCounters {
  readonly #encapsulations = new NamedCounters(
    namesByValue(encapsulation, ['count']).map((name) => encapsulationNames[name] ?? name),
  );
  readonly #malformed = new NamedCounters(namesByValue(malformedReason, ['none', 'reasonCount']));
  /** Of all programs; and of XDP's alone. */
  readonly #health = new NamedCounters(healthNames);
  readonly #healthOfXdp = new Float64Array(healthNames.length * VALUES_A_ROW);
  #healthOfAll: Float64Array = this.#healthOfXdp;
  readonly #untracked = new NamedCounters(
    Array.from({ length: KNP_PROTOCOL_ROWS }, (_, row) => protocolName(row)),
  );

  update(batch: Batch): void {
    const blocks: [NamedCounters, number][] = [
      [this.#encapsulations, counterRow.encapsulation],
      [this.#malformed, counterRow.malformed],
      [this.#untracked, counterRow.untracked],
    ];
    for (const [block, row] of blocks) readCounters(batch, row, block.rows, block.next());
    this.#healthOfAll = this.#health.next();
    readCounters(batch, counterRow.health, healthNames.length, this.#healthOfAll);
    readCounters(batch, counterRow.healthXdp, healthNames.length, this.#healthOfXdp);
    for (let i = 0; i < this.#healthOfAll.length; i += 1)
      this.#healthOfAll[i]! += this.#healthOfXdp[i]!;
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

  fragments(): Counter {
    return this.#healthCount('fragments');
  }

  fragmentChanges(): Counter {
    for (const [name, count] of this.#health.changes()) if (name === 'fragments') return count;
    return { packets: 0, bytes: 0 };
  }

  /** Kernel events that the kernel's ring refused. */
  kernelEventsLost(): number {
    return this.#healthCount('eventsLostRingFull').packets;
  }

  health(): Record<string, number> {
    const rows: Record<string, number> = {};
    for (const [name, { packets }] of this.#health.counts()) {
      if (!healthElsewhere.includes(name)) rows[name] = packets;
    }
    return rows;
  }

  programErrors(): ProgramErrors {
    const errors: Record<OwnProgram, Record<string, number>> = {
      xdp: {},
      tcIngress: {},
      tcEgress: {},
      capture: {},
    };
    for (const [row, name] of healthNames.entries()) {
      if (name === '' || healthyRows.includes(name)) continue;
      const at = row * VALUES_A_ROW;
      const [received, sent] = [this.#healthOfAll[at]!, this.#healthOfAll[at + 1]!];
      const byXdp = this.#healthOfXdp[at]!;
      if (byXdp > 0) errors.xdp[name] = byXdp;
      if (received > byXdp) errors.tcIngress[name] = received - byXdp;
      if (sent > 0) errors.tcEgress[name] = sent;
      // A capture has one program for both directions, and no other.
      if (received + sent > 0) errors.capture[name] = received + sent;
    }
    return errors;
  }

  #healthCount(wanted: string): Counter {
    for (const [name, count] of this.#health.counts()) if (name === wanted) return count;
    return { packets: 0, bytes: 0 };
  }
}

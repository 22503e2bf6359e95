// What detection forgets at its caps is told once an hour, and counted all the time.
import { describe, expect, it } from 'vitest';
import { DetectionEngine } from '../../../src/core/detect/engine.js';
import type { RuleDefinition } from '../../../src/core/detect/rule.js';
import { RecencyTable, RollingSet, StateLedger } from '../../../src/core/detect/windows.js';
import { FlowTable } from '../../../src/core/flows/flow-table.js';

const HOSTS_A_TICK = 2000;

/** Two thousand hosts a tick into a table for one. */
const forgetful: RuleDefinition = {
  name: 'forgetful',
  kinds: ['port_scan_syn'],
  method: 'forgets',
  thresholds: {},
  features: 0,
  eventTypes: [],
  create: ({ ledger }) => {
    const table = new RecencyTable<number, true>('forgetful: hosts', 1, ledger);
    let next = 0;
    return {
      tick() {
        for (let i = 0; i < HOSTS_A_TICK; i += 1) table.set(next++, true);
      },
    };
  },
};

function ticker(): { engine: DetectionEngine; tick: (seconds: number) => readonly string[] } {
  const engine = new DetectionEngine([forgetful]);
  const { columns } = new FlowTable({ capacity: 16, timeoutSeconds: 0 });
  return {
    engine,
    tick(seconds) {
      engine.tick({
        nowUs: 1_700_000_000e6 + seconds * 1e6,
        intervalSeconds: 1,
        flows: columns,
        kernelEvents: [],
        protocols: [],
        fragments: { packets: 0, bytes: 0 },
        interfaceName: () => 'eth0',
        label: () => 'eth0',
      });
      return engine.takeWarnings().map(({ code }) => code);
    },
  };
}

describe('forgetting', () => {
  it('is told once, however long the flood', () => {
    const { engine, tick } = ticker();
    expect(tick(0)).toEqual(['detection_state_forgotten']);
    for (let second = 1; second < 60; second += 1) expect(tick(second)).toEqual([]);
    expect(tick(3599)).toEqual([]);
    expect(engine.forgotten.get('forgetful: hosts')).toBe(61 * HOSTS_A_TICK - 1);
  });

  it('is told again after an hour that forgot more', () => {
    const { tick } = ticker();
    tick(0);
    expect(tick(3600)).toEqual(['detection_state_forgotten']);
  });

  it("counts what the sets' shared budget refuses, and not what one set's own cap does", () => {
    const ledger = new StateLedger(2);
    const small = new RollingSet(60e6, 1, ledger);
    const large = new RollingSet(60e6, 100, ledger);
    for (const element of [1, 2, 3]) small.add(element, 1);
    expect(ledger.forgottenTotal).toBe(0);
    for (const element of [1, 2, 3]) large.add(element, 1);
    expect(ledger.forgotten.get('elements of all sets')).toBe(2);
  });
});

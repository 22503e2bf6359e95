// The engine: one bad rule never stops the others, user rules work like built-in ones, what is forgotten is told.
import { describe, expect, it } from 'vitest';
import type { RuleDefinition } from '../../../src/core/detect/rule.js';
import { builtInRules } from '../../../src/core/detect/rules/index.js';
import { tcpScan } from '../../../src/core/detect/rules/tcp-scan.js';
import { userRule } from '../../../src/core/detect/user-rule.js';
import { userRuleSchema } from '../../../src/core/detect/user-rule-schema.js';
import { kinds, reservedKinds } from '../../../src/core/detect/vocabulary.js';
import { DetectionScenario } from '../../support/detection-scenario.js';

const failing: RuleDefinition = {
  name: 'failing',
  kinds: ['malformed'],
  method: 'Fails.',
  thresholds: {},
  features: 0,
  eventTypes: ['payload'],
  create: () => ({
    tick() {
      throw new Error('a bug');
    },
  }),
};

function scan(scenario: DetectionScenario, ports: number): void {
  for (let port = 1; port <= ports; port += 1) {
    scenario.flow({ from: '192.0.2.7', to: '192.0.2.1', port, sent: ['S'], answered: ['RA'] });
  }
}

describe('the engine', () => {
  it('turns a rule off that fails, says so, and runs the others', () => {
    const scenario = new DetectionScenario([failing, tcpScan]);
    scan(scenario, 20);
    scenario.tick();
    scenario.tick();
    expect(scenario.kinds).toEqual(['port_scan_syn medium']);
    expect(scenario.engine.takeWarnings()).toMatchObject([
      { code: 'detection_rule_failed', message: expect.stringContaining('failing') },
    ]);
    expect(scenario.engine.takeWarnings()).toEqual([]);
  });

  it('ends every open alert at the end, once', () => {
    const scenario = new DetectionScenario([tcpScan]);
    scan(scenario, 20);
    scenario.tick();
    expect(scenario.end()).toMatchObject([{ state: 'ended', kind: 'port_scan_syn' }]);
    expect(scenario.end()).toEqual([]);
  });

  it('decides at the end what still waited for an answer', () => {
    const scenario = new DetectionScenario([tcpScan]);
    for (let port = 1; port <= 20; port += 1) {
      scenario.flow({ from: '192.0.2.7', to: '192.0.2.1', port, sent: ['S'] });
    }
    scenario.tick();
    expect(scenario.kinds).toEqual([]);
    scenario.end();
    expect(scenario.kinds).toEqual(['port_scan_syn medium']);
  });

  it('obeys thresholds of the settings', () => {
    const scenario = new DetectionScenario([tcpScan], {
      thresholds: { 'tcp-scan': { ports: 30 } },
    });
    scan(scenario, 20);
    scenario.tick();
    expect(scenario.kinds).toEqual([]);
  });

  it('has a rule for every kind but those that wait for tracing', () => {
    const raised = new Set(builtInRules.flatMap((rule) => rule.kinds));
    expect(kinds.filter((kind) => !raised.has(kind))).toEqual([...reservedKinds]);
    expect(new Set(builtInRules.map(({ name }) => name)).size).toBe(builtInRules.length);
  });
});

describe("a rule of the user's own", () => {
  const own = (over: object) =>
    userRuleSchema.parse({
      name: 'own',
      kind: 'host_sweep_tcp',
      aggregate: 'distinct',
      of: 'destination',
      windowSeconds: 60,
      threshold: 3,
      ...over,
    });

  it('counts distinct destinations by source', () => {
    const scenario = new DetectionScenario([userRule(own({}), null)]);
    for (const host of [1, 2, 3]) {
      scenario.flow({ from: '192.0.2.7', to: `192.0.2.${host}`, port: 80, sent: ['S'] });
    }
    scenario.flow({ from: '192.0.2.8', to: '192.0.2.1', port: 80, sent: ['S'] });
    scenario.tick();
    expect(scenario.alerts).toMatchObject([
      {
        kind: 'host_sweep_tcp',
        source: { address: '192.0.2.7' },
        count: 3,
        evidence: { rule: 'own' },
      },
    ]);
  });

  it('counts only flows that fit its filter', () => {
    const matches = (
      flows: { highPort: Uint16Array },
      _context: unknown,
      mask: Uint8Array,
    ): void => {
      for (let slot = 0; slot < mask.length; slot += 1)
        if (flows.highPort[slot] !== 22) mask[slot] = 0;
    };
    const scenario = new DetectionScenario([
      userRule(own({ aggregate: 'count', of: 'flows' }), matches),
    ]);
    for (let i = 0; i < 5; i += 1) {
      scenario.flow({
        from: '192.0.2.7',
        to: '192.0.2.1',
        sourcePort: 5000 + i,
        port: i < 2 ? 22 : 80,
        sent: ['S'],
      });
    }
    scenario.tick();
    expect(scenario.alerts).toEqual([]);
    scenario.flow({ from: '192.0.2.7', to: '192.0.2.1', sourcePort: 6000, port: 22, sent: ['S'] });
    scenario.tick();
    expect(scenario.alerts).toMatchObject([{ count: 3 }]);
  });

  it.each([
    ['sum', 600, 1],
    ['rate', 9, 1],
    ['rate', 11, 0],
  ] as const)('adds up bytes by %s over its window against %d', (aggregate, threshold, alerts) => {
    const scenario = new DetectionScenario([
      userRule(own({ aggregate, of: 'bytes', threshold }), null),
    ]);
    scenario.flow({
      from: '192.0.2.7',
      to: '192.0.2.1',
      port: 80,
      sent: Array(10).fill('A'),
      bytes: 60,
    });
    scenario.tick();
    expect(scenario.alerts).toHaveLength(alerts);
  });
});

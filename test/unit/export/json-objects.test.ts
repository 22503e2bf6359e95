// The objects of NDJSON: their keys, as contract.md orders them.
import { describe, expect, it } from 'vitest';
import { flowObject } from '../../../src/core/export/flow-object.generated.js';
import { tickObject } from '../../../src/core/export/json-objects.js';
import { begin } from '../../support/begun-run.js';

describe('NDJSON objects', () => {
  it('have the contract’s keys in the contract’s order', async () => {
    const { runtime, snapshots } = await begin({ count: 1 }, 'live', ({ batches }) => {
      batches.push({
        flows: [
          {
            vlan: [100],
            tunnelType: 1,
            tunnelId: 42,
            tunnelSource: '192.0.2.1',
            tunnelDestination: '192.0.2.2',
          },
        ],
      });
    });
    await runtime.advance(1000);
    const tick = tickObject(snapshots[0]!, { ticksSkipped: 3, alertsDropped: 4 });
    expect(Object.keys(tick)).toEqual([
      ...[
        'type',
        'time',
        'elapsed',
        'interfaces',
        'protocols',
        'encapsulations',
        'flows',
        'flowsTracked',
      ],
      ...[
        'untracked',
        'untrackedProtocols',
        'expired',
        'malformed',
        'malformedReasons',
        'fragments',
      ],
      ...['eventsLost', 'ticksSkipped', 'alertsDropped', 'cost', 'health'],
    ]);
    expect(tick).toMatchObject({ type: 'tick', ticksSkipped: 3, alertsDropped: 4 });
    expect(Object.keys(flowObject(snapshots[0]!.flows[0]!))).toEqual([
      ...[
        'interface',
        'protocol',
        'source',
        'destination',
        'forward',
        'reverse',
        'packetsPerSecond',
      ],
      ...['bitsPerSecond', 'firstSeen', 'lastSeen', 'vlan', 'tunnel', 'tcp'],
    ]);
    expect(tickObject(snapshots[1]!, { ticksSkipped: 0, alertsDropped: 0 }).type).toBe('summary');
  });
});

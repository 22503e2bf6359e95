// What goes down is asked for on and on: no scan; and the same address in two networks is two hosts, no spoofing.
import { describe, expect, it } from 'vitest';
import { KnownServices } from '../../../src/core/detect/known-services.js';
import type { DetectionScenario } from '../../support/detection-scenario.js';
import { runScenario, times } from '../../support/run-scenario.js';

const monitor = '10.0.0.9';

function ask(one: DetectionScenario, to: string, port: number, isUp: boolean, round: number): void {
  one.flow({
    from: monitor,
    to,
    port,
    sourcePort: 40_000 + round,
    sent: isUp ? ['S', 'A', 'PA', 'FA'] : ['S'],
    answered: isUp ? ['SA', 'PA', 'FA'] : ['RA'],
  });
}

describe('services that a host has used, and that are down now', () => {
  const watch = (wasUp: boolean): string[] =>
    runScenario((one) =>
      times(2, (round) => {
        times(30, (i) => {
          ask(one, `10.0.3.${10 + i}`, 9100, round === 0 && wasUp, round);
          ask(one, '10.0.3.5', 30_000 + i, round === 0 && wasUp, round);
        });
        one.tick();
      }),
    ).kinds;

  it('are no scan and no sweep; others are', () => {
    expect(watch(true)).toEqual([]);
    expect(watch(false)).toContain('host_sweep_tcp medium');
  });

  it('that a half-open scan tries after a full one leave it a scan of its own', () => {
    const { kinds } = runScenario((one) =>
      times(2, (round) => {
        times(60, (i) => ask(one, '10.0.3.5', 1000 + i, false, round));
        const isFull = round === 0;
        one.flow({
          from: monitor,
          to: '10.0.3.5',
          port: 80,
          sourcePort: 50_000 + round,
          sent: isFull ? ['S', 'A', 'RA'] : ['S', 'R'],
          answered: ['SA'],
        });
        one.tick();
      }),
    );
    expect(kinds).toEqual(['port_scan_connect medium', 'port_scan_syn medium']);
  });

  it('are remembered in bounded memory, those still asked for longest', () => {
    const known = new KnownServices();
    known.add(-1);
    times(40_000, (i) => {
      known.add(i);
      if (i % 1000 === 0) expect(known.has(-1)).toBe(true);
    });
    expect(known.has(39_999)).toBe(true);
    expect(known.has(0)).toBe(false);
  });
});

describe('one address that two MACs claim all the time', () => {
  const claims = (vlans: readonly [number, number], replies: 1 | 2): string[] =>
    runScenario((one) =>
      times(20, () => {
        for (const [i, vlan] of vlans.entries()) {
          const mac = Uint8Array.from([2, 0, 0, 0, 0, i + 1]);
          const body = new Uint8Array(28);
          body.set(mac, 8);
          one.kernelEvent({
            type: 'arp',
            from: '192.168.1.1',
            to: '192.168.1.50',
            reason: replies,
            family: 1,
            protocol: 0,
            vlan: [vlan],
            sourceMac: mac,
            payload: body,
          });
        }
        one.tick();
      }),
    ).kinds;

  it('is spoofing in one VLAN, and none in two', () => {
    expect(claims([100, 100], 2)).toContain('arp_spoof high');
    expect(claims([100, 101], 1)).toEqual([]);
  });
});

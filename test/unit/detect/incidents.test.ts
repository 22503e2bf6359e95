// One attack is one alert: what is printed when, and what is kept quiet.
import { describe, expect, it } from 'vitest';
import { Incidents } from '../../../src/core/detect/incidents.js';
import { parseNetwork } from '../../../src/core/detect/network.js';
import type { Finding } from '../../../src/core/detect/rule.js';
import {
  DetectionSettings,
  type DetectionSettingsData,
} from '../../../src/core/detect/settings.js';
import { StateLedger } from '../../../src/core/detect/windows.js';

const NOW = 1_700_000_000e6;

function finding(over: Partial<Finding> = {}): Finding {
  return {
    kind: 'port_scan_syn',
    key: '192.0.2.7',
    source: { address: '192.0.2.7' },
    destination: { address: '192.0.2.1' },
    protocol: 'TCP',
    interface: 'eth0',
    total: 20,
    unit: 'ports',
    firstSeenUs: NOW,
    lastSeenUs: NOW,
    message: 'a scan',
    spoofable: true,
    confidence: 'high',
    threshold: { ports: 15 },
    ...over,
  };
}

function incidents(settings: Partial<DetectionSettingsData> = {}) {
  const ledger = new StateLedger();
  return { ledger, incidents: new Incidents(new DetectionSettings(settings), ledger) };
}

describe('an incident', () => {
  it('is printed as new at once, and is silent while it grows slowly', () => {
    const { incidents: all } = incidents();
    all.report(finding(), NOW);
    expect(all.drain(NOW)).toMatchObject([{ state: 'new', count: 20 }]);
    all.report(finding({ total: 100 }), NOW + 1e6);
    expect(all.drain(NOW + 1e6)).toEqual([]);
    expect(all.current()).toMatchObject([{ state: 'ongoing', count: 100 }]);
  });

  it('is printed again when its count has grown tenfold', () => {
    const { incidents: all } = incidents();
    all.report(finding(), NOW);
    all.drain(NOW);
    all.report(finding({ total: 200 }), NOW + 1e6);
    expect(all.drain(NOW + 1e6)).toMatchObject([{ state: 'ongoing', count: 200 }]);
  });

  it('is printed again when its severity rises, and keeps the highest one', () => {
    const { incidents: all } = incidents();
    all.report(finding(), NOW);
    all.drain(NOW);
    all.report(finding({ severity: 'high', total: 21 }), NOW + 1e6);
    expect(all.drain(NOW + 1e6)).toMatchObject([{ state: 'ongoing', severity: 'high' }]);
    all.report(finding({ severity: 'low', total: 22 }), NOW + 2e6);
    expect(all.drain(NOW + 2e6)).toEqual([]);
    expect(all.current()[0]!.severity).toBe('high');
  });

  it('adds up what findings add', () => {
    const { incidents: all } = incidents();
    const { total: _total, ...event } = finding({ add: 7 });
    for (let i = 0; i < 3; i += 1) all.report(event, NOW + i);
    expect(all.current()[0]!.count).toBe(21);
  });

  it('is repeated after an hour of going on', () => {
    const { incidents: all } = incidents();
    all.report(finding(), NOW);
    all.drain(NOW);
    let lines: readonly unknown[] = [];
    for (let minute = 1; minute <= 60 && lines.length === 0; minute += 1) {
      const now = NOW + minute * 60e6;
      all.report(finding({ total: 20 + minute, lastSeenUs: now }), now);
      lines = all.drain(now);
    }
    expect(lines).toMatchObject([{ state: 'ongoing', count: 80 }]);
  });

  it('has ended five minutes after its last event, and the next event is a new one', () => {
    const { incidents: all } = incidents();
    all.report(finding(), NOW);
    const [first] = all.drain(NOW);
    expect(all.drain(NOW + 299e6)).toEqual([]);
    expect(all.drain(NOW + 300e6)).toMatchObject([{ state: 'ended', id: first!.id }]);
    all.report(finding({ firstSeenUs: NOW + 400e6, lastSeenUs: NOW + 400e6 }), NOW + 400e6);
    const [second] = all.drain(NOW + 400e6);
    expect(second).toMatchObject({ state: 'new' });
    expect(second!.id).not.toBe(first!.id);
  });

  it('has the same id on replay', () => {
    const ids = [0, 1].map(() => {
      const { incidents: all } = incidents();
      all.report(finding(), NOW);
      return all.drain(NOW)[0]!.id;
    });
    expect(ids[0]).toBe(ids[1]);
  });
});

describe('too many incidents', () => {
  it('folds the twenty-first of a kind in a second into the last one', () => {
    const { incidents: all, ledger } = incidents();
    for (let i = 0; i < 50; i += 1) {
      const source = `198.51.100.${i}`;
      all.report(finding({ key: source, source: { address: source } }), NOW);
    }
    expect(all.drain(NOW)).toHaveLength(20);
    const folded = all.current().find((alert) => alert.evidence['further']);
    expect(folded!.evidence['further']).toMatchObject({ count: 30 });
    expect(ledger.forgottenTotal).toBe(30);
  });

  it('keeps a thousand open ones, and ends the one silent longest for the next', () => {
    const { incidents: all, ledger } = incidents();
    for (let i = 0; i < 1001; i += 1) {
      const now = NOW + i * 200_000;
      all.report(finding({ key: `k${i}`, firstSeenUs: now, lastSeenUs: now }), now);
    }
    const ended = all.drain(NOW + 201e6).filter(({ state }) => state === 'ended');
    expect(ended).toHaveLength(1);
    expect(ledger.forgotten.get('open incidents ended early')).toBe(1);
  });
});

describe('what the user does not want to hear', () => {
  const allow = (over: object) => ({
    allow: [{ networks: [], ports: [], kinds: [], domains: [], ...over }],
  });

  it.each([
    ['a network', allow({ networks: [parseNetwork('192.0.2.0/24')!] })],
    ['a kind', allow({ kinds: ['port_scan_syn' as const] })],
    [
      'a kind and a network',
      allow({ kinds: ['port_scan_syn' as const], networks: [parseNetwork('192.0.2.7')!] }),
    ],
    ['a disabled kind', { disabledKinds: ['port_scan_syn' as const] }],
    ['a mute', { mutes: [{ kind: null, network: null, untilUs: NOW + 1e6 }] }],
  ])('is silent by %s', (_name, settings) => {
    const { incidents: all } = incidents(settings);
    all.report(finding(), NOW);
    expect(all.drain(NOW)).toEqual([]);
  });

  it.each([
    ['another network', allow({ networks: [parseNetwork('198.51.100.0/24')!] })],
    ['another kind', allow({ kinds: ['port_scan_fin' as const] })],
    [
      'a port that is not the one',
      allow({ networks: [parseNetwork('192.0.2.0/24')!], ports: [22] }),
    ],
    ['a mute that is over', { mutes: [{ kind: null, network: null, untilUs: NOW }] }],
  ])('is told in spite of %s', (_name, settings) => {
    const { incidents: all } = incidents(settings);
    all.report(finding(), NOW);
    expect(all.drain(NOW)).toHaveLength(1);
  });

  it('is muted by its id until then, and says so by acknowledged', () => {
    const { incidents: all } = incidents();
    all.report(finding(), NOW);
    const [alert] = all.drain(NOW);
    all.mute(alert!.id, NOW + 60e6);
    all.report(finding({ total: 5000 }), NOW + 1e6);
    expect(all.drain(NOW + 1e6)).toEqual([]);
    expect(all.current()[0]!.evidence['acknowledged']).toBe(true);
    all.report(finding({ total: 5000, lastSeenUs: NOW + 61e6 }), NOW + 61e6);
    expect(all.drain(NOW + 61e6)).toMatchObject([{ count: 5000 }]);
  });
});

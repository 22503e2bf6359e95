// From an alert to its flows and back, by keys.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { compileFilter } from '../../src/core/flows/filter/compile-filter.js';
import type { Alert } from '../../src/core/model/alert.js';
import { alertFilter } from '../../src/ui/state/alert-filter.js';
import { sampleAlerts } from '../support/sample-alerts.js';
import { ScreenStage } from '../support/screen-stage.js';
import { SimulatedMonitor } from '../support/simulated-monitor.js';

const down = '\x1b[B';
const escapeKey = '\x1b';
let stage: ScreenStage;

beforeEach(async () => {
  stage = new ScreenStage(new SimulatedMonitor({ flows: 300, alerts: sampleAlerts }), {
    columns: 120,
    rows: 40,
  });
  await stage.settle();
  await stage.tick(3);
});
afterEach(() => {
  stage.close();
  expect(stage.errors).toEqual([]);
});

describe('the flows of an alert', () => {
  it('stand in its detail; Enter goes in, down, to one of them, Esc back in three steps', async () => {
    await stage.keys(`\t${down}\r`);
    expect(stage.text()).toMatch(/flows \d+ /);
    await stage.keys(`\r${down}${down}\r`);
    const { detail } = stage.state;
    expect(detail).toMatchObject({ kind: 'flow', fromAlert: 'a2' });
    expect(stage.text()).toContain('┌─ flow ');
    expect(stage.text()).toContain('203.0.113.9');
    await stage.keys(escapeKey);
    expect(stage.state.detail).toMatchObject({ kind: 'alert', id: 'a2' });
    expect(stage.state.focus).toBe('detail');
    await stage.keys(escapeKey);
    expect(stage.state.focus).toBe('alerts');
    await stage.keys(escapeKey);
    expect(stage.state.detail).toBeNull();
  });

  it('follow the cursor from alert to alert, in the list of all too', async () => {
    await stage.keys('a\r');
    const first = stage.state.detail;
    await stage.keys(down);
    expect(stage.state.detail).toMatchObject({ kind: 'alert' });
    expect(stage.state.detail).not.toMatchObject({ id: (first as { id: string }).id });
    await stage.tick();
    expect(stage.text()).toMatch(/flows \d+ |names nobody/);
  });

  it('say so when the alert names nobody', async () => {
    expect(alertFilter(sampleAlerts.at(-1)!)).toBeTypeOf('string');
    const nobody = {
      ...sampleAlerts[0]!,
      source: null,
      destination: null,
      evidence: { ...sampleAlerts[0]!.evidence, sources: undefined },
    };
    expect(alertFilter(nobody as unknown as Alert)).toBe('');
  });

  it('come from a filter that its own language understands', () => {
    for (const alert of sampleAlerts) {
      const filter = alertFilter(alert);
      if (filter !== '') expect(compileFilter(filter)).toMatchObject({ ok: true });
    }
    const flood = sampleAlerts[0]!;
    const from = (count: number, sample: string[], destination = flood.destination): string =>
      alertFilter({
        ...flood,
        destination,
        evidence: { ...flood.evidence, sources: { count, sample } },
      } as unknown as Alert);
    // A few of many sources would hide most of the flows.
    expect(from(9120, ['198.51.100.7'])).toBe('host 10.0.3.7 and port 443');
    expect(from(1, ['198.51.100.7'])).toBe('host {198.51.100.7} and host 10.0.3.7 and port 443');
    expect(from(9120, ['198.51.100.7'], null)).toBe('host {198.51.100.7}');
    expect(from(2, ['x} or tcp', '10.0.0.1'], null)).toBe('host {10.0.0.1}');
  });
});

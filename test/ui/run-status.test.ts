// What the page about the run says of rights, cost and loss; and what goes to the clipboard.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rightsText } from '../../src/ui/panels/run-status.js';
import { clipboardSequence } from '../../src/ui/terminal/clipboard.js';
import { sampleAlerts } from '../support/sample-alerts.js';
import { ScreenStage } from '../support/screen-stage.js';
import { SimulatedMonitor } from '../support/simulated-monitor.js';

let stage: ScreenStage;
let monitor: SimulatedMonitor;

beforeEach(async () => {
  monitor = new SimulatedMonitor({ flows: 50, alerts: sampleAlerts, untracked: 7, eventsLost: 3 });
  stage = new ScreenStage(monitor, { columns: 100, rows: 40 });
  await stage.settle();
  await stage.tick(2);
});
afterEach(() => {
  stage.close();
  expect(stage.errors).toEqual([]);
});

describe('this run', () => {
  it('is told by S, live, and any key closes it', async () => {
    await stage.keys('S');
    expect(stage.text()).toContain('┌─ this run ');
    expect(stage.text()).toMatch(/running +\S+, 2 ticks/);
    expect(stage.text()).toMatch(/cost +84 ns\/packet, sampled/);
    expect(stage.text()).toMatch(/untracked +7 packets/);
    expect(stage.text()).toMatch(/events lost +3 /);
    await stage.tick();
    expect(stage.text()).toMatch(/running +\S+, 3 ticks/);
    await stage.keys('x');
    expect(stage.text()).not.toContain('this run');
  });

  it('names what outputs beside the screen have lost', async () => {
    const lost = { warningsDropped: 0, flowsDropped: 0, reportsDropped: 0 };
    monitor.consumers = [
      { ...lost, name: '--json=run.ndjson', ticksSkipped: 1234, alertsDropped: 0, failures: 2 },
      { ...lost, name: '--alert-webhook', ticksSkipped: 0, alertsDropped: 7, failures: 0 },
    ];
    await stage.tick();
    await stage.keys('S');
    expect(stage.text()).toMatch(/outputs +--json=run\.ndjson: ticks skipped 1,234, failures 2 /);
    expect(stage.text()).toMatch(/ +--alert-webhook: alerts dropped 7 /);
    monitor.consumers = [];
    await stage.tick();
    expect(stage.text()).not.toContain('outputs');
  });

  it('scrolls where the screen is small', async () => {
    await stage.resize(44, 10);
    await stage.keys('S');
    expect(stage.text()).toContain('↑ ↓ more');
    expect(stage.text()).not.toContain('fragments');
    for (let press = 0; press < 40; press++) await stage.keys('j');
    expect(stage.text()).toContain('fragments');
    await stage.keys('k\x1b[5~\x1b');
    expect(stage.text()).not.toContain('this run');
  });

  it('says which rights are left', () => {
    expect(rightsText(null)).toContain('no privileges to drop');
    expect(rightsText({ user: 0, capabilities: [], kept: true })).toContain('--keep-privileges');
    expect(rightsText({ user: 65534, capabilities: [], kept: false })).toBe(
      'runs as nobody (65534); kept nothing, dropped the rest',
    );
    expect(
      rightsText({ user: 1000, capabilities: ['CAP_BPF', 'CAP_NET_ADMIN'], kept: false }),
    ).toBe('runs as user 1000; kept CAP_BPF, CAP_NET_ADMIN, dropped the rest');
  });
});

describe('the row as a filter', () => {
  it('stands in the prompt by y, applied, and Esc forgets it', async () => {
    await stage.keys('jy');
    await stage.settle();
    expect(stage.text()).toMatch(/\/host \S+ and host \S+ and port/);
    expect(stage.state.view.filter).toContain('host ');
    await stage.keys('\x1b');
    expect(stage.state.view.filter).toBe('');
  });

  it('goes to the clipboard by Y only, of a row, a group, an alert', async () => {
    await stage.keys('Y');
    expect(stage.text()).toContain('select a row first');
    await stage.keys('jY');
    await stage.keys('tsjY');
    await stage.keys('a\x1b[BY');
    const copied = stage.done.filter((word) => word.startsWith('copy '));
    expect(copied).toHaveLength(3);
    expect(copied[0]).toMatch(/^copy host \S+ and host /);
    expect(copied[2]).toBe('copy host 203.0.113.9 and host 10.0.3.7');
    expect(stage.state.view.filter).toBe('');
  });

  it('is one sequence without anything that could end it early', () => {
    const sequence = clipboardSequence('\x07\x1b\\port 443 … é');
    expect(sequence).toMatch(/^\x1b\]52;c;[A-Za-z0-9+/=]+\x07$/);
    const encoded = sequence.slice(7, -1);
    expect(Buffer.from(encoded, 'base64').toString()).toBe('\x07\x1b\\port 443 … é');
  });
});

// The same components without our terminal: painters become ordinary text, so that Ink's testing library sees everything.
import { render } from 'ink-testing-library';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { App } from '../../src/ui/app/app.js';
import { sampleAlerts } from '../support/sample-alerts.js';
import { ScreenStage } from '../support/screen-stage.js';
import { SimulatedMonitor } from '../support/simulated-monitor.js';

let stage: ScreenStage;

beforeEach(async () => {
  stage = new ScreenStage(new SimulatedMonitor({ flows: 40, alerts: sampleAlerts }), {
    columns: 100,
    rows: 24,
  });
  await stage.settle();
  await stage.tick(2);
});
afterEach(() => stage.close());

const strip = (text: string): string => text.replace(/\x1b\[[0-9;]*m/g, '');

describe('components as text', () => {
  it('show header, table, alerts and footer', async () => {
    const { lastFrame, unmount } = render(<App screen={stage.screen} onTablePlace={() => {}} />);
    await stage.settle();
    const text = strip(lastFrame() ?? '');
    expect(text).toContain('eth0  tcx');
    expect(text).toMatch(/SOURCE +DESTINATION +PROTO/);
    expect(text).toContain('── alerts');
    expect(text).toContain('? help');
    unmount();
  });

  it('lay help over the rest', async () => {
    await stage.keys('?');
    const { lastFrame, unmount } = render(<App screen={stage.screen} onTablePlace={() => {}} />);
    await stage.settle();
    expect(strip(lastFrame() ?? '')).toContain('┌─ keys');
    unmount();
  });
});

// The programs panel under the fingers: opened, scrolled, left, and what the monitor is asked meanwhile.
import { afterEach, beforeEach, expect, it } from 'vitest';
import { customEventsMax } from '../../src/ui/state/program-feed.js';
import { emitPrograms, sampleCustom } from '../support/sample-programs.js';
import { ScreenStage } from '../support/screen-stage.js';
import { SimulatedMonitor } from '../support/simulated-monitor.js';

let monitor: SimulatedMonitor;
let stage: ScreenStage;

beforeEach(async () => {
  monitor = new SimulatedMonitor({ flows: 30 });
  stage = new ScreenStage(monitor, { columns: 100, rows: 24 });
  await stage.settle();
  await stage.tick(2);
  emitPrograms(monitor, true);
});
afterEach(() => {
  stage.close();
  expect(stage.errors).toEqual([]);
});

it('measures while it is open, whichever way it is left', async () => {
  const measured = () => monitor.calls.filter((call) => call.startsWith('measure'));
  await stage.keys('e');
  expect(measured()).toEqual(['measure true']);
  await stage.keys('e');
  expect(stage.text()).not.toContain('BPF PROGRAMS');
  await stage.keys('e\x1b');
  expect(stage.text()).not.toContain('BPF PROGRAMS');
  await stage.keys('ea');
  expect(stage.text()).toContain('No alerts');
  expect(measured().at(-1)).toBe('measure false');
  expect(measured()).toHaveLength(6);
});

it('scrolls to its last line and no further, and acts on no flow', async () => {
  await stage.keys('eG');
  const end = stage.text();
  expect(end).toContain('14:02:07 odd_frames');
  await stage.keys('jj\x1b[6~');
  expect(stage.text()).toBe(end);
  await stage.keys('\r');
  expect(stage.state.detail).toBeNull();
  expect(stage.screen.flows.cursor).toBeNull();
  await stage.keys('g');
  expect(stage.text()).toContain('the monitor');
});

it('stands still while the screen is paused, and keeps no more events than its cap', async () => {
  await stage.keys('pe');
  for (let second = 11; second < 11 + customEventsMax; second++)
    monitor.emit('custom', sampleCustom(second));
  await stage.settle();
  expect(stage.text()).toContain('214k');
  expect(stage.state.programs.custom?.timeUs).toBe(sampleCustom(10).timeUs);
  expect(stage.state.programs.events).toHaveLength(customEventsMax);
});

it('begins its growth anew with another version of the object', async () => {
  await stage.keys('e');
  monitor.emit('custom', { ...sampleCustom(11), version: 3 });
  await stage.keys('G');
  expect(stage.text()).not.toContain('+21.3k/s');
});

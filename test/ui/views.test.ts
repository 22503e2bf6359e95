// What is shown and how, by keys: columns, interfaces, follow, looks; and what the screen says when the data stops.
import { afterEach, describe, expect, it } from 'vitest';
import type { Snapshot } from '../../src/core/model/snapshot.js';
import { ScreenStage } from '../support/screen-stage.js';
import { SimulatedMonitor, type SimulationOptions } from '../support/simulated-monitor.js';

const down = '\x1b[B';
const escapeKey = '\x1b';

let stage: ScreenStage;

const begin = async (simulation: Partial<SimulationOptions> = {}): Promise<SimulatedMonitor> => {
  const monitor = new SimulatedMonitor({ flows: 300, ...simulation });
  stage = new ScreenStage(monitor, { columns: 120, rows: 40 });
  await stage.settle();
  await stage.tick(3);
  return monitor;
};
afterEach(() => {
  stage.close();
  expect(stage.errors).toEqual([]);
});

const head = (): string => stage.lines().find((line) => line.includes('DESTINATION')) ?? '';

describe('columns', () => {
  it('are turned on and off in their menu, at once, and the last one stays', async () => {
    await begin();
    expect(head()).not.toContain('IDLE');
    await stage.keys('c');
    const items = stage.lines().filter((line) => /│ [a-z] [✓ ] /.test(line));
    const letterOf = (title: string): string =>
      /│ ([a-z]) [✓ ] /.exec(items.find((line) => line.includes(` ${title} `))!)![1]!;
    await stage.keys(`${letterOf('IDLE')}${letterOf('PKTS')}${escapeKey}`);
    expect(head()).toContain('IDLE');
    expect(head()).not.toContain('PKTS');
    await stage.keys('c');
    const shown = stage.lines().flatMap((line) => /│ ([a-z]) ✓ /.exec(line)?.[1] ?? []);
    for (const letter of shown) await stage.keys(letter);
    expect(stage.state.view.columns).toHaveLength(1);
  });
});

describe('groups', () => {
  it('are of one key, or of any two: the second by its capital letter', async () => {
    const monitor = await begin();
    await stage.keys('tp');
    expect(monitor.currentView.groupBy).toEqual(['port']);
    await stage.keys('tS');
    expect(monitor.currentView.groupBy).toEqual(['port', 'source']);
    expect(head()).toMatch(/^PORT SOURCE/);
    await stage.keys('tC');
    expect(monitor.currentView.groupBy).toEqual(['port', 'protocol']);
    await stage.keys('tP');
    expect(monitor.currentView.groupBy).toEqual(['port', 'protocol']);
    await stage.keys(`${escapeKey}tf`);
    expect(monitor.currentView.groupBy).toEqual([]);
  });
});

describe('interfaces', () => {
  it('take turns by i, all at first and at the end', async () => {
    const monitor = await begin({ interfaces: ['eth0', 'wg0'] });
    await stage.keys('i');
    expect(stage.lines()[0]).toMatch(/^eth0 /);
    expect(monitor.currentView.filter).toBe('interface = "eth0"');
    await stage.keys('i');
    expect(stage.lines()[0]).toMatch(/^wg0 /);
    await stage.keys('/port 443\r');
    expect(monitor.currentView.filter).toBe('(port 443) and interface = "wg0"');
    await stage.keys('i');
    expect(stage.lines()[0]).toMatch(/^eth0\+wg0 /);
    expect(monitor.currentView.filter).toBe('port 443');
  });

  it('that is the only one says so', async () => {
    await begin();
    await stage.keys('i');
    expect(stage.text()).toContain('one interface is watched');
  });
});

describe('looks', () => {
  it('change by key: units, wide addresses, colours', async () => {
    await begin();
    await stage.keys('b');
    expect(stage.text()).toMatch(/▼ +\S+B\/s/);
    const columns = head();
    await stage.keys('w');
    expect(head()).not.toBe(columns);
    await stage.keys(`C${down}\r`);
    expect(stage.state.looks).toMatchObject({ units: 'bytes', wide: true, theme: 'bright' });
  });
});

describe('following', () => {
  it('keeps the chosen flow in sight, wherever it is sorted to', async () => {
    await begin();
    await stage.keys(`${down}${down}F`);
    const { id } = stage.screen.flows.selectedFlow!;
    await stage.keys('TR');
    await stage.tick(8);
    expect(stage.screen.flows.selectedFlow?.id).toBe(id);
    const { cursor, top, height } = stage.screen.flows;
    expect(cursor! >= top && cursor! < top + height).toBe(true);
  });
});

describe('order', () => {
  it('settles at once in the first seconds, and is calm afterwards', async () => {
    const monitor = await begin();
    const early = (seconds: number): Snapshot => ({
      ...monitor.snapshot(),
      sequence: 1000 + seconds,
      elapsedSeconds: seconds,
    });
    const ids = (): number[] => stage.screen.flows.visibleIds();
    const reversed = (snapshot: Snapshot): Snapshot => ({
      ...snapshot,
      flows: [...snapshot.flows].reverse().map((row, index) => ({
        ...row,
        smoothedBitsPerSecond: 1e9 / (index + 1) ** 2,
      })),
    });
    await stage.wait(10_000);
    monitor.emit('snapshot', early(1));
    const before = ids();
    await stage.wait(1000);
    monitor.emit('snapshot', reversed(early(2)));
    expect(ids()).not.toEqual(before);
    await stage.wait(10_000);
    monitor.emit('snapshot', early(60));
    const calm = ids();
    await stage.wait(1000);
    monitor.emit('snapshot', reversed(early(61)));
    expect(ids()).toEqual(calm);
  });
});

describe('trouble', () => {
  it('stands in the header and among the warnings; numbers stay', async () => {
    const monitor = await begin();
    const flows = stage.lines().slice(5, 10);
    monitor.emit('warning', {
      timeUs: monitor.nowUs,
      wallUs: monitor.nowUs,
      code: 'interface_gone',
      message: 'eth0 is gone; waiting for it',
    });
    await stage.settle();
    expect(stage.text()).toContain('eth0 is gone; waiting for it');
    expect(stage.lines().slice(5, 10)).toEqual(flows);
    await stage.wait(9000);
    expect(stage.text()).not.toContain('eth0 is gone');
    await stage.keys('a');
    expect(stage.text()).toContain('program warnings');
    expect(stage.text()).toContain('eth0 is gone; waiting for it');
  });

  it('that is fatal ends the screen with its reason', async () => {
    const monitor = await begin();
    monitor.emit('error', new Error('the worker thread ended with 1'));
    expect(stage.errors.map(String)).toEqual(['Error: the worker thread ended with 1']);
    stage.errors.length = 0;
  });
});

// Any size, any text: never a row too many, never a line too long, nothing of a stranger's that steers a terminal.
import { afterEach, describe, expect, it } from 'vitest';
import { textWidth } from '../../src/ui/terminal/char-width.js';
import { Random } from '../support/random.js';
import { sampleAlerts } from '../support/sample-alerts.js';
import { ScreenStage } from '../support/screen-stage.js';
import { SimulatedMonitor } from '../support/simulated-monitor.js';

let stage: ScreenStage | null = null;
afterEach(() => stage?.close());

const hostile = [
  '\x1b]52;c;ZXZpbA==\x07\x1b[2J',
  '\u202egnp.exe\u2066',
  '界'.repeat(300),
  'a\u0301\u200b\ufeff',
  '\x9b31m\x90q',
  '\ud800\udfff\ud800',
  '👩‍👩‍👧'.repeat(40),
  '',
];

const check = (screen: ScreenStage, columns: number, rows: number): void => {
  const frame = screen.draw();
  expect([frame.columns, frame.rows]).toEqual([columns, rows]);
  for (let row = 0; row < rows; row++) {
    const line = frame.textOf(row);
    expect(textWidth(line)).toBe(columns);
    expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{M}]|NaN|undefined/u);
  }
};

describe('sizes', () => {
  it('from 1x1 to 300x100, in a storm, with dialogs open', async () => {
    const random = new Random(5);
    const monitor = new SimulatedMonitor({ flows: 200, alerts: sampleAlerts });
    stage = new ScreenStage(monitor, { columns: 80, rows: 24 });
    await stage.settle();
    await stage.tick(2);
    const openers = ['?', 's', 'c', '\x1b', '/port', '\x1b', 'a', 'j\r', '\x1b', 'ts', '\x1b'];
    const sizes: (readonly [number, number])[] = [
      [1, 1],
      [2, 2],
      [300, 100],
      [20, 5],
      [19, 4],
      [300, 1],
      [1, 100],
    ];
    for (let round = 0; round < 60; round++) {
      const [columns, rows] = sizes[round] ?? [1 + random.below(300), 1 + random.below(100)];
      await stage.resize(columns, rows);
      await stage.keys(openers[round % openers.length]!);
      if (round % 4 === 0) await stage.tick();
      check(stage, columns, rows);
    }
    expect(stage.errors).toEqual([]);
  }, 60_000);
});

describe('hostile text', () => {
  it('is shown harmless wherever it appears', async () => {
    const [first] = sampleAlerts;
    const alerts = hostile.map((text, index) => ({
      ...first!,
      id: `h${index}`,
      kind: text,
      message: text,
      interface: text,
      source: { address: text },
      evidence: {
        ...first!.evidence,
        unit: text,
        name: text,
        sources: { count: 2, sample: [text] },
      },
      threshold: { [text || 'x']: text },
    }));
    const monitor = new SimulatedMonitor({
      flows: 60,
      alerts,
      interfaces: hostile.filter((text) => text !== ''),
    });
    stage = new ScreenStage(monitor, { columns: 120, rows: 40 });
    await stage.settle();
    await stage.tick(2);
    for (const keys of [
      '',
      'a',
      'j\r',
      '\x1b',
      'a',
      'j\r',
      '\x1b',
      '\x1b',
      'i',
      'i',
      '\x1bti',
      ' ',
      '?',
    ]) {
      await stage.keys(keys);
      check(stage, 120, 40);
    }
    monitor.emit('warning', { timeUs: 0, wallUs: 0, code: 'x', message: hostile.join(' ') });
    await stage.settle();
    check(stage, 120, 40);
    expect(stage.errors).toEqual([]);
  });
});

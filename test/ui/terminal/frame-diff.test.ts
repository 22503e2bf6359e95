// The cell differ against a terminal emulator: random frames, every cell and every look.
import { describe, expect, it } from 'vitest';
import { CellBuffer, wideTail } from '../../../src/ui/terminal/cell-buffer.js';
import { encodeDifference } from '../../../src/ui/terminal/frame-diff.js';
import {
  background,
  backgroundOf,
  bold,
  dim,
  foreground,
  foregroundOf,
  inverse,
  type Style,
  underline,
} from '../../../src/ui/terminal/style.js';
import { Random } from '../../support/random.js';
import { Emulator } from './emulator.js';

const both = { color: true, unicode: true };
const samples = [
  'a',
  'Z',
  '7',
  ' ',
  ' ',
  ' ',
  '█',
  '→',
  '…',
  '界',
  '漢字',
  '🚀',
  'é',
  '\x1b[31m',
  '\u202e',
  '\x9b',
];

const randomStyle = (random: Random): Style => {
  let style = random.next() < 0.5 ? 0 : random.below(17);
  if (random.next() < 0.2) style |= random.below(17) << 5;
  for (const bit of [bold, dim, inverse, underline]) if (random.next() < 0.2) style |= bit;
  return style;
};

const scribble = (random: Random, frame: CellBuffer): void => {
  if (random.next() < 0.1) frame.clear();
  for (let stroke = random.below(30); stroke >= 0; stroke--) {
    const row = random.below(frame.rows);
    const column = random.below(frame.columns + 2) - 1;
    const text = Array.from({ length: 1 + random.below(6) }, () => random.pick(samples)).join('');
    if (random.next() < 0.15) frame.fill(row, column, frame.columns, 0);
    else frame.write(row, column, text, randomStyle(random));
  }
};

const paletteOf = (color: number): number => (color === 0 ? -1 : color - 1);

const differences = (frame: CellBuffer, emulator: Emulator): string[] => {
  const found: string[] = [];
  for (let row = 0; row < frame.rows; row++)
    for (let column = 0; column < frame.columns; column++) {
      const cell = row * frame.columns + column;
      const code = frame.codes[cell]!;
      const style = frame.styles[cell]!;
      const shown = emulator.cell(row, column);
      if (code === wideTail) {
        if (shown.width !== 0) found.push(`${row},${column}: no tail`);
        continue;
      }
      const text = shown.text === '' ? ' ' : shown.text;
      const blank = text === ' ' && (style & (inverse | underline)) === 0;
      const look =
        shown.background === paletteOf(backgroundOf(style)) &&
        (blank || shown.foreground === paletteOf(foregroundOf(style))) &&
        (blank || (shown.bold === ((style & bold) !== 0) && shown.dim === ((style & dim) !== 0))) &&
        shown.inverse === ((style & inverse) !== 0) &&
        shown.underline === ((style & underline) !== 0);
      if (text !== String.fromCodePoint(code) || !look)
        found.push(
          `${row},${column} ${style}: ${JSON.stringify(shown)} for ${String.fromCodePoint(code)}`,
        );
    }
  return found;
};

describe('the cell differ against an emulator', () => {
  it('shows every random frame as it was drawn', async () => {
    const random = new Random(7);
    for (let screen = 0; screen < 40; screen++) {
      const columns = random.pick([2, 3, 7, 40, 80, 120]);
      const rows = random.pick([1, 2, 5, 24, 40]);
      const emulator = new Emulator(columns, rows);
      await emulator.write('\x1b[?7l');
      const frame = new CellBuffer(columns, rows);
      let shown: CellBuffer | null = null;
      for (let step = 0; step < 25; step++) {
        scribble(random, frame);
        await emulator.write(encodeDifference(shown, frame, both));
        expect(differences(frame, emulator)).toEqual([]);
        shown ??= new CellBuffer(columns, rows);
        shown.copyFrom(frame);
      }
      emulator.dispose();
    }
  }, 60_000);

  it('sends nothing for an equal frame and a few bytes for one changed digit', () => {
    const before = new CellBuffer(120, 40);
    before.write(20, 30, 'rate 1.24M', foreground('green'));
    const after = new CellBuffer(120, 40);
    after.copyFrom(before);
    expect(encodeDifference(before, after, both)).toBe('');
    after.write(20, 38, '5', foreground('green'));
    expect(encodeDifference(before, after, both)).toBe('\x1b[21;39H\x1b[32m5\x1b[m');
  });

  it('keeps colours to itself where there are none, and attributes everywhere', () => {
    const frame = new CellBuffer(3, 1);
    frame.write(0, 0, 'abc', foreground('red') | background('white') | bold);
    const sent = encodeDifference(null, frame, { color: false, unicode: true });
    expect(sent).toContain('\x1b[1m');
    expect(sent).not.toMatch(/\x1b\[[0-9;]*[34][0-7][;m]/);
  });

  it('speaks ASCII where the terminal has nothing else', () => {
    const frame = new CellBuffer(12, 1);
    frame.write(0, 0, '▁▄█→←▼…·界é', 0);
    const sent = encodeDifference(null, frame, { color: true, unicode: false });
    expect(sent).toContain('_:#><v~.? ?');
    expect(sent).toMatch(/^[\x00-\x7e]*$/);
  });
});

// Cells: nothing that a stranger sends gets through, and wide glyphs never leave half of themselves behind.
import { describe, expect, it } from 'vitest';
import { CellBuffer } from '../../../src/ui/terminal/cell-buffer.js';
import { textWidth } from '../../../src/ui/terminal/char-width.js';
import { Random } from '../../support/random.js';

const hostile = [
  '\x1b]52;c;AAAA\x07',
  '\x1b[2J',
  '\x9b31m',
  'evil\u202egpj.exe',
  'zero\u200bwidth\u2060',
  '\u0000\u0007\u0008\r\n\t\x7f',
  'a\u0301\u0301\u0301',
  '\ud800 lone',
  '👩‍👩‍👧‍👦',
  '🇩🇪',
  '\u{e0041}tags',
  '\ufeffbom',
];

describe('text on its way into cells', () => {
  it.each(hostile)('leaves nothing but printable glyphs of %j', (text) => {
    const frame = new CellBuffer(40, 1);
    frame.write(0, 0, text, 0);
    expect(frame.textOf(0)).not.toMatch(/[\p{C}\p{M}\p{Zl}\p{Zp}]/u);
    expect(frame.textOf(0)).not.toContain('\x1b');
  });

  it('survives random code units at random places', () => {
    const random = new Random(3);
    const frame = new CellBuffer(17, 3);
    for (let round = 0; round < 20_000; round++) {
      const text = String.fromCharCode(...Array.from({ length: 4 }, () => random.below(0x10000)));
      const end = frame.write(random.below(4), random.below(20) - 2, text, 0);
      expect(end).toBeLessThanOrEqual(19);
    }
    for (let row = 0; row < 3; row++) {
      expect(textWidth(frame.textOf(row))).toBe(17);
      expect(frame.textOf(row)).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{M}]/u);
    }
  });

  it('blanks the other half of a wide glyph that is cut', () => {
    const frame = new CellBuffer(6, 1);
    frame.write(0, 0, '漢字漢', 0);
    frame.write(0, 1, 'x', 0);
    expect(frame.textOf(0)).toBe(' x字漢');
    frame.write(0, 4, 'y', 0);
    expect(frame.textOf(0)).toBe(' x字y ');
  });

  it('replaces a wide glyph that does not fit by a space', () => {
    const frame = new CellBuffer(3, 1);
    frame.write(0, 0, 'ab漢', 0);
    expect(frame.textOf(0)).toBe('ab ');
  });

  it('copies rectangles without leaving halves', () => {
    const from = new CellBuffer(6, 1);
    from.write(0, 0, '漢漢漢', 0);
    const to = new CellBuffer(6, 1);
    to.write(0, 0, '字字字', 0);
    to.copyRectangle(from, 1, 0, 4, 1);
    expect(to.textOf(0)).toBe('  漢  ');
  });
});

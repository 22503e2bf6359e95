// ASCII replacements for glyphs where the terminal has no UTF-8 (LANG=C) or no font for them (Linux console, vt100).

const pairs: readonly (readonly [glyphs: string, ascii: string])[] = [
  ['▁▂▃▄▅▆▇█', '_.-:=+*#'],
  ['→←↔', '><='],
  ['▼▲', 'v^'],
  ['●○', '*o'],
  ['─│┌┐└┘├┤┬┴┼', '-|+++++++++'],
  ['…·', '~.'],
  ['▾▸', 'v>'],
  ['⏎', '<'],
  ['×', 'x'],
  ['Σ', 'S'],
  ['±', '~'],
  ['≥≤', '><'],
  ['↑↓', '^v'],
  ['✓', 'x'],
];

const standIns = new Map<number, number>();
for (const [glyphs, ascii] of pairs)
  [...glyphs].forEach((glyph, index) => {
    standIns.set(glyph.codePointAt(0)!, ascii.charCodeAt(index));
  });

/** The ASCII code for a cell's code point; '?' for what has no stand-in (names in other scripts). */
export const asciiFor = (codePoint: number): number =>
  codePoint < 0x7f ? codePoint : (standIns.get(codePoint) ?? 0x3f);

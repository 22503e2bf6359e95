// Numbers over time, several lines high: eighth blocks, or braille dots with twice the values in the same width.

export type GraphKind = 'blocks' | 'braille';

const blocks = '▁▂▃▄▅▆▇█';
const brailleBase = 0x2800;
/** Dots of the left and of the right half of a cell, from the bottom up. */
const brailleDots = [
  [0x40, 0x04, 0x02, 0x01],
  [0x80, 0x20, 0x10, 0x08],
] as const;
const dotsHigh = 4;

/** How many values a graph of this width shows. */
export const graphValues = (kind: GraphKind, width: number): number =>
  Math.max(0, kind === 'braille' ? width * 2 : width);

/** Rows from top to bottom; the newest value is rightmost, the biggest shown reaches the top. */
export const graphRows = (
  kind: GraphKind,
  values: readonly number[],
  width: number,
  height: number,
): string[] =>
  kind === 'braille' ? brailleGraph(values, width, height) : blockGraph(values, width, height);

const blockGraph = (values: readonly number[], width: number, height: number): string[] => {
  const shown = values.slice(-Math.max(1, width));
  const top = Math.max(0, ...shown);
  const rows: string[] = [];
  for (let row = height - 1; row >= 0; row--) {
    let line = ' '.repeat(Math.max(0, width - shown.length));
    for (const value of shown) {
      const eighths = top > 0 ? Math.round((value / top) * height * blocks.length) : 0;
      const here = Math.min(blocks.length, eighths - row * blocks.length);
      line += here > 0 ? blocks[here - 1] : row === 0 ? blocks[0] : ' ';
    }
    rows.push(line);
  }
  return rows;
};

/** Every value that is known has a dot at least: silence differs from the time before. */
const brailleGraph = (values: readonly number[], width: number, height: number): string[] => {
  const room = graphValues('braille', width);
  const shown = values.slice(-Math.max(1, room));
  const top = Math.max(0, ...shown);
  const missing = room - shown.length;
  const levels = shown.map((value) =>
    Math.max(1, top > 0 ? Math.round((value / top) * height * dotsHigh) : 0),
  );
  const rows: string[] = [];
  for (let row = height - 1; row >= 0; row--) {
    let line = '';
    for (let cell = 0; cell < width; cell++) {
      let dots = 0;
      for (let half = 0; half < 2; half++) {
        const filled = (levels[cell * 2 + half - missing] ?? 0) - row * dotsHigh;
        for (let dot = 0; dot < Math.min(dotsHigh, filled); dot++) dots |= brailleDots[half]![dot]!;
      }
      line += dots === 0 ? ' ' : String.fromCodePoint(brailleBase + dots);
    }
    rows.push(line);
  }
  return rows;
};

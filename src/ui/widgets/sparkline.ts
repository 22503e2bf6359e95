// Numbers over time as one line of eighth blocks.

const blocks = '▁▂▃▄▅▆▇█';
/** One-line graphs leave the last eighth free: steady rates in neighbouring rows would melt into one block. */
const lineLevels = blocks.length - 1;

/** The newest value is rightmost; missing history stays blank; all scaled to `peak` (default: the biggest shown). */
export const sparkline = (values: readonly number[], width: number, peak?: number): string => {
  if (width <= 0) return '';
  const shown = values.slice(-width);
  const top = peak ?? Math.max(0, ...shown);
  let line = ' '.repeat(width - shown.length);
  for (const value of shown) {
    const level = top > 0 ? Math.round((Math.min(value, top) / top) * (lineLevels - 1)) : 0;
    line += blocks[value > 0 ? level : 0];
  }
  return line;
};

/** Several lines high: a column of blocks for each value, as rows from top to bottom. */
export const blockGraph = (values: readonly number[], width: number, height: number): string[] => {
  const shown = values.slice(-width);
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

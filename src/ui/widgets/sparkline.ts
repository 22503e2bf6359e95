// Numbers over time as one line of eighth blocks.

const blocks = '▁▂▃▄▅▆▇█';
/** One-line graphs leave the last eighth free: steady rates in neighbouring rows would merge into one block. */
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

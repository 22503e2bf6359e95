// Graphs of several lines: bars and dots say the same, whatever comes in.
import { describe, expect, it } from 'vitest';
import { graphRows, graphValues } from '../../src/ui/widgets/graph.js';

const ramp = [0, 1, 2, 3, 4, 5, 6, 7, 8];

describe('a graph', () => {
  it('of blocks has a bar for each value, the newest rightmost', () => {
    expect(graphRows('blocks', ramp, 10, 1)).toEqual([' ▁▁▂▃▄▅▆▇█']);
    expect(graphRows('blocks', [4, 8], 2, 2)).toEqual([' █', '██']);
  });

  it('of braille has two values in a cell, and a dot where there was silence', () => {
    expect(graphValues('braille', 10)).toBe(20);
    expect(graphRows('braille', [0, 0, 4, 4], 3, 1)).toEqual([' ⣀⣿']);
    expect(graphRows('braille', [1, 2], 1, 2)).toEqual(['⢸', '⣿']);
  });

  it.each(['blocks', 'braille'] as const)('of %s keeps its size', (kind) => {
    for (const values of [[], [0], [5], ramp, Array.from({ length: 500 }, (_, at) => at % 7)])
      for (const width of [0, 1, 7, 40])
        for (const height of [1, 2, 8]) {
          const rows = graphRows(kind, values, width, height);
          expect(rows).toHaveLength(height);
          for (const row of rows) expect([...row].length).toBeLessThanOrEqual(Math.max(1, width));
        }
  });
});

// docs/kernels.md says of each feature what the doctor says: both are the table of kernel-features.ts.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { kernelFeatures } from '../../../src/core/native/kernel-features.js';

const page = readFileSync(new URL('../../../docs/kernels.md', import.meta.url), 'utf8');

/** Cells of the rows of a table between `<!-- NAME -->` and `<!-- /NAME -->`, without its header. */
function rowsOf(name: string): string[][] {
  const block = page.split(`<!-- ${name} -->`)[1]?.split(`<!-- /${name} -->`)[0];
  if (block === undefined) throw new Error(`docs/kernels.md has no ${name}`);
  const lines = block.split('\n').filter((line) => line.startsWith('| '));
  return lines.slice(2).map((line) => line.slice(2, -2).split(' | '));
}

describe('docs/kernels.md', () => {
  it('says since when, and what is lost without, as the doctor does', () => {
    const told = rowsOf('lost').map(([name, title, since, lost]) => ({ name, title, since, lost }));
    const known = kernelFeatures.map(({ name, title, since, lost }) => ({
      name: `\`${name}\``,
      title,
      since,
      lost: lost ?? '**monitoring**',
    }));
    expect(told).toEqual(known);
  });

  it('tells of every feature what each kernel answered', () => {
    const rows = rowsOf('features');
    const names = rows.map(([name]) => name?.replaceAll('`', ''));
    expect(names).toEqual([...kernelFeatures.map(({ name }) => name), 'probed on']);
    for (const [name, ...answers] of rows) {
      expect(answers.length, name).toBeGreaterThanOrEqual(4);
    }
  });
});

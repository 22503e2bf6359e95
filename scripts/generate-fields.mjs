// Generates from the schema of a flow's fields (src/core/flows/schema): columns, rows, a flow's NDJSON, and the table in docs/filters.md.
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { buildSync } from 'esbuild';
import { columnFiles } from './fields/columns.mjs';
import { fieldTable } from './fields/docs.mjs';
import { jsonFile } from './fields/json.mjs';
import { rowFiles } from './fields/rows.mjs';
import { BuildError, root } from './toolchain.mjs';

const begin = '<!-- fields: written by `npm run generate` -->';
const end = '<!-- end of the fields -->';

async function loadSchema() {
  const folder = join(root, 'build/generate');
  mkdirSync(folder, { recursive: true });
  const outfile = join(folder, 'fields.mjs');
  buildSync({
    absWorkingDir: root,
    entryPoints: ['scripts/fields/entry.ts'],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'warning',
  });
  return import(`${pathToFileURL(outfile).href}?${process.hrtime.bigint()}`);
}

function withTable(page, table) {
  const [before, rest] = page.split(begin);
  const after = rest?.split(end)[1];
  if (after === undefined) throw new BuildError(`docs/filters.md has lost its "${begin}"`);
  return `${before}${begin}\n${table}\n${end}${after}`;
}

/** Path relative to the repository → text. */
export async function generateFields() {
  const schema = await loadSchema();
  const page = 'docs/filters.md';
  return {
    ...columnFiles(schema),
    ...rowFiles(schema),
    ...jsonFile(schema),
    [page]: withTable(readFileSync(join(root, page), 'utf8'), fieldTable(schema)),
  };
}

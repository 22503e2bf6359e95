// `npm run test:compilers -- [DISTRIBUTION..] [--write]`: loads the BPF programs as compiled by each distribution's clang on each kernel.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makePlaceForMachines } from './kernels/checkout.mjs';
import { compilerOf, compileWith, loadOn } from './kernels/compilers.mjs';
import { kernels } from './kernels/kernel-image.mjs';
import { replaceBlock, table } from './kernels/tables.mjs';
import { buildTestTools } from './kernels/test-tools.mjs';
import { buildingDistributions } from './package/distributions.mjs';
import { setup } from './setup.mjs';
import { reportAndExit, root } from './toolchain.mjs';

const page = join(root, 'docs/kernels.md');

function cell(answers, compiler) {
  const own = answers.filter(({ name }) => name === compiler);
  if (!own.every(({ isTaken }) => isTaken)) return '**refused**';
  return Math.max(...own.map(({ instructions }) => instructions)).toLocaleString('en');
}

function writeTable(compiled, byKernel) {
  const today = new Date().toISOString().slice(0, 10);
  const rows = compiled.map(({ name, version }) => [
    `${name}, clang ${version}`,
    ...[...byKernel.values()].map((answers) => cell(answers, name)),
    today,
  ]);
  const header = ['compiler', ...byKernel.keys(), 'on'];
  writeFileSync(page, replaceBlock(readFileSync(page, 'utf8'), 'compilers', table(header, rows)));
}

async function main() {
  const words = process.argv.slice(2);
  const named = words.filter((word) => !word.startsWith('-'));
  setup('platforms', 'machines');
  buildTestTools();
  const place = makePlaceForMachines();
  const names = named.length > 0 ? named : buildingDistributions;
  const compiled = compileWith(names.map(compilerOf), place.folder);
  const byKernel = new Map();
  for (const kernel of kernels.keys())
    byKernel.set(kernel, await loadOn(kernel, compiled, place.folder));
  const all = [...byKernel].flatMap(([kernel, answers]) =>
    answers.map((answer) => ({ kernel, ...answer })),
  );
  const refused = all.filter(({ isTaken }) => !isTaken);
  for (const { kernel, name, object, words: reason } of refused)
    process.stdout.write(`${kernel} refuses ${object} of ${name}:\n${reason}\n`);
  // With only some of the compilers the table would be incomplete.
  if (words.includes('--write') && named.length === 0) writeTable(compiled, byKernel);
  process.stdout.write(`\n${all.length - refused.length} passed, ${refused.length} failed\n`);
  process.exitCode = refused.length > 0 ? 1 : 0;
}

main().catch(reportAndExit);

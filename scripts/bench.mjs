// `npm run bench [name..]`: builds, then runs the benchmarks of bench/ one after the other; each prints its own table.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { build } from './build.mjs';
import { bundleForNode } from './bundle.mjs';
import { setup } from './setup.mjs';
import { BuildError, reportAndExit, root } from './toolchain.mjs';

const folder = join(root, 'bench');
const outdir = join(root, 'build/bench');

/** A file with exports is a helper of other benchmarks, not a benchmark. */
function questions() {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name))
    .filter((file) => !/^export /m.test(readFileSync(file, 'utf8')))
    .sort();
}

const nameOf = (file) => basename(file, '.ts');

async function main() {
  const named = process.argv.slice(2);
  const all = questions();
  const unknown = named.find((name) => !all.some((file) => nameOf(file) === name));
  if (unknown) {
    throw new BuildError(`no benchmark is called ${unknown}: ${all.map(nameOf).join(', ')}`);
  }
  const wanted = all.filter((file) => named.length === 0 || named.includes(nameOf(file)));
  setup('tests');
  await build();
  mkdirSync(outdir, { recursive: true });
  await bundleForNode(
    wanted.map((file) => relative(root, file)),
    { outdir, outbase: 'bench' },
  );
  const failed = [];
  for (const file of wanted) {
    const question = readFileSync(file, 'utf8')
      .split('\n')[0]
      .replace(/^\/\/ /, '');
    process.stdout.write(`\n== ${nameOf(file)}: ${question}\n`);
    const script = join(outdir, `${nameOf(file)}.mjs`);
    const result = spawnSync(process.execPath, [script], { cwd: root, stdio: 'inherit' });
    if (result.status !== 0) failed.push(nameOf(file));
  }
  if (failed.length) throw new BuildError(`failed: ${failed.join(', ')}`);
}

main().catch(reportAndExit);

// `npm run check`: types, style, formats, warnings, generated layout, import rules. Runs all, then lists those that failed.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { build } from './build.mjs';
import { setup } from './setup.mjs';
import { BuildError, reportAndExit, root, run } from './toolchain.mjs';

function sourcesInC() {
  return ['bpf', 'addon', 'test', 'bench'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true })
      .filter((name) => /\.(c|cc|h)$/.test(name))
      .map((name) => join(root, folder, name)),
  );
}

const packageScript = (...parts) => join(root, 'node_modules', ...parts);
const node = (...args) => run(process.execPath, args);

const checks = {
  types: () => node(packageScript('typescript/bin/tsc'), '-p', root),
  style: () => node(packageScript('@biomejs/biome/bin/biome'), 'check', '--error-on-warnings', '.'),
  'format of C and C++': () => run('clang-format', ['--dry-run', '-Werror', ...sourcesInC()]),
  // Both builds use -Wall -Wextra -Werror.
  'warnings of C and C++': () => build(['bpf', 'addon']),
  'generated layout': () => node(join(root, 'scripts/generate.mjs'), '--check'),
  'generated options': () => node(join(root, 'scripts/generate-options.mjs'), '--check'),
  'import rules': () =>
    node(packageScript('vitest/vitest.mjs'), 'run', '--reporter=dot', 'test/architecture.test.ts'),
};

async function main() {
  setup('check');
  const failed = [];
  for (const [name, check] of Object.entries(checks)) {
    process.stdout.write(`== ${name}\n`);
    try {
      await check();
    } catch (error) {
      if (!(error instanceof BuildError)) throw error;
      process.stderr.write(`${error.message}\n`);
      failed.push(name);
    }
  }
  if (failed.length) throw new BuildError(`check failed: ${failed.join(', ')}`);
  process.stdout.write('check passed\n');
}

main().catch(reportAndExit);

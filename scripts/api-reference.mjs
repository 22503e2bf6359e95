// `npm run docs:api`: writes the library's reference to docs/api by TypeDoc. Not committed.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { reportAndExit, root, run } from './toolchain.mjs';

const folder = join(root, 'scripts/api-reference');
const typedoc = join(folder, 'node_modules/typedoc/bin/typedoc');

function main() {
  if (!existsSync(typedoc)) {
    run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--prefix', folder]);
  }
  run(process.execPath, [
    typedoc,
    '--entryPoints',
    join(root, 'src/index.ts'),
    '--tsconfig',
    join(root, 'tsconfig.types.json'),
    '--out',
    join(root, 'docs/api'),
    '--readme',
    join(root, 'docs/library.md'),
    '--name',
    'kubenetprobe-top',
    '--excludePrivate',
    ...['ts', 'js', 'c', 'sh', 'json'].flatMap((language) => ['--highlightLanguages', language]),
    '--disableSources',
    '--validation.notDocumented',
    'true',
    '--treatWarningsAsErrors',
  ]);
}

try {
  main();
} catch (error) {
  reportAndExit(error);
}

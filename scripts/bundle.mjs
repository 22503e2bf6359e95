// Bundles TypeScript by esbuild: the program to dist/, and tests that run on any Node without a compiler.
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join, relative } from 'node:path';
import { root } from './toolchain.mjs';

const distFolder = join(root, 'dist');

/** CommonJS dependencies call require(), which ES modules lack. */
const requireBanner = {
  js: "import { createRequire as __createRequire } from 'node:module';const require = __createRequire(import.meta.url);",
};

/** Ink imports it in development only; it isn't installed. */
const withoutDevtools = {
  name: 'without-devtools',
  setup(build) {
    build.onResolve({ filter: /^react-devtools-core$/ }, (args) => ({
      path: args.path,
      namespace: 'empty',
    }));
    build.onLoad({ filter: /.*/, namespace: 'empty' }, () => ({ contents: 'export default {};' }));
  },
};

/** Fifty languages that zod exports under one name; English, its default, is a separate file. */
const withoutLocales = {
  name: 'without-locales',
  setup(build) {
    build.onResolve({ filter: /^\.\.\/locales\/index\.js$/ }, ({ importer }) =>
      /[\\/]zod[\\/]v4[\\/]/.test(importer) ? { path: 'locales', namespace: 'no-locales' } : null,
    );
    build.onLoad({ filter: /.*/, namespace: 'no-locales' }, () => ({ contents: 'export {};' }));
  },
};

const common = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20.19',
  define: { 'process.env.NODE_ENV': '"production"', 'process.env.DEV': '"false"' },
  banner: requireBanner,
  plugins: [withoutDevtools, withoutLocales],
  logLevel: 'warning',
  legalComments: 'none',
};

/** Old syntax: the Node versions that this file rejects must be able to parse it. */
function launcherText(version) {
  return `#!/usr/bin/env node
// Checks the Node version, then loads the program.
'use strict';
var parts = process.versions.node.split('.');
var major = Number(parts[0]);
if (major < 20 || (major === 20 && Number(parts[1]) < 19)) {
  process.stderr.write('kubenetprobe-top ${version} needs Node.js 20.19 or newer; this is ' + process.version + ' (' + process.execPath + ')\\n');
  process.stderr.write('Install a newer Node.js; under sudo, keep your own: sudo env "PATH=$PATH" kubenetprobe-top\\n');
  process.exit(4);
}
// Room for young objects would grow to 16 MB and stay: what a frame makes dies with it.
require('v8').setFlagsFromString('--semi-space-growth-factor=1');
// The worker's garbage of a quiet second needs no full collection, with three more behind it: a fifth of an ordinary run.
require('v8').setFlagsFromString('--no-memory-reducer');
import('./main.mjs').catch(function (error) {
  process.stderr.write('kubenetprobe-top: ' + (error && error.stack ? error.stack : error) + '\\n');
  process.exit(1);
});
`;
}

/** Empty outside of a repository, and without git. */
function commit() {
  const answer = spawnSync('git', ['rev-parse', '--short=12', 'HEAD'], {
    cwd: root,
    encoding: 'utf8',
  });
  return answer.status === 0 ? answer.stdout.trim() : '';
}

export async function bundleProgram() {
  const { build } = await import('esbuild');
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  rmSync(distFolder, { recursive: true, force: true });
  mkdirSync(distFolder, { recursive: true });
  const shipped = {
    ...common,
    metafile: true,
    define: {
      ...common.define,
      __VERSION__: JSON.stringify(version),
      __COMMIT__: JSON.stringify(commit()),
    },
    outdir: distFolder,
    outExtension: { '.js': '.mjs' },
  };
  const program = await build({
    ...shipped,
    entryPoints: {
      main: join(root, 'src/cli/main.ts'),
      worker: join(root, 'src/worker.ts'),
    },
    splitting: true,
    chunkNames: 'chunk-[hash]',
    minify: true,
  });
  // Users of the library see it in stack traces: names and lines are worth the bytes.
  const library = await build({
    ...shipped,
    entryPoints: { index: join(root, 'src/index.ts') },
    // Code that few runs need (reading detection settings) is a separate chunk.
    splitting: true,
    chunkNames: 'chunk-library-[hash]',
    minifySyntax: true,
  });
  // The inputs, for the release's licences and bill of materials.
  mkdirSync(join(root, 'build'), { recursive: true });
  const inputs = [program, library].flatMap(({ metafile }) => Object.keys(metafile.inputs));
  writeFileSync(
    join(root, 'build/bundle-inputs.json'),
    JSON.stringify([...new Set(inputs)].sort()),
  );
  const launcher = join(distFolder, 'kubenetprobe-top.cjs');
  writeFileSync(launcher, launcherText(version));
  chmodSync(launcher, 0o755);
}

/** Suites that node --test runs prebuilt; each file is bundled under the same name to build/test. */
export const nodeSuites = ['kernel', 'addon', 'e2e'];

export function nodeTestFiles() {
  return nodeSuites.flatMap((suite) => {
    const folder = join(root, 'test', suite);
    if (!existsSync(folder)) return [];
    return readdirSync(folder, { recursive: true })
      .filter((name) => name.endsWith('.test.ts'))
      .map((name) => join(folder, name))
      .sort();
  });
}

/** Bundles TypeScript that isn't shipped (tests and benchmarks), one module per file. */
export async function bundleForNode(entryPoints, { outdir, outbase }) {
  const { build } = await import('esbuild');
  await build({
    ...common,
    entryPoints,
    outdir,
    outbase,
    outExtension: { '.js': '.mjs' },
    sourcemap: 'inline',
    external: ['@lydell/node-pty', '@xterm/*', 'esbuild'],
  });
}

export async function bundleTests() {
  const outdir = join(root, 'build/test');
  rmSync(outdir, { recursive: true, force: true });
  mkdirSync(outdir, { recursive: true });
  const entryPoints = nodeTestFiles().map((file) => relative(root, file));
  if (entryPoints.length > 0) await bundleForNode(entryPoints, { outdir, outbase: 'test' });
}

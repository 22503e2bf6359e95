// Builds what is out of date: BPF objects, addon, bundle, prebuilt tests. `npm run build [part..]`.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { withBuildLock } from './build-lock.mjs';
import { bundleProgram, bundleTests } from './bundle.mjs';
import { ownLibbpf } from './own-libbpf.mjs';
import { pruneTypes } from './prune-types.mjs';
import {
  BuildError,
  bpfIncludeFlags,
  reportAndExit,
  requireBpftool,
  root,
  run,
} from './toolchain.mjs';

const buildFolder = join(root, 'build');
const bpfFolder = join(buildFolder, 'bpf');
export const addonFile = join(buildFolder, 'addon/Release/kubenetprobe_top.node');

/** Every file under a folder, sorted, for a stable checksum. */
function filesUnder(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

function checksum(files, ...words) {
  const hash = createHash('sha256').update(readFileSync(fileURLToPath(import.meta.url)));
  for (const word of words) hash.update(`${word}\0`);
  for (const file of files) hash.update(`${relative(root, file)}\0`).update(readFileSync(file));
  return hash.digest('hex');
}

/** Runs `make` unless its inputs are those of the last successful run and its outputs exist. */
async function whenChanged(name, inputs, outputs, make, ...words) {
  const stamp = join(buildFolder, `${name}.stamp`);
  const sum = checksum(inputs, ...words);
  const fresh = existsSync(stamp) && readFileSync(stamp, 'utf8') === sum;
  if (fresh && outputs.every((file) => existsSync(file))) return false;
  process.stderr.write(`build ${name}\n`);
  mkdirSync(buildFolder, { recursive: true });
  rmSync(stamp, { force: true });
  await make();
  writeFileSync(stamp, sum);
  return true;
}

/** The second is for kernels without compare-and-swap in BPF (before 5.12). */
export const bpfObjects = [
  { name: 'network_monitor', defines: [] },
  { name: 'network_monitor_hash', defines: ['-DFLOW_TABLE_HASH'] },
];

/** `folder`: the checkout's path in the compiler's file system. */
export const bpfCompileFlagsIn = (folder) => [
  ...['-target', 'bpf', '-mcpu=v3', '-O2', '-g', '-Wall', '-Wextra', '-Werror'],
  ...['-I', join(folder, 'bpf'), '-I', join(folder, 'bpf/include')],
  // BTF holds file names: without this the object's hash would depend on the folder.
  `-ffile-prefix-map=${folder}=/kubenetprobe-top`,
  ...bpfIncludeFlags(),
];

const bpfCompileFlags = bpfCompileFlagsIn(root);

function buildObject({ name, defines }) {
  mkdirSync(bpfFolder, { recursive: true });
  const raw = join(bpfFolder, `${name}.raw.o`);
  const object = join(bpfFolder, `${name}.o`);
  run('clang', [...bpfCompileFlags, ...defines, '-c', join(root, 'bpf/monitor.bpf.c'), '-o', raw], {
    toStderr: true,
  });
  const bpftool = requireBpftool();
  run(bpftool, ['gen', 'object', object, raw], { toStderr: true });
  writeFileSync(objectHeader(name), headerText(name, readFileSync(object)));
}

const objectHeader = (name) => join(bpfFolder, `${name}.object.h`);

/** The header that the addon embeds. Not bpftool's skeleton: only its bytes are needed, and older versions don't export them. */
function headerText(name, bytes) {
  const sum = createHash('sha256').update(bytes).digest('hex');
  return `#define ${name.toUpperCase()}_SHA256 "${sum}"
alignas(8) static const unsigned char ${name}_object[] = {${[...bytes].join()}};
`;
}

function buildBpf() {
  const inputs = filesUnder(join(root, 'bpf')).filter((file) => /\.[ch]$/.test(file));
  const outputs = bpfObjects.flatMap(({ name }) => [
    join(bpfFolder, `${name}.o`),
    objectHeader(name),
  ]);
  return whenChanged(
    'bpf',
    inputs,
    outputs,
    () => bpfObjects.forEach(buildObject),
    bpfCompileFlags.join(' '),
  );
}

function nodePackageFolder(name) {
  const folder = join(root, 'node_modules', name);
  if (!existsSync(folder)) throw new BuildError(`${name} is missing: run npm ci --ignore-scripts`);
  return folder;
}

async function buildAddon() {
  const libbpf = await ownLibbpf();
  const sources = [...filesUnder(join(root, 'addon')), ...filesUnder(join(root, 'bpf/include'))];
  const inputs = [...sources, ...bpfObjects.map(({ name }) => objectHeader(name))];
  const make = () =>
    run(
      process.execPath,
      [
        join(nodePackageFolder('cmake-js'), 'bin/cmake-js'),
        ...['compile', '--directory', join(root, 'addon'), '--out', join(buildFolder, 'addon')],
        `--CDKNP_BPF_OBJECTS=${bpfFolder}`,
        `--CDKNP_NODE_ADDON_API=${nodePackageFolder('node-addon-api')}`,
        ...(libbpf ? [`--CDKNP_LIBBPF_PREFIX=${libbpf}`] : []),
        '--CDCMAKE_C_COMPILER=clang',
        '--CDCMAKE_CXX_COMPILER=clang++',
        ...(process.env.KNP_VERBOSE ? [] : ['--log-level', 'warn']),
      ],
      { env: { ...process.env, CC: 'clang', CXX: 'clang++' }, toStderr: true },
    );
  return whenChanged('addon', inputs, [addonFile], make);
}

function buildProgram() {
  const inputs = [
    ...filesUnder(join(root, 'src')),
    join(root, 'package.json'),
    join(root, 'scripts/bundle.mjs'),
  ];
  const outputs = [join(root, 'dist/kubenetprobe-top.cjs'), join(root, 'dist/main.mjs')];
  return whenChanged('bundle', inputs, outputs, bundleProgram);
}

function buildTests() {
  const inputs = [
    ...filesUnder(join(root, 'src')),
    ...filesUnder(join(root, 'test')),
    join(root, 'scripts/bundle.mjs'),
  ];
  return whenChanged('tests', inputs, [join(buildFolder, 'test')], bundleTests);
}

/** The library's type declarations, beside the bundle. */
function buildTypes() {
  const inputs = [
    ...filesUnder(join(root, 'src')).filter((file) => !file.includes('/src/ui/')),
    join(root, 'tsconfig.json'),
    join(root, 'tsconfig.types.json'),
    join(root, 'scripts/prune-types.mjs'),
  ];
  const compile = () => {
    run(process.execPath, [
      join(nodePackageFolder('typescript'), 'bin/tsc'),
      '-p',
      join(root, 'tsconfig.types.json'),
    ]);
    pruneTypes(join(root, 'dist/types'));
  };
  return whenChanged('types', inputs, [join(root, 'dist/types/index.d.ts')], compile);
}

const parts = {
  bpf: buildBpf,
  addon: buildAddon,
  bundle: buildProgram,
  types: buildTypes,
  tests: buildTests,
};

/** Builds the named parts in order; default: the program's three. */
export async function build(names = ['bpf', 'addon', 'bundle']) {
  const unknown = names.find((name) => !parts[name]);
  if (unknown) {
    throw new BuildError(`no part is called ${unknown}: ${Object.keys(parts).join(', ')}`);
  }
  await withBuildLock(async () => {
    for (const name of names) await parts[name]();
  });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const named = process.argv.slice(2);
  build(named.length ? named : undefined).catch(reportAndExit);
}

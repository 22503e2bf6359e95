// The library as its users get it: packed, installed in an empty folder, compiled against its declarations, loaded without the screen.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pruneTypes } from '../../scripts/prune-types.mjs';
import { projectRoot } from '../support/program.js';

const root = projectRoot();
const compiler = join(root, 'node_modules/typescript/bin/tsc');
let folder: string;
let consumer: string;

function run(cwd: string, file: string, ...args: string[]) {
  const { status, stdout, stderr } = spawnSync(file, args, {
    cwd,
    encoding: 'utf8',
    timeout: 120_000,
  });
  return { status, output: `${stdout}${stderr}` };
}

function succeeds(cwd: string, file: string, ...args: string[]): string {
  const { status, output } = run(cwd, file, ...args);
  assert.equal(status, 0, `${file} ${args.join(' ')}\n${output}`);
  return output;
}

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'kq-'));
  const staged = join(folder, 'staged');
  mkdirSync(staged);
  for (const part of ['package.json', 'README.md', 'LICENSE', 'dist'])
    cpSync(join(root, part), join(staged, part), { recursive: true });
  // A release that is tried has its own.
  if (existsSync(join(root, 'tsconfig.types.json'))) {
    const types = join(staged, 'dist/types');
    rmSync(types, { recursive: true, force: true });
    succeeds(root, process.execPath, compiler, '-p', 'tsconfig.types.json', '--outDir', types);
    pruneTypes(types);
  }
  succeeds(staged, 'npm', 'pack', '--ignore-scripts', '--loglevel=error');
  const [tarball] = readdirSync(staged).filter((name) => name.endsWith('.tgz'));
  consumer = join(folder, 'consumer');
  mkdirSync(consumer);
  writeFileSync(join(consumer, 'package.json'), '{"private":true,"type":"module"}');
  const quiet = ['--offline', '--no-audit', '--no-fund', '--loglevel=error'];
  succeeds(consumer, 'npm', 'install', '--ignore-scripts', ...quiet, join(staged, tarball!));
  // What a TypeScript project of Node has, and a registry would give.
  mkdirSync(join(consumer, 'node_modules/@types'));
  for (const name of ['@types/node', 'undici-types'])
    symlinkSync(join(root, 'node_modules', name), join(consumer, 'node_modules', name));
});

after(() => rmSync(folder, { recursive: true }));

/** Uses every public name, and what must not compile. */
const program = `
import {
  BtfError, ExpectedError, NetworkMonitor,
  type Alert, type AlertEvidence, type AlertParties, type AlertParty, type BtfErrorCode, type Cost, type Counter, type CustomEvent, type CustomMap,
  type CustomMapEntry, type CustomReport, type CustomValue, type DirectionalCounter, type EncapsulationTotals, type Endpoint,
  type ExpectedErrorOptions, type FailureStatus, type FilterError, type FlowDetail, type FlowGroup, type FlowQuery, type FlowRow, type FlowView, type HookState, type InterfaceState,
  type InterfaceTotals, type MapEntries, type MapEntry, type MapState, type MonitorEvents, type MonitorPort, type MonitorStart, type NetworkMonitorEvents, type NetworkMonitorOptions, type PacketSample,
  type PacketStats, type ProgramState, type ProgramsReport, type ProtocolTotals, type ReloadResult, type Severity, type Snapshot, type SortOrder,
  type TcpState, type Tunnel, type UserMap, type Warning,
} from 'kubenetprobe-top';

export type Everything = [
  Alert, AlertEvidence, AlertParties, AlertParty, BtfErrorCode, Cost, Counter, CustomEvent, CustomMap, CustomMapEntry, CustomReport, CustomValue,
  DirectionalCounter, EncapsulationTotals, Endpoint, ExpectedErrorOptions, FailureStatus, FlowGroup, FlowQuery, FlowRow, HookState,
  InterfaceState, InterfaceTotals, MapEntries, MapEntry, MapState, MonitorEvents, MonitorPort, MonitorStart, NetworkMonitorEvents, PacketSample, ProgramState, ProtocolTotals,
  ReloadResult, Severity, SortOrder, TcpState, Tunnel, Warning,
];

const options: NetworkMonitorOptions = { interfaces: ['eth0'], signal: new AbortController().signal };
try {
  await using monitor = await NetworkMonitor.create(options);
  monitor.on('tick', ({ flows }) => flows[0]?.source.port satisfies number | null | undefined);
  monitor.on('alert', ({ kind, source }) => console.log(kind, source?.address));
  monitor.on('programs', (report: ProgramsReport) => report.programs[0]?.errors['untracked'] satisfies number | undefined);
  await monitor.startEventProcessing();
  const stats: PacketStats | null = monitor.getPacketStats();
  console.log(stats?.untracked.packets);
  for await (const tick of monitor) tick satisfies Snapshot;
  const map: UserMap = monitor.map('x');
  for await (const { key, value } of map) console.log(key, value);
  const counts = monitor.map<{ port: number }, { frames: number }>('counts');
  for await (const { key, value } of counts) console.log(key.port + value.frames);
  // @ts-expect-error keys have a port
  counts.get({ host: 1 });
  // @ts-expect-error there is no such event
  monitor.on('nothing', () => {});
  // @ts-expect-error nor such an option
  await NetworkMonitor.create({ interface: 'eth0' });
  // @ts-expect-error nor a public constructor
  new NetworkMonitor({});
} catch (error) {
  if (error instanceof ExpectedError) console.log(error.status, error.advice);
  else if (error instanceof BtfError) console.log(error.code);
  else throw error;
}
`;

/** What is there at run time; all other names are types. */
const valueNames = ['BtfError', 'ExpectedError', 'NetworkMonitor'];

const strictest = {
  target: 'es2022',
  lib: ['es2022', 'esnext.disposable'],
  noEmit: true,
  strict: true,
  skipLibCheck: false,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  noPropertyAccessFromIndexSignature: true,
  noImplicitOverride: true,
  isolatedModules: true,
  verbatimModuleSyntax: true,
};

for (const [module, moduleResolution] of [
  ['nodenext', 'nodenext'],
  ['preserve', 'bundler'],
]) {
  test(`a program compiles against the packed declarations: strict, ${moduleResolution}, libraries checked`, () => {
    writeFileSync(join(consumer, 'use.ts'), program);
    const config = join(consumer, `tsconfig.${moduleResolution}.json`);
    const compilerOptions = { ...strictest, module, moduleResolution };
    writeFileSync(config, JSON.stringify({ compilerOptions, files: ['use.ts'] }));
    succeeds(consumer, process.execPath, compiler, '-p', config);
  });
}

/** Every public name of a declaration file with its example; members of the monitor, too. */
function documented(file: string): { name: string; example: string | null }[] {
  const pattern =
    /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*(?:export (?:declare )?(?:class|interface|type) (\w+)|( {4}(?!private|#).*))/g;
  return [...readFileSync(file, 'utf8').matchAll(pattern)].flatMap(([, text, type, member]) => {
    if (!type && !file.endsWith('/network-monitor.d.ts')) return [];
    const lines = text!.split('\n').map((line) => line.replace(/^\s*\* ?/, ''));
    const example = lines.join('\n').split('@example')[1];
    const code = example?.replace(/^\s*```ts\n([\s\S]*?)```[\s\S]*$/, '$1').trim() ?? null;
    return [{ name: type ?? member!.trim(), example: code }];
  });
}

test('every public name has an example, and each example compiles', () => {
  const types = join(consumer, 'node_modules/kubenetprobe-top/dist/types');
  const index = readFileSync(join(types, 'index.d.ts'), 'utf8');
  const files = [...index.matchAll(/from '(.*)\.js'/g)].map(([, path]) => `${path}.d.ts`);
  const names = [...index.matchAll(/\b(?:type )?([A-Z]\w+)(?=[,\s}])/g)].map(([, name]) => name!);
  const all = [...new Set(files)]
    .flatMap((file) => documented(join(types, file)))
    .filter(({ name }) => !/^[A-Z]\w+$/.test(name) || names.includes(name));
  assert.deepEqual(
    all.filter(({ example }) => !example).map(({ name }) => name),
    [],
  );
  const found = all.map(({ name }) => name);
  const exported = index.replaceAll(/\/\/.*/g, '').matchAll(/[{,]\s*(?:type )?(\w+)/g);
  for (const [, name] of exported) assert.ok(found.includes(name!), `${name} is documented`);
  const prelude = `import { readFileSync } from 'node:fs';
import * as library from 'kubenetprobe-top';
import type { ${names.filter((name) => !valueNames.includes(name)).join(', ')} } from 'kubenetprobe-top';
const { ${valueNames.join(', ')} } = library;
type NetworkMonitor = library.NetworkMonitor;
declare const monitor: NetworkMonitor;
void readFileSync;
`;
  const blocks = all.map(({ example }) => `export async function* _() {\n${example}\n}`);
  const numbered = blocks.map((block, at) => block.replace('_()', `example${at}()`));
  writeFileSync(join(consumer, 'examples.ts'), [prelude, ...numbered].join('\n'));
  const compilerOptions = { ...strictest, module: 'nodenext', moduleResolution: 'nodenext' };
  const config = join(consumer, 'tsconfig.examples.json');
  writeFileSync(config, JSON.stringify({ compilerOptions, files: ['examples.ts'] }));
  succeeds(consumer, process.execPath, compiler, '-p', config);
});

test('declarations name no package but Node’s types, and nothing of screen, sources or addon', () => {
  const installed = join(consumer, 'node_modules/kubenetprobe-top/dist/types');
  const files = readdirSync(installed, { recursive: true }).map(String);
  assert.deepEqual(
    files.filter((name) => /^(ui|cli)|core\/(sources|detect|doctor|export)\//.test(name)),
    [],
  );
  const named = run(installed, 'grep', '-rhoE', "(\\bfrom|\\bimport\\() ?'[^.'][^']*'", '.').output;
  assert.deepEqual([...new Set(named.trim().split('\n'))], ["from 'node:events'"]);
});

test('the entry gives its three names by import and, where Node can, by require; nothing else can be reached', () => {
  const script = `
    import { createRequire } from 'node:module';
    const names = Object.keys(await import('kubenetprobe-top')).join();
    const require = createRequire(import.meta.url);
    const required = process.features.require_module ? Object.keys(require('kubenetprobe-top')).join() : names;
    const closed = ['dist/main.mjs', 'dist/index.mjs', 'src/index.ts', 'dist/types/core/native/contract.js'].map((path) => {
      try { return import.meta.resolve('kubenetprobe-top/' + path); } catch (error) { return error.code; }
    });
    console.log(JSON.stringify({ names, required, closed, json: require('kubenetprobe-top/package.json').name }));
  `;
  writeFileSync(join(consumer, 'entry.mjs'), script);
  const told = JSON.parse(succeeds(consumer, process.execPath, '--no-warnings', 'entry.mjs'));
  assert.equal(told.names, 'BtfError,ExpectedError,NetworkMonitor');
  assert.equal(told.required, told.names);
  assert.deepEqual(new Set(told.closed), new Set(['ERR_PACKAGE_PATH_NOT_EXPORTED']));
  assert.equal(told.json, 'kubenetprobe-top');
});

/** A word that stands in every build of React. */
const reactMark = 'react.transitional.element';

test('loading the library runs no line of Ink or React, and ends by itself', () => {
  const script = `
    import inspector from 'node:inspector';
    const session = new inspector.Session();
    session.connect();
    const sources = [];
    session.on('Debugger.scriptParsed', ({ params }) => sources.push(params));
    session.post('Debugger.enable');
    await import('kubenetprobe-top');
    const ours = sources.filter(({ url }) => url.includes('kubenetprobe-top'));
    const texts = ours.map(({ scriptId }) => {
      let text = '';
      session.post('Debugger.getScriptSource', { scriptId }, (_, result) => { text = result.scriptSource; });
      return text;
    });
    console.log(JSON.stringify({
      files: ours.map(({ url }) => url.split('/').at(-1)),
      screen: texts.some((text) => text.includes(${JSON.stringify(reactMark)})),
    }));
  `;
  writeFileSync(join(consumer, 'load.mjs'), script);
  const told = JSON.parse(succeeds(consumer, process.execPath, '--no-warnings', 'load.mjs'));
  assert.ok(told.files.includes('index.mjs'), told.files.join());
  assert.ok(!told.files.includes('main.mjs'));
  assert.equal(told.screen, false);
  const dist = join(consumer, 'node_modules/kubenetprobe-top/dist');
  const modules = readdirSync(dist).filter((name) => name.endsWith('.mjs'));
  const marked = modules.some((name) => readFileSync(join(dist, name), 'utf8').includes(reactMark));
  assert.ok(marked, 'the mark is that of the React we have');
});

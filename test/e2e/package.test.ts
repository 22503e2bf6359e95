// What would be published, file by file, and the launcher's word to a Node that is too old.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
// @ts-expect-error a build script without types
import { contentFaults, manifestFaults } from '../../scripts/release/gates.mjs';
import { asUser, everyonesProgram, nobody } from '../support/everyones-program.js';
import { programPath, projectRoot } from '../support/program.js';

test('npm pack takes the bundle, the addons, README and licences, and nothing else', () => {
  const result = spawnSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: projectRoot(),
    encoding: 'utf8',
  });
  assert.equal(result.status, 0, result.stderr);
  // npm 12 names the package, earlier ones list it.
  const [packed] = Object.values(JSON.parse(result.stdout)) as [{ files: { path: string }[] }];
  const paths = packed.files.map((file) => file.path);
  // What a release adds may be missing here: its own gates ask for it.
  const surplus = contentFaults(paths).filter((fault: string) => fault.startsWith('holds'));
  assert.deepEqual(surplus, []);
  for (const path of [
    'LICENSE',
    'README.md',
    'dist/kubenetprobe-top.cjs',
    'dist/main.mjs',
    'dist/worker.mjs',
  ]) {
    assert.ok(paths.includes(path), path);
  }
});

test('the package asks npm for nothing: no dependency, no install script, no node-gyp', () => {
  const manifest = JSON.parse(readFileSync(join(projectRoot(), 'package.json'), 'utf8'));
  assert.deepEqual(manifestFaults(manifest), []);
});

test('a Node that is too old gets one line that says so, before any newer syntax', () => {
  const script = `Object.defineProperty(process.versions, 'node', { value: '18.20.8' });
require(${JSON.stringify(programPath)});`;
  const { status, stdout, stderr } = spawnSync(process.execPath, ['-e', script], {
    encoding: 'utf8',
  });
  assert.equal(status, 4);
  assert.equal(stdout, '');
  assert.match(stderr, /needs Node\.js 20\.19 or newer/);
  // Its own syntax is that of ES5, but for import(), which every Node from 12 on reads.
  const text = readFileSync(programPath, 'utf8').replace(/^\s*\/\/.*$/gm, '');
  assert.doesNotMatch(text, /=>|`|\b(const|let|class|async|await)\b|\?\.|\?\?/);
});

test('doctor, completion, manual and version end with 0 and need no rights', () => {
  for (const args of [['completion', 'bash'], ['completion', 'fish'], ['manual'], ['--version']]) {
    const [file, ...words] = [...asUser(nobody), ...everyonesProgram(), ...args];
    const result = spawnSync(file, words, { encoding: 'utf8' });
    assert.equal(result.status, 0, `${args.join(' ')}: ${result.stderr}`);
    assert.ok(result.stdout.length > 20);
  }
  const doctor = spawnSync(process.execPath, [programPath, 'doctor', 'lo', '--json'], {
    encoding: 'utf8',
  });
  assert.equal(doctor.status, 0, doctor.stdout);
  assert.equal(JSON.parse(doctor.stdout).works, true);
});

test('doctor gives the status that the program itself would give', () => {
  const [setpriv, ...asNobody] = [...asUser(nobody), ...everyonesProgram()];
  const cases: [string, string[], number][] = [
    [setpriv, [...asNobody, 'doctor', 'lo'], 3],
    [setpriv, [...asNobody, 'lo', '--json', '--count', '1'], 3],
    [process.execPath, [programPath, 'doctor', 'no-such0'], 5],
    [process.execPath, [programPath, 'no-such0', '--json', '--count', '1'], 5],
  ];
  for (const [file, args, status] of cases) {
    const result = spawnSync(file, args, { encoding: 'utf8' });
    assert.equal(result.status, status, `${args.join(' ')}: ${result.stdout}${result.stderr}`);
  }
});

/** A copy of the package whose addon is what is given: null for none. */
function packageWith(addon: Uint8Array | null, place = `prebuilds/linux-${process.arch}`): string {
  const folder = mkdtempSync(join(tmpdir(), 'knp-package-'));
  cpSync(dirname(programPath), join(folder, 'dist'), { recursive: true });
  cpSync(join(projectRoot(), 'package.json'), join(folder, 'package.json'));
  if (addon !== null) {
    mkdirSync(join(folder, place), { recursive: true });
    writeFileSync(join(folder, place, 'kubenetprobe_top.node'), addon);
  }
  return folder;
}

/** An ELF header of another machine: what the loader of the C library sees first. */
function foreignElf(): Uint8Array {
  const header = Buffer.alloc(4096);
  header.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  header.writeUInt16LE(3, 16);
  header.writeUInt16LE(process.arch === 'arm64' ? 62 : 183, 18);
  return header;
}

const unloadable: [string, Uint8Array | null, string | undefined, RegExp, RegExp][] = [
  ['no addon', null, undefined, /no addon for linux-/, /linux-x64 and linux-arm64/],
  [
    'an addon for another platform only',
    foreignElf(),
    'prebuilds/linux-riscv64',
    /no addon for linux-/,
    /linux-x64 and linux-arm64/,
  ],
  ["another machine's addon", foreignElf(), undefined, /can't be loaded: .*ELF/, /npm run build/],
  ['half an addon', Buffer.from('\x7fELF'), undefined, /can't be loaded: /, /npm run build/],
];

for (const [name, addon, place, what, advice] of unloadable) {
  test(`${name}: status 4, what is wrong and what to do, in two lines; --version and doctor say it, too`, () => {
    const folder = packageWith(addon, place);
    const run = (...args: string[]) =>
      spawnSync(process.execPath, [join(folder, 'dist/kubenetprobe-top.cjs'), ...args], {
        encoding: 'utf8',
      });
    try {
      const live = run('lo', '--json', '--count', '1');
      assert.equal(live.status, 4, live.stderr);
      assert.equal(live.stdout, '');
      const lines = live.stderr.trimEnd().split('\n');
      assert.equal(lines.length, 2, live.stderr);
      assert.match(lines[0]!, what);
      assert.match(lines[1]!, advice);
      const version = run('--version');
      assert.equal(version.status, 0);
      assert.match(version.stdout, /^kubenetprobe-top \d/);
      assert.match(version.stdout, what);
      const doctor = run('doctor', 'lo');
      assert.equal(doctor.status, 4, doctor.stdout + doctor.stderr);
      assert.match(doctor.stdout, what);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
}

/** What musl's loader says of a file that asks for glibc's. */
const muslNode = `
const { getReport } = process.report;
process.report.getReport = (...words) => {
  const report = getReport.apply(process.report, words);
  delete report.header.glibcVersionRuntime;
  return report;
};
const Module = require('node:module');
const load = Module._extensions['.node'];
Module._extensions['.node'] = (module, file) => {
  if (!file.includes('kubenetprobe_top')) return load(module, file);
  throw new Error('Error loading shared library ld-linux-x86-64.so.2: No such file or directory (needed by ' + file + ')');
};
`;

test('a Node for musl in which the addon can not be loaded: both say so, status 4', () => {
  const folder = packageWith(Buffer.from('\x7fELF'));
  const preload = join(folder, 'musl-node.cjs');
  writeFileSync(preload, muslNode);
  try {
    const run = (...args: string[]) =>
      spawnSync(
        process.execPath,
        ['--require', preload, join(folder, 'dist/kubenetprobe-top.cjs'), ...args],
        { encoding: 'utf8' },
      );
    const live = run('lo', '--json', '--count', '1');
    assert.equal(live.status, 4, live.stderr);
    const [what, advice, ...rest] = live.stderr.trimEnd().split('\n');
    assert.match(what!, /can't be loaded: Error loading shared library ld-linux/);
    assert.match(advice!, /runs on musl \(Alpine\?\).*one that is built for glibc 2\.28/);
    assert.deepEqual([live.stdout, rest], ['', []]);
    const doctor = run('doctor', 'lo');
    assert.equal(doctor.status, 4, doctor.stdout + doctor.stderr);
    assert.match(doctor.stdout, /^BROKEN {3}addon .*ld-linux/m);
    assert.match(doctor.stdout, /^degraded node .*on musl/m);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

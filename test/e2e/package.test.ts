// What would be published, file by file, and the launcher's word to a Node that is too old.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { programPath, projectRoot } from '../support/program.js';

const pinned = [
  /^LICENSE$/,
  /^README\.md$/,
  /^package\.json$/,
  /^dist\/kubenetprobe-top\.cjs$/,
  /^dist\/(main|worker|index|chunk-[\w-]+)\.mjs$/,
  /^dist\/.*\.d\.ts$/,
  /^dist\/(THIRD_PARTY\.txt|sbom\.cdx\.json)$/,
  /^prebuilds\/linux-(x64|arm64)\/kubenetprobe_top\.node$/,
];

test('npm pack takes the bundle, the addons, README and licences, and nothing else', () => {
  const result = spawnSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: projectRoot(),
    encoding: 'utf8',
  });
  assert.equal(result.status, 0, result.stderr);
  const [packed] = JSON.parse(result.stdout) as [{ files: { path: string }[] }];
  const paths = packed.files.map((file) => file.path);
  assert.deepEqual(
    paths.filter((path) => !pinned.some((pattern) => pattern.test(path))),
    [],
  );
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
  assert.equal(manifest.dependencies, undefined);
  assert.equal(manifest.optionalDependencies, undefined);
  assert.equal(manifest.peerDependencies, undefined);
  assert.equal(manifest.gypfile, false);
  for (const name of ['preinstall', 'install', 'postinstall', 'prepare']) {
    assert.equal(manifest.scripts[name], undefined, name);
  }
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
    const result = spawnSync(
      'setpriv',
      ['--reuid=65534', '--regid=65534', '--clear-groups', process.execPath, programPath, ...args],
      { encoding: 'utf8' },
    );
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
  const asNobody = [
    '--reuid=65534',
    '--regid=65534',
    '--clear-groups',
    process.execPath,
    programPath,
  ];
  const cases: [string, string[], number][] = [
    ['setpriv', [...asNobody, 'doctor', 'lo'], 3],
    ['setpriv', [...asNobody, 'lo', '--json', '--count', '1'], 3],
    [process.execPath, [programPath, 'doctor', 'no-such0'], 5],
    [process.execPath, [programPath, 'no-such0', '--json', '--count', '1'], 5],
  ];
  for (const [file, args, status] of cases) {
    const result = spawnSync(file, args, { encoding: 'utf8' });
    assert.equal(result.status, status, `${args.join(' ')}: ${result.stdout}${result.stderr}`);
  }
});

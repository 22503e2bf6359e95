// Too few open files for what is to be watched: a limit that can be raised is raised, another one is named with its number. Needs root.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { holds, readCapabilities } from '../../src/core/native/capabilities.js';
import { type CommandResult, Namespace, uniqueName } from '../support/namespaces.js';
import { programPath } from '../support/program.js';

/** Of veths; each has two ends. */
const pairs = 60;

let namespace: Namespace;

before(() => {
  namespace = new Namespace(uniqueName('kd'));
  for (let i = 0; i < pairs; i++) {
    namespace.ip('link', 'add', `a${i}`, 'up', 'type', 'veth', 'peer', 'name', `b${i}`);
    namespace.ip('link', 'set', `b${i}`, 'up');
  }
});

after(() => namespace.remove());

function watchAny(files: string, ...how: string[]): CommandResult {
  const program = [process.execPath, programPath, 'any', '--json', '--count', '1'];
  return namespace.run('prlimit', `--nofile=${files}`, ...how, ...program, '--interval', '0.2');
}

const mayRaise = holds(readCapabilities()?.effective ?? 0n, 'CAP_SYS_RESOURCE');

const limits = [
  ['256 that may be 4,096', '256:4096', false],
  ['256', '256:256', !mayRaise && 'needs CAP_SYS_RESOURCE'],
] as const;

for (const [name, limit, skip] of limits)
  test(`${name} files: all are watched`, { skip }, () => {
    const result = watchAny(limit);
    assert.equal(result.status, 0, result.stderr);
    const start = JSON.parse(result.stdout.split('\n', 1)[0]!) as { interfaces: unknown[] };
    assert.equal(start.interfaces.length, 2 * pairs);
    assert.doesNotMatch(result.stdout, /"warning"/);
  });

for (const files of [32, 64, 128, 256]) {
  test(`${files} files without the right to more: two lines with the number, and no bug`, () => {
    const without = ['setpriv', '--bounding-set=-sys_resource', '--inh-caps=-sys_resource'];
    const result = watchAny(`${files}:${files}`, ...without);
    assert.equal(result.status, 4, result.stderr);
    const [what, advice, ...rest] = result.stderr.trimEnd().split('\n');
    assert.match(what!, /^kubenetprobe-top: cannot .*: too many open files.*\(EMFILE\)$/);
    if (files > 32) assert.match(what!, new RegExp(`: ${files} files may be open`));
    assert.match(advice!, /ulimit -n \d+/);
    assert.deepEqual(rest, []);
    assert.equal(result.stdout, '', 'before the first line of data');
  });
}

// Veths that come and go all the time, as pods do: each one is watched, counted to the frame, and nothing is left of it. Needs root.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { compiledTool } from '../support/compiled-tool.js';
import { Namespace, uniqueName } from '../support/namespaces.js';
import { type Line, type RunningProgram, startProgram } from '../support/program.js';

/** `npm run test:all`: three hundred at once for a minute. */
const AT_ONCE = Number(process.env['KNP_CHURN_INTERFACES'] ?? 24);
const SECONDS = Number(process.env['KNP_CHURN_SECONDS'] ?? 10);
/** Each lives for so many steps, at least two seconds: a quarter of them changes at once. */
const STEPS_ALIVE = 4;
const STEP_MS = 500;
const FRAMES = 3;
/** A worker's heap and buffers breathe; a leak of 10 KB an interface would be more. */
const GROWTH_MAX_BYTES = 48 * 2 ** 20;

let node: Namespace;
let pods: Namespace;

before(() => {
  node = new Namespace(`${uniqueName('ch')}n`);
  pods = new Namespace(`${uniqueName('ch')}p`);
  // Whatever comes up says nothing by itself.
  for (const one of [node, pods]) one.run('sysctl', '-qw', 'net.ipv6.conf.all.disable_ipv6=1');
});

after(() => {
  node.remove();
  pods.remove();
});

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

function create(names: readonly string[]): void {
  node.ipBatch(
    names.map((name) => `link add ${name} type veth peer name ${name} netns ${pods.name}`),
  );
  for (const side of [pods, node]) side.ipBatch(names.map((name) => `link set ${name} up`));
}

/** As soon as a tick names them all. */
async function watched(program: RunningProgram, names: readonly string[]): Promise<void> {
  const hasAll = (line: Line): boolean => {
    if (line['type'] !== 'tick') return false;
    const there = new Set(line['interfaces'].map((one: Line) => one['name']));
    return names.every((name) => there.has(name));
  };
  await program.waitFor(`${names.length} interfaces, ${names[0]} first`, hasAll, 60_000);
}

const isLoss = ({ code }: Line): boolean =>
  ['interface_limit', 'interface_not_attached'].includes(String(code));

test(`any: ${AT_ONCE} at a time that come and go for ${SECONDS} s are all counted, to the frame`, async () => {
  const program = startProgram(
    ['any', '--json', '--interval', '0.2', '--limit', '1', '--flow-timeout', '5'],
    { namespace: node },
  );
  await program.waitFor('start', (line) => line['type'] === 'start', 60_000);
  const alive: string[][] = [];
  const all: string[] = [];
  const residentBytes: number[] = [];
  const lost: Line[] = [];
  const began = performance.now();
  for (let step = 0; performance.now() - began < SECONDS * 1000; step += 1) {
    const names = Array.from(
      { length: Math.ceil(AT_ONCE / STEPS_ALIVE) },
      (_, number) => `p${step}x${number}`,
    );
    const stepBegan = performance.now();
    create(names);
    all.push(...names);
    alive.push(names);
    await watched(program, names);
    const sent = pods.run(compiledTool('send-frames'), `${FRAMES}`, ...names);
    assert.equal(sent.status, 0, sent.stderr);
    if (alive.length === STEPS_ALIVE)
      node.ipBatch(alive.shift()!.map((name) => `link del ${name}`));
    const resident = program.lines.at(-1)?.['cost']?.residentBytes;
    if (resident) residentBytes.push(resident);
    // Lines that have been looked at are only in the way.
    lost.push(...program.lines.splice(0, program.lines.length - 5).filter(isLoss));
    await pause(Math.max(0, STEP_MS - (performance.now() - stepBegan)));
  }
  await program.counted();
  program.child.kill('SIGTERM');
  assert.equal((await program.exit(60_000)).status, 0, program.stderr);

  assert.deepEqual([...lost, ...program.lines.filter(isLoss)], []);
  const rows = new Map<string, Line>(
    program.summary['interfaces'].map((one: Line) => [one['name'], one]),
  );
  const wrong = all.filter((name) => rows.get(name)?.['received'].packets !== FRAMES);
  assert.deepEqual(
    wrong.map((name) => [name, rows.get(name)]),
    [],
  );
  const sum = (key: string): number =>
    program.summary[key].reduce(
      (packets: number, one: Line) => packets + one['received'].packets,
      0,
    );
  assert.equal(sum('interfaces'), all.length * FRAMES);
  assert.equal(sum('protocols'), all.length * FRAMES);
  const third = Math.ceil(residentBytes.length / 3);
  const growth =
    Math.max(...residentBytes.slice(-third)) - Math.max(...residentBytes.slice(0, third));
  assert.ok(growth < GROWTH_MAX_BYTES, `${growth} bytes more`);
});

// A node with three hundred veths, as with Kubernetes: as many as there is room for are watched, each by its own, the rest is counted. Needs root.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { KNP_INTERFACE_SLOTS_MAX } from '../../src/core/wire/layout.generated.js';
import { Namespace, uniqueName } from '../support/namespaces.js';
import { type Line, type RunningProgram, startProgram } from '../support/program.js';

const VETHS = 300;
/** Each with an address, and pinged so often as its number says. */
const pinged = [7, 120, 255];

let node: Namespace;
let pods: Namespace;

before(() => {
  node = new Namespace(`${uniqueName('cr')}n`);
  pods = new Namespace(`${uniqueName('cr')}p`);
  for (const one of [node, pods]) one.run('sysctl', '-qw', 'net.ipv6.conf.all.disable_ipv6=1');
  const numbers = Array.from({ length: VETHS }, (_, number) => number);
  node.ipBatch(numbers.map((n) => `link add c${n} type veth peer name c${n} netns ${pods.name}`));
  for (const [side, one] of [node, pods].entries()) {
    one.ipBatch([
      ...numbers.map((n) => `link set c${n} up`),
      ...pinged.map((n) => `addr add 10.9.${n}.${side + 1}/24 dev c${n}`),
    ]);
  }
});

after(() => {
  node.remove();
  pods.remove();
});

/** Received and sent so many times, as the last tick has it. */
const hasCounted = (name: string, packets: number) => (line: Line) =>
  line['type'] === 'tick' &&
  line['interfaces'].some(
    (one: Line) =>
      one['name'] === name && one['received'].packets >= packets && one['sent'].packets >= packets,
  );

const watchedAtOnce = Math.min(VETHS, KNP_INTERFACE_SLOTS_MAX);

test('any: as many as there is room for are watched, one warning says how many are not', async () => {
  const program: RunningProgram = startProgram(['any', '--json', '--interval', '0.5'], {
    namespace: node,
  });
  const start = await program.waitFor('start', (line) => line['type'] === 'start', 60_000);
  assert.equal(start['interfaces'].length, watchedAtOnce);
  for (const number of pinged) {
    const result = pods.run('ping', '-q', '-c', '5', '-i', '0.05', `10.9.${number}.1`);
    assert.match(result.stdout, /5 received/);
    await program.waitFor(`c${number}`, hasCounted(`c${number}`, 5), 60_000);
  }
  program.child.kill('SIGTERM');
  assert.equal((await program.exit(60_000)).status, 0, program.stderr);
  const refused = program.lines.filter((line) => line['code'] === 'interface_limit');
  assert.deepEqual(
    refused.map(({ message }) => Number.parseInt(String(message), 10)),
    watchedAtOnce < VETHS ? [VETHS - watchedAtOnce] : [],
  );
  assert.equal(
    program.lines.filter((line) => line['code'] === 'interface_not_attached').length,
    0,
    'the table of indexes has room for all of them',
  );
});

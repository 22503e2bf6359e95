// Interfaces that come, go, are renamed, go down and up, change their MTU; and interfaces of another network namespace. Needs root.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { makePair, Namespace, type Pair, uniqueName } from '../support/namespaces.js';
import { type Line, type RunningProgram, startProgram } from '../support/program.js';

let pair: Pair;

before(() => {
  pair = makePair('fw');
});

after(() => pair.remove());

async function start(args: readonly string[], inside = true): Promise<RunningProgram> {
  const program = startProgram(
    [...args, '--json', '--interval', '0.2'],
    inside ? { namespace: pair.left } : {},
  );
  await program.waitFor('start', (line) => line['type'] === 'start', 60_000);
  return program;
}

async function stop(program: RunningProgram): Promise<void> {
  program.child.kill('SIGTERM');
  assert.equal((await program.exit(60_000)).status, 0, program.stderr);
}

const told = (code: string, name: string) => (line: Line) =>
  line['code'] === code && String(line['message']).includes(name);

const receivedBy = (program: RunningProgram, name: string): number =>
  program.summary['interfaces'].find((one: Line) => one['name'] === name)?.received.packets ?? -1;

/** Counted on the left, all seen when it returns: a tick has come after the last answer. */
async function pingAndSee(program: RunningProgram, times: number): Promise<void> {
  const result = pair.right.run('ping', '-q', '-c', `${times}`, '-i', '0.05', pair.leftAddress);
  assert.match(result.stdout, new RegExp(`${times} received`));
  const at = program.lines.length;
  await program.waitFor(
    'a tick',
    (line) => line['type'] === 'tick' && program.lines.indexOf(line) > at,
    60_000,
  );
}

test('any: an interface that appears is counted, one that goes stays in the sums', async () => {
  const program = await start(['any']);
  pair.left.ip(
    'link',
    'add',
    'new0',
    'type',
    'veth',
    'peer',
    'name',
    'new1',
    'netns',
    pair.right.name,
  );
  pair.left.ip('addr', 'add', '10.21.0.1/24', 'dev', 'new0');
  pair.right.ip('addr', 'add', '10.21.0.2/24', 'dev', 'new1');
  pair.right.ip('link', 'set', 'new1', 'up');
  pair.left.ip('link', 'set', 'new0', 'up');
  await program.waitFor('new0', told('interface_added', 'new0'), 60_000);
  assert.match(
    pair.right.run('ping', '-q', '-c', '5', '-i', '0.1', '10.21.0.1').stdout,
    /5 received/,
  );
  pair.left.ip('link', 'del', 'new0');
  await program.waitFor('new0 going', told('interface_gone', 'new0'), 60_000);
  await pingAndSee(program, 5);
  await stop(program);
  assert.ok(receivedBy(program, 'new0') >= 5, 'its counts stay');
  assert.ok(receivedBy(program, pair.leftInterface) >= 5);
});

for (const named of ['veth0', 'any']) {
  test(`${named}: renamed, down and up, another MTU: it goes on counting`, async () => {
    const program = await start([named]);
    await pingAndSee(program, 5);
    pair.left.ip('link', 'set', pair.leftInterface, 'down');
    await program.waitFor('down', told('interface_down', pair.leftInterface), 60_000);
    pair.left.ip('link', 'set', pair.leftInterface, 'name', 'other0');
    await program.waitFor('the new name', told('interface_renamed', 'other0'), 60_000);
    pair.left.ip('link', 'set', 'other0', 'mtu', '1300', 'up');
    await program.waitFor('up', told('interface_up', 'other0'), 60_000);
    await pingAndSee(program, 5);
    await stop(program);
    assert.ok(receivedBy(program, 'other0') >= 10, JSON.stringify(program.summary['interfaces']));
    pair.left.ip('link', 'set', 'other0', 'down');
    pair.left.ip('link', 'set', 'other0', 'name', pair.leftInterface);
    pair.left.ip('link', 'set', pair.leftInterface, 'up');
  });
}

test('--exit-when-gone: the last named interface goes: status 1 and a word', async () => {
  pair.left.ip('link', 'add', 'gone0', 'type', 'veth', 'peer', 'name', 'gone1');
  pair.left.ip('link', 'set', 'gone0', 'up');
  const program = await start(['gone0', '--exit-when-gone']);
  pair.left.ip('link', 'del', 'gone0');
  assert.equal((await program.exit(60_000)).status, 1, program.stderr);
  assert.equal(program.summary['type'], 'summary');
});

/** A pair with addresses, one end on each side. */
function makeLink(name: string, network: number): void {
  const peer = `${name}p`;
  pair.left.ip('link', 'add', name, 'type', 'veth', 'peer', 'name', peer, 'netns', pair.right.name);
  pair.left.ip('addr', 'add', `10.21.${network}.1/24`, 'dev', name);
  pair.right.ip('addr', 'add', `10.21.${network}.2/24`, 'dev', peer);
  pair.right.ip('link', 'set', peer, 'up');
  pair.left.ip('link', 'set', name, 'up');
}

const pingOver = (network: number, times: number): void => {
  const { stdout } = pair.right.run(
    'ping',
    '-q',
    '-c',
    `${times}`,
    '-i',
    '0.05',
    `10.21.${network}.1`,
  );
  assert.match(stdout, new RegExp(`${times} received`));
};

test('a named interface that goes is awaited, counted again under its name, and keeps its counts', async () => {
  makeLink('back0', 5);
  const program = await start(['back0']);
  pingOver(5, 5);
  for (const times of [1, 2]) {
    pair.left.ip('link', 'del', 'back0');
    await program.waitFor('its going', (line) => told('interface_awaited', 'back0')(line), 60_000);
    makeLink('back0', 5);
    const isBack = (line: Line) =>
      told('interface_added', 'back0')(line) &&
      program.lines.filter(told('interface_added', 'back0')).length >= times;
    await program.waitFor('its coming back', isBack, 60_000);
    pingOver(5, 5);
  }
  await stop(program);
  pair.left.ip('link', 'del', 'back0');
  const rows = program.summary['interfaces'].filter((one: Line) => one['name'] === 'back0');
  assert.equal(rows.length, 1);
  assert.ok(rows[0].received.packets >= 15, JSON.stringify(rows));
});

test('an alternative name and name@peer are names', async () => {
  makeLink('alt0', 6);
  pair.left.ip('link', 'property', 'add', 'dev', 'alt0', 'altname', 'a-name-of-more-than-fifteen');
  const printed = pair.left.ip('-o', 'link', 'show', 'alt0').split(':')[1]!.trim();
  assert.match(printed, /^alt0@if\d+$/);
  for (const name of ['a-name-of-more-than-fifteen', printed]) {
    const program = await start([name]);
    assert.deepEqual(
      program.lines[0]!['interfaces'].map((one: Line) => one['name']),
      ['alt0'],
    );
    await stop(program);
  }
  pair.left.ip('link', 'del', 'alt0');
});

test('any: two that swap their names, and one that is made again at once', async () => {
  for (const [name, network] of [
    ['sw0', 7],
    ['sw1', 8],
    ['re0', 9],
  ] as const)
    makeLink(name, network);
  const program = await start(['any']);
  pingOver(7, 3);
  pair.left.run(
    'sh',
    '-c',
    `ip -batch - <<'EOF'
link set sw0 down
link set sw1 down
link set sw0 name swx
link set sw1 name sw0
link set swx name sw1
link set sw0 up
link set sw1 up
link del re0
EOF`,
  );
  makeLink('re0', 9);
  await program.waitFor('re0', told('interface_added', 're0'), 60_000);
  pingOver(9, 7);
  pingOver(8, 4);
  await stop(program);
  for (const name of ['sw0', 'sw1', 're0']) pair.left.ip('link', 'del', name);
  // Counts are an interface's, whatever its name is now: sw1 is what was sw0.
  assert.ok(receivedBy(program, 'sw1') >= 3);
  assert.ok(receivedBy(program, 'sw0') >= 4);
  assert.ok(receivedBy(program, 're0') >= 7);
  assert.deepEqual(
    program.lines.filter((line) => line['code'] === 'interface_not_attached'),
    [],
  );
});

test('--netns by name, path and process: the interfaces are those of that namespace', async () => {
  const sleeper = pair.left.start('sleep', '300');
  for (const where of [pair.left.name, `/run/netns/${pair.left.name}`, `${sleeper.pid}`]) {
    const program = await start(['--netns', where, pair.leftInterface], false);
    await pingAndSee(program, 5);
    await stop(program);
    assert.ok(receivedBy(program, pair.leftInterface) >= 5, where);
  }
});

test('--netns: the default route is that namespace’s, and a wrong one is status 5', async () => {
  const other = new Namespace(uniqueName('fwo'));
  try {
    const without = startProgram(['--netns', other.name, '--json', '--count', '1']);
    assert.equal((await without.exit(60_000)).status, 5, without.stderr);
    assert.match(without.stderr, /no default route/);
    pair.left.ip('route', 'add', 'default', 'dev', pair.leftInterface);
    const program = startProgram([
      '--netns',
      pair.left.name,
      '--json',
      '--count',
      '1',
      '--interval',
      '0.2',
    ]);
    assert.equal((await program.exit(60_000)).status, 0, program.stderr);
    assert.equal(program.lines[0]!['interfaces'][0].name, pair.leftInterface);
    const wrong = startProgram(['--netns', 'no-such-namespace', '--json']);
    assert.equal((await wrong.exit(60_000)).status, 5);
  } finally {
    other.remove();
  }
});

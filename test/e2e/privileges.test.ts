// After attaching: the user and all capabilities but those that are needed are gone, on every thread, and work goes on. Needs root.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { textOf } from '../../src/core/native/process-privileges.js';
import { compiledTool } from '../support/compiled-tool.js';
import { asUser, everyonesProgram, nobody } from '../support/everyones-program.js';
import { listHooks } from '../support/hooked-programs.js';
import { makePair, type Pair } from '../support/namespaces.js';
import { programPath, type RunningProgram, startProgram } from '../support/program.js';

let pair: Pair;
const three = (1n << 12n) | (1n << 38n) | (1n << 39n);

before(() => {
  pair = makePair('pv');
});

after(() => pair.remove());

interface ThreadStatus {
  readonly users: readonly number[];
  readonly groups: readonly number[];
  readonly permitted: bigint;
  readonly effective: bigint;
  readonly bounding: bigint;
}

/** Of every thread: nsenter has become the program, so the child's id is its own. */
function threadsOf(program: RunningProgram): ThreadStatus[] {
  const folder = `/proc/${program.child.pid}/task`;
  return readdirSync(folder).flatMap((thread) => {
    const text = textOf(`${folder}/${thread}/status`);
    // It has ended since it was listed.
    if (text === null) return [];
    const row = (name: string) =>
      new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(text)![1]!.split(/\s+/);
    const set = (name: string) => BigInt(`0x${row(name)[0]}`);
    return {
      users: row('Uid').map(Number),
      groups: row('Gid').map(Number),
      permitted: set('CapPrm'),
      effective: set('CapEff'),
      bounding: set('CapBnd'),
    };
  });
}

async function start(
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<RunningProgram> {
  const program = startProgram([...args, '--json', '--interval', '0.2'], {
    namespace: pair.left,
    env: { ...process.env, SUDO_UID: undefined, SUDO_GID: undefined, ...env },
  });
  await program.waitFor('start', (line) => line['type'] === 'start', 60_000);
  await program.waitFor('a tick', (line) => line['type'] === 'tick', 60_000);
  return program;
}

async function stop(program: RunningProgram): Promise<void> {
  program.child.kill('SIGTERM');
  assert.equal((await program.exit()).status, 0, program.stderr);
}

/** Node keeps as many threads as it likes, but main, worker and pool are more than three. */
function assertDropped(program: RunningProgram, user: number, kept: bigint): void {
  const threads = threadsOf(program);
  assert.ok(threads.length > 3);
  for (const thread of threads) {
    assert.deepEqual(thread.users, [user, user, user, user]);
    assert.deepEqual(thread.groups, [user, user, user, user]);
    assert.equal(thread.permitted, kept);
    assert.equal(thread.effective, kept);
    assert.equal(thread.bounding, kept);
  }
}

const byLinks = () => listHooks(pair.left, pair.leftInterface).features['tcx'] === true;

/** Who may read a process's memory may trace it, too. */
function assertUntraceable(program: RunningProgram, user: number): void {
  const [setpriv, ...words] = asUser(user);
  const stranger = spawnSync(setpriv, [...words, 'cat', `/proc/${program.child.pid}/environ`], {
    encoding: 'utf8',
  });
  assert.match(stranger.stderr, /Permission denied/);
}

test('one interface, not awaited: nobody on all threads, and counting goes on', async () => {
  const program = await start([pair.leftInterface, '--exit-when-gone']);
  const kept = byLinks() ? 0n : three;
  assertDropped(program, nobody, kept);
  const [line] = program.lines;
  assert.equal(line!['privileges'].user, nobody);
  assert.equal(line!['privileges'].capabilities.length, kept === 0n ? 0 : 3);
  assertUntraceable(program, nobody);
  pair.right.run('ping', '-q', '-c', '3', '-i', '0.1', pair.leftAddress);
  const counted = (one: Record<string, unknown>) =>
    one['type'] === 'tick' && JSON.stringify(one['protocols']).includes('"ICMP"');
  await program.waitFor('pings', counted, 60_000);
  await stop(program);
  assert.deepEqual(
    listHooks(pair.left, pair.leftInterface).programs,
    [],
    'a filter is removed, too',
  );
});

test('any: three capabilities stay, and an interface that comes later is attached', async () => {
  const program = await start(['any']);
  assertDropped(program, nobody, three);
  pair.left.ip('link', 'add', 'later', 'type', 'veth', 'peer', 'name', 'later-peer');
  pair.left.ip('link', 'set', 'later', 'up');
  const added = (line: Record<string, unknown>) =>
    line['code'] === 'interface_added' && String(line['message']).includes('later');
  await program.waitFor('the new interface', added, 60_000);
  await stop(program);
  pair.left.ip('link', 'del', 'later');
});

test('one interface: three capabilities stay, for it is attached again when it comes back', async () => {
  const program = await start([pair.leftInterface]);
  assertDropped(program, nobody, three);
  await stop(program);
});

test('under sudo the invoking user is who we become', async () => {
  const program = await start([pair.leftInterface, '--exit-when-gone'], {
    SUDO_UID: '1234',
    SUDO_GID: '1234',
  });
  assertDropped(program, 1234, byLinks() ? 0n : three);
  await stop(program);
});

test('a SUDO_UID that setresuid(2) reads as "stay root" makes us nobody', async () => {
  const hostile = { SUDO_UID: '4294967295', SUDO_GID: '4294967295' };
  const program = await start([pair.leftInterface, '--exit-when-gone'], hostile);
  assertDropped(program, nobody, byLinks() ? 0n : three);
  await stop(program);
});

test('--keep-privileges keeps them', async () => {
  const program = await start([pair.leftInterface, '--keep-privileges']);
  for (const thread of threadsOf(program)) {
    assert.deepEqual(thread.users, [0, 0, 0, 0]);
    assert.equal(thread.effective & three, three);
  }
  assert.equal(program.lines[0]!['privileges'], undefined);
  await stop(program);
});

test('without root, three capabilities are enough from the start', async () => {
  const caps = '+bpf,+net_admin,+perfmon';
  // Before 5.11 maps count against the memory lock limit: whoever starts us raises it, or gives this, too.
  const old = listHooks(pair.left, pair.leftInterface).features['memoryAccounting'] !== true;
  const all = old ? `${caps},+sys_resource` : caps;
  const [setpriv, ...words] = asUser(1234);
  const [file, args] = pair.left.command(
    setpriv,
    ...words,
    `--inh-caps=-all,${all}`,
    `--ambient-caps=-all,${all}`,
    `--bounding-set=-all,${all}`,
  );
  const wrapped = {
    command: (command: string, ...rest: string[]): [string, string[]] => [
      file,
      [...args, command, ...rest],
    ],
  };
  const program = startProgram(
    [pair.leftInterface, '--json', '--count', '2', '--interval', '0.2'],
    {
      namespace: wrapped,
      files: everyonesProgram(),
    },
  );
  assert.equal((await program.exit(60_000)).status, 0, program.stderr);
  assert.equal(program.summary['type'], 'summary');
});

for (const output of ['--json', '--once']) {
  test(`${output}: may not become another user: status 3 and two lines, nothing stays`, async () => {
    const refusing = pair.left.run(
      ...([compiledTool('without-bpf'), '--setresuid', process.execPath, programPath] as const),
      ...[pair.leftInterface, output, '--interval', '0.2'],
    );
    assert.equal(refusing.status, 3, refusing.stderr);
    const [what, advice, ...rest] = refusing.stderr.trimEnd().split('\n');
    assert.match(what!, /^kubenetprobe-top: cannot give up privileges: /);
    assert.match(advice!, /--keep-privileges/);
    assert.deepEqual(rest, []);
    assert.deepEqual(listHooks(pair.left, pair.leftInterface).programs, []);
  });
}

test('without any capability: status 3 and what is missing', async () => {
  const [setpriv, ...words] = asUser(1234);
  const [file, args] = pair.left.command(setpriv, ...words);
  const wrapped = {
    command: (command: string, ...rest: string[]): [string, string[]] => [
      file,
      [...args, command, ...rest],
    ],
  };
  const program = startProgram([pair.leftInterface, '--json'], {
    namespace: wrapped,
    files: everyonesProgram(),
  });
  assert.equal((await program.exit(60_000)).status, 3);
  assert.match(program.stderr, /CAP_BPF/);
  assert.match(program.stderr, /sudo/);
});

// In peace with others: their programs stay, in their order, and go on counting, while we run and after kill -9. Needs root.
import assert from 'node:assert/strict';
import { after, before, type TestContext, test } from 'node:test';
import { listHooks } from '../support/hooked-programs.js';
import { makePair, type Pair } from '../support/namespaces.js';
import { Neighbour, type NeighbourHook, neighbourTool } from '../support/neighbour.js';
import { type Line, type RunningProgram, startProgram } from '../support/program.js';

let pair: Pair;
const neighbours: Neighbour[] = [];

/** A ping of this many payload bytes is a frame of 42 more at every hook. */
const passedLength = 300;
const markedLength = 400;
const headers = 42;
const pings = 5;

before(() => {
  neighbourTool();
  pair = makePair('nb');
  // Neighbour discovery now, so that no ARP comes between later; multicast reports would be counted as well.
  pair.left.run('ping', '-c', '1', '-W', '2', pair.rightAddress);
});

after(() => {
  for (const neighbour of neighbours) neighbour.remove();
  pair.remove();
});

async function neighbour(hook: NeighbourHook, ...action: string[]): Promise<Neighbour> {
  const one = await Neighbour.attach(pair.left, hook, pair.leftInterface, ...action);
  neighbours.push(one);
  return one;
}

/** Returns how many answers came. */
function ping(payload: number): number {
  const args = ['-q', '-c', `${pings}`, '-i', '0.05', '-W', '1', '-s', `${payload}`];
  const { stdout } = pair.right.run('ping', ...args, pair.leftAddress);
  return Number(/(\d+) received/.exec(stdout)?.[1]);
}

/** Requests of one length that came in, as the program counts them: by flow bytes it would be a sum, so by ICMP frames. */
function icmp(line: Line): { received: number; sent: number } {
  const row = line['protocols'].find((one: Line) => one['protocol'] === 'ICMP');
  return { received: row?.received.packets ?? 0, sent: row?.sent.packets ?? 0 };
}

const theirIds = (): number[] =>
  listHooks(pair.left, pair.leftInterface)
    .programs.filter((program) => !program.name.startsWith('network_monitor'))
    .map((program) => program.id);

async function startOurs(...args: string[]): Promise<RunningProgram> {
  const program = startProgram([pair.leftInterface, '--json', '--interval', '0.2', ...args], {
    namespace: pair.left,
  });
  await program.waitFor('start', (line) => line['type'] === 'start', 60_000);
  return program;
}

async function stop(program: RunningProgram): Promise<Line> {
  program.child.kill('SIGTERM');
  assert.equal((await program.exit()).status, 0, program.stderr);
  return program.summary;
}

/** Runs ours beside theirs: theirs stay, in order, during the run and after a kill -9. */
async function staysWhileWeRun(during: (program: RunningProgram) => Promise<void>): Promise<Line> {
  const before = theirIds();
  const program = await startOurs();
  assert.deepEqual(theirIds(), before, 'while we run');
  await during(program);
  const summary = await stop(program);
  assert.deepEqual(theirIds(), before, 'after we have ended');
  const killed = await startOurs();
  killed.child.kill('SIGKILL');
  await killed.exit();
  assert.deepEqual(theirIds(), before, 'after kill -9');
  return summary;
}

function removeAll(): void {
  for (const one of neighbours.splice(0)) one.remove();
}

function needsTcx(t: TestContext): boolean {
  if (listHooks(pair.left, pair.leftInterface).features['tcx'] === true) return true;
  t.skip('this kernel has no tcx');
  return false;
}

test('a foreign tcx program that drops behind us: we count what it drops', async (t) => {
  if (!needsTcx(t)) return;
  const theirs = await neighbour('tcx-ingress', 'drop', `${markedLength + headers}`);
  const summary = await staysWhileWeRun(async () => {
    assert.equal(ping(passedLength), pings);
    ping(markedLength);
  });
  assert.deepEqual(icmp(summary), { received: 2 * pings, sent: pings });
  assert.ok((await theirs.packets()) >= 2 * pings, 'theirs goes on counting');
  removeAll();
});

test('a foreign tcx program that drops before us: we count what passes our place', async (t) => {
  if (!needsTcx(t)) return;
  const program = await startOurs();
  const theirs = await neighbour('tcx-ingress-first', 'drop', `${markedLength + headers}`);
  assert.equal(ping(passedLength), pings);
  ping(markedLength);
  const summary = await stop(program);
  assert.deepEqual(icmp(summary), { received: pings, sent: pings });
  assert.ok((await theirs.packets()) >= 2 * pings);
  assert.deepEqual(theirIds(), [theirs.programId]);
  removeAll();
});

test('a foreign tcx program that redirects on egress: we are before it, and it goes on', async (t) => {
  if (!needsTcx(t)) return;
  const [index] = pair.left.ip('-o', 'link', 'show', 'lo').split(':');
  const theirs = await neighbour('tcx-egress', 'redirect', index!, `${markedLength + headers}`);
  const summary = await staysWhileWeRun(async () => {
    assert.equal(ping(passedLength), pings);
    assert.equal(ping(markedLength), 0, 'what it redirects never comes back');
  });
  assert.deepEqual(icmp(summary), { received: 2 * pings, sent: 2 * pings });
  assert.ok((await theirs.packets()) >= 2 * pings);
  removeAll();
});

test('foreign tcx programs that accept, as those of Cilium do, hide nothing from us', async (t) => {
  if (!needsTcx(t)) return;
  const ingress = await neighbour('tcx-ingress', 'accept');
  const egress = await neighbour('tcx-egress', 'accept');
  const summary = await staysWhileWeRun(async () => assert.equal(ping(passedLength), pings));
  assert.deepEqual(icmp(summary), { received: pings, sent: pings });
  assert.ok((await ingress.packets()) >= pings);
  assert.ok((await egress.packets()) >= pings);
  removeAll();
});

test('several foreign tcx programs keep their order around us', async (t) => {
  if (!needsTcx(t)) return;
  const ids: number[] = [];
  for (const hook of ['tcx-ingress', 'tcx-ingress', 'tcx-egress', 'tcx-egress'] as const) {
    ids.push((await neighbour(hook, 'pass')).programId);
  }
  assert.deepEqual(theirIds(), ids);
  await staysWhileWeRun(async () => assert.equal(ping(passedLength), pings));
  removeAll();
});

test('a foreign XDP program by link keeps the hook; we read behind it and say so', async () => {
  const theirs = await neighbour('xdp', 'drop', `${markedLength + headers}`);
  const before = theirIds();
  assert.deepEqual(before, [theirs.programId]);
  for (const option of ['auto', 'xdp', 'xdp-generic']) {
    const program = await startOurs('--ingress', option);
    const [start] = program.lines;
    assert.match(start!['interfaces'][0].ingress.hook, /^(tcx|clsact)$/, option);
    if (option !== 'auto') {
      assert.match(start!['interfaces'][0].ingress.reason, /another XDP program/);
    }
    assert.deepEqual(theirIds(), before, option);
    assert.equal(ping(passedLength), pings);
    ping(markedLength);
    const summary = await stop(program);
    assert.equal(icmp(summary).sent, pings, option);
    assert.equal(icmp(summary).received, pings, `${option}: what XDP drops never comes to TC`);
  }
  assert.deepEqual(theirIds(), before);
  removeAll();
});

test('foreign clsact filters and their qdisc stay as they are listed', async () => {
  const device = pair.leftInterface;
  const tc = (...args: string[]): string => {
    const result = pair.left.run('tc', ...args);
    assert.equal(result.status, 0, result.stderr);
    // Hit counters and ages move by themselves.
    return result.stdout.replace(/(rule hit|success|used|installed) \d+.*/g, '');
  };
  tc('qdisc', 'add', 'dev', device, 'clsact');
  // Filters that every kernel with BPF has: all IPv4 on the way in, and the first place of all on the way out.
  const accept = ['bpf', 'bytecode', '1,6 0 0 65535,', 'flowid', '1:1'];
  tc('filter', 'add', 'dev', device, 'ingress', 'protocol', 'ip', 'pref', '10', ...accept);
  tc('filter', 'add', 'dev', device, 'egress', 'protocol', 'all', 'pref', '1', ...accept);
  tc('filter', 'add', 'dev', device, 'ingress', 'protocol', 'all', 'pref', '3', ...accept);
  const listing = (): string =>
    ['ingress', 'egress']
      .map((side) => tc('filter', 'show', 'dev', device, side))
      .join('\n')
      .split('\n')
      .filter((line) => !line.includes('kubenetprobe-top') && !line.includes('network_monitor'))
      .join('\n');
  const before = listing();
  const program = await startOurs();
  assert.equal(ping(passedLength), pings);
  const summary = await stop(program);
  assert.deepEqual(
    icmp(summary),
    { received: pings, sent: pings },
    'filters that accept hide nothing',
  );
  assert.equal(listing(), before, 'after our end');
  const killed = await startOurs();
  killed.child.kill('SIGKILL');
  await killed.exit();
  const again = await startOurs();
  await stop(again);
  assert.equal(listing(), before, 'after kill -9 and another run');
  assert.match(tc('qdisc', 'show', 'dev', device), /clsact/, 'a qdisc that is not ours stays');
  tc('qdisc', 'del', 'dev', device, 'clsact');
});

test('two of us on one interface both count all', async () => {
  const first = await startOurs();
  const second = await startOurs();
  assert.equal(ping(passedLength), pings);
  const summaries = [await stop(first), await stop(second)];
  for (const summary of summaries)
    assert.deepEqual(icmp(summary), { received: pings, sent: pings });
  assert.deepEqual(listHooks(pair.left, pair.leftInterface).programs, [], 'nothing is left');
});

test('a run that is killed leaves nothing that the next one does not remove, and a living one is left alone', async () => {
  const living = await startOurs();
  const killed = await startOurs();
  killed.child.kill('SIGKILL');
  await killed.exit();
  const third = await startOurs();
  assert.equal(ping(passedLength), pings);
  assert.deepEqual(icmp(await stop(third)), { received: pings, sent: pings });
  assert.deepEqual(icmp(await stop(living)), { received: pings, sent: pings });
  assert.deepEqual(listHooks(pair.left, pair.leftInterface).programs, []);
  const qdisc = pair.left.run('tc', 'qdisc', 'show', 'dev', pair.leftInterface).stdout;
  assert.doesNotMatch(qdisc, /clsact/, 'a qdisc that we made goes with the last of us');
});

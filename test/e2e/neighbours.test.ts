// In peace with others: their programs stay, in their order, and go on counting, while we run and after kill -9. Needs root.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import { compileObject } from '../support/compile-object.js';
import { listHooks } from '../support/hooked-programs.js';
import {
  headers,
  icmp,
  markedLength,
  Neighbourhood,
  passedLength,
  patienceMs,
  pings,
  stop,
} from '../support/neighbourhood.js';

let street: Neighbourhood;

before(() => {
  street = new Neighbourhood('nb');
});

after(() => street.remove());

function needsTcx(t: TestContext): boolean {
  if (street.hasTcx) return true;
  t.skip('this kernel has no tcx');
  return false;
}

test('a foreign tcx program that drops behind us: we count what it drops', async (t) => {
  if (!needsTcx(t)) return;
  const theirs = await street.attach('tcx-ingress', 'drop', `${markedLength + headers}`);
  const summary = await street.staysWhileWeRun(async () => {
    assert.equal(street.ping(passedLength), pings);
    street.ping(markedLength);
  });
  assert.deepEqual(icmp(summary), { received: 2 * pings, sent: pings });
  assert.ok((await theirs.packets()) >= 2 * pings, 'theirs goes on counting');
  street.removeNeighbours();
});

test('a foreign tcx program that drops before us: we count what passes our place', async (t) => {
  if (!needsTcx(t)) return;
  const program = await street.startOurs();
  const theirs = await street.attach('tcx-ingress-first', 'drop', `${markedLength + headers}`);
  assert.equal(street.ping(passedLength), pings);
  street.ping(markedLength);
  const summary = await stop(program);
  assert.deepEqual(icmp(summary), { received: pings, sent: pings });
  assert.ok((await theirs.packets()) >= 2 * pings);
  assert.deepEqual(street.theirIds, [theirs.programId]);
  street.removeNeighbours();
});

test('a foreign tcx program that redirects on egress: we are before it, and it goes on', async (t) => {
  if (!needsTcx(t)) return;
  const [index] = street.pair.left.ip('-o', 'link', 'show', 'lo').split(':');
  const theirs = await street.attach('tcx-egress', 'redirect', index!, `${markedLength + headers}`);
  const summary = await street.staysWhileWeRun(async () => {
    assert.equal(street.ping(passedLength), pings);
    assert.equal(street.ping(markedLength), 0, 'what it redirects never comes back');
  });
  assert.deepEqual(icmp(summary), { received: 2 * pings, sent: 2 * pings });
  assert.ok((await theirs.packets()) >= 2 * pings);
  street.removeNeighbours();
});

test('foreign tcx programs that accept, as those of Cilium do, hide nothing from us', async (t) => {
  if (!needsTcx(t)) return;
  const ingress = await street.attach('tcx-ingress', 'accept');
  const egress = await street.attach('tcx-egress', 'accept');
  const summary = await street.staysWhileWeRun(async () =>
    assert.equal(street.ping(passedLength), pings),
  );
  assert.deepEqual(icmp(summary), { received: pings, sent: pings });
  assert.ok((await ingress.packets()) >= pings);
  assert.ok((await egress.packets()) >= pings);
  street.removeNeighbours();
});

test('several foreign tcx programs keep their order around us', async (t) => {
  if (!needsTcx(t)) return;
  const ids: number[] = [];
  for (const hook of ['tcx-ingress', 'tcx-ingress', 'tcx-egress', 'tcx-egress'] as const) {
    ids.push((await street.attach(hook, 'pass')).programId);
  }
  assert.deepEqual(street.theirIds, ids);
  await street.staysWhileWeRun(async () => assert.equal(street.ping(passedLength), pings));
  street.removeNeighbours();
});

test('a foreign XDP program by link keeps the hook; we read behind it and say so', async () => {
  const theirs = await street.attach('xdp', 'drop', `${markedLength + headers}`);
  const before = street.theirIds;
  assert.deepEqual(before, [theirs.programId]);
  for (const option of ['auto', 'xdp', 'xdp-generic']) {
    const program = await street.startOurs('--ingress', option);
    const [start] = program.lines;
    assert.match(start!['interfaces'][0].ingress.hook, /^(tcx|clsact)$/, option);
    if (option !== 'auto') {
      assert.match(start!['interfaces'][0].ingress.reason, /another XDP program/);
    }
    assert.deepEqual(street.theirIds, before, option);
    assert.equal(street.ping(passedLength), pings);
    street.ping(markedLength);
    const summary = await stop(program);
    assert.equal(icmp(summary).sent, pings, option);
    assert.equal(icmp(summary).received, pings, `${option}: what XDP drops never comes to TC`);
  }
  assert.deepEqual(street.theirIds, before);
  street.removeNeighbours();
});

test('foreign clsact filters and their qdisc stay as they are listed', async () => {
  const device = street.pair.leftInterface;
  const tc = (...args: string[]): string => {
    const result = street.pair.left.run('tc', ...args);
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
  const program = await street.startOurs();
  assert.equal(street.ping(passedLength), pings);
  const summary = await stop(program);
  assert.deepEqual(
    icmp(summary),
    { received: pings, sent: pings },
    'filters that accept hide nothing',
  );
  assert.equal(listing(), before, 'after our end');
  const killed = await street.startOurs();
  killed.child.kill('SIGKILL');
  await killed.exit(patienceMs);
  const again = await street.startOurs();
  await stop(again);
  assert.equal(listing(), before, 'after kill -9 and another run');
  assert.match(tc('qdisc', 'show', 'dev', device), /clsact/, 'a qdisc that is not ours stays');
  tc('qdisc', 'del', 'dev', device, 'clsact');
});

test("direct-action filters that accept at priority 1, Cilium's way: we count all, they stay", async () => {
  const folder = mkdtempSync(join(tmpdir(), 'knp-clsact-'));
  const object = join(folder, 'accept.bpf.o');
  const source = `__attribute__((section("tc"), used)) int cil_accept(void *packet) { return 0; }
char LICENSE[] __attribute__((section("license"), used)) = "GPL";
`;
  writeFileSync(object, compileObject(source));
  const device = street.pair.leftInterface;
  const tc = (...args: string[]): void => {
    const result = street.pair.left.run('tc', ...args);
    assert.equal(result.status, 0, `tc ${args.join(' ')}: ${result.stderr}`);
  };
  tc('qdisc', 'add', 'dev', device, 'clsact');
  for (const side of ['ingress', 'egress']) {
    const filter = ['filter', 'add', 'dev', device, side, 'protocol', 'all', 'pref', '1'];
    tc(...filter, 'handle', '1', 'bpf', 'da', 'object-file', object, 'section', 'tc');
  }
  assert.equal(street.theirIds.length, 2);
  const summary = await street.staysWhileWeRun(async () => {
    assert.equal(street.ping(passedLength), pings);
  });
  assert.deepEqual(icmp(summary), { received: pings, sent: pings });
  const again = await street.startOurs();
  await stop(again);
  assert.deepEqual(street.ourIds, [], 'the next run has cleaned up after the killed one');
  assert.equal(street.theirIds.length, 2);
  tc('qdisc', 'del', 'dev', device, 'clsact');
  rmSync(folder, { recursive: true });
});

test('two of us on one interface both count all', async () => {
  const first = await street.startOurs();
  const second = await street.startOurs();
  assert.equal(street.ping(passedLength), pings);
  const summaries = [await stop(first), await stop(second)];
  for (const summary of summaries)
    assert.deepEqual(icmp(summary), { received: pings, sent: pings });
  assert.deepEqual(
    listHooks(street.pair.left, street.pair.leftInterface).programs,
    [],
    'nothing is left',
  );
});

test('a run that is killed leaves nothing that the next one does not remove, and a living one is left alone', async () => {
  const living = await street.startOurs();
  const killed = await street.startOurs();
  killed.child.kill('SIGKILL');
  await killed.exit(patienceMs);
  const third = await street.startOurs();
  assert.equal(street.ping(passedLength), pings);
  assert.deepEqual(icmp(await stop(third)), { received: pings, sent: pings });
  assert.deepEqual(icmp(await stop(living)), { received: pings, sent: pings });
  assert.deepEqual(listHooks(street.pair.left, street.pair.leftInterface).programs, []);
  const qdisc = street.pair.left.run(
    'tc',
    'qdisc',
    'show',
    'dev',
    street.pair.leftInterface,
  ).stdout;
  assert.doesNotMatch(qdisc, /clsact/, 'a qdisc that we made goes with the last of us');
});

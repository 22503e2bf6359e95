// Somebody else's XDP program that hangs on no link: attached by netlink (ip, bpftool) or behind libxdp's dispatcher. Needs root.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, type TestContext, test } from 'node:test';
import { compileObject } from '../support/compile-object.js';
import {
  headers,
  icmp,
  markedLength,
  Neighbourhood,
  passedLength,
  pings,
  stop,
} from '../support/neighbourhood.js';

let street: Neighbourhood;
let folder: string;
let object: string;

/** Drops frames of one length, by which its work is seen from outside; the map is what libxdp reads of a program. */
const source = `#include <linux/bpf.h>
__attribute__((section("xdp"), used)) int neighbour_xdp(struct xdp_md *context)
{
	return context->data_end - context->data == ${markedLength + headers} ? XDP_DROP : XDP_PASS;
}
char LICENSE[] __attribute__((section("license"), used)) = "GPL";
`;

before(() => {
  street = new Neighbourhood('nx');
  folder = mkdtempSync(join(tmpdir(), 'knp-xdp-'));
  object = join(folder, 'neighbour.bpf.o');
  writeFileSync(object, compileObject(source));
});

afterEach(() => {
  const device = street.pair.leftInterface;
  street.pair.left.run('xdp-loader', 'unload', device, '--all');
  for (const mode of ['xdpdrv', 'xdpgeneric']) {
    street.pair.left.run('ip', 'link', 'set', 'dev', device, mode, 'off');
  }
});

after(() => {
  street.remove();
  rmSync(folder, { recursive: true, force: true });
});

function left(...command: [string, ...string[]]): string {
  const result = street.pair.left.run(...command);
  assert.equal(result.status, 0, `${command.join(' ')}: ${result.stderr}`);
  return result.stdout;
}

/** What `ip` says of the hook: mode and program. */
const listed = (): string =>
  left('ip', 'link', 'show', street.pair.leftInterface)
    .match(/xdp\S* (?=qdisc)|prog\/xdp id \d+.*/g)
    ?.join(' ') ?? 'no XDP';

const drops = (): boolean => street.ping(markedLength) === 0;

/** Theirs is in place and at work before, while and after ours runs, whatever was asked of ours. */
async function leavesInPeace(): Promise<void> {
  const before = listed();
  assert.match(before, /prog\/xdp id/);
  assert.ok(drops());
  const summary = await street.staysWhileWeRun(async (program) => {
    const { ingress } = program.lines[0]!['interfaces'][0];
    assert.match(ingress.hook, /^(tcx|clsact)$/, 'behind theirs');
    assert.equal(street.ping(passedLength), pings);
    assert.ok(drops(), 'theirs goes on while we run');
    assert.equal(listed(), before);
  });
  assert.deepEqual(icmp(summary), { received: pings, sent: pings }, 'what it drops we do not see');
  assert.equal(listed(), before, 'at the end');
  assert.ok(drops(), 'and at work');
}

for (const mode of ['xdpdrv', 'xdpgeneric']) {
  test(`${mode}, attached by ip over netlink: stays in place and at work`, async () => {
    const device = street.pair.leftInterface;
    left('ip', 'link', 'set', 'dev', device, mode, 'obj', object, 'sec', 'xdp');
    await leavesInPeace();
  });
}

test('who asks for XDP is read behind theirs, and told so', async () => {
  const device = street.pair.leftInterface;
  left('ip', 'link', 'set', 'dev', device, 'xdpgeneric', 'obj', object, 'sec', 'xdp');
  const before = listed();
  for (const option of ['xdp', 'xdp-generic']) {
    const program = await street.startOurs('--ingress', option);
    const [start] = program.lines;
    assert.match(start!['interfaces'][0].ingress.reason, /another XDP program/, option);
    assert.equal(listed(), before, option);
    await stop(program);
  }
  assert.ok(drops());
});

test('attached by bpftool net: stays in place and at work', async () => {
  const theirs = await street.attach('xdp-unattached', 'drop', `${markedLength + headers}`);
  const device = street.pair.leftInterface;
  left('bpftool', 'net', 'attach', 'xdpgeneric', 'id', `${theirs.programId}`, 'dev', device);
  await leavesInPeace();
  assert.ok((await theirs.packets()) > 0, 'it counts by itself');
  left('bpftool', 'net', 'detach', 'xdpgeneric', 'dev', device);
  street.removeNeighbours();
});

function hasLoader(t: TestContext): boolean {
  // nsenter's status for a command that isn't there.
  if (street.pair.left.run('xdp-loader', 'help').status !== 127) return true;
  t.skip('there is no xdp-loader (xdp-tools) here');
  return false;
}

test("behind libxdp's dispatcher: dispatcher and program stay in place and at work", async (t) => {
  if (!hasLoader(t)) return;
  left('xdp-loader', 'load', '-m', 'native', '-s', 'xdp', street.pair.leftInterface, object);
  const status = (): string => left('xdp-loader', 'status', street.pair.leftInterface);
  const before = status();
  assert.match(before, /neighbour_xdp/);
  // Where the kernel refuses programs that replace functions, libxdp attaches without a dispatcher, by netlink.
  t.diagnostic(/xdp_dispatcher/.test(before) ? 'with a dispatcher' : 'without a dispatcher');
  await leavesInPeace();
  assert.equal(status(), before);
});

test('a second program comes to the dispatcher while we run', async (t) => {
  if (!hasLoader(t)) return;
  const device = street.pair.leftInterface;
  const load = () => street.pair.left.run('xdp-loader', 'load', '-s', 'xdp', device, object);
  assert.equal(load().status, 0);
  const program = await street.startOurs();
  const second = load();
  if (second.status !== 0) {
    t.diagnostic(`no second program here: ${second.stderr.trim().split('\n').at(-1)}`);
  }
  assert.equal(street.ping(passedLength), pings);
  assert.ok(drops());
  assert.deepEqual(icmp(await stop(program)), { received: pings, sent: pings });
  assert.match(left('xdp-loader', 'status', device), /neighbour_xdp/);
});

// Every kind of device that this kernel can make: attached, counting, and left as it was. Needs root.
import assert from 'node:assert/strict';
import { after, before, type TestContext, test } from 'node:test';
import { listHooks } from '../support/hooked-programs.js';
import { makePair, type Pair } from '../support/namespaces.js';
import { startProgram } from '../support/program.js';

let pair: Pair;
const pings = 5;

before(() => {
  pair = makePair('dv');
});

after(() => pair.remove());

interface Device {
  readonly kind: string;
  /** `ip …` commands on the left and the right side; %L and %R are the addresses of the veth below. */
  readonly left: readonly string[];
  readonly right: readonly string[];
}

const subnet = 20;
const over = (kind: string, words: string, extra: readonly string[] = []): Device => {
  const side = (address: number, local: string, remote: string): string[] => [
    `link add dev0 ${words.replace('%l', local).replace('%r', remote)}`,
    ...extra,
    `addr add 10.${subnet}.0.${address}/24 dev dev0`,
    'link set dev0 up',
  ];
  return { kind, left: side(1, '%L', '%R'), right: side(2, '%R', '%L') };
};

const devices: readonly Device[] = [
  over('vlan', 'link veth0 type vlan id 7'),
  over('macvlan', 'link veth0 type macvlan mode bridge'),
  over('ipvlan', 'link veth0 type ipvlan mode l2'),
  over('vxlan', 'type vxlan id 42 local %l remote %r dstport 4789'),
  over('geneve', 'type geneve id 42 remote %r'),
  over('gre', 'type gre local %l remote %r'),
  over('gretap', 'type gretap local %l remote %r'),
  over('ipip', 'type ipip local %l remote %r'),
  {
    kind: 'bridge',
    left: [
      'link add dev0 type bridge',
      `addr add 10.${subnet}.0.1/24 dev dev0`,
      'link set port0 master dev0',
      'link set dev0 up',
      'link set port0 up',
    ],
    right: [`addr add 10.${subnet}.0.2/24 dev peer0`, 'link set peer0 up'],
  },
  {
    kind: 'bond',
    left: [
      'link add dev0 type bond mode active-backup miimon 100',
      'link set port0 down',
      'link set port0 master dev0',
      `addr add 10.${subnet}.0.1/24 dev dev0`,
      'link set dev0 up',
    ],
    right: [`addr add 10.${subnet}.0.2/24 dev peer0`, 'link set peer0 up'],
  },
];

/** A second veth for those that want a port of their own; one that both sides have goes with the namespace's device. */
function addPort(): void {
  pair.left.ip(
    'link',
    'add',
    'port0',
    'type',
    'veth',
    'peer',
    'name',
    'peer0',
    'netns',
    pair.right.name,
  );
}

function configure(t: TestContext, device: Device): boolean {
  const fill = (line: string) =>
    line.replace('%L', pair.leftAddress).replace('%R', pair.rightAddress).split(' ');
  if (device.left.some((line) => line.includes('port0'))) addPort();
  try {
    pair.left.ip(...fill(device.left[0]!));
  } catch (error) {
    t.skip(`this kernel has no ${device.kind}: ${(error as Error).message.split('\n')[1] ?? ''}`);
    return false;
  }
  for (const line of device.left.slice(1)) pair.left.ip(...fill(line));
  for (const line of device.right) pair.right.ip(...fill(line));
  return true;
}

function dismantle(): void {
  for (const [side, names] of [
    [pair.left, ['dev0', 'port0']],
    [pair.right, ['dev0', 'peer0']],
  ] as const) {
    for (const name of names) side.run('ip', 'link', 'del', name);
  }
}

for (const device of devices) {
  test(`${device.kind}: counts what it carries, and nothing stays on it`, async (t) => {
    try {
      if (!configure(t, device)) return;
      const target = `10.${subnet}.0.1`;
      // Neighbours learn each other, and a bond its carrier, before the count begins.
      pair.right.run('ping', '-q', '-c', '20', '-i', '0.1', '-w', '5', target);
      const program = startProgram(['dev0', '--json', '--interval', '0.2'], {
        namespace: pair.left,
      });
      await program.waitFor('start', (line) => line['type'] === 'start', 60_000);
      const result = pair.right.run('ping', '-q', '-c', `${pings}`, '-i', '0.05', target);
      assert.match(result.stdout, new RegExp(`${pings} received`), result.stdout);
      program.child.kill('SIGTERM');
      assert.equal((await program.exit(60_000)).status, 0, program.stderr);
      const row = program.summary['protocols'].find(
        (one: { protocol: string }) => one.protocol === 'ICMP',
      );
      assert.deepEqual([row.received.packets, row.sent.packets], [pings, pings]);
      assert.deepEqual(listHooks(pair.left, 'dev0').programs, []);
    } finally {
      dismantle();
    }
  });
}

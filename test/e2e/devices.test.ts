// Every kind of device that this kernel can make: attached, counting, and left as it was. Needs root.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import { compiledTool } from '../support/compiled-tool.js';
import { listHooks } from '../support/hooked-programs.js';
import { makePair, type Namespace, type Pair } from '../support/namespaces.js';
import { startProgram } from '../support/program.js';

let pair: Pair;
let folder: string;
const pings = 5;
const tunEchoTool = () => compiledTool('tun-echo');

before(() => {
  // Its device file comes with the module, which `ip` alone doesn't load.
  spawnSync('modprobe', ['tun']);
  tunEchoTool();
  pair = makePair('dv');
  // Else a macvlan's parent answers ARP for it too, and, when its answer comes last, gets its frames.
  for (const side of [pair.left, pair.right])
    through(side, 'sysctl', '-qw', 'net.ipv4.conf.all.arp_ignore=1');
  folder = mkdtempSync(join(tmpdir(), 'knp-devices-'));
});

after(() => {
  pair.remove();
  rmSync(folder, { recursive: true, force: true });
});

interface Device {
  readonly kind: string;
  /** `ip …` commands on the left and the right side; %L and %R are the addresses of the veth below. */
  readonly left: readonly string[];
  readonly right: readonly string[];
  /** Further commands on the left, each a list of words; false: a tool is missing. */
  readonly prepare?: () => boolean;
  /** Who pings whom, and what the device must have counted of it; else the right pings the device's address, and is answered. */
  readonly ping?: {
    readonly from: 'left' | 'right';
    readonly target: string;
    readonly received: number;
    readonly sent: number;
    readonly answered: boolean;
  };
}

const subnet = 20;
const usualPing = {
  from: 'right',
  target: `10.${subnet}.0.1`,
  received: pings,
  sent: pings,
  answered: true,
} as const;
const over = (kind: string, words: string, extra: readonly string[] = []): Device => {
  const side = (address: number, local: string, remote: string): string[] => [
    `link add dev0 ${words.replace('%l', local).replace('%r', remote)}`,
    ...extra,
    `addr add 10.${subnet}.0.${address}/24 dev dev0`,
    'link set dev0 up',
  ];
  return { kind, left: side(1, '%L', '%R'), right: side(2, '%R', '%L') };
};

function through(side: Namespace, ...command: [string, ...string[]]): void {
  const result = side.run(...command);
  assert.equal(result.status, 0, `${command.join(' ')}: ${result.stderr}`);
}

/** Both ends know each other's key; false where there is no wg. */
function exchangeKeys(): boolean {
  const ends = [
    { side: pair.left, remote: pair.rightAddress, key: join(folder, 'left.key') },
    { side: pair.right, remote: pair.leftAddress, key: join(folder, 'right.key') },
  ] as const;
  const publicKeys = ends.map(({ key }) => {
    const made = spawnSync('wg', ['genkey'], { encoding: 'utf8' });
    if (made.status !== 0) return '';
    writeFileSync(key, made.stdout, { mode: 0o600 });
    return spawnSync('wg', ['pubkey'], { input: made.stdout, encoding: 'utf8' }).stdout.trim();
  });
  if (publicKeys.includes('')) return false;
  for (const [index, { side, remote, key }] of ends.entries()) {
    const other = publicKeys[1 - index]!;
    const peer = [
      'peer',
      other,
      'allowed-ips',
      `10.${subnet}.0.0/24`,
      'endpoint',
      `${remote}:51820`,
    ];
    through(side, 'wg', 'set', 'dev0', 'listen-port', '51820', 'private-key', key, ...peer);
  }
  return true;
}

/** All that comes in on the veth goes through the device first, as for shaping. */
function redirectToDevice(): boolean {
  const device = ['filter', 'add', 'dev', pair.leftInterface, 'ingress', 'protocol', 'all'];
  const everything = ['u32', 'match', 'u32', '0', '0'];
  const tc = (...words: string[]) => pair.left.run('tc', ...words);
  if (tc('qdisc', 'add', 'dev', pair.leftInterface, 'clsact').status !== 0) return false;
  const action = ['action', 'mirred', 'egress', 'redirect', 'dev', 'dev0'];
  return tc(...device, ...everything, ...action).status === 0;
}

const devices: readonly Device[] = [
  over('vlan', 'link veth0 type vlan id 7'),
  over('macvlan', 'link veth0 type macvlan mode bridge'),
  over('ipvlan', 'link veth0 type ipvlan mode l2'),
  over('vxlan', 'type vxlan id 42 local %l remote %r dstport 4789'),
  over('geneve', 'type geneve id 42 remote %r'),
  over('gre', 'type gre local %l remote %r'),
  over('gretap', 'type gretap local %l remote %r'),
  over('ipip', 'type ipip local %l remote %r'),
  { ...over('wireguard', 'type wireguard'), prepare: exchangeKeys },
  {
    kind: 'tun',
    left: ['tuntap add dev0 mode tun', `addr add 10.${subnet}.0.1/24 dev dev0`, 'link set dev0 up'],
    right: [],
    prepare: () => {
      pair.left.start(tunEchoTool(), 'dev0');
      return true;
    },
    ping: {
      ...{ from: 'left', target: `10.${subnet}.0.2` },
      ...{ received: pings, sent: pings },
      answered: true,
    },
  },
  {
    kind: 'ifb',
    left: ['link add dev0 type ifb', 'link set dev0 up'],
    right: [],
    prepare: redirectToDevice,
    ping: {
      ...{ from: 'right', target: '10.77.0.1' },
      ...{ received: 0, sent: pings },
      answered: true,
    },
  },
  {
    kind: 'dummy',
    left: ['link add dev0 type dummy', `addr add 10.${subnet}.0.1/24 dev dev0`, 'link set dev0 up'],
    right: [],
    ping: {
      ...{ from: 'left', target: `10.${subnet}.0.2` },
      ...{ received: 0, sent: pings },
      answered: false,
    },
  },
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
  if (device.prepare?.() === false) {
    t.skip(`this machine has no tool for ${device.kind}`);
    return false;
  }
  return true;
}

function dismantle(): void {
  pair.left.run('tc', 'qdisc', 'del', 'dev', pair.leftInterface, 'clsact');
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
      const { from, target, answered, ...counted } = device.ping ?? usualPing;
      const side = pair[from];
      // Neighbours learn each other, and a bond its carrier, before the count begins.
      if (answered) side.run('ping', '-q', '-c', '20', '-i', '0.1', '-w', '5', target);
      const program = startProgram(['dev0', '--json', '--interval', '0.2'], {
        namespace: pair.left,
      });
      await program.waitFor('start', (line) => line['type'] === 'start', 60_000);
      const result = side.run('ping', '-q', '-c', `${pings}`, '-i', '0.05', '-W', '1', target);
      assert.match(result.stdout, new RegExp(`${answered ? pings : 0} received`), result.stdout);
      await program.counted();
      program.child.kill('SIGTERM');
      assert.equal((await program.exit(60_000)).status, 0, program.stderr);
      const row = program.summary['protocols'].find(
        (one: { protocol: string }) => one.protocol === 'ICMP',
      );
      const { received, sent } = row;
      assert.deepEqual({ received: received.packets, sent: sent.packets }, counted);
      assert.deepEqual(listHooks(pair.left, 'dev0').programs, []);
    } finally {
      dismantle();
    }
  });
}

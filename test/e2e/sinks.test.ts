// Several ways out in one run: NDJSON in a file beside the screen or a table, daemons, readers that stall, full disks, rights. Needs root.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import {
  chownSync,
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { classicCapture } from '../support/capture-writer.js';
import { listHooks } from '../support/hooked-programs.js';
import { makePair, type Pair, run } from '../support/namespaces.js';
import { ethernet, etherType, filler, ipProtocol, ipv4, udp } from '../support/packet-builder.js';
import { type Line, patience, programPath } from '../support/program.js';
import { Terminal } from '../support/terminal.js';

let pair: Pair;
let folder: string;
let file: string;
let terminal: Terminal | null = null;

before(() => {
  pair = makePair('sk');
});
after(() => pair.remove());
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'knp-sinks-'));
  file = join(folder, 'run.ndjson');
});
afterEach(() => {
  terminal?.close();
  terminal = null;
  rmSync(folder, { recursive: true, force: true });
});

const textOf = (path: string): string => (existsSync(path) ? readFileSync(path, 'utf8') : '');

/** Whole lines; one that is still being written is left out. */
function linesOf(text: string): Line[] {
  const lines = text.split('\n');
  lines.pop();
  return lines.map((line) => JSON.parse(line) as Line);
}

async function until(what: string, isSo: () => boolean, limitMs = 60_000): Promise<void> {
  const endMs = Date.now() + limitMs * patience;
  while (!isSo()) {
    assert.ok(Date.now() < endMs, `not within ${limitMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const ticksIn = (path: string): Line[] =>
  linesOf(textOf(path)).filter((line) => line['type'] === 'tick');

/** Datagrams to so many ports: as many flows. */
function sendDatagrams(ports: number): void {
  const script = `const s = require('node:dgram').createSocket('udp4');
let port = 20000;
const next = () => (port < 20000 + ${ports} ? s.send(Buffer.alloc(100), port++, '${pair.leftAddress}', next) : s.close());
next();`;
  const { status, stderr } = pair.right.run(process.execPath, '-e', script);
  assert.equal(status, 0, stderr);
}

interface Daemon {
  readonly pid: number;
  stderr: string;
  readonly exit: Promise<number | null>;
  kill(signal: NodeJS.Signals): void;
}

/** Without terminal, stdin and stdout; ended at the latest with the namespace. */
function startDaemon(args: readonly string[], env: NodeJS.ProcessEnv = process.env): Daemon {
  const [command, argv] = pair.left.command(
    process.execPath,
    programPath,
    pair.leftInterface,
    ...args,
  );
  const child = spawn(command, argv, { stdio: ['ignore', 'ignore', 'pipe'], detached: true, env });
  const daemon: Daemon = {
    pid: child.pid!,
    stderr: '',
    exit: new Promise((resolve) => child.once('close', (status) => resolve(status))),
    kill: (signal) => void child.kill(signal),
  };
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    daemon.stderr += text;
  });
  return daemon;
}

const noHooks = (): void => assert.deepEqual(listHooks(pair.left, pair.leftInterface).programs, []);

test('--json=FILE beside the screen: each has its own filter, and q writes the summary', async () => {
  const [command, argv] = pair.left.command(
    process.execPath,
    programPath,
    pair.leftInterface,
    `--json=${file}`,
    '--filter',
    'udp',
    '--interval',
    '0.3',
  );
  terminal = new Terminal(command, argv, { columns: 120, rows: 30 });
  const screen = terminal;
  await screen.until('the screen', (text) => /veth0 .*up \d+s/.test(text), 40_000);
  sendDatagrams(3);
  pair.right.run('ping', '-q', '-c', '2', '-i', '0.2', pair.leftAddress);
  screen.type('/\x15icmp\r');
  await screen.until('pings only', (text) => text.includes('ICMP') && !text.includes(':20001'));
  const seen = ticksIn(file).length;
  await until('ticks after the new filter', () => ticksIn(file).length > seen + 2);
  screen.type('q');
  assert.equal((await screen.exit()).status, 0);
  const lines = linesOf(readFileSync(file, 'utf8'));
  assert.equal(lines[0]!['type'], 'start');
  assert.equal(lines.at(-1)!['type'], 'summary');
  for (const line of [...ticksIn(file).slice(-3), lines.at(-1)!]) {
    assert.ok(line['flows'].length >= 3);
    for (const flow of line['flows']) assert.equal(flow.protocol, 'UDP');
  }
  noHooks();
});

test('a daemon runs until SIGTERM, is appended to, and ends with the summary; SIGHUP ends it, too', async () => {
  writeFileSync(file, '{"type":"before"}\n');
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) {
    const before = ticksIn(file).length;
    const daemon = startDaemon([`--json=${file}`, '--interval', '0.2']);
    await until('three ticks', () => ticksIn(file).length >= before + 3);
    pair.right.run('ping', '-q', '-c', '1', pair.leftAddress);
    daemon.kill(signal);
    assert.equal(await daemon.exit, 0, daemon.stderr);
    assert.equal(daemon.stderr, '');
    const last = linesOf(readFileSync(file, 'utf8')).at(-1)!;
    assert.equal(last['type'], 'summary');
    assert.ok(last['interfaces'][0].received.packets > 0);
    noHooks();
  }
  const lines = linesOf(readFileSync(file, 'utf8'));
  assert.equal(lines[0]!['type'], 'before');
  assert.equal(lines.filter((line) => line['type'] === 'summary').length, 2);
});

test('a file that is truncated while it is written (copytruncate) goes on at its start', async () => {
  const daemon = startDaemon([`--json=${file}`, '--interval', '0.2']);
  await until('two ticks', () => ticksIn(file).length >= 2);
  truncateSync(file, 0);
  await until('two more', () => ticksIn(file).length >= 2);
  daemon.kill('SIGTERM');
  assert.equal(await daemon.exit, 0, daemon.stderr);
  assert.doesNotMatch(readFileSync(file, 'utf8'), /\0/);
});

test('a table and a file over a capture: both are whole', () => {
  const capture = join(folder, 'three.pcap');
  const packets = [1, 2, 3].map((host) => ({
    timeUs: 1_000_000 * host,
    bytes: ethernet(
      etherType.ipv4,
      ipv4(ipProtocol.udp, udp(5000, 53, filler(100)), {
        source: `10.9.0.${host}`,
        destination: '10.9.0.99',
      }),
    ),
  }));
  writeFileSync(capture, classicCapture(packets));
  const result = pair.left.run(
    process.execPath,
    programPath,
    ...['--pcap', capture, '--once', `--json=${file}`],
  );
  assert.equal(result.status, 0, result.stderr);
  assert.match(result.stdout, /3 of 3 flows/);
  const lines = linesOf(readFileSync(file, 'utf8'));
  assert.deepEqual(
    lines.map((line) => line['type']).filter((type) => type !== 'programs'),
    ['start', 'tick', 'tick', 'tick', 'summary'],
  );
});

test('a reader that stalls delays nobody: its ticks are skipped and counted, the table comes in time', async () => {
  run('mkfifo', file);
  const reader = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  sendDatagrams(60);
  const [command, argv] = pair.left.command(
    process.execPath,
    programPath,
    pair.leftInterface,
    ...['--once', '--count', '30', '--interval', '0.2', `--json=${file}`],
  );
  const child = spawn(command, argv, { stdio: ['ignore', 'pipe', 'pipe'] });
  let table = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    table += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const exit = new Promise((resolve) => child.once('close', resolve));
  let text = '';
  const buffer = Buffer.alloc(1 << 20);
  const read = (): void => {
    for (;;) {
      try {
        const length = readSync(reader, buffer);
        if (length === 0) return;
        text += buffer.toString('utf8', 0, length);
      } catch (error) {
        assert.equal((error as NodeJS.ErrnoException).code, 'EAGAIN');
        return;
      }
    }
  };
  await until('start', () => {
    read();
    return text.includes('"type":"start"');
  });
  // Flows of which a line has twenty kilobytes: the pipe is full after some ticks.
  sendDatagrams(60);
  await until('the table', () => /of 6\d flows/.test(table));
  const reading = setInterval(read, 20);
  assert.equal(await exit, 0, stderr);
  clearInterval(reading);
  read();
  closeSync(reader);
  const lines = linesOf(text);
  const summary = lines.at(-1)!;
  assert.equal(summary['type'], 'summary');
  const ticks = lines.filter((line) => line['type'] === 'tick');
  assert.ok(summary['ticksSkipped'] > 0);
  assert.equal(ticks.length + summary['ticksSkipped'], 30);
});

test('a disk that is full costs lines, not the run: counted, said once, and it goes on when there is room', async () => {
  const disk = join(folder, 'disk');
  mkdirSync(disk);
  run('mount', '-t', 'tmpfs', '-o', 'size=64k', 'none', disk);
  try {
    file = join(disk, 'run.ndjson');
    writeFileSync(join(disk, 'filler'), Buffer.alloc(48 << 10));
    const daemon = startDaemon([`--json=${file}`, '--interval', '0.1']);
    await until('the warning', () => daemon.stderr.includes('no space left'));
    assert.ok(ticksIn(file).length > 0);
    rmSync(join(disk, 'filler'));
    await until('lines after it', () => ticksIn(file).some((line) => line['ticksSkipped'] > 0));
    daemon.kill('SIGTERM');
    assert.equal(await daemon.exit, 0, daemon.stderr);
    assert.equal(daemon.stderr.match(/lines are left out/g)?.length, 1, daemon.stderr);
    const lines = linesOf(readFileSync(file, 'utf8'));
    assert.equal(lines.at(-1)!['type'], 'summary');
    assert.match(JSON.stringify(lines.at(-1)!['consumers']), /--json=.*"ticksSkipped":[1-9]/);
  } finally {
    run('umount', disk);
  }
});

test('under sudo the file is the invoking user’s, and a place that is not theirs is refused with 3', async () => {
  const env = { ...process.env, SUDO_UID: '1234', SUDO_GID: '1234' };
  const refused = startDaemon([`--json=${file}`], env);
  assert.equal(await refused.exit, 3, refused.stderr);
  assert.match(refused.stderr, /rights of user 1234/);
  assert.equal(existsSync(file), false);
  chownSync(folder, 1234, 1234);
  const daemon = startDaemon([`--json=${file}`, '--interval', '0.2'], env);
  await until('ticks', () => ticksIn(file).length >= 2);
  daemon.kill('SIGTERM');
  assert.equal(await daemon.exit, 0, daemon.stderr);
  const { uid, gid } = statSync(file);
  assert.deepEqual([uid, gid], [1234, 1234]);
  assert.equal(linesOf(readFileSync(file, 'utf8'))[0]!['privileges'].user, 1234);
});

for (const [what, path] of [
  ['no such folder', 'missing/run.ndjson'],
  ['a folder', '.'],
] as const) {
  test(`${what} is refused with 5, before the screen is touched`, async () => {
    const [command, argv] = pair.left.command(
      process.execPath,
      programPath,
      pair.leftInterface,
      `--json=${join(folder, path)}`,
    );
    terminal = new Terminal(command, argv);
    assert.equal((await terminal.exit(40_000)).status, 5);
    assert.ok(!terminal.received.includes('\x1b[?1049h'));
    assert.match(terminal.received, /cannot write to/);
    noHooks();
  });
}

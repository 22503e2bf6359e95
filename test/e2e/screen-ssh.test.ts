// The real program at the far end of an SSH session: screen, keys, the way out; and a link that dies leaves nothing behind.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, it } from 'node:test';
import { listHooks } from '../support/hooked-programs.js';
import { makePair, type Pair } from '../support/namespaces.js';
import { programPath } from '../support/program.js';
import { SshSessions } from '../support/ssh-sessions.js';
import { Terminal } from '../support/terminal.js';

let pair: Pair;
let server: SshSessions;
let terminal: Terminal | null = null;

before(async () => {
  pair = makePair('ssh');
  server = await SshSessions.start(pair.left);
});
after(() => {
  server.stop();
  pair.remove();
});
afterEach(() => terminal?.close());

const processFile = (): string => join(server.folder, 'process');

/** The shell becomes the program, so that its number is the program's. */
const connect = (): Terminal => {
  const program = `'${process.execPath}' '${programPath}' ${pair.leftInterface}`;
  const line = `echo $$ > '${processFile()}'; export LANG=C.UTF-8; exec ${program}`;
  const [file, args] = server.command(line);
  terminal = new Terminal(file, args, { columns: 120, rows: 40 });
  return terminal;
};

const running = (screen: Terminal): Promise<void> =>
  screen.until('screen with uptime', (text) => /veth0 .*up \d+s/.test(text), 60_000);

const programGone = async (): Promise<void> => {
  const processId = readFileSync(processFile(), 'utf8').trim();
  const limit = performance.now() + 30_000;
  while (existsSync(`/proc/${processId}`)) {
    assert.ok(performance.now() < limit, `process ${processId} is still there`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
};

const nothingAttached = (): void =>
  assert.deepEqual(listHooks(pair.left, pair.leftInterface).programs, []);

it('shows the screen, obeys keys, follows a resize, and q gives the terminal back', async () => {
  const screen = connect();
  await running(screen);
  pair.right.run('ping', '-q', '-c', '3', '-i', '0.2', '10.77.0.1');
  await screen.until('flow', (text) => /10\.77\.0\.2 +. 10\.77\.0\.1 +ICMP/.test(text));
  screen.type('?');
  await screen.until('help', (text) => text.includes('Filter language'));
  screen.type('\x1b');
  await screen.until('no help', (text) => !text.includes('Filter language'));
  screen.resize(80, 24);
  await screen.until('a narrow screen', (text) => /lost 0$/m.test(text));
  screen.type('q');
  assert.equal((await screen.exit()).status, 0);
  assert.equal(screen.onAlternateScreen, false);
  assert.ok(screen.received.slice(-200).includes('\x1b[?25h'));
  await programGone();
  nothingAttached();
});

it('ends when the client is killed, and leaves nothing', async () => {
  const screen = connect();
  await running(screen);
  screen.kill('SIGKILL');
  await programGone();
  nothingAttached();
});

it('ends when the link dies while nobody reads, and leaves nothing', async () => {
  const screen = connect();
  await running(screen);
  // The client stops reading: window and buffers fill, as with a link that hangs.
  screen.kill('SIGSTOP');
  const flood = 'const s = require("node:dgram").createSocket("udp4"); let n = 0;\n'.concat(
    'const next = () => (n++ < 4000 ? s.send(Buffer.alloc(200), 2000 + n, "10.77.0.1", next) : s.close()); next();',
  );
  pair.right.run(process.execPath, '-e', flood);
  const sessions = server.serving();
  assert.ok(sessions.length > 0, 'sshd serves the connection');
  for (const session of sessions) process.kill(session, 'SIGKILL');
  await programGone();
  nothingAttached();
});

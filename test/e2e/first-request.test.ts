// One request of 15 KB, live over veth: in one buffer of ten segments and in writes of 50 bytes it raises the same alerts.
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { Watch } from '../support/live-detection.js';
import { makePair, type Pair } from '../support/namespaces.js';
import type { Line } from '../support/program.js';

/** No port of dialogues, where small packets are reported for longer. */
const PORT = 9443;
const server = '10.77.0.2';
const ALERT_MS = 20_000;

let pair: Pair;
let watch: Watch;

before(() => {
  pair = makePair('fr');
  watch = new Watch(pair.right);
  const program = `require('net').createServer((socket) => {
    let had = 0;
    socket.on('data', (bytes) => { had += bytes.length; if (had >= 15000) socket.end('HTTP/1.1 204 No Content\\r\\n\\r\\n'); });
    socket.on('error', () => {});
  }).listen(${PORT})`;
  pair.right.start(process.execPath, '-e', program);
});

afterEach(() => watch?.killAll());
after(() => pair?.remove());

/** A client that sends the request in writes of so many bytes, each on its way before the next. */
function clientOf(size: number): string {
  return `
    const head = 'GET /private HTTP/1.1\\r\\nHost: shop\\r\\nCookie: ' + 'a=0123456789; '.repeat(60)
      + '\\r\\nAuthorization: Basic ' + btoa('alice:secret') + '\\r\\nX-Rest: ';
    const request = Buffer.from(head.padEnd(14996, 'x') + '\\r\\n\\r\\n');
    const socket = require('net').connect(${PORT}, '${server}', async () => {
      socket.setNoDelay(true);
      for (let at = 0; at < request.length; at += ${size}) {
        socket.write(request.subarray(at, at + ${size}));
        if (${size} < request.length) await new Promise((next) => setTimeout(next, 1));
      }
    });
    socket.on('error', () => {});
    socket.resume();
  `;
}

async function alertsOf(size: number): Promise<Line[]> {
  const program = await watch.start();
  const { status, stderr } = pair.left.run('timeout', '20', process.execPath, '-e', clientOf(size));
  assert.equal(status, 0, stderr);
  await program.waitFor(
    'an alert',
    (line) => line['type'] === 'alert' && line['kind'] === 'cleartext_credentials',
    ALERT_MS,
  );
  return watch.stop(program);
}

describe('a first request of 15 KB', () => {
  test('raises the same alerts in one buffer and in small segments', async () => {
    const seen: Line[][] = [];
    for (const size of [15_000, 50]) {
      const alerts = await alertsOf(size);
      seen.push(
        alerts.map(({ kind, severity, count, message, evidence }) => ({
          kind,
          severity,
          count,
          message,
          evidence,
        })),
      );
    }
    const [only, ...others] = seen[0]!;
    assert.deepEqual(others, []);
    assert.equal(only!['count'], 1);
    assert.equal((only!['evidence'] as { user?: string }).user, 'alice');
    assert.deepEqual(seen[1], seen[0]);
  });
});

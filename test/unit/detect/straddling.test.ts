// Log-ins and requests that straddle segments: the same alerts as in one segment, once each, in any order of arrival.
import { describe, expect, it } from 'vitest';
import { bruteForce } from '../../../src/core/detect/rules/brute-force.js';
import { cleartextCredentials } from '../../../src/core/detect/rules/cleartext-credentials.js';
import { policy } from '../../../src/core/detect/rules/policy.js';
import type { Alert } from '../../../src/core/model/alert.js';
import { DetectionScenario } from '../../support/detection-scenario.js';
import { Random } from '../../support/random.js';

const CLIENT = '10.0.0.1';
const SERVER = '10.0.0.2';
const START = 4_294_967_200;

interface Side {
  readonly text: string;
  readonly fromServer?: boolean;
}

interface Way {
  readonly size: number;
  readonly shuffle?: boolean;
  readonly repeat?: boolean;
  readonly port?: number;
  /** A tick ends after so many segments. */
  readonly tickAfter?: number;
}

const client = (text: string): Side => ({ text });
const server = (text: string): Side => ({ text, fromServer: true });

/** Plays a dialogue in segments of `size` bytes; what came of it. */
function play(sides: readonly Side[], way: Way): Alert[] {
  const scenario = new DetectionScenario([cleartextCredentials, bruteForce, policy], {
    threatNames: ['evil.example'],
  });
  const random = new Random(5);
  const port = way.port ?? 80;
  const next = [START, 77];
  let sent = 0;
  let atMs = 0;
  for (const { text, fromServer = false } of sides) {
    const bytes = Buffer.from(text, 'latin1');
    const segments: { sequence: number; bytes: Buffer }[] = [];
    const side = fromServer ? 1 : 0;
    for (let at = 0; at < bytes.length; at += way.size)
      segments.push({
        sequence: (next[side]! + at) >>> 0,
        bytes: bytes.subarray(at, at + way.size),
      });
    next[side]! += bytes.length;
    if (way.repeat) segments.push(...segments.slice(-3));
    if (way.shuffle)
      for (let at = 0; at + 1 < segments.length; at += 1)
        if (random.below(3) === 0)
          [segments[at], segments[at + 1]] = [segments[at + 1]!, segments[at]!];
    for (const segment of segments) {
      atMs += 0.1;
      sent += 1;
      scenario.kernelEvent({
        from: fromServer ? SERVER : CLIENT,
        to: fromServer ? CLIENT : SERVER,
        sourcePort: fromServer ? port : 40_000,
        destinationPort: fromServer ? 40_000 : port,
        payload: segment.bytes,
        tcpSequence: segment.sequence,
        timeUs: scenario.nowUs + (way.tickAfter ? 0.95e6 : 0.3e6) + atMs * 1000,
      });
      if (way.tickAfter && sent % way.tickAfter === 0) scenario.tick();
    }
  }
  scenario.tick();
  scenario.tick();
  scenario.end();
  return scenario.alerts.filter(({ state }) => state === 'new');
}

const cookies = `Cookie: ${'session=0123456789abcdef; '.repeat(20)}\r\n`;
const dialogues: readonly (readonly [string, readonly Side[], number, string])[] = [
  [
    'HTTP Basic',
    [
      client(
        `GET /private HTTP/1.1\r\nHost: shop\r\n${cookies}Authorization: Basic YWxpY2U6c2VjcmV0\r\n\r\n`,
      ),
    ],
    80,
    'alice',
  ],
  [
    'an HTML form',
    [
      client(
        'POST /login HTTP/1.1\r\nHost: shop\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 26\r\n\r\nuser=alice&password=secret',
      ),
    ],
    80,
    'alice',
  ],
  [
    'FTP',
    [
      server('220 ready\r\n'),
      client('USER alice\r\n'),
      server('331 password\r\n'),
      client('PASS secret\r\n'),
    ],
    21,
    'alice',
  ],
  ['IMAP', [server('* OK ready\r\n'), client('a1 LOGIN alice secret\r\n')], 143, 'alice'],
  [
    'SMTP AUTH LOGIN',
    [
      server('220 mail\r\n'),
      client('AUTH LOGIN\r\n'),
      server('334 VXNlcm5hbWU6\r\n'),
      client('YWxpY2U=\r\n'),
      server('334 UGFzc3dvcmQ6\r\n'),
      client('c2VjcmV0\r\n'),
    ],
    25,
    'alice',
  ],
  [
    'LDAP',
    [client('\x30\x1a\x02\x01\x01\x60\x15\x02\x01\x03\x04\x08cn=alice\x80\x06secret')],
    389,
    'cn=alice',
  ],
  ['Redis', [client('*2\r\n$4\r\nAUTH\r\n$6\r\nsecret\r\n')], 6379, ''],
];

const ways: readonly (readonly [string, Way])[] = [
  ['one segment', { size: 65_536 }],
  ['segments of 50 bytes', { size: 50 }],
  ['segments of one byte', { size: 1 }],
  ['segments of 50 bytes, some late', { size: 50, shuffle: true }],
  ['segments of seven bytes, some late, some sent twice', { size: 7, shuffle: true, repeat: true }],
];

describe.each(dialogues)('the password of %s', (_name, sides, port, user) => {
  it.each(ways)('is seen once in %s', (_way, way) => {
    const found = play(sides, { ...way, port });
    expect(found.map(({ kind }) => kind)).toEqual(['cleartext_credentials']);
    expect(found[0]!.count).toBe(1);
    expect(found[0]!.evidence?.['user'] ?? '').toBe(user);
  });
});

it('a request that a tick cuts in two is read whole', () => {
  const [, sides] = dialogues[0]!;
  for (const tickAfter of [3, 5, 7]) {
    const found = play(sides, { size: 50, tickAfter });
    expect(found.map(({ kind }) => kind)).toEqual(['cleartext_credentials']);
    expect(found[0]!.evidence?.['user']).toBe('alice');
  }
});

it('a name in a TLS ClientHello with a post-quantum key share is read over two segments', () => {
  const name = Buffer.from('www.evil.example');
  const u16 = (value: number): Buffer => Buffer.from([value >> 8, value & 255]);
  const extension = (type: number, body: Buffer): Buffer =>
    Buffer.concat([u16(type), u16(body.length), body]);
  const extensions = Buffer.concat([
    extension(0x33, Buffer.alloc(1220, 7)),
    extension(0, Buffer.concat([u16(name.length + 3), Buffer.from([0]), u16(name.length), name])),
  ]);
  const body = Buffer.concat([
    Buffer.from([3, 3]),
    Buffer.alloc(32, 1),
    Buffer.from([0]),
    u16(2),
    u16(0x1301),
    Buffer.from([1, 0]),
    u16(extensions.length),
    extensions,
  ]);
  const handshake = Buffer.concat([Buffer.from([1, 0]), u16(body.length), body]);
  const record = Buffer.concat([Buffer.from([0x16, 3, 1]), u16(handshake.length), handshake]);
  for (const size of [65_536, 700, 1200, 40]) {
    const found = play([client(record.toString('latin1'))], { size, port: 443 });
    expect(found.map(({ kind }) => kind)).toEqual(['threat_intel']);
    expect(found[0]!.count).toBe(1);
  }
});

it('an overlap that says two things is read in both ways', () => {
  const scenario = new DetectionScenario([cleartextCredentials]);
  const send = (text: string, tcpSequence: number): void =>
    scenario.kernelEvent({
      from: CLIENT,
      to: SERVER,
      sourcePort: 40_000,
      destinationPort: 80,
      payload: Buffer.from(text),
      tcpSequence,
    });
  send('GET / HTTP/1.1\r\nX-Nothing: at all, nothing', 1000);
  send('GET / HTTP/1.1\r\nAuthorization: Basic YWxpY2U6c2VjcmV0\r\n\r\n', 1000);
  scenario.tick();
  expect(scenario.alerts.map(({ kind }) => kind)).toEqual(['cleartext_credentials']);
});

it('a password guessed byte by byte is one password', () => {
  const posts = Array.from({ length: 6 }, (_unused, guess) =>
    client(
      `POST /login HTTP/1.1\r\nContent-Length: 31\r\n\r\nuser=alice&password=secret-${1000 + guess}`,
    ),
  );
  const found = play(
    posts.flatMap((post) => [post, server('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n')]),
    { size: 1 },
  );
  expect(found.map(({ kind }) => kind)).toEqual(['cleartext_credentials']);
});

it('more unfinished messages than there is room for are read as far as they came, and counted', () => {
  const scenario = new DetectionScenario([cleartextCredentials]);
  const CAP = 2048;
  for (let connection = 0; connection < CAP + 52; connection += 1)
    scenario.kernelEvent({
      from: CLIENT,
      to: SERVER,
      sourcePort: 10_000 + connection,
      destinationPort: 80,
      payload: Buffer.from('GET / HTTP/1.1\r\nAuthorization: Basic YWxpY2U6c2VjcmV0\r\nX-Rest: '),
    });
  scenario.tick();
  expect(scenario.engine.current().map(({ count }) => count)).toEqual([CAP + 52]);
  expect(scenario.engine.forgotten.get('first bytes: unfinished messages')).toBe(52);
});

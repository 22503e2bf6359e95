// Makes the README's picture and recording from a live run: the built program on two namespaces with real traffic and a port scan. Needs root.
import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const program = join(root, 'dist/kubenetprobe-top.cjs');
const images = join(root, 'docs/images');

/** Runs inside a namespace: listens, connects, and sends at varying rates, by a plan given as JSON. */
const chatter = `
const net = require('node:net'), dgram = require('node:dgram');
const plan = JSON.parse(process.argv[1]);
const block = Buffer.alloc(1 << 20);
const send = (socket, rate) => {
  // Waves of 8 to 30 s: slower than the screen's interval, so that they are visible.
  let phase = Math.random() * 6;
  const step = 0.01 + 0.03 * Math.random();
  const timer = setInterval(() => {
    phase += step;
    const bytes = Math.round((rate / 20) * (1 + 0.85 * Math.sin(phase)) * (0.6 + 0.8 * Math.random()));
    if (bytes > 0 && socket.writableLength < 1e7) socket.write(block.subarray(0, Math.min(bytes, block.length)));
  }, 50);
  socket.on('close', () => clearInterval(timer)).on('error', () => socket.destroy());
};
for (const port of plan.listen) net.createServer((socket) => {
  socket.once('data', (first) => { send(socket, Number(String(first).split(' ')[0]) || 0); socket.resume(); });
  socket.on('error', () => socket.destroy());
}).listen(port, '::');
for (const port of plan.answer) {
  for (const address of plan.addresses) {
    const socket = dgram.createSocket(address.includes(':') ? 'udp6' : 'udp4');
    socket.on('message', (text, from) => socket.send(Buffer.alloc(text.length * 3), from.port, from.address));
    socket.bind(port, address);
  }
}
setTimeout(() => {
  for (const call of plan.calls) {
    if (call.udp) {
      const socket = dgram.createSocket(call.to.includes(':') ? 'udp6' : 'udp4');
      socket.bind(0, call.from, () => setInterval(() => socket.send(Buffer.alloc(call.bytes), call.port, call.to), 1000 / call.perSecond));
      continue;
    }
    const socket = net.connect({ host: call.to, port: call.port, localAddress: call.from });
    socket.on('connect', () => { socket.write(call.down + ' '.repeat(20)); send(socket, call.up); socket.resume(); }).on('error', () => {});
  }
}, 500);
setTimeout(() => process.exit(0), plan.seconds * 1000);
`;

const scan = `
const net = require('node:net');
let port = 1;
const timer = setInterval(() => {
  for (let n = 0; n < 8; n++) {
    if (port > 700) { clearInterval(timer); return; }
    const socket = net.connect({ host: process.argv[1], port: port++, localAddress: process.argv[2] });
    socket.on('error', () => {}).setTimeout(300, () => socket.destroy());
  }
}, 40);
setTimeout(() => process.exit(0), 12000);
`;

const name = `rec${randomBytes(2).toString('hex')}`;
const here = `${name}h`;
const there = `${name}t`;
const children = [];

const ip = (...args) => execFileSync('ip', args, { stdio: 'inherit' });
const inside = (space, ...command) =>
  children.push(spawn('ip', ['netns', 'exec', space, ...command], { stdio: 'ignore' }));

const own = ['10.0.3.7', '10.0.3.8', '10.0.3.9', '2001:db8:c17:4857::86'];
const strangers = [
  '10.43.7.21',
  '10.43.12.8',
  '140.82.121.4',
  '203.0.113.9',
  '198.51.100.77',
  '192.0.2.44',
  '10.0.3.53',
  '2001:db8::53',
];

function wire() {
  ip('netns', 'add', here);
  ip('netns', 'add', there);
  ip('link', 'add', 'eth0', 'netns', here, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', there);
  for (const space of [here, there]) {
    ip('-n', space, 'link', 'set', 'lo', 'up');
    ip('-n', space, 'link', 'set', 'eth0', 'up');
  }
  const add = (space, address) =>
    address.includes(':')
      ? ip('-n', space, '-6', 'addr', 'add', `${address}/128`, 'dev', 'eth0', 'nodad')
      : ip('-n', space, 'addr', 'add', `${address}/32`, 'dev', 'eth0');
  for (const address of own) add(here, address);
  for (const address of strangers) add(there, address);
  for (const space of [here, there]) {
    ip('-n', space, 'route', 'add', 'default', 'dev', 'eth0');
    ip('-n', space, '-6', 'route', 'add', 'default', 'dev', 'eth0');
  }
}

const M = 1e6 / 8;
const call = (from, to, port, down, up) => ({ from, to, port, down, up });
const query = (from, to, port, perSecond, bytes) => ({
  udp: true,
  from,
  to,
  port,
  perSecond,
  bytes,
});

function talk(seconds) {
  const listen = [22, 80, 443, 2379, 5432, 6379, 8080, 9092];
  const outbound = [
    call(own[0], '10.43.7.21', 6379, 41 * M, 2.2 * M),
    call(own[2], '10.43.12.8', 5432, 18 * M, 9.5 * M),
    call(own[1], '10.43.12.8', 5432, 6.2 * M, 1.6 * M),
    call(own[0], '140.82.121.4', 443, 4.7 * M, 0.3 * M),
    call(own[3], '2001:db8::53', 443, 2.9 * M, 0.2 * M),
    call(own[1], '203.0.113.9', 22, 0.35 * M, 0.03 * M),
    call(own[2], '198.51.100.77', 9092, 0.6 * M, 1.9 * M),
    call(own[2], '198.51.100.77', 443, 0.25 * M, 0.1 * M),
    call(own[0], '10.43.12.8', 2379, 0.12 * M, 0.1 * M),
    call(own[1], '192.0.2.44', 8080, 0.06 * M, 0.01 * M),
    query(own[0], '10.0.3.53', 53, 9, 44),
    query(own[1], '10.0.3.53', 53, 4, 51),
    query(own[3], '2001:db8::53', 53, 2, 60),
    query(own[2], '192.0.2.44', 123, 1, 48),
  ];
  const inbound = [
    call('192.0.2.44', own[0], 443, 0.4 * M, 12 * M),
    call('140.82.121.4', own[1], 443, 0.2 * M, 3.1 * M),
    call('203.0.113.9', own[2], 443, 0.1 * M, 0.9 * M),
    call('198.51.100.77', own[0], 80, 1.1 * M, 0.08 * M),
    call('2001:db8::53', own[3], 443, 0.3 * M, 0.5 * M),
    call('10.43.7.21', own[1], 8080, 0.02 * M, 0.14 * M),
  ];
  const plan = (calls, addresses) =>
    JSON.stringify({ listen, answer: [53, 123], addresses, calls, seconds });
  inside(here, process.execPath, '-e', chatter, plan(outbound, []));
  inside(there, process.execPath, '-e', chatter, plan(inbound, strangers));
  inside(here, 'ping', '-q', '-i', '0.5', '-I', own[0], '203.0.113.9');
}

const record = (size, output, script, ...more) =>
  execFileSync(
    process.execPath,
    [
      join(root, 'scripts/screenshot.mjs'),
      ...['--size', size, '--script', script, ...more, output],
      ...['--', 'ip', 'netns', 'exec', here, process.execPath, program, 'eth0'],
    ],
    { cwd: root, stdio: 'inherit', env: { ...process.env, TZ: 'UTC' } },
  );

mkdirSync(images, { recursive: true });
try {
  wire();
  talk(150);
  const startScan = (afterMs) =>
    spawn(
      'sh',
      [
        '-c',
        `sleep ${afterMs / 1000}; ip netns exec ${there} ${process.execPath} -e "$0" ${own[0]} 203.0.113.9`,
        scan,
      ],
      { stdio: 'ignore' },
    );
  children.push(startScan(14_000));
  record('120x40', join(images, 'screen.svg'), 'wait 38');
  record(
    '120x36',
    join(images, 'detail.svg'),
    'wait 9; key Down; wait 0.6; key Down; wait 0.8; key Enter; wait 24',
  );
  record(
    '110x32',
    // Only this run's recording is kept.
    join(root, 'build/session.svg'),
    'wait 8; key Down; wait 0.5; key Down; wait 0.5; key Enter; wait 4; key Escape; wait 1; type /port 443 and rate > 1M; wait 3; key Enter; wait 2; key Escape; key Escape; wait 1; key t; wait 1.5; key d; wait 2; key Down; wait 0.4; key Space; wait 3; key Escape; wait 0.5; key Escape; wait 1; key S; wait 3; key Escape; wait 0.5; key ?; wait 3; key Escape; wait 1',
    '--cast',
    join(images, 'session.cast'),
  );
} finally {
  for (const child of children) child.kill('SIGKILL');
  for (const space of [here, there]) execFileSync('ip', ['netns', 'del', space]);
}

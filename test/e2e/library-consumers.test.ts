// Consumers of the library on real traffic: own views beside the events' one, and flows that end, with the reason. Needs root.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Consumer, type EndedFlow, NetworkMonitor, type Snapshot } from '../../src/index.js';
import { expected, LibrarySide } from '../support/library-side.js';
import { patience } from '../support/program.js';

let side: LibrarySide;

before(() => {
  side = new LibrarySide('kc');
});
after(() => side.remove());

async function until(what: string, isSo: () => boolean, limitMs = 30_000): Promise<void> {
  const endMs = Date.now() + limitMs * patience;
  while (!isSo()) {
    assert.ok(Date.now() < endMs, `not within ${limitMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Five datagrams of 142 bytes on the wire to a port where nobody listens. */
function sendDatagrams(port: number): void {
  const script = `const s = require('node:dgram').createSocket('udp4');
let left = 5;
const next = () => (left-- > 0 ? s.send(Buffer.alloc(100), ${port}, '${side.pair.leftAddress}', next) : s.close());
next();`;
  const { status, stderr } = side.pair.right.run(process.execPath, '-e', script);
  assert.equal(status, 0, stderr);
}

test('consumers have their own views, before and after the ticks begin; a wrong filter is refused', async () => {
  await using monitor = await NetworkMonitor.create({
    interfaces: ['veth0'],
    intervalSeconds: 0.1,
    filter: 'icmp',
  });
  const events: Snapshot[] = [];
  const udp: Snapshot[] = [];
  const late: Snapshot[] = [];
  monitor.on('tick', (tick) => events.push(tick));
  monitor.subscribe({ filter: 'udp' }, { name: 'udp', tick: (tick) => void udp.push(tick) });
  assert.throws(() => monitor.subscribe({ filter: 'port (' }, { name: 'x' }), expected(2, /./));
  await monitor.startEventProcessing();
  const calls: string[] = [];
  const consumer: Consumer = {
    name: 'late',
    start: ({ interfaces }) => void calls.push(`start ${interfaces[0]?.name}`),
    tick: (tick) => void late.push(tick),
    finish: () => void calls.push('finish'),
  };
  const subscription = monitor.subscribe({ groupBy: ['protocol'] }, consumer);
  side.ping(3);
  sendDatagrams(7777);
  const isUdp = (tick: Snapshot | undefined) =>
    tick?.flows.some(({ protocol }) => protocol === 'UDP');
  await until('udp', () => isUdp(udp.at(-1)) === true);
  await until('groups', () => (late.at(-1)?.groups.length ?? 0) >= 2);
  assert.ok(
    events.every((tick) => !isUdp(tick)),
    'the events show what the options ask for',
  );
  assert.ok(udp.at(-1)!.flows.every(({ protocol }) => protocol === 'UDP'));
  subscription.close();
  await monitor.close();
  assert.deepEqual(calls, ['start veth0']);
  assert.equal(udp.at(-1)!.final, true);
  assert.throws(() => monitor.subscribe({}, consumer), expected(2, /closed/));
});

test('flows that end are handed out once, whole, with the reason', async () => {
  side.pair.left.ip('link', 'add', 'gone0', 'type', 'veth', 'peer', 'name', 'gone1');
  for (const name of ['gone0', 'gone1']) side.pair.left.ip('link', 'set', name, 'up');
  const monitor = await NetworkMonitor.create({
    interfaces: ['veth0', 'gone0'],
    intervalSeconds: 0.2,
    flowTimeoutSeconds: 10,
    detection: false,
  });
  const ended: EndedFlow[] = [];
  monitor.subscribe({}, { name: 'ended', flowEnded: (one) => void ended.push(one) });
  await monitor.startEventProcessing();
  const of = (test: (one: EndedFlow) => boolean): EndedFlow[] => ended.filter(test);
  sendDatagrams(7001);
  // Refused: a connection that is over at once leaves after a tenth of the timeout.
  const connect = `require('node:net').connect(7002, '${side.pair.leftAddress}').on('error', () => {})`;
  assert.equal(side.pair.right.run(process.execPath, '-e', connect).status, 0);
  side.pair.left.run('ping', '-q', '-c', '2', '-i', '0.1', '-W', '1', '-I', 'gone0', '192.0.2.9');
  await until('the flow of gone0', () =>
    monitor.getFlowStats().some((flow) => flow.interface === 'gone0'),
  );
  side.pair.left.ip('link', 'del', 'gone0');
  await until('closed', () => of(({ reason }) => reason === 'closed').length > 0);
  await until('interface_gone', () => of(({ reason }) => reason === 'interface_gone').length > 0);
  await until('idle', () => of(({ flow }) => flow.destination.port === 7001).length > 0);
  sendDatagrams(7003);
  await until('a last flow', () =>
    monitor.getFlowStats({ filter: 'port 7003' }).some((flow) => flow.forward.packets === 5),
  );
  await monitor.close();
  const [closed] = of(({ reason, flow }) => reason === 'closed' && flow.destination.port === 7002);
  assert.equal(closed?.flow.tcp?.state, 'reset');
  assert.ok(
    of(({ reason }) => reason === 'interface_gone').every(({ flow }) => flow.interface === 'gone0'),
  );
  const [idle, ...again] = of(({ flow }) => flow.destination.port === 7001);
  assert.deepEqual([idle?.reason, again], ['idle', []]);
  assert.deepEqual(idle?.flow.forward, { packets: 5, bytes: 5 * 142 });
  const [open] = of(({ flow }) => flow.destination.port === 7003);
  assert.deepEqual([open?.reason, open?.flow.forward.packets], ['run_ended', 5]);
});

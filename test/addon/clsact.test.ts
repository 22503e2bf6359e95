// clsact filters outlive their process: ours are known by name and lock, dead ones go at the next start, others' stay.
import { strict as assert } from 'node:assert';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, describe, it } from 'node:test';
import { run } from '../support/namespaces.js';
import { enterPair, hooked, openSession } from '../support/native-session.js';

const device = 'veth0';
const qdiscs = () => run('tc', 'qdisc', 'show', 'dev', device);
const filters = (side: string) => run('tc', 'filter', 'show', 'dev', device, side);

/** Classic BPF, which matches nothing. */
const addForeignFilter = (side: string) =>
  run('tc', ...`filter add dev ${device} ${side} prio 7 bpf bytecode`.split(' '), '1,6 0 0 0');

/** A process that attaches both sides and waits to be killed. */
async function startHolder(index: number): Promise<{ kill(): Promise<void> }> {
  const child = spawn(process.execPath, [process.argv[1]!, 'hold', String(index)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(child.stdout!.setEncoding('utf8'), 'data');
  assert.equal(line, 'attached\n');
  return {
    async kill() {
      child.kill('SIGKILL');
      await once(child, 'close');
    },
  };
}

function hold(index: number): void {
  const session = openSession();
  session.attach(index, 'ingress', 'clsact');
  session.attach(index, 'egress', 'clsact');
  process.stdout.write('attached\n');
  setInterval(() => session.mapBytes, 1000);
}

function tests() {
  const watched = enterPair('na-cl');
  after(() => watched.remove());

  describe('a clsact filter', () => {
    it('carries our name, and goes with its qdisc on close', () => {
      const session = openSession();
      session.attach(watched.index, 'ingress', 'clsact');
      session.attach(watched.index, 'egress', 'clsact');
      assert.match(filters('ingress'), /kubenetprobe-top/);
      assert.match(filters('egress'), /kubenetprobe-top/);
      assert.equal(hooked(watched.index, 'egress')['clsact']?.length, 1);
      session.close();
      assert.doesNotMatch(qdiscs(), /clsact/);
    });

    it('of a killed run is removed by the next attach, with the qdisc that it made', async () => {
      const holder = await startHolder(watched.index);
      await holder.kill();
      assert.match(filters('ingress'), /kubenetprobe-top/);
      const session = openSession();
      const before = hooked(watched.index, 'ingress')['clsact'];
      session.attach(watched.index, 'ingress', 'clsact');
      const now = hooked(watched.index, 'ingress')['clsact'];
      assert.equal(now?.length, 1);
      assert.notDeepEqual(now, before);
      assert.doesNotMatch(filters('egress'), /kubenetprobe-top/);
      session.close();
      assert.doesNotMatch(qdiscs(), /clsact/);
    });

    it('of a living run stays when another comes and goes', async () => {
      const holder = await startHolder(watched.index);
      const session = openSession();
      session.attach(watched.index, 'ingress', 'clsact');
      assert.equal(hooked(watched.index, 'ingress')['clsact']?.length, 2);
      session.close();
      const asker = openSession();
      assert.equal(hooked(watched.index, 'ingress')['clsact']?.length, 1);
      assert.match(filters('egress'), /kubenetprobe-top/);
      await holder.kill();
      // Any attach on this interface takes the dead ones away.
      asker.attach(watched.index, 'egress', 'clsact');
      asker.close();
      assert.doesNotMatch(qdiscs(), /clsact/);
    });

    it('leaves a qdisc that was there before, and filters of others', () => {
      run('tc', 'qdisc', 'add', 'dev', device, 'clsact');
      addForeignFilter('ingress');
      const theirs = filters('ingress');
      const session = openSession();
      session.attach(watched.index, 'ingress', 'clsact');
      session.close();
      assert.equal(filters('ingress'), theirs);
      assert.match(qdiscs(), /clsact/);
      run('tc', 'qdisc', 'del', 'dev', device, 'clsact');
    });

    it('does not take away our qdisc while a foreign filter uses it', () => {
      const session = openSession();
      session.attach(watched.index, 'ingress', 'clsact');
      addForeignFilter('egress');
      const theirs = filters('egress');
      session.close();
      assert.equal(filters('egress'), theirs);
      run('tc', 'qdisc', 'del', 'dev', device, 'clsact');
    });
  });
}

if (process.argv[2] === 'hold') hold(Number(process.argv[3]));
else tests();

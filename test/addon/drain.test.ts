// Draining under load: every packet is in exactly one batch, in the totals and in the flows.
import { strict as assert } from 'node:assert';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import type { NativeSessionOptions } from '../../src/core/native/contract.js';
import { linkKind } from '../../src/core/wire/layout.generated.js';
import {
  enterPair,
  nativeRejectionOf,
  openSession,
  sumsReader,
} from '../support/native-session.js';
import { projectRoot } from '../support/program.js';

const watched = enterPair('na-dr');
const folder = mkdtempSync(join(tmpdir(), 'knp-drain-'));
const flood = join(folder, 'flood');
execFileSync('clang', ['-O2', '-o', flood, join(projectRoot(), 'test/support/flood.c')]);
after(() => {
  watched.remove();
  rmSync(folder, { recursive: true });
});

/** A flood from each of `senders` processes, on a processor of its own where there are so many; all send the same flows. */
async function floodWhile(
  packets: number,
  flows: number,
  work: () => Promise<void>,
  senders = 1,
): Promise<void> {
  const mac = watched.pair.left
    .ip('-o', 'link', 'show', watched.pair.leftInterface)
    .match(/link\/ether (\S+)/)![1]!
    .replaceAll(':', '');
  let running = senders;
  const ends = Array.from({ length: senders }, async (_, sender) => {
    const processor = String(sender % availableParallelism());
    const [file, args] = watched.peer.command(
      'taskset',
      ...['-c', processor, flood],
      ...[watched.pair.rightInterface, mac, String(packets), String(flows)],
    );
    const child = spawn(file, args, { stdio: ['ignore', 'ignore', 'inherit'] });
    const [status] = await once(child, 'close');
    running -= 1;
    assert.equal(status, 0);
  });
  while (running > 0) await work();
  await Promise.all(ends);
}

// KNP_FLOOD_PACKETS=20000000 keeps the processors busy for half a minute.
const floodPackets = Number(process.env.KNP_FLOOD_PACKETS ?? 400_000);

/** Both objects, on every kernel that loads them: own table and hash maps (for kernels without compare-and-swap). */
const tables: Record<string, Partial<NativeSessionOptions>> = {
  'the table of this kernel': {},
  'hash maps': { object: readFileSync(join(projectRoot(), 'build/bpf/network_monitor_hash.o')) },
};

for (const [name, options] of Object.entries(tables)) {
  describe(`draining ${name}`, () => {
    for (const senders of [1, 2]) {
      const from = senders === 1 ? 'one processor' : 'two processors at once, the same flows';
      it(`loses nothing and counts nothing twice of what comes from ${from}`, async () => {
        const session = openSession({ ...options, maxFlows: 8192 });
        session.setInterface(watched.index, 0, linkKind.ethernet, false);
        session.attach(watched.index, 'ingress', 'clsact');
        const readSums = sumsReader();
        const first = readSums(await session.drain());
        const sum = { flowPackets: first.flowPackets, flowBytes: first.flowBytes, batches: 0 };
        let last = first;
        let reuse: ArrayBuffer | undefined;
        let mostFlows = 0;
        const take = async () => {
          const batch = await session.drain(reuse);
          last = readSums(batch);
          sum.flowPackets += last.flowPackets;
          sum.flowBytes += last.flowBytes;
          sum.batches += 1;
          mostFlows = Math.max(mostFlows, last.flows);
          reuse = batch;
        };
        await floodWhile(floodPackets, 3_000, take, senders);
        await take();
        await take();
        assert.ok(last.received - first.received >= senders * floodPackets);
        assert.equal(last.untracked, 0);
        assert.equal(sum.flowPackets, last.received + last.sent);
        assert.equal(sum.flowBytes, last.receivedBytes);
        // Neighbour discovery beside the 3,000: but no flow has two entries in one batch.
        assert.ok(mostFlows < 3_020, `${mostFlows} flows in one batch`);
        assert.ok(sum.batches > 3);
        session.close();
      });
    }

    it('says what found no room, and still adds up', async () => {
      const session = openSession({ ...options, maxFlows: 1024 });
      session.setInterface(watched.index, 0, linkKind.ethernet, false);
      session.attach(watched.index, 'ingress', 'clsact');
      const readSums = sumsReader();
      let flowPackets = 0;
      await floodWhile(200_000, 50_000, async () => {
        flowPackets += readSums(await session.drain()).flowPackets;
      });
      let last = readSums(await session.drain());
      flowPackets += last.flowPackets;
      last = readSums(await session.drain());
      flowPackets += last.flowPackets;
      assert.ok(last.untracked > 0);
      assert.equal(flowPackets + last.untracked, last.received + last.sent);
      session.close();
    });
  });
}

describe('draining', () => {
  it('refuses a second drain beside the first', async () => {
    const session = openSession();
    const first = session.drain();
    const error = await nativeRejectionOf((async () => session.drain())());
    assert.equal(error.code, 'EBUSY');
    assert.ok((await first).byteLength > 0);
    session.close();
  });

  it('detaches the buffer that it is given back', async () => {
    const session = openSession();
    const first = await session.drain();
    const second = session.drain(first);
    assert.equal(first.byteLength, 0);
    assert.ok((await second).byteLength > 0);
    session.close();
  });

  it('counts nothing of an interface that it was not told of', async () => {
    const session = openSession();
    session.attach(watched.index, 'ingress', 'clsact');
    assert.equal(
      watched.peer.run('ping', '-c', '2', '-i', '0.1', watched.pair.leftAddress).status,
      0,
    );
    const sums = sumsReader()(await session.drain());
    assert.equal(sums.received + sums.flows, 0);
    session.close();
  });
});

// Whatever ends a session, its programs leave the hooks: close, garbage collection, a worker's end, the process.
import { strict as assert } from 'node:assert';
import { spawnSync } from 'node:child_process';
import { after, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { loadNative } from '../../src/core/native/load.js';
import type { Pair } from '../support/namespaces.js';
import { enterPair, hooked, nativeErrorOf, openSession } from '../support/native-session.js';

/** Works on every kernel and goes with its descriptor: what is left is left by us, not by the kernel's kindness. */
const hook = loadNative().probe()['tcx'] === true ? 'tcx' : 'xdp-generic';

function attachAndDrain(index: number) {
  const session = openSession();
  session.setInterface(index, 0, 0, false);
  session.attach(index, 'ingress', hook);
  session.onKernelEvents(() => session.mapBytes);
  return session;
}

async function untilGone(pair: Pair, index: number): Promise<void> {
  for (let round = 0; round < 200 && hooked(index, 'ingress')[hook]; round++) await sleep(50);
  assert.deepEqual(hooked(index, 'ingress'), {}, pair.left.name);
}

async function workerMain({ index, path }: { index: number; path: string }) {
  loadNative().enterNetworkNamespace(path);
  const session = attachAndDrain(index);
  parentPort?.postMessage('attached');
  // For ever: the end comes in the middle of a drain.
  for (;;) await session.drain();
}

/** Never gives the thread back: whoever terminates it does so inside a call of the addon. */
function spin(): void {
  const native = loadNative();
  parentPort?.postMessage('begun');
  for (;;) native.links();
}

async function terminateInsideCalls(): Promise<void> {
  for (let round = 0; round < 20; round++) {
    const worker = new Worker(process.argv[1]!, { workerData: { spin: true } });
    await new Promise((resolve) => worker.once('message', resolve));
    await sleep(round);
    await worker.terminate();
  }
}

function childMain(index: number, how: string) {
  const session = attachAndDrain(index);
  void session.drain();
  assert.equal(hooked(index, 'ingress')[hook]?.length, 1);
  if (how === 'exit') process.exit(0);
  if (how === 'kill') process.kill(process.pid, 'SIGKILL');
  throw new Error('thrown on purpose');
}

function tests() {
  const watched = enterPair('na-li');
  const path = `/run/netns/${watched.pair.left.name}`;
  after(() => watched.remove());

  describe('a session', () => {
    it('can be closed twice; afterwards each method says so', async () => {
      const session = attachAndDrain(watched.index);
      session.close();
      session.close();
      await untilGone(watched.pair, watched.index);
      const calls: (() => unknown)[] = [
        () => session.attach(watched.index, 'ingress', hook),
        () => session.drain(),
        () => session.setInterface(1, 0, 0, false),
        () => session.setFeatures(1),
        () => session.onKernelEvents(null),
        () => session.programs(),
        () => session.mapBytes,
        () => session.detach(1),
        () => session.enableStatistics(),
      ];
      for (const call of calls) assert.equal(nativeErrorOf(call).code, 'EBADF');
    });

    it('closed in the middle of a drain: the drain ends well', async () => {
      const session = attachAndDrain(watched.index);
      const drain = session.drain();
      session.close();
      await untilGone(watched.pair, watched.index);
      assert.ok((await drain).byteLength > 0);
    });

    it('that is forgotten goes with the garbage, though its callback knows it', async () => {
      setFlagsFromString('--expose-gc');
      const collect = runInNewContext('gc') as () => void;
      (() => {
        attachAndDrain(watched.index);
      })();
      for (let round = 0; round < 100; round++) {
        collect();
        await sleep(20);
        const left = hooked(watched.index, 'ingress');
        if (!left[hook]) return;
      }
      assert.fail('the session is still attached after 100 collections');
    });

    it('of a worker goes when the worker is terminated, also in the middle of a drain', async () => {
      for (let round = 0; round < 3; round++) {
        const worker = new Worker(process.argv[1]!, { workerData: { index: watched.index, path } });
        await new Promise((resolve, reject) => {
          worker.once('message', resolve);
          worker.once('error', reject);
        });
        await sleep(round * 7);
        await worker.terminate();
        await untilGone(watched.pair, watched.index);
      }
    });

    it('of a thread that is terminated inside a call does not take the process along', () => {
      const child = spawnSync(process.execPath, [process.argv[1]!, 'terminate'], {
        encoding: 'utf8',
      });
      assert.deepEqual([child.status, child.signal], [0, null], child.stderr);
    });

    for (const how of ['exit', 'kill', 'throw']) {
      it(`of a process that ends by ${how} leaves nothing`, async () => {
        const child = spawnSync(
          process.execPath,
          [process.argv[1]!, 'child', String(watched.index), how],
          {
            encoding: 'utf8',
          },
        );
        const expected = { exit: [0, null], kill: [null, 'SIGKILL'], throw: [1, null] }[how];
        assert.deepEqual([child.status, child.signal], expected, child.stderr);
        await untilGone(watched.pair, watched.index);
      });
    }
  });
}

if (!isMainThread && workerData?.path) await workerMain(workerData);
else if (!isMainThread && workerData?.spin) spin();
else if (process.argv[2] === 'terminate') await terminateInsideCalls();
else if (process.argv[2] === 'child') childMain(Number(process.argv[3]), process.argv[4]!);
else tests();

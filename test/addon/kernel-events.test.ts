// Kernel events from the ring buffer to a callback: whole records, soon, to whoever is the callback now, and in step with captured frames.
import { strict as assert } from 'node:assert';
import { after, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { KernelEvent } from '../../src/core/model/kernel-event.js';
import { decodeKernelEvents } from '../../src/core/wire/kernel-event-record.js';
import {
  captureFrameLayout,
  controlFeature,
  linkKind,
} from '../../src/core/wire/layout.generated.js';
import { enterPair, nativeErrorOf, openSession } from '../support/native-session.js';

const watched = enterPair('na-fa');
after(() => watched.remove());

const clock = {
  clockIsNanoseconds: true,
  clockAtCapture: 0,
  clockNsPerUnit: 1,
  capturedAtUs: 0,
};

function decode(buffer: ArrayBuffer): KernelEvent[] {
  const kernelEvents: KernelEvent[] = [];
  const rejected = decodeKernelEvents(buffer, clock, (index) => String(index), kernelEvents);
  assert.equal(rejected, 0);
  return kernelEvents;
}

/** Makes the peer ask for our address anew. */
function provokeArp(): void {
  watched.peer.ip('neigh', 'flush', 'all');
  const ping = watched.peer.run('ping', '-c', '1', '-W', '2', watched.pair.leftAddress);
  assert.equal(ping.status, 0, ping.stderr);
}

async function until(what: string, test: () => boolean): Promise<void> {
  for (let round = 0; round < 300; round++) {
    if (test()) return;
    await sleep(20);
  }
  assert.fail(what);
}

describe('kernel events', () => {
  it('reach the callback as whole records; another callback takes over, null ends it', async () => {
    const session = openSession({ features: controlFeature.eventsArp });
    session.setInterface(watched.index, 0, linkKind.ethernet, false);
    session.attach(watched.index, 'ingress', 'clsact');
    const first: KernelEvent[] = [];
    const second: KernelEvent[] = [];
    session.onKernelEvents((kernelEvents, lost) => {
      first.push(...decode(kernelEvents));
      assert.equal(lost, 0);
    });
    provokeArp();
    await until('no kernel event for the first callback', () =>
      first.some((one) => one.type === 'arp'),
    );
    assert.ok(first.every((one) => one.interface === String(watched.index)));

    session.onKernelEvents((kernelEvents) => {
      second.push(...decode(kernelEvents));
    });
    const before = first.length;
    await sleep(1100);
    provokeArp();
    await until('no kernel event for the second callback', () => second.length > 0);
    assert.equal(first.length, before);

    session.onKernelEvents(null);
    const settled = second.length;
    await sleep(1100);
    provokeArp();
    await sleep(300);
    assert.equal(second.length, settled);
    session.close();
  });

  it('that are gathered wait to be read: all until that moment, in order, each once', async () => {
    const session = openSession({ features: controlFeature.eventsArp });
    session.setInterface(watched.index, 0, linkKind.ethernet, false);
    session.attach(watched.index, 'ingress', 'clsact');
    session.gatherKernelEvents(65_536);
    const read: KernelEvent[] = [];
    for (const pauseMs of [0, 150, 0]) {
      provokeArp();
      // At once, when they are still in the ring; and when the thread has taken them out of it.
      await sleep(pauseMs);
      const { events: kernelEvents, lost } = session.readKernelEvents();
      const requests = decode(kernelEvents).filter(({ type }) => type === 'arp');
      assert.ok(requests.length > 0);
      assert.equal(lost, 0);
      read.push(...requests);
    }
    provokeArp();
    read.push(...decode(session.takeKernelEvents().events));
    assert.equal(decode(session.readKernelEvents().events).length, 0);
    const times = read.map(({ timeUs }) => timeUs);
    assert.deepEqual(
      times,
      times.toSorted((a, b) => a - b),
    );
    assert.ok(read.length >= 4);
    session.close();
  });

  it('that are gathered and never read are refused beyond the limit, and counted', async () => {
    const session = openSession({ features: controlFeature.eventsArp });
    session.setInterface(watched.index, 0, linkKind.ethernet, false);
    session.attach(watched.index, 'ingress', 'clsact');
    session.gatherKernelEvents(4096);
    const asked = 60;
    for (let i = 0; i < asked; i += 1) provokeArp();
    await sleep(150);
    const { events: kernelEvents, lost } = session.readKernelEvents();
    const kept = decode(kernelEvents).length;
    assert.ok(kernelEvents.byteLength <= 4096);
    assert.ok(lost > 0);
    assert.ok(kept + lost >= asked, `${kept} kept, ${lost} lost`);
    // There is room again, and what was lost stays counted.
    provokeArp();
    const next = session.readKernelEvents();
    assert.ok(next.events.byteLength > 0);
    assert.equal(next.lost, lost);
    session.close();
  });

  it('are gathered or handed to a callback, not both', () => {
    const session = openSession({ features: controlFeature.eventsArp });
    assert.equal(nativeErrorOf(() => session.readKernelEvents()).code, 'EINVAL');
    session.gatherKernelEvents(65_536);
    assert.equal(nativeErrorOf(() => session.gatherKernelEvents(65_536)).code, 'EINVAL');
    assert.equal(nativeErrorOf(() => session.onKernelEvents(() => {})).code, 'EINVAL');
    assert.equal(nativeErrorOf(() => session.gatherKernelEvents(1)).code, 'EINVAL');
    session.onKernelEvents(null);
    session.onKernelEvents(() => {});
    assert.equal(nativeErrorOf(() => session.readKernelEvents()).code, 'EINVAL');
    session.close();
    assert.equal(nativeErrorOf(() => session.gatherKernelEvents(65_536)).code, 'EBADF');
  });

  it('are not made unless they are asked for', async () => {
    const session = openSession({ features: 0 });
    session.setInterface(watched.index, 0, linkKind.ethernet, false);
    session.attach(watched.index, 'ingress', 'clsact');
    let calls = 0;
    session.onKernelEvents(() => {
      calls += 1;
    });
    provokeArp();
    await sleep(400);
    assert.equal(calls, 0);
    session.close();
  });

  it('of captured frames come with the frames that made them', async () => {
    const session = openSession({ capture: true, features: controlFeature.eventsMalformed });
    session.setInterface(7, 0, linkKind.ethernet, false);
    // IPv4 whose header length says four words: a lie.
    const frame = Buffer.alloc(64);
    frame.writeUInt16BE(0x0800, 12);
    frame[14] = 0x44;
    const at = captureFrameLayout.offset;
    const buffer = new ArrayBuffer(captureFrameLayout.size + frame.length);
    const view = new DataView(buffer);
    view.setBigUint64(at.timeNs, 1_700_000_000_000_000_000n, true);
    view.setUint32(at.originalLength, frame.length, true);
    view.setUint32(at.capturedLength, frame.length, true);
    view.setUint32(at.interfaceIndex, 7, true);
    new Uint8Array(buffer).set(frame, captureFrameLayout.size);
    const kernelEvents = decode((await session.runFrames(buffer, buffer.byteLength)).events);
    assert.deepEqual(
      kernelEvents.map((one) => one.type),
      ['malformed'],
    );
    session.close();
  });
});

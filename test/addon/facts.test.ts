// Facts from the ring buffer to a callback: whole records, soon, to whoever is the callback now, and in step with captured frames.
import { strict as assert } from 'node:assert';
import { after, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Fact } from '../../src/core/model/fact.js';
import { decodeFacts } from '../../src/core/wire/fact-record.js';
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

function decode(buffer: ArrayBuffer): Fact[] {
  const facts: Fact[] = [];
  const rejected = decodeFacts(buffer, clock, (index) => String(index), facts);
  assert.equal(rejected, 0);
  return facts;
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

describe('facts', () => {
  it('reach the callback as whole records; another callback takes over, null ends it', async () => {
    const session = openSession({ features: controlFeature.factsArp });
    session.setInterface(watched.index, 0, linkKind.ethernet, false);
    session.attach(watched.index, 'ingress', 'clsact');
    const first: Fact[] = [];
    const second: Fact[] = [];
    session.onFacts((facts, lost) => {
      first.push(...decode(facts));
      assert.equal(lost, 0);
    });
    provokeArp();
    await until('no fact for the first callback', () => first.some((one) => one.type === 'arp'));
    assert.ok(first.every((one) => one.interface === String(watched.index)));

    session.onFacts((facts) => {
      second.push(...decode(facts));
    });
    const before = first.length;
    await sleep(1100);
    provokeArp();
    await until('no fact for the second callback', () => second.length > 0);
    assert.equal(first.length, before);

    session.onFacts(null);
    const settled = second.length;
    await sleep(1100);
    provokeArp();
    await sleep(300);
    assert.equal(second.length, settled);
    session.close();
  });

  it('that are gathered wait to be read: all until that moment, in order, each once', async () => {
    const session = openSession({ features: controlFeature.factsArp });
    session.setInterface(watched.index, 0, linkKind.ethernet, false);
    session.attach(watched.index, 'ingress', 'clsact');
    session.gatherFacts(65_536);
    const read: Fact[] = [];
    for (const pauseMs of [0, 150, 0]) {
      provokeArp();
      // At once, when they are still in the ring; and when the thread has taken them out of it.
      await sleep(pauseMs);
      const { facts, lost } = session.readFacts();
      const requests = decode(facts).filter(({ type }) => type === 'arp');
      assert.ok(requests.length > 0);
      assert.equal(lost, 0);
      read.push(...requests);
    }
    provokeArp();
    read.push(...decode(session.takeFacts().facts));
    assert.equal(decode(session.readFacts().facts).length, 0);
    const times = read.map(({ timeUs }) => timeUs);
    assert.deepEqual(
      times,
      times.toSorted((a, b) => a - b),
    );
    assert.ok(read.length >= 4);
    session.close();
  });

  it('that are gathered and never read are refused beyond the limit, and counted', async () => {
    const session = openSession({ features: controlFeature.factsArp });
    session.setInterface(watched.index, 0, linkKind.ethernet, false);
    session.attach(watched.index, 'ingress', 'clsact');
    session.gatherFacts(4096);
    const asked = 60;
    for (let i = 0; i < asked; i += 1) provokeArp();
    await sleep(150);
    const { facts, lost } = session.readFacts();
    const kept = decode(facts).length;
    assert.ok(facts.byteLength <= 4096);
    assert.ok(lost > 0);
    assert.ok(kept + lost >= asked, `${kept} kept, ${lost} lost`);
    // There is room again, and what was lost stays counted.
    provokeArp();
    const next = session.readFacts();
    assert.ok(next.facts.byteLength > 0);
    assert.equal(next.lost, lost);
    session.close();
  });

  it('are gathered or handed to a callback, not both', () => {
    const session = openSession({ features: controlFeature.factsArp });
    assert.equal(nativeErrorOf(() => session.readFacts()).code, 'EINVAL');
    session.gatherFacts(65_536);
    assert.equal(nativeErrorOf(() => session.gatherFacts(65_536)).code, 'EINVAL');
    assert.equal(nativeErrorOf(() => session.onFacts(() => {})).code, 'EINVAL');
    assert.equal(nativeErrorOf(() => session.gatherFacts(1)).code, 'EINVAL');
    session.onFacts(null);
    session.onFacts(() => {});
    assert.equal(nativeErrorOf(() => session.readFacts()).code, 'EINVAL');
    session.close();
    assert.equal(nativeErrorOf(() => session.gatherFacts(65_536)).code, 'EBADF');
  });

  it('are not made unless they are asked for', async () => {
    const session = openSession({ features: 0 });
    session.setInterface(watched.index, 0, linkKind.ethernet, false);
    session.attach(watched.index, 'ingress', 'clsact');
    let calls = 0;
    session.onFacts(() => {
      calls += 1;
    });
    provokeArp();
    await sleep(400);
    assert.equal(calls, 0);
    session.close();
  });

  it('of captured frames come with the frames that made them', async () => {
    const session = openSession({ capture: true, features: controlFeature.factsMalformed });
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
    const facts = decode((await session.runFrames(buffer, buffer.byteLength)).facts);
    assert.deepEqual(
      facts.map((one) => one.type),
      ['malformed'],
    );
    session.close();
  });
});

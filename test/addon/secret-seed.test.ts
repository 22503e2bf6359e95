// A flow's fingerprint can't be foreseen: it depends on a seed that each session draws for itself. Needs root.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openBatch } from '../../src/core/wire/batch.js';
import {
  captureFrameLayout,
  flowCountersLayout,
  linkKind,
} from '../../src/core/wire/layout.generated.js';
import { openSession } from '../support/native-session.js';
import { ethernet, etherType, ipProtocol, ipv4, udp } from '../support/packet-builder.js';

const interfaceIndex = 7;
const frame = ethernet(etherType.ipv4, ipv4(ipProtocol.udp, udp(40_000, 53, Buffer.alloc(8))));

/** As hexadecimal; the kernel's table is asked twice for the same packet. */
async function fingerprintsOfTwoRuns(): Promise<readonly string[]> {
  const session = openSession({ capture: true });
  session.setInterface(interfaceIndex, 0, linkKind.ethernet, false);
  const fingerprints: string[] = [];
  for (let run = 1; run <= 2; run++) {
    const buffer = new ArrayBuffer(captureFrameLayout.size + Math.ceil(frame.length / 8) * 8);
    const view = new DataView(buffer);
    const place = captureFrameLayout.offset;
    view.setBigUint64(place.timeNs, BigInt(run) * 1_000_000_000n, true);
    view.setUint32(place.originalLength, frame.length, true);
    view.setUint32(place.capturedLength, frame.length, true);
    view.setUint32(place.interfaceIndex, interfaceIndex, true);
    new Uint8Array(buffer).set(frame, captureFrameLayout.size);
    await session.runFrames(buffer, buffer.byteLength);
    const batch = openBatch(await session.drain());
    assert.equal(batch.flowCount, 1);
    const word = batch.flowsWord + flowCountersLayout.offset.fingerprint / 4;
    const [low, high] = [batch.words[word]!, batch.words[word + 1]!];
    fingerprints.push(((BigInt(high) << 32n) | BigInt(low)).toString(16));
  }
  session.close();
  return fingerprints;
}

test('the same packet has one fingerprint in a session, and another in each session', async () => {
  const sessions = [];
  for (let count = 0; count < 8; count++) sessions.push(await fingerprintsOfTwoRuns());
  for (const [first, second] of sessions) assert.equal(first, second);
  assert.equal(new Set(sessions.map(([first]) => first)).size, sessions.length);
});

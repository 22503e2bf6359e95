// Runs frames through the capture program by BPF_PROG_TEST_RUN and returns its kernel events. Needs permission to load BPF.
import { strict as assert } from 'node:assert';
import type { KernelEvent } from '../../src/core/model/kernel-event.js';
import type { NativeSession } from '../../src/core/native/contract.js';
import { decodeKernelEvents } from '../../src/core/wire/kernel-event-record.js';
import { captureFrameLayout, linkKind } from '../../src/core/wire/layout.generated.js';
import { openSession } from './native-session.js';

const INTERFACE = 7;
const clock = {
  clockIsNanoseconds: true,
  clockAtCapture: 0,
  clockNsPerUnit: 1,
  capturedAtUs: 0,
};
export function openFrames(features: number): NativeSession {
  const session = openSession({ capture: true, features, ringBytes: 1 << 20 });
  session.setInterface(INTERFACE, 0, linkKind.ethernet, false);
  return session;
}

export async function runFrames(
  session: NativeSession,
  frames: readonly Uint8Array[],
  firstMs = 1000,
  stepMs = 1,
): Promise<KernelEvent[]> {
  const sizes = frames.map((frame) => captureFrameLayout.size + Math.ceil(frame.length / 8) * 8);
  const buffer = new ArrayBuffer(sizes.reduce((sum, size) => sum + size, 0));
  const view = new DataView(buffer);
  const place = captureFrameLayout.offset;
  let at = 0;
  frames.forEach((frame, index) => {
    view.setBigUint64(at + place.timeNs, BigInt(firstMs + index * stepMs) * 1_000_000n, true);
    view.setUint32(at + place.originalLength, frame.length, true);
    view.setUint32(at + place.capturedLength, frame.length, true);
    view.setUint32(at + place.interfaceIndex, INTERFACE, true);
    new Uint8Array(buffer).set(frame, at + captureFrameLayout.size);
    at += sizes[index]!;
  });
  const result = await session.runFrames(buffer, buffer.byteLength);
  const kernelEvents: KernelEvent[] = [];
  assert.equal(
    decodeKernelEvents(result.events, clock, () => 'test', kernelEvents),
    0,
  );
  return kernelEvents;
}

export async function kernelEventsOf(
  features: number,
  ...frames: Uint8Array[]
): Promise<KernelEvent[]> {
  const session = openFrames(features);
  try {
    return await runFrames(session, frames);
  } finally {
    session.close();
  }
}

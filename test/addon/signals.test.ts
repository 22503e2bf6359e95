// A profiler sends this thread a signal every few microseconds: programs are loaded all the same. Needs root.
import assert from 'node:assert/strict';
import { Session } from 'node:inspector/promises';
import { test } from 'node:test';
import { linkKind } from '../../src/core/wire/layout.generated.js';
import { openSession } from '../support/native-session.js';

const SAMPLING_MICROSECONDS = 50;
const LOADS = 5;

test('loading programs goes on under a profiler', async () => {
  const profiler = new Session();
  profiler.connect();
  await profiler.post('Profiler.enable');
  await profiler.post('Profiler.setSamplingInterval', { interval: SAMPLING_MICROSECONDS });
  await profiler.post('Profiler.start');
  try {
    for (let load = 0; load < LOADS; load++) {
      // A capture's program is the longest to verify.
      const session = openSession({ capture: true });
      session.setInterface(1, 0, linkKind.ethernet, false);
      session.close();
    }
  } finally {
    const { profile } = await profiler.post('Profiler.stop');
    profiler.disconnect();
    // It has been at work indeed: without its signals this test would show nothing.
    assert.ok((profile.samples?.length ?? 0) > LOADS, 'the profiler has taken samples');
  }
});

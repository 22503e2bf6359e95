// What the flags of a long run do to V8, seen in its own statistics; and when they are set and startup's pages go.
import { spawnSync } from 'node:child_process';
import { describe, expect, it, vi } from 'vitest';
import { heapFlags, spareMemory } from '../../../src/cli/v8-heap-tuning.js';
import type { MonitorPort } from '../../../src/core/model/monitor-port.js';

const done = vi.hoisted(() => ({ log: [] as string[] }));
vi.mock('node:v8', () => ({ setFlagsFromString: (flag: string) => done.log.push(flag) }));
vi.mock('../../../src/core/native/load.js', () => ({
  loadNative: () => ({ dropStartupPages: () => done.log.push('startup pages') }),
}));

/**
 * A process like ours that sets the flags at run time, then makes short-lived garbage beside a live heap of some MB, as ticks do. Returns the
 * most that its heap took, and the steps of marking that came before its full collections.
 */
function heapWith(flags: readonly string[]): { peakBytes: number; markingSteps: number } {
  const script = `const v8 = require('node:v8');
for (const flag of ${JSON.stringify(flags)}) v8.setFlagsFromString(flag);
const live = [];
for (let i = 0; i < 60000; i += 1) live.push({ i, text: 'flow ' + i });
let peak = 0;
for (let tick = 0; tick < 400; tick += 1) {
  const garbage = [];
  for (let i = 0; i < 6000; i += 1) garbage.push({ tick, i, rates: [i, i + 1, i + 2] });
  live[tick % live.length] = garbage[0];
  peak = Math.max(peak, v8.getHeapStatistics().total_physical_size);
}
console.log(JSON.stringify({ peak, live: live.length }));`;
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--semi-space-growth-factor=1', '--no-memory-reducer', '--trace-gc', '-e', script],
    { encoding: 'utf8' },
  );
  expect(stderr).toBe('');
  expect(status).toBe(0);
  const lines = stdout.trim().split('\n');
  const result = JSON.parse(lines.find((line) => line.startsWith('{'))!) as { peak: number };
  return {
    peakBytes: result.peak,
    // V8 says of each full collection how many steps of marking came before it.
    markingSteps: lines.reduce(
      (sum, line) => sum + Number(/\+ [\d.]+ ms in (\d+) steps/.exec(line)?.[1] ?? 0),
      0,
    ),
  };
}

/** What is done at each of these ticks, by the megabytes that are resident; null: a tick without cost. */
const doneAt = (...megabytes: (number | null)[]): string[][] => {
  const listeners: ((snapshot: unknown) => void)[] = [];
  const monitor = {
    on: (_: string, listener: (typeof listeners)[number]) => listeners.push(listener),
  };
  spareMemory(monitor as unknown as MonitorPort);
  return megabytes.map((resident) => {
    done.log = [];
    const cost = resident === null ? null : { residentBytes: resident * 1e6 };
    for (const listener of listeners) listener({ cost });
    return done.log;
  });
};

const { lowMemory, ordinary } = heapFlags;

describe('the memory of a long run', () => {
  it('is tidied once, when the start is over', () => {
    expect(doneAt(90, 90, 90, 90)).toEqual([[], [], ['startup pages', ...ordinary], []]);
  });

  it('is spared above 100 MB, until less than 85 are resident', () => {
    const [, , , ...later] = doneAt(90, 90, 90, 99, 101, 130, 90, 84, 99, 101);
    expect(later).toEqual([[], [...lowMemory], [], [], [...ordinary], [], [...lowMemory]]);
  });

  it('is not judged by the start, nor by a tick that knows no cost', () => {
    const [first, second, , ...later] = doneAt(150, 150, 150, null, 150);
    expect([first, second, ...later]).toEqual([[], [], [], [...lowMemory]]);
  });
});

describe('the flags', () => {
  it('of low memory keep the heap smaller than the ordinary ones', () => {
    const small = heapWith(lowMemory);
    const large = heapWith(ordinary);
    expect(small.peakBytes).toBeLessThan(large.peakBytes * 0.9);
  });

  it('that are ordinary mark in one piece, not ahead of need', () => {
    expect(heapWith(ordinary).markingSteps).toBe(0);
  });

  it('are all known to this V8', () => {
    for (const flag of [...lowMemory, ...ordinary]) {
      const { stderr } = spawnSync(process.execPath, [flag, '-e', '0'], { encoding: 'utf8' });
      expect(stderr).toBe('');
    }
  });
});

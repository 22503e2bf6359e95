// When V8 is told to be thrifty, and when startup's pages go.
import { describe, expect, it, vi } from 'vitest';
import { spareMemory } from '../../../src/cli/v8-heap-tuning.js';
import type { MonitorPort } from '../../../src/core/model/monitor-port.js';

const done = vi.hoisted(() => ({ log: [] as string[] }));
vi.mock('node:v8', () => ({ setFlagsFromString: (flag: string) => done.log.push(flag) }));
vi.mock('../../../src/core/native/load.js', () => ({
  loadNative: () => ({ dropStartupPages: () => done.log.push('startup pages') }),
}));

const careless = ['--no-optimize-for-size', '--no-incremental-marking'];
const thrifty = ['--optimize-for-size', '--incremental-marking'];

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

describe('the memory of a long run', () => {
  it('is tidied once, when the start is over', () => {
    expect(doneAt(90, 90, 90, 90)).toEqual([[], [], ['startup pages', ...careless], []]);
  });

  it('is spared above 100 MB, until less than 85 are resident', () => {
    const [, , , ...later] = doneAt(90, 90, 90, 99, 101, 130, 90, 84, 99, 101);
    expect(later).toEqual([[], thrifty, [], [], careless, [], thrifty]);
  });

  it('is not judged by the start, nor by a tick that knows no cost', () => {
    const [first, second, , ...later] = doneAt(150, 150, 150, null, 150);
    expect([first, second, ...later]).toEqual([[], [], [], thrifty]);
  });
});

// For tests of the library: this process enters the left side of a pair of namespaces, the right side sends.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadNative } from '../../src/core/native/load.js';
import { ExpectedError, type Snapshot } from '../../src/index.js';
import { makePair, type Pair } from './namespaces.js';
import { projectRoot } from './program.js';

export const customCounters = readFileSync(
  join(projectRoot(), 'examples/custom-counters.bpf.c'),
  'utf8',
);

export const expected = (status: number, words: RegExp) => (error: unknown) =>
  error instanceof ExpectedError && error.status === status && words.test(error.message);

export const icmp = (tick: Snapshot) => tick.protocols.find(({ protocol }) => protocol === 'ICMP');

export class LibrarySide {
  readonly pair: Pair;

  /** The library watches the network namespace of the calling thread. */
  constructor(prefix: string) {
    this.pair = makePair(prefix);
    loadNative().enterNetworkNamespace(`/run/netns/${this.pair.left.name}`);
  }

  /** Frames of 142 bytes, each answered. */
  ping(count: number): void {
    const flags = ['-q', '-c', String(count), '-i', '0.005', '-s', '100'];
    const result = this.pair.right.run('ping', ...flags, this.pair.leftAddress);
    assert.equal(result.status, 0, result.stderr);
  }

  /** Floods the left side while an action runs; resolves when both have ended. */
  async floodDuring(packets: number, action: () => Promise<void>): Promise<void> {
    const flags = ['-q', '-f', '-c', String(packets), '-s', '100'];
    const flood = this.pair.right.start('ping', ...flags, this.pair.leftAddress);
    const ended = new Promise((resolve) => flood.once('exit', resolve));
    await action();
    assert.equal(await ended, 0, 'every ping was answered');
  }

  remove(): void {
    this.pair.remove();
  }
}

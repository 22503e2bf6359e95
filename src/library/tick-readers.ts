// Everybody who iterates over a monitor: each gets the newest tick when he asks, and what he didn't see is counted.
import type { Snapshot } from '../core/model/snapshot.js';
import { NewestValue } from './newest-value.js';

export class TickReaders {
  readonly #readers = new Set<NewestValue<Snapshot>>();
  #ended: { readonly error: Error | null } | null = null;
  #skippedBefore = 0;

  get size(): number {
    return this.#readers.size;
  }

  /** Ticks that were replaced before somebody took them, those of readers that have gone included. */
  get skipped(): number {
    return [...this.#readers].reduce((sum, reader) => sum + reader.skipped, this.#skippedBefore);
  }

  put(snapshot: Snapshot): void {
    for (const reader of this.#readers) reader.put(snapshot);
  }

  /** What was put last is still taken; then iteration ends, or throws the error. */
  end(error: Error | null): void {
    this.#ended = { error };
    for (const reader of this.#readers) reader.end(error);
  }

  async *iterate(): AsyncGenerator<Snapshot, void, undefined> {
    const reader = new NewestValue<Snapshot>();
    if (this.#ended) reader.end(this.#ended.error);
    this.#readers.add(reader);
    try {
      for (;;) {
        const tick = await reader.take();
        if (!tick) return;
        yield tick;
      }
    } finally {
      this.#skippedBefore += reader.skipped;
      this.#readers.delete(reader);
    }
  }
}

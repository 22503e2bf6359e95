// The iterators over a monitor: each gets the newest tick when it asks; ticks that it missed are counted.
import type { Snapshot } from '../core/model/snapshot.js';
import { NewestValue } from './newest-value.js';

export class TickReaders {
  readonly #readers = new Set<NewestValue<Snapshot>>();
  #ended: { readonly error: Error | null } | null = null;
  #skippedBefore = 0;

  get size(): number {
    return this.#readers.size;
  }

  /** Ticks that were replaced before they were read, including those of readers that have ended. */
  get skipped(): number {
    return [...this.#readers].reduce((sum, reader) => sum + reader.skipped, this.#skippedBefore);
  }

  put(snapshot: Snapshot): void {
    for (const reader of this.#readers) reader.put(snapshot);
  }

  /** The last value is still delivered; then iteration ends, or throws the error. */
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

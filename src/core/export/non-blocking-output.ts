// stdout without ever waiting for its reader: what the pipe doesn't take now stays here and is tried again.
import { closeSync, constants, fstatSync, openSync, writeSync } from 'node:fs';

/** Between two tries while the reader doesn't take anything. */
const RETRY_MS = 10;
/** One write: more than a pipe holds is of no use. */
const CHUNK_BYTES = 256 * 1024;

export interface OutputTimers {
  after(milliseconds: number, callback: () => void): () => void;
}

/** Why nothing more can be written. */
export type OutputEnd = 'closed' | Error;

export class NonBlockingOutput {
  readonly #descriptor: number;
  readonly #ownDescriptor: boolean;
  readonly #timers: OutputTimers;
  readonly #onEnd: (end: OutputEnd) => void;
  #pending: Buffer[] = [];
  #offset = 0;
  #bytesTaken = 0;
  #cancelRetry: (() => void) | null = null;
  #ended = false;
  #drained: (() => void)[] = [];

  constructor(descriptor: number, timers: OutputTimers, onEnd: (end: OutputEnd) => void) {
    const reopened = reopenNonBlocking(descriptor);
    this.#descriptor = reopened ?? descriptor;
    this.#ownDescriptor = reopened !== null;
    this.#timers = timers;
    this.#onEnd = onEnd;
  }

  /** Something is still waiting for the reader. */
  get busy(): boolean {
    return this.#pending.length > 0;
  }

  write(text: string): void {
    if (this.#ended) return;
    this.#pending.push(Buffer.from(text, 'utf8'));
    if (!this.#cancelRetry) this.#flush();
  }

  /** Resolves with true when all has been taken, with false when time is up. */
  drained(milliseconds: number): Promise<boolean> {
    return this.#drainedWithin(milliseconds, false);
  }

  /** The same, but time is up only when the reader has taken nothing for so long. */
  drainedAtItsPace(milliseconds: number): Promise<boolean> {
    return this.#drainedWithin(milliseconds, true);
  }

  #drainedWithin(milliseconds: number, whileItTakes: boolean): Promise<boolean> {
    if (!this.busy || this.#ended) return Promise.resolve(true);
    return new Promise((resolve) => {
      let cancel = (): void => {};
      const wait = (): void => {
        const known = this.#bytesTaken;
        cancel = this.#timers.after(milliseconds, () => {
          if (whileItTakes && this.#bytesTaken > known) wait();
          else resolve(false);
        });
      };
      this.#drained.push(() => {
        cancel();
        resolve(true);
      });
      wait();
    });
  }

  close(): void {
    this.#cancelRetry?.();
    this.#ended = true;
    if (this.#ownDescriptor) closeSync(this.#descriptor);
  }

  #flush(): void {
    this.#cancelRetry = null;
    try {
      while (this.#pending.length > 0) {
        const [first] = this.#pending;
        const length = Math.min(CHUNK_BYTES, first!.length - this.#offset);
        const taken = writeSync(this.#descriptor, first!, this.#offset, length);
        this.#bytesTaken += taken;
        this.#offset += taken;
        if (this.#offset < first!.length) continue;
        this.#pending.shift();
        this.#offset = 0;
      }
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EAGAIN') {
        this.#cancelRetry = this.#timers.after(RETRY_MS, () => this.#flush());
        return;
      }
      this.#end(code === 'EPIPE' ? 'closed' : (error as Error));
    }
    for (const done of this.#drained.splice(0)) done();
  }

  #end(end: OutputEnd): void {
    this.#ended = true;
    this.#pending = [];
    this.#onEnd(end);
  }
}

/**
 * A second opening of the same pipe or terminal: O_NONBLOCK on the one that we were given would be seen by everyone who shares it.
 * Files never block; sockets can't be opened again, and what Node does for them has to do.
 */
function reopenNonBlocking(descriptor: number): number | null {
  try {
    const status = fstatSync(descriptor);
    if (!status.isFIFO() && !status.isCharacterDevice()) return null;
    return openSync(
      `/proc/self/fd/${descriptor}`,
      constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY,
    );
  } catch {
    // /proc isn't there, or the pipe belongs to another user: a slow reader then makes us wait, which is all that is lost.
    return null;
  }
}

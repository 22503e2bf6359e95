// An output that never waits for its reader: what a pipe doesn't accept is kept and retried; what a full disk refuses is truncated and counted.
import { closeSync, constants, fstatSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import type { Timers } from '../model/clock.js';

/** Retry interval while the reader reads nothing. */
const RETRY_MS = 10;
/** One write: more than a pipe holds is of no use. */
const CHUNK_BYTES = 256 * 1024;

/** Why nothing more can be written. */
export type OutputEnd = 'closed' | Error;

/** Disk or quota full, file size limit, or I/O error: writing may work again later. */
const passingFaults = new Set(['ENOSPC', 'EDQUOT', 'EFBIG', 'EIO']);

interface Pending {
  readonly bytes: Buffer;
  /** It was not written, and won't be. */
  readonly onLost: () => void;
}

export class NonBlockingOutput {
  readonly #descriptor: number;
  readonly #ownDescriptor: boolean;
  readonly #timers: Timers;
  readonly #onEnd: (end: OutputEnd) => void;
  readonly #onRefused: ((error: Error) => void) | null;
  #pending: Pending[] = [];
  #offset = 0;
  #bytesTaken = 0;
  #cancelRetry: (() => void) | null = null;
  #ended = false;
  #drained: (() => void)[] = [];

  /** `onRefused`: a full disk does not end the output; the data is lost, and writing continues when there is space. */
  constructor(
    descriptor: number,
    timers: Timers,
    onEnd: (end: OutputEnd) => void,
    onRefused: ((error: Error) => void) | null = null,
  ) {
    const reopened = reopenNonBlocking(descriptor);
    this.#descriptor = reopened ?? descriptor;
    this.#ownDescriptor = reopened !== null;
    this.#timers = timers;
    this.#onEnd = onEnd;
    this.#onRefused = onRefused;
  }

  /** Something is still waiting for the reader. */
  get busy(): boolean {
    return this.#pending.length > 0;
  }

  write(text: string, onLost: () => void = () => {}): void {
    if (this.#ended) return;
    this.#pending.push({ bytes: Buffer.from(text, 'utf8'), onLost });
    if (!this.#cancelRetry) this.#flush();
  }

  /** Resolves with true when everything has been written, with false on timeout. */
  drained(milliseconds: number): Promise<boolean> {
    return this.#drainedWithin(milliseconds, false);
  }

  /** The same, but times out only when the reader has read nothing for so long. */
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
        const { bytes } = this.#pending[0]!;
        const length = Math.min(CHUNK_BYTES, bytes.length - this.#offset);
        const taken = writeSync(this.#descriptor, bytes, this.#offset, length);
        this.#bytesTaken += taken;
        this.#offset += taken;
        if (this.#offset < bytes.length) continue;
        this.#pending.shift();
        this.#offset = 0;
      }
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EAGAIN') {
        this.#cancelRetry = this.#timers.after(RETRY_MS, () => this.#flush());
        return;
      }
      if (this.#onRefused && passingFaults.has(code ?? '')) this.#refused(error as Error);
      else this.#end(code === 'EPIPE' ? 'closed' : (error as Error));
    }
    for (const done of this.#drained.splice(0)) done();
  }

  /** A partial line would corrupt the next one: it is truncated. */
  #refused(error: Error): void {
    const lost = this.#pending;
    this.#pending = [];
    if (this.#offset > 0) this.#cutOff(this.#offset);
    this.#offset = 0;
    for (const { onLost } of lost) onLost();
    this.#onRefused?.(error);
  }

  #cutOff(bytes: number): void {
    try {
      const status = fstatSync(this.#descriptor);
      if (status.isFile()) ftruncateSync(this.#descriptor, Math.max(0, status.size - bytes));
    } catch {
      // An append-only file: a torn line stays, and its reader sees where.
    }
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

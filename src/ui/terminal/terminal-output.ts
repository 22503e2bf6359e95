// Writes to the terminal: one write at a time, never blocking the process; the last write has 150 ms.
import type { WriteStream } from 'node:tty';

/** Passed in by the command line: no folder of src/ui may open or write a file descriptor directly. */
export interface DescriptorAccess {
  /** Like fs.writeSync; may throw EAGAIN. */
  readonly writeSync: (descriptor: number, text: string) => number;
  /** Like fs.write, used where the stream cannot be made non-blocking; it may block one thread of the pool. */
  readonly write: (
    descriptor: number,
    text: string,
    done: (error: Error | null, written: number) => void,
  ) => void;
  /** Stops the thread for some milliseconds (Atomics.wait). */
  readonly sleepSync: (milliseconds: number) => void;
  readonly now: () => number;
}

/** How long the restoring sequence may try to get through a full terminal before we leave without it. */
export const lastWordMilliseconds = 150;

interface TtyHandle {
  readonly fd?: number;
  setBlocking?(blocking: boolean): number;
}

const handleOf = (stdout: WriteStream): TtyHandle | null =>
  (stdout as unknown as { _handle?: TtyHandle | null })._handle ?? null;

export class TerminalOutput {
  private readonly byStream: boolean;
  private readonly descriptor: number;
  private inFlight = false;
  private goneListener: (() => void) | null = null;
  bytesWritten = 0;
  writes = 0;

  constructor(
    private readonly stdout: WriteStream,
    private readonly access: DescriptorAccess,
  ) {
    const handle = handleOf(stdout);
    // libuv reopens the terminal, so that the shell's open file description keeps its flags.
    this.byStream = handle?.setBlocking?.(false) === 0;
    this.descriptor =
      this.byStream && handle?.fd !== undefined ? handle.fd : ((stdout as { fd?: number }).fd ?? 1);
    stdout.on('error', this.onError);
  }

  /** The terminal went away (EIO, EPIPE): nothing more can be shown. */
  onGone(listener: () => void): void {
    this.goneListener = listener;
  }

  get busy(): boolean {
    return this.inFlight;
  }

  /** Must not be called while busy. */
  send(text: string, done: () => void): void {
    this.inFlight = true;
    this.writes++;
    this.bytesWritten += Buffer.byteLength(text);
    const finished = (): void => {
      this.inFlight = false;
      done();
    };
    if (this.byStream) this.stdout.write(text, finished);
    else this.sendByDescriptor(Buffer.from(text), finished);
  }

  /** Synchronous, never blocks longer than its limit, for the way out only. Says whether all of it got through. */
  sendLastWord(text: string): boolean {
    const start = this.access.now();
    let rest = text;
    while (rest !== '') {
      try {
        const written = this.access.writeSync(this.descriptor, rest);
        rest = rest.slice(written);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return false;
        if (this.access.now() - start > lastWordMilliseconds) return false;
        this.access.sleepSync(5);
      }
    }
    return true;
  }

  close(): void {
    this.goneListener = null;
  }

  private sendByDescriptor(bytes: Buffer, done: () => void): void {
    this.access.write(this.descriptor, bytes.toString('utf8'), (error, written) => {
      const code = (error as NodeJS.ErrnoException | null)?.code;
      if (error !== null && code !== 'EAGAIN') {
        this.onError(error);
        return;
      }
      const rest = bytes.subarray(error === null ? written : 0);
      if (rest.length === 0) done();
      else this.sendByDescriptor(rest, done);
    });
  }

  private readonly onError = (_error: Error): void => {
    this.inFlight = true;
    this.goneListener?.();
  };
}

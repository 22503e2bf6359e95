// Stand-in for stdout, for Ink: collects whole frames as text and writes nothing.
import { EventEmitter } from 'node:events';

export class FrameStdout extends EventEmitter {
  /** Not a terminal for Ink: so it sends no cursor, alternate-screen or synchronisation sequences. */
  readonly isTTY = false;
  readonly writable = true;
  readonly writableEnded = false;
  readonly destroyed = false;
  columns: number;
  rows: number;
  frame = '';

  constructor(
    columns: number,
    rows: number,
    private readonly onFrame: () => void,
  ) {
    super();
    this.columns = columns;
    this.rows = rows;
  }

  resize(columns: number, rows: number): void {
    this.columns = columns;
    this.rows = rows;
    this.emit('resize');
  }

  /** With `debug` Ink writes each frame in one piece, and an empty one as a barrier when it unmounts. */
  write(text: string, encodingOrDone?: unknown, done?: () => void): boolean {
    if (text !== '') {
      this.frame = text;
      this.onFrame();
    }
    const callback = typeof encodingOrDone === 'function' ? encodingOrDone : done;
    if (callback !== undefined) queueMicrotask(callback as () => void);
    return true;
  }
}

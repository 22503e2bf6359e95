// Accepts whole frames, writes the newest: while a write is pending, later frames only replace each other.
import { CellBuffer } from './cell-buffer.js';
import { type Encoding, encodeDifference } from './frame-diff.js';
import type { TerminalOutput } from './terminal-output.js';

export interface SinkOptions {
  readonly encoding: Encoding;
  /** Wrap frames in mode 2026, so that terminals that know it show them in one go. */
  readonly synchronized: boolean;
}

const beginFrame = '\x1b[?2026h';
const endFrame = '\x1b[?2026l';

export class FrameSink {
  private shown: CellBuffer | null = null;
  private sent: CellBuffer | null = null;
  private waiting: CellBuffer | null = null;
  /** Bytes that are not part of a frame and must not split one: written before the next frame. */
  private between = '';
  private stopped = false;
  /** Frames that a newer one replaced before they could be sent. */
  framesSkipped = 0;
  framesSent = 0;

  constructor(
    private readonly output: TerminalOutput,
    private readonly options: SinkOptions,
  ) {}

  /** The buffer is copied: the caller goes on drawing into it. */
  submit(frame: CellBuffer): void {
    if (this.stopped) return;
    if (this.output.busy) {
      if (this.waiting !== null) this.framesSkipped++;
      this.waiting = copyInto(this.waiting, frame);
      return;
    }
    this.transmit(frame);
  }

  sendBetween(text: string): void {
    if (this.stopped) return;
    if (this.output.busy) this.between += text;
    else this.output.send(text, () => this.next());
  }

  /** The terminal's content is no longer known (Ctrl-L, resize, resumed after SIGTSTP). */
  invalidate(): void {
    this.shown = null;
    this.sent = null;
  }

  stop(): void {
    this.stopped = true;
    this.waiting = null;
  }

  resume(): void {
    this.stopped = false;
    this.invalidate();
  }

  private transmit(frame: CellBuffer): void {
    const difference = encodeDifference(this.shown, frame, this.options.encoding);
    if (difference === '') return;
    // Double buffering: the frame being written becomes the frame shown.
    const free = this.sent;
    this.sent = this.shown;
    this.shown = copyInto(free, frame);
    this.framesSent++;
    const text = this.options.synchronized ? beginFrame + difference + endFrame : difference;
    this.output.send(text, () => this.next());
  }

  private next(): void {
    if (this.stopped) return;
    const { between, waiting } = this;
    if (between !== '') {
      this.between = '';
      this.output.send(between, () => this.next());
      return;
    }
    this.waiting = null;
    if (waiting !== null) this.transmit(waiting);
  }
}

const copyInto = (target: CellBuffer | null, source: CellBuffer): CellBuffer => {
  const fits = target !== null && target.columns === source.columns && target.rows === source.rows;
  const copy = fits ? target : new CellBuffer(source.columns, source.rows);
  copy.copyFrom(source);
  return copy;
};

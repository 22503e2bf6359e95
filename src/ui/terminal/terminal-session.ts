// Sets up the terminal and restores it on every exit path: alternate screen, cursor, raw mode, bracketed paste, mouse.
import type { ReadStream } from 'node:tty';
import type { TerminalOutput } from './terminal-output.js';

export interface SessionOptions {
  readonly mouse: boolean;
}

const enterScreen = '\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[?2004h';
/** The look is reset first: a cut sequence before it ends here, and colours don't leak into the shell. */
const leaveScreen = '\x1b[0m\x1b[?2026l\x1b[?2004l\x1b[?7h\x1b[?25h\x1b[?1049l';
/** Presses, drags and the wheel, with coordinates beyond 223. */
const mouseOn = '\x1b[?1000h\x1b[?1002h\x1b[?1006h';
const mouseOff = '\x1b[?1006l\x1b[?1002l\x1b[?1000l';

export class TerminalSession {
  private taken = false;

  constructor(
    private readonly output: TerminalOutput,
    /** null: no keyboard. */
    private readonly keyboard: ReadStream | null,
    private readonly options: SessionOptions,
  ) {}

  get active(): boolean {
    return this.taken;
  }

  take(): void {
    if (this.taken) return;
    this.taken = true;
    if (this.keyboard?.isTTY) this.keyboard.setRawMode(true);
    this.output.sendLastWord(this.options.mouse ? enterScreen + mouseOn : enterScreen);
  }

  /** After a stop: whatever the shell did to the terminal is undone, even if it was never given back. */
  retake(): void {
    this.taken = false;
    // Node believes that the keys are raw still, and would not set them again.
    if (this.keyboard?.isTTY) this.keyboard.setRawMode(false);
    this.take();
  }

  /** Synchronous and idempotent; gives up on a terminal that accepts no bytes for 150 ms. */
  giveBack(): void {
    if (!this.taken) return;
    this.taken = false;
    this.output.sendLastWord(this.options.mouse ? mouseOff + leaveScreen : leaveScreen);
    // A terminal that is gone cannot be set; there is nothing left to restore then.
    if (this.keyboard?.isTTY && !this.keyboard.destroyed) this.keyboard.setRawMode(false);
  }
}

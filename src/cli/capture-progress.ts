// The progress bar of a capture that is being read: one line on stderr, only where that is a terminal.

export interface ProgressTerminal {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

export interface CaptureProgressState {
  readonly readBytes: number;
  /** null: a pipe, whose length is unknown. */
  readonly totalBytes: number | null;
  readonly packets: number;
}

/** Redrawn at most this often: a terminal over a slow line must not slow the reading. */
const redrawMs = 100;
const barCells = 30;
const eraseLine = '\r\u001b[K';

/** One line without its end, for `columns` cells. */
export function progressLine(state: CaptureProgressState, columns: number): string {
  const packets = `${state.packets.toLocaleString('en-US')} packets`;
  const { totalBytes } = state;
  if (totalBytes === null || totalBytes === 0) {
    return `${packets}, ${(state.readBytes / 1e6).toFixed(1)} MB`.slice(0, columns - 1);
  }
  const share = Math.min(1, state.readBytes / totalBytes);
  const filled = Math.round(share * barCells);
  const bar = `[${'#'.repeat(filled)}${'-'.repeat(barCells - filled)}]`;
  const percent = `${Math.floor(share * 100)}%`.padStart(4);
  return `${bar} ${percent}  ${packets}`.slice(0, columns - 1);
}

export class CaptureProgressBar {
  private drawnAtMs = Number.NEGATIVE_INFINITY;
  private visible = false;

  /** `nowMs` is any clock that runs forward. */
  constructor(
    private readonly terminal: ProgressTerminal,
    private readonly nowMs: () => number,
  ) {}

  update(state: CaptureProgressState): void {
    if (this.terminal.isTTY !== true) return;
    const now = this.nowMs();
    if (now - this.drawnAtMs < redrawMs) return;
    this.drawnAtMs = now;
    this.visible = true;
    this.terminal.write(eraseLine + progressLine(state, this.terminal.columns ?? 80));
  }

  /** Clears the line; call it before anything else is written to the terminal. */
  clear(): void {
    if (!this.visible) return;
    this.visible = false;
    this.terminal.write(eraseLine);
  }
}

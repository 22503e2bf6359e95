// What Ink wrote as its frame → cells: only SGR and text are expected; anything else would be a bug and is dropped.
import type { CellBuffer } from './cell-buffer.js';
import { applySgr, plain } from './style.js';

const piece =
  /\x1b\[([0-9;]*)m|\x1b\[[0-9;:?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\n|[^\x1b\n]+|\x1b/g;

export const drawInkFrame = (frame: string, target: CellBuffer): void => {
  target.clear();
  let row = 0;
  let column = 0;
  let style = plain;
  for (const match of frame.matchAll(piece)) {
    const text = match[0];
    if (match[1] !== undefined) style = applySgr(style, match[1]);
    else if (text === '\n') {
      row++;
      column = 0;
    } else if (text[0] !== '\x1b') column = target.write(row, column, text, style);
  }
};

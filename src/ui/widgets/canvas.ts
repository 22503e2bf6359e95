// A rectangle of the screen that live rows are drawn into: backed by cells or, in a test, by text.
import { CellBuffer } from '../terminal/cell-buffer.js';
import { textWidth } from '../terminal/char-width.js';
import type { Style } from '../terminal/style.js';

export interface Rectangle {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

export class Canvas {
  readonly width: number;
  readonly height: number;

  constructor(
    private readonly buffer: CellBuffer,
    private readonly place: Rectangle,
  ) {
    this.width = Math.max(0, Math.min(place.width, buffer.columns - place.left));
    this.height = Math.max(0, Math.min(place.height, buffer.rows - place.top));
  }

  /** Text from `column` on, cut at `end` (default: the canvas); returns the column after it. */
  text(row: number, column: number, text: string, style: Style, end = this.width): number {
    if (row < 0 || row >= this.height || column >= this.width) return column;
    const { left, top } = this.place;
    const limit = left + Math.min(end, this.width);
    return this.buffer.write(top + row, left + column, text, style, limit) - left;
  }

  /** Ends at `end` (not including it); cut on the right when it is wider than `end - start`. */
  textRight(row: number, start: number, end: number, text: string, style: Style): void {
    this.text(row, Math.max(start, end - textWidth(text)), text, style, end);
  }

  fill(row: number, column: number, end: number, style: Style, glyph = ' '): void {
    if (row < 0 || row >= this.height) return;
    const { left, top } = this.place;
    this.buffer.fill(top + row, left + column, left + Math.min(end, this.width), style, glyph);
  }

  restyle(row: number, column: number, end: number, change: (style: Style) => Style): void {
    if (row < 0 || row >= this.height) return;
    const { left, top } = this.place;
    this.buffer.restyle(top + row, left + column, left + Math.min(end, this.width), change);
  }

  clear(): void {
    for (let row = 0; row < this.height; row++) this.fill(row, 0, this.width, 0);
  }

  part(left: number, top: number, width: number, height: number): Canvas {
    return new Canvas(this.buffer, {
      left: this.place.left + left,
      top: this.place.top + top,
      width: Math.min(width, this.width - left),
      height: Math.min(height, this.height - top),
    });
  }
}

export type Paint = (canvas: Canvas) => void;

/** What a painter draws into a box of that size, as lines with SGR. */
export const paintedLines = (paint: Paint, width: number, height: number): string[] => {
  const buffer = new CellBuffer(width, height);
  paint(new Canvas(buffer, { left: 0, top: 0, width, height }));
  return Array.from({ length: height }, (_, row) => buffer.ansiOf(row));
};

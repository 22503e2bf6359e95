// The bytes that turn what a terminal shows into the next frame: changed cells only, cheapest cursor moves, absolute after wide glyphs.
import { asciiFor } from './ascii-glyphs.js';
import { type CellBuffer, wideTail } from './cell-buffer.js';
import { cellWidth } from './char-width.js';
import {
  backgroundOf,
  inverse,
  plain,
  type Style,
  transition,
  underline,
  withoutColor,
} from './style.js';

export interface Encoding {
  readonly color: boolean;
  readonly unicode: boolean;
}

const space = 0x20;
/** An unchanged gap up to this wide is written again rather than jumped over: a jump costs four bytes or more. */
const gapMax = 4;

/** A blank in this look is nothing to see, whatever its colour and weight. */
const isUnseen = (style: Style): boolean =>
  backgroundOf(style) === 0 && (style & (inverse | underline)) === 0;

/** Erasing fills with the current background, so it only serves blanks that look like nothing. */
const isBlank = (code: number, style: Style): boolean => code === space && isUnseen(style);

class Encoder {
  private parts = '';
  private row = -1;
  private column = -1;
  private style: Style = plain;

  constructor(
    private readonly frame: CellBuffer,
    private readonly encoding: Encoding,
  ) {}

  /** Blanks keep the current style where the difference is invisible: most style changes are between figures. */
  lookOf(cell: number): Style {
    const style = this.frame.styles[cell]!;
    if (isBlank(this.frame.codes[cell]!, style) && isUnseen(this.style)) return this.style;
    return this.encoding.color ? style : withoutColor(style);
  }

  moveTo(row: number, column: number): void {
    if (row === this.row && column === this.column) return;
    if (row === this.row && column > this.column && this.column >= 0) {
      const gap = column - this.column;
      if (gap > gapMax || !this.rewriteGap(row, column))
        this.parts += gap === 1 ? '\x1b[C' : `\x1b[${gap}C`;
    } else {
      const there = column === 0 ? `\x1b[${row + 1}H` : `\x1b[${row + 1};${column + 1}H`;
      const below = column === 0 ? '\r\n' : `\r\n\x1b[${column}C`;
      const shorter = row === this.row + 1 && this.column >= 0 && below.length < there.length;
      this.parts += shorter ? below : there;
    }
    this.row = row;
    this.column = column;
  }

  /** Writes the cells between here and there again when that is shorter than a jump (same look, ASCII). */
  private rewriteGap(row: number, column: number): boolean {
    const base = row * this.frame.columns;
    let text = '';
    for (let at = this.column; at < column; at++) {
      const code = this.frame.codes[base + at]!;
      if (code < space || code > 0x7e || this.lookOf(base + at) !== this.style) return false;
      text += String.fromCharCode(code);
    }
    this.parts += text;
    return true;
  }

  /** Writes one glyph at the cursor; returns its width in cells. */
  glyph(cell: number): number {
    const code = this.frame.codes[cell]!;
    const look = this.lookOf(cell);
    this.parts += transition(this.style, look);
    this.style = look;
    if (code >= space && code < 0x7f) this.parts += String.fromCharCode(code);
    else if (code === wideTail) this.parts += ' ';
    else if (!this.encoding.unicode) this.parts += String.fromCharCode(asciiFor(code));
    else {
      this.parts += String.fromCodePoint(code);
      if (cellWidth(code) === 2) {
        this.column = -1;
        return 2;
      }
    }
    this.column++;
    if (this.column >= this.frame.columns) this.column = -1;
    return 1;
  }

  eraseToEnd(): void {
    this.parts += `${transition(this.style, plain)}\x1b[K`;
    this.style = plain;
  }

  /** The screen was just cleared: the cursor is at home. */
  atHome(): void {
    this.row = 0;
    this.column = 0;
  }

  end(): string {
    if (this.parts === '') return '';
    return this.parts + transition(this.style, plain);
  }
}

/** Where the row's blank tail begins in this frame. */
const blankTail = (frame: CellBuffer, row: number): number => {
  const base = row * frame.columns;
  let column = frame.columns;
  while (column > 0 && isBlank(frame.codes[base + column - 1]!, frame.styles[base + column - 1]!))
    column--;
  return column;
};

const encodeRow = (
  encoder: Encoder,
  shown: CellBuffer | null,
  next: CellBuffer,
  row: number,
  wide: boolean,
): void => {
  const base = row * next.columns;
  const changed = (column: number): boolean => {
    if (shown === null) return true;
    const cell = base + column;
    const code = next.codes[cell]!;
    if (shown.codes[cell] !== code) return true;
    const before = shown.styles[cell]!;
    const after = next.styles[cell]!;
    return before !== after && !(code === space && isUnseen(before) && isUnseen(after));
  };
  const tail = blankTail(next, row);
  let column = 0;
  while (column < next.columns) {
    if (!changed(column)) {
      column++;
      continue;
    }
    if (column >= tail) {
      let different = 0;
      for (let at = column; at < next.columns; at++) if (changed(at)) different++;
      if (different > 3 || shown === null) {
        encoder.moveTo(row, column);
        encoder.eraseToEnd();
        return;
      }
    }
    if (wide && next.codes[base + column] === wideTail && column > 0) column--;
    encoder.moveTo(row, column);
    column += encoder.glyph(base + column);
  }
};

/**
 * The difference as one string, '' when the frames are equal. Without `shown` (first frame, after a resize, Ctrl-L) the whole
 * screen is cleared and drawn. The terminal's autowrap must be off and the cursor's look plain before and after.
 */
export const encodeDifference = (
  shown: CellBuffer | null,
  next: CellBuffer,
  encoding: Encoding,
): string => {
  const comparable =
    shown !== null && shown.columns === next.columns && shown.rows === next.rows ? shown : null;
  const encoder = new Encoder(next, encoding);
  if (comparable === null) encoder.atHome();
  for (let row = 0; row < next.rows; row++) {
    if (comparable === null && blankTail(next, row) === 0) continue;
    encodeRow(encoder, comparable, next, row, encoding.unicode);
  }
  const difference = encoder.end();
  return comparable === null ? `\x1b[0m\x1b[H\x1b[2J${difference}` : difference;
};

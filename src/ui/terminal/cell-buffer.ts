// A screen in memory: one code point and one style per cell. All output passes through it and is sanitized here.
import { cellWidth, replacement } from './char-width.js';
import { plain, type Style, transition } from './style.js';

/** Fills the second cell of a wide glyph. */
export const wideTail = 0;
const space = 0x20;

export class CellBuffer {
  readonly columns: number;
  readonly rows: number;
  readonly codes: Uint32Array;
  readonly styles: Uint16Array;

  constructor(columns: number, rows: number) {
    this.columns = columns;
    this.rows = rows;
    this.codes = new Uint32Array(columns * rows).fill(space);
    this.styles = new Uint16Array(columns * rows);
  }

  clear(): void {
    this.codes.fill(space);
    this.styles.fill(plain);
  }

  copyFrom(other: CellBuffer): void {
    this.codes.set(other.codes);
    this.styles.set(other.styles);
  }

  /** Copies a rectangle that both buffers share; what lies outside of them is ignored. */
  copyRectangle(other: CellBuffer, left: number, top: number, width: number, height: number): void {
    const from = Math.max(0, left);
    const to = Math.min(left + width, this.columns, other.columns);
    if (to <= from) return;
    const bottom = Math.min(top + height, this.rows, other.rows);
    for (let row = Math.max(0, top); row < bottom; row++) {
      this.splitWide(row * this.columns + from);
      this.splitWide(row * this.columns + to);
      const source = row * other.columns;
      const target = row * this.columns;
      this.codes.set(other.codes.subarray(source + from, source + to), target + from);
      this.styles.set(other.styles.subarray(source + from, source + to), target + from);
      if (this.codes[target + from] === wideTail) this.codes[target + from] = space;
      if (to < other.columns && other.codes[source + to] === wideTail)
        this.codes[target + to - 1] = space;
    }
  }

  /**
   * Writes text into a row from `column` up to (not including) `end`; returns the column after it. Control characters, bidi,
   * zero-width and the like become a visible dot; a wide glyph that does not fit becomes a space.
   */
  write(row: number, column: number, text: string, style: Style, end = this.columns): number {
    if (row < 0 || row >= this.rows) return column;
    const limit = Math.min(end, this.columns);
    const base = row * this.columns;
    let at = column;
    for (let index = 0; index < text.length && at < limit; index++) {
      let codePoint = text.charCodeAt(index);
      let width = 1;
      if (codePoint < 0x20 || codePoint > 0x7e) {
        codePoint = text.codePointAt(index)!;
        if (codePoint > 0xffff) index++;
        width = cellWidth(codePoint);
        if (width === 0) {
          codePoint = replacement;
          width = 1;
        } else if (width === 2 && at + 1 >= limit) {
          codePoint = space;
          width = 1;
        }
      }
      if (at >= 0) this.put(base + at, codePoint, style, width);
      at += width;
    }
    return at;
  }

  fill(row: number, column: number, end: number, style: Style, text = ' '): void {
    if (row < 0 || row >= this.rows) return;
    const codePoint = text.codePointAt(0)!;
    const limit = Math.min(end, this.columns);
    for (let at = Math.max(0, column); at < limit; at++)
      this.put(row * this.columns + at, codePoint, style, 1);
  }

  /** Gives cells another look without touching their text. */
  restyle(row: number, column: number, end: number, change: (style: Style) => Style): void {
    if (row < 0 || row >= this.rows) return;
    const limit = row * this.columns + Math.min(end, this.columns);
    for (let cell = row * this.columns + Math.max(0, column); cell < limit; cell++)
      this.styles[cell] = change(this.styles[cell]!);
  }

  textOf(row: number): string {
    let text = '';
    for (let cell = row * this.columns; cell < (row + 1) * this.columns; cell++)
      if (this.codes[cell] !== wideTail) text += String.fromCodePoint(this.codes[cell]!);
    return text;
  }

  /** The row as a string with SGR sequences, for output other than the terminal (tests, `debug`). */
  ansiOf(row: number): string {
    let text = '';
    let style = plain;
    for (let cell = row * this.columns; cell < (row + 1) * this.columns; cell++) {
      if (this.codes[cell] === wideTail) continue;
      text += transition(style, this.styles[cell]!) + String.fromCodePoint(this.codes[cell]!);
      style = this.styles[cell]!;
    }
    return text + transition(style, plain);
  }

  private put(cell: number, codePoint: number, style: Style, width: number): void {
    this.splitWide(cell);
    this.splitWide(cell + width);
    this.codes[cell] = codePoint;
    this.styles[cell] = style;
    if (width === 2) {
      this.codes[cell + 1] = wideTail;
      this.styles[cell + 1] = style;
    }
  }

  /** A border between two cells is about to be cut: a wide glyph across it loses both halves, as on every terminal. */
  private splitWide(cell: number): void {
    if (this.codes[cell] !== wideTail || cell % this.columns === 0) return;
    this.codes[cell] = space;
    this.codes[cell - 1] = space;
  }
}

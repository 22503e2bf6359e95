// Shortens long texts in the middle: in names and addresses both ends are significant.
import { textWidth } from '../terminal/char-width.js';

const ellipsis = '…';

/** Cells from the end, without cutting a glyph in two. */
const tailOf = (text: string, width: number): string => {
  const glyphs = [...text];
  let tail = '';
  let taken = 0;
  for (let index = glyphs.length - 1; index >= 0; index--) {
    taken += textWidth(glyphs[index]!);
    if (taken > width) break;
    tail = glyphs[index] + tail;
  }
  return tail;
};

const headOf = (text: string, width: number): string => {
  let head = '';
  let taken = 0;
  for (const glyph of text) {
    taken += textWidth(glyph);
    if (taken > width) break;
    head += glyph;
  }
  return head;
};

export const shortenMiddle = (text: string, width: number): string => {
  if (text.length <= width && textWidth(text) <= width) return text;
  if (width <= 1) return width === 1 ? ellipsis : '';
  const tail = Math.ceil((width - 1) / 2);
  return headOf(text, width - 1 - tail) + ellipsis + tailOf(text, tail);
};

export const shortenEnd = (text: string, width: number): string => {
  if (text.length <= width && textWidth(text) <= width) return text;
  return width <= 0 ? '' : headOf(text, width - 1) + ellipsis;
};

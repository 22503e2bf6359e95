// A box border with a title above and a hint below, for the few panes that need it.

import { textWidth } from '../terminal/char-width.js';
import { dim, type Style } from '../terminal/style.js';
import type { Canvas } from './canvas.js';
import { shortenEnd } from './shorten.js';

/** Returns the inside, one blank cell from the lines. */
export const drawBox = (canvas: Canvas, title: string, titleStyle: Style, hint: string): Canvas => {
  const { width, height } = canvas;
  const last = height - 1;
  canvas.clear();
  canvas.text(0, 0, '┌', dim);
  canvas.fill(0, 1, width - 1, dim, '─');
  canvas.text(0, width - 1, '┐', dim);
  for (let row = 1; row < last; row++) {
    canvas.text(row, 0, '│', dim);
    canvas.text(row, width - 1, '│', dim);
  }
  canvas.text(last, 0, '└', dim);
  canvas.fill(last, 1, width - 1, dim, '─');
  canvas.text(last, width - 1, '┘', dim);
  if (title !== '') canvas.text(0, 2, ` ${shortenEnd(title, width - 6)} `, titleStyle);
  const hintText = ` ${shortenEnd(hint, Math.max(0, width - 6))} `;
  if (hint !== '') canvas.text(last, width - 2 - textWidth(hintText), hintText, dim);
  return canvas.part(2, 1, width - 4, height - 2);
};

// The last line: key hints, and at its right end the current filter, order and interval, or the last message.
import { footerHints } from '../state/keymap.js';
import type { Screen } from '../state/screen.js';
import type { ScreenState } from '../state/screen-state.js';
import { textWidth } from '../terminal/char-width.js';
import { dim } from '../terminal/style.js';
import type { Canvas } from '../widgets/canvas.js';
import { shortenEnd, shortenMiddle } from '../widgets/shorten.js';

const standing = (state: ScreenState, room: number): string => {
  const words: string[] = [];
  const { view } = state;
  if (view.groupBy.length > 0) words.push(`by ${view.groupBy.join(', ')}`);
  if (state.frozen) words.push('frozen');
  if (state.following) words.push('follow');
  if (state.pinned.length > 0) words.push(`${state.pinned.length} pinned`);
  words.push(`${state.intervalSeconds}s`);
  const rest = words.join('  ');
  if (view.filter === '') return rest;
  return `/${shortenMiddle(view.filter, Math.max(8, room - textWidth(rest) - 3))}  ${rest}`;
};

export const paintFooter = (canvas: Canvas, screen: Screen): void => {
  const state = screen.store.get();
  const { theme } = screen;
  const message = state.message;
  if (message !== null) {
    const style =
      message.level === 'error'
        ? theme.error
        : message.level === 'warning'
          ? theme.warning
          : theme.strong;
    canvas.text(0, 0, shortenEnd(message.text, canvas.width), style);
    return;
  }
  const right = standing(state, Math.floor(canvas.width / 2));
  const end = canvas.width - textWidth(right) - 2;
  canvas.textRight(0, Math.max(0, end), canvas.width, right, state.view.filter === '' ? dim : 0);
  let at = 0;
  for (const { key, word } of footerHints) {
    const width = textWidth(key) + 1 + word.length;
    if (at + width > end) break;
    const after = canvas.text(0, at, key, theme.key);
    canvas.text(0, after + 1, word, dim);
    at += width + 2;
  }
};

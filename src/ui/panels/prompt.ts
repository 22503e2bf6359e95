// Two lines at the bottom: what is being typed, and above it what it means or where it is wrong.
import { shortRange } from '../../core/options/describe.js';
import { options } from '../../core/options/schema.js';
import type { Screen } from '../state/screen.js';
import type { Prompt } from '../state/screen-state.js';
import { textWidth } from '../terminal/char-width.js';
import { dim, inverse, plain } from '../terminal/style.js';
import type { Canvas } from '../widgets/canvas.js';
import { grouped } from '../widgets/quantity.js';
import { shortenEnd } from '../widgets/shorten.js';

const marks: Readonly<Record<Prompt['kind'], string>> = {
  filter: '/',
  interval: `interval in seconds (${shortRange(options.intervalSeconds)}): `,
  viewName: 'name of this view: ',
};

/** The part of the line that fits, with the cursor in it; `hidden` cells are cut off at the left. */
const windowOf = (
  text: string,
  cursor: number,
  room: number,
): { shown: string; hidden: number } => {
  if (cursor < room) return { shown: text, hidden: 0 };
  const hidden = cursor - room + 1;
  return { shown: text.slice(hidden), hidden };
};

const drawNote = (
  canvas: Canvas,
  prompt: Prompt,
  hidden: number,
  markWidth: number,
  screen: Screen,
): void => {
  const { theme, store } = screen;
  if (prompt.kind !== 'filter') {
    canvas.text(0, 0, shortenEnd(prompt.error, canvas.width), theme.error);
    return;
  }
  const { error } = prompt;
  if (error === null) {
    const { snapshot } = store.get();
    const matches = snapshot === null ? '' : ` (${grouped(snapshot.flowsMatched)} flows)`;
    const note =
      prompt.line.text === ''
        ? 'Enter: all flows   Esc: leave   Tab: complete   Up: earlier   e.g. port 443 and rate > 1M'
        : `reads: ${prompt.line.text}${matches}`;
    canvas.text(0, markWidth, shortenEnd(note, canvas.width - markWidth), dim);
    return;
  }
  const caretAt = Math.max(0, error.position - hidden) + markWidth;
  const carets = '^'.repeat(Math.max(1, Math.min(error.length, canvas.width - caretAt)));
  const text = `${error.message}${error.hint === null ? '' : ` - ${error.hint}`}`;
  const before =
    caretAt + carets.length + 1 + textWidth(text) > canvas.width && caretAt > textWidth(text);
  canvas.text(0, caretAt, carets, theme.error);
  if (before) canvas.textRight(0, 0, caretAt - 1, text, theme.error);
  else
    canvas.text(
      0,
      caretAt + carets.length + 1,
      shortenEnd(text, canvas.width - caretAt - carets.length - 1),
      theme.error,
    );
};

export const paintPrompt = (canvas: Canvas, screen: Screen): void => {
  const { prompt } = screen.store.get();
  if (prompt === null) return;
  const row = canvas.height - 1;
  const mark = shortenEnd(marks[prompt.kind], Math.max(1, canvas.width - 8));
  const markWidth = textWidth(mark);
  const { text, cursor } = prompt.line;
  const { shown, hidden } = windowOf(text, cursor, canvas.width - markWidth);
  canvas.text(row, 0, mark, screen.theme.promptMark);
  canvas.text(row, markWidth, shown, plain);
  const cursorCell = markWidth + textWidth(text.slice(hidden, cursor));
  const width = Math.max(1, textWidth(text.slice(cursor, cursor + 2)) > 1 ? 1 : 1);
  canvas.restyle(row, cursorCell, cursorCell + width, () => inverse);
  if (canvas.height > 1) drawNote(canvas, prompt, hidden, markWidth, screen);
};

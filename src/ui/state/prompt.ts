// One line that is being typed: cursor, editing keys, history, completion. No drawing, no meaning.
import type { InputEvent } from '../terminal/key-tokenizer.js';

export interface PromptState {
  readonly text: string;
  /** In UTF-16 units, always between two characters. */
  readonly cursor: number;
  /** Which line of the history is shown, null: the one being typed, kept in `draft`. */
  readonly historyIndex: number | null;
  readonly draft: string;
}

/** Cap on typed expressions: a paste may be of any length. */
export const promptMax = 1000;

export const emptyPrompt: PromptState = { text: '', cursor: 0, historyIndex: null, draft: '' };

export const promptWith = (text: string): PromptState => ({
  ...emptyPrompt,
  text,
  cursor: text.length,
});

const edited = (text: string, cursor: number): PromptState => ({
  ...emptyPrompt,
  text: text.slice(0, promptMax),
  cursor: Math.min(cursor, promptMax),
});

const insert = (state: PromptState, text: string): PromptState =>
  edited(
    state.text.slice(0, state.cursor) + text + state.text.slice(state.cursor),
    state.cursor + text.length,
  );

const characterBefore = (text: string, cursor: number): number =>
  cursor > 1 && text.codePointAt(cursor - 2)! > 0xffff ? cursor - 2 : Math.max(0, cursor - 1);
const characterAfter = (text: string, cursor: number): number =>
  Math.min(text.length, cursor + ((text.codePointAt(cursor) ?? 0) > 0xffff ? 2 : 1));

const wordBefore = (text: string, cursor: number): number => {
  let at = cursor;
  while (at > 0 && text[at - 1] === ' ') at--;
  while (at > 0 && text[at - 1] !== ' ') at--;
  return at;
};
const wordAfter = (text: string, cursor: number): number => {
  let at = cursor;
  while (at < text.length && text[at] !== ' ') at++;
  while (at < text.length && text[at] === ' ') at++;
  return at;
};

const cut = (state: PromptState, from: number, to: number): PromptState =>
  edited(state.text.slice(0, from) + state.text.slice(to), from);

const recall = (state: PromptState, history: readonly string[], step: number): PromptState => {
  const from = state.historyIndex ?? history.length;
  const index = from + step;
  if (index < 0 || index > history.length) return state;
  const draft = state.historyIndex === null ? state.text : state.draft;
  if (index === history.length) return { ...promptWith(draft), draft };
  return { ...promptWith(history[index]!), historyIndex: index, draft };
};

const longestCommonStart = (words: readonly string[]): string => {
  let start = words[0] ?? '';
  for (const word of words) while (!word.startsWith(start)) start = start.slice(0, -1);
  return start;
};

/** Completes the word before the cursor as far as it is unambiguous. */
export const complete = (state: PromptState, words: readonly string[]): PromptState => {
  const start = /[\w.]*$/.exec(state.text.slice(0, state.cursor))!.index;
  const typed = state.text.slice(start, state.cursor);
  if (typed === '') return state;
  const matches = words.filter((word) => word.startsWith(typed.toLowerCase()));
  if (matches.length === 0) return state;
  const common = longestCommonStart(matches);
  const space = matches.length === 1 && state.text[state.cursor] !== ' ' ? ' ' : '';
  return insert(cut(state, start, state.cursor), common + space);
};

const moves: Readonly<Record<string, (text: string, cursor: number) => number>> = {
  Left: characterBefore,
  'Ctrl-B': characterBefore,
  Right: characterAfter,
  'Ctrl-F': characterAfter,
  Home: () => 0,
  'Ctrl-A': () => 0,
  End: (text) => text.length,
  'Ctrl-E': (text) => text.length,
  'Ctrl-Left': wordBefore,
  'Alt-b': wordBefore,
  'Ctrl-Right': wordAfter,
  'Alt-f': wordAfter,
};
const cuts: Readonly<Record<string, (text: string, cursor: number) => readonly [number, number]>> =
  {
    Backspace: (text, cursor) => [characterBefore(text, cursor), cursor],
    Delete: (text, cursor) => [cursor, characterAfter(text, cursor)],
    'Ctrl-D': (text, cursor) => [cursor, characterAfter(text, cursor)],
    'Ctrl-U': (_text, cursor) => [0, cursor],
    'Ctrl-K': (text, cursor) => [cursor, text.length],
    'Ctrl-W': (text, cursor) => [wordBefore(text, cursor), cursor],
    'Alt-Backspace': (text, cursor) => [wordBefore(text, cursor), cursor],
  };

/** The line after the event; the same object when the key means nothing here. */
export const editPrompt = (
  state: PromptState,
  event: InputEvent,
  history: readonly string[],
  words: readonly string[],
): PromptState => {
  if (event.type === 'paste') return insert(state, event.text.replace(/[\r\n\t]+/g, ' '));
  if (event.type !== 'key') return state;
  const move = moves[event.key];
  if (move !== undefined) return { ...state, cursor: move(state.text, state.cursor) };
  const remove = cuts[event.key];
  if (remove !== undefined) return cut(state, ...remove(state.text, state.cursor));
  if (event.key === 'Up' || event.key === 'Ctrl-P') return recall(state, history, -1);
  if (event.key === 'Down' || event.key === 'Ctrl-N') return recall(state, history, 1);
  if (event.key === 'Tab') return complete(state, words);
  return event.text === '' ? state : insert(state, event.text);
};

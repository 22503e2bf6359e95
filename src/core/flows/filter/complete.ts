// What Tab offers in the prompt: the words that may stand where the cursor is.
import { knownWords } from './words.js';

export interface Completion {
  /** Where the word under the cursor begins. */
  readonly from: number;
  /** Whole words that begin with it, best first. */
  readonly words: readonly string[];
}

const WORDS_MAX = 50;

export function completeFilter(text: string, cursor: number): Completion {
  const typed = /[^\s(){},"'=<>!~&|]*$/.exec(text.slice(0, cursor))?.[0] ?? '';
  const start = typed.toLowerCase();
  if (start === '') return { from: cursor, words: [] };
  const words = new Set<string>();
  for (const word of knownWords()) {
    if (word.startsWith(start) && word !== start) words.add(word);
    if (words.size >= WORDS_MAX) break;
  }
  return { from: cursor - typed.length, words: [...words] };
}

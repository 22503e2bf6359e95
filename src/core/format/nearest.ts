// "Did you mean": the known word with the smallest edit distance, where that is small enough for a typing error.
import { closestMatch } from 'leven';

/** Longer words than this aren't typing errors, and comparing them costs. */
const LONGEST = 40;

/** Two edits are one swap of neighbours; in a word of two or three letters two edits make another word. */
const editsAllowed = (length: number): number =>
  length < 3 ? 1 : Math.max(2, Math.floor(length / 3));

export function nearest(word: string, known: Iterable<string>): string | null {
  if (word.length < 2 || word.length > LONGEST) return null;
  return closestMatch(word, [...known], { maxDistance: editsAllowed(word.length) }) ?? null;
}

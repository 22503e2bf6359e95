// The tokens of a filter with a place among them, and what is said when something else was needed: shared by the parser's parts.

import { nearest } from '../../format/nearest.js';
import type { FilterError } from '../../model/monitor-port.js';
import { type Token, tokenize } from './tokens.js';
import { isFieldWord, knownWords } from './words.js';

/** Thrown inside this room only; compileFilter turns it into a value. */
export class FilterProblem extends Error {
  constructor(
    readonly at: { readonly position: number; readonly length: number },
    message: string,
    readonly hint: string | null = null,
  ) {
    super(message);
  }

  toError(): FilterError {
    return {
      position: this.at.position,
      length: Math.max(1, this.at.length),
      message: this.message,
      hint: this.hint,
    };
  }
}

/** The token list with a current position, shared by all parts of the parser. */
export class TokenCursor {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(text: string) {
    this.#tokens = tokenize(text, isFieldWord);
  }

  get token(): Token {
    return this.#tokens[this.#at]!;
  }

  peek(ahead = 1): Token {
    return this.#tokens[Math.min(this.#at + ahead, this.#tokens.length - 1)]!;
  }

  next(): Token {
    const token = this.token;
    if (this.#at < this.#tokens.length - 1) this.#at += 1;
    return token;
  }

  isWord(...values: readonly string[]): boolean {
    return this.token.kind === 'word' && values.includes(this.token.value);
  }

  is(kind: 'operator' | 'punctuation', ...values: readonly string[]): boolean {
    return this.token.kind === kind && values.includes(this.token.value);
  }

  take(kind: 'operator' | 'punctuation', value: string): boolean {
    if (!this.is(kind, value)) return false;
    this.next();
    return true;
  }

  /** Describes the unexpected token, for the error. */
  unexpected(wanted: string): FilterProblem {
    const { token } = this;
    if (token.kind === 'broken') return brokenToken(token);
    if (token.kind === 'end') {
      const position = Math.max(0, token.position - 1);
      return new FilterProblem({ position, length: 1 }, `${wanted} is missing at the end`);
    }
    return new FilterProblem(token, `${wanted} was expected, not "${token.raw}"`);
  }
}

export function brokenToken(token: Token): FilterProblem {
  if (token.value === '&' || token.value === '|') {
    const word = token.value === '&' ? 'and' : 'or';
    return new FilterProblem(
      token,
      `a single ${token.value} means nothing here`,
      `write ${word}, or ${token.value}${token.value}`,
    );
  }
  const what = token.value === '/' ? 'regular expression' : 'quoted text';
  return new FilterProblem(token, `the ${what} doesn't end`, `close it with ${token.value}`);
}

export function didYouMean(word: string, among: Iterable<string> = knownWords()): string | null {
  const near = nearest(word.toLowerCase(), among);
  return near ? `did you mean ${near}?` : null;
}

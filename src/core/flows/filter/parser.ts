// The filter language by recursive descent (docs: "Filters"): tcpdump's words first, comparisons and Wireshark's spellings beside.
import type { SlotFilter } from '../query.js';
import { all, any, not } from './masks.js';
import { PrimaryParser } from './primary.js';
import { brokenToken, FilterProblem, TokenCursor } from './token-cursor.js';

/** Deeper than typed filters nest, and far from a stack overflow. */
const DEPTH_MAX = 100;

export class FilterParser {
  readonly #cursor: TokenCursor;
  readonly #primary: PrimaryParser;
  #depth = 0;

  constructor(text: string) {
    this.#cursor = new TokenCursor(text);
    this.#primary = new PrimaryParser(this.#cursor);
  }

  parse(): SlotFilter {
    const filter = this.#expression();
    if (this.#cursor.is('punctuation', ')')) {
      throw new FilterProblem(
        this.#cursor.token,
        'this ) closes nothing',
        'remove it, or open one before',
      );
    }
    if (this.#cursor.token.kind !== 'end') throw this.#cursor.unexpected('"and" or "or"');
    return filter;
  }

  #expression(): SlotFilter {
    this.#depth += 1;
    if (this.#depth > DEPTH_MAX) {
      throw new FilterProblem(this.#cursor.token, `nested deeper than ${DEPTH_MAX} levels`);
    }
    const terms = [this.#unary()];
    let joint: 'and' | 'or' | null = null;
    for (;;) {
      const { token } = this.#cursor;
      const found = this.#joint();
      if (!found) break;
      if (joint && found !== joint) {
        throw new FilterProblem(
          token,
          '"and" and "or" side by side need parentheses',
          'write (a and b) or c, or: a and (b or c)',
        );
      }
      joint = found;
      terms.push(this.#unary());
    }
    this.#depth -= 1;
    return joint === 'or' ? any(terms) : all(terms);
  }

  /** Consumes "and", "or" or the space between two terms; null at the expression's end. */
  #joint(): 'and' | 'or' | null {
    const cursor = this.#cursor;
    if (cursor.token.kind === 'end' || cursor.is('punctuation', ')')) return null;
    if (cursor.isWord('and') || cursor.is('operator', '&&')) {
      cursor.next();
      return 'and';
    }
    if (cursor.isWord('or') || cursor.is('operator', '||')) {
      cursor.next();
      return 'or';
    }
    if (cursor.token.kind === 'broken') throw brokenToken(cursor.token);
    if (cursor.is('operator', '!') || cursor.is('punctuation', '(')) return 'and';
    if (cursor.token.kind === 'operator' || cursor.token.kind === 'punctuation') {
      throw cursor.unexpected('"and" or "or"');
    }
    return 'and';
  }

  #unary(): SlotFilter {
    const cursor = this.#cursor;
    if (cursor.is('operator', '!') || (cursor.isWord('not') && cursor.peek().kind !== 'operator')) {
      cursor.next();
      this.#depth += 1;
      if (this.#depth > DEPTH_MAX) {
        throw new FilterProblem(cursor.token, `nested deeper than ${DEPTH_MAX} levels`);
      }
      const filter = not(this.#unary());
      this.#depth -= 1;
      return filter;
    }
    if (cursor.is('punctuation', '(')) {
      const open = cursor.next();
      const filter = this.#expression();
      if (!cursor.take('punctuation', ')')) {
        if (cursor.token.kind !== 'end') throw cursor.unexpected('")"');
        throw new FilterProblem(open, 'this ( is never closed', 'add a )');
      }
      return filter;
    }
    return this.#primary.parse();
  }
}

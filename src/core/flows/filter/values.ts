// Lists of values: `80,443`, `{80 443}`, `(80 or 443)`, and ports with their ranges and service names.
import { servicePorts } from '../../format/services.js';
import type { TokenCursor } from './token-cursor.js';
import type { Token } from './tokens.js';

export type PortRange = readonly [from: number, to: number];

const PORT_MAX = 65_535;
/** Cap on values in one list, more than typed lists have. */
const VALUES_MAX = 1000;

/** "443", "8000-8100", "https"; null: neither. */
export function parsePorts(text: string): PortRange[] | null {
  const range = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text);
  if (range) {
    const from = Number(range[1]);
    const to = Number(range[2] ?? range[1]);
    return from <= to && to <= PORT_MAX ? [[from, to]] : null;
  }
  return servicePorts(text)?.map((port) => [port, port] as const) ?? null;
}

export class ValueList {
  readonly #cursor: TokenCursor;

  constructor(cursor: TokenCursor) {
    this.#cursor = cursor;
  }

  /** At least one value. `several`: lists are allowed here. */
  parse(wanted: string, several: boolean): Token[] {
    const cursor = this.#cursor;
    if (several && cursor.take('punctuation', '{')) return this.#until('}', wanted);
    if (several && cursor.take('punctuation', '(')) return this.#until(')', wanted);
    const values = [this.#value(wanted)];
    while (several && values.length < VALUES_MAX && cursor.take('punctuation', ',')) {
      values.push(this.#value(wanted));
    }
    return values;
  }

  #until(closing: string, wanted: string): Token[] {
    const cursor = this.#cursor;
    const values = [this.#value(wanted)];
    while (values.length < VALUES_MAX && !cursor.take('punctuation', closing)) {
      if (cursor.token.kind === 'end') throw cursor.unexpected(`"${closing}"`);
      if (cursor.isWord('or') || cursor.is('operator', '||') || cursor.is('punctuation', ',')) {
        cursor.next();
      }
      values.push(this.#value(wanted));
    }
    return values;
  }

  #value(wanted: string): Token {
    const { token } = this.#cursor;
    if (token.kind !== 'word' && token.kind !== 'text') throw this.#cursor.unexpected(wanted);
    // "port and …": a joint is no value.
    if (token.kind === 'word' && ['and', 'or', 'not'].includes(token.value)) {
      throw this.#cursor.unexpected(wanted);
    }
    return this.#cursor.next();
  }
}

// A filter expression → tokens with their places. Never throws: what it doesn't know becomes a token that the parser refuses.

export type TokenKind = 'word' | 'text' | 'regex' | 'operator' | 'punctuation' | 'end' | 'broken';

export interface Token {
  readonly kind: TokenKind;
  /** Word, operator or punctuation as written in lower case; texts and regular expressions without their delimiters. */
  readonly value: string;
  /** As written. */
  readonly raw: string;
  readonly position: number;
  readonly length: number;
}

const operators = ['&&', '||', '!=', '!~', '==', '>=', '<=', '=', '>', '<', '~', '!'];
const punctuation = '(){},:';
const endsWord = /[\s(){},"'=<>!~&|]/;

/** `key:value`: the colon ends a word only where it is a key, since IPv6 addresses are full of colons. */
export type IsKey = (word: string) => boolean;

export function tokenize(text: string, isKey: IsKey): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  const push = (kind: TokenKind, end: number, value: string): void => {
    tokens.push({ kind, value, raw: text.slice(at, end), position: at, length: end - at });
    at = end;
  };
  const delimited = (kind: 'text' | 'regex', delimiter: string): void => {
    let end = at + 1;
    let value = '';
    while (end < text.length && text[end] !== delimiter) {
      if (text[end] === '\\' && end + 1 < text.length) {
        // In a regular expression only the escaped delimiter is handled here.
        if (kind === 'regex' && text[end + 1] !== delimiter) value += '\\';
        end += 1;
      }
      value += text[end];
      end += 1;
    }
    if (end >= text.length) push('broken', text.length, delimiter);
    else push(kind, end + 1, value);
  };
  while (at < text.length) {
    const char = text[at]!;
    if (/\s/.test(char)) {
      at += 1;
    } else if (char === '"' || char === "'") {
      delimited('text', char);
    } else if (char === '/') {
      delimited('regex', '/');
    } else {
      const operator = operators.find((one) => text.startsWith(one, at));
      if (operator) push('operator', at + operator.length, operator);
      else if (punctuation.includes(char) && !text.startsWith('::', at))
        push('punctuation', at + 1, char);
      else if (char === '&' || char === '|') push('broken', at + 1, char);
      else push('word', wordEnd(text, at, isKey), '');
    }
  }
  push('end', at, '');
  return tokens.map((token) =>
    token.kind === 'word' ? { ...token, value: token.raw.toLowerCase() } : token,
  );
}

function wordEnd(text: string, start: number, isKey: IsKey): number {
  let end = start;
  while (end < text.length && !endsWord.test(text[end]!)) {
    if (text[end] === ':' && isKey(text.slice(start, end).toLowerCase())) return end;
    end += 1;
  }
  return Math.max(end, start + 1);
}

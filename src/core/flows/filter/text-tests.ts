// Words, globs and regular expressions, and where a bare one is looked for: in every text that a flow has.
import { formatAddress } from '../../format/address.js';
import { serviceName } from '../../format/services.js';
import type { QueryColumns } from '../columns.generated.js';
import type { SlotFilter } from '../query.js';
import { fields } from '../schema/schema.js';
import { addressText, any, label, port } from './masks.js';

export type TextTest = (text: string) => boolean;

const REGEX_MAX = 200;
/** Regular expressions are run on no more than this of a text: names are untrusted. */
const TEXT_MAX = 255;

/** `*` matches any characters; matches the whole text, ignoring case. */
export function glob(pattern: string): TextTest {
  const parts = pattern.toLowerCase().split('*');
  const [first = ''] = parts;
  const last = parts.at(-1)!;
  return (text) => {
    const lower = text.toLowerCase();
    if (parts.length === 1) return lower === first;
    if (!lower.startsWith(first) || !lower.endsWith(last)) return false;
    let at = first.length;
    for (const part of parts.slice(1, -1)) {
      const found = lower.indexOf(part, at);
      if (found < 0) return false;
      at = found + part.length;
    }
    return at + last.length <= lower.length;
  };
}

export function regex(pattern: string): TextTest | { readonly message: string } {
  if (pattern.length > REGEX_MAX) {
    return { message: `a regular expression has at most ${REGEX_MAX} characters` };
  }
  try {
    const compiled = new RegExp(pattern, 'i');
    return (text) => compiled.test(text.slice(0, TEXT_MAX));
  } catch (error) {
    const words = (error as Error).message.replace(/^Invalid regular expression: /, '');
    return { message: `wrong regular expression: ${words}` };
  }
}

const named = fields.filter((field) => field.kind === 'name' || field.kind === 'label');

function writtenAddress(columns: QueryColumns, low: boolean, slot: number): string {
  const bytes = low ? columns.lowAddress : columns.highAddress;
  return formatAddress(bytes, slot * 16, columns.family[slot]);
}

/** Could be part of an address; for other words no addresses have to be formatted. */
export function mayBeAddress(word: string): boolean {
  return /^[0-9a-f:.*]+$/i.test(word) && /[0-9:.]/.test(word);
}

/** In protocol, state, interface, tunnel, service and (`addresses`) both addresses. */
export function anywhere(test: TextTest, addresses: boolean): SlotFilter {
  const names = [
    ...named.map((field) => label(field, test)),
    port('either', (value) => test(serviceName(value) ?? '')),
  ];
  return addresses ? any([...names, addressText('either', writtenAddress, test)]) : any(names);
}

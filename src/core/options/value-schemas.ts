// Types of values that no plain zod type says: sort orders, filters, limits, addresses of the web.
import * as z from 'zod/mini';
import { findGroupKey, findSortField, groupKeys, sortNames } from '../flows/fields.js';
import { compileFilter } from '../flows/filter/compile-filter.js';
import { nearest } from '../format/nearest.js';
import type { SortOrder } from '../model/view.js';

/** `why` completes "invalid value …: "; `advice` is the second line of an error. */
interface Fault {
  readonly why: string;
  readonly advice: string;
}

/** A string that `fault` finds nothing wrong with. */
function checkedString(fault: (text: string) => Fault | null) {
  return z.string().check((context) => {
    const found = fault(context.value);
    if (found === null) return;
    const { why, advice } = found;
    context.issues.push({
      code: 'custom',
      input: context.value,
      message: why,
      params: { advice },
    });
  });
}

function unknownWord(word: string, what: string, known: readonly string[]): Fault {
  const all = `${what[0]!.toUpperCase()}${what.slice(1)}s: ${known.join(', ')}`;
  const near = nearest(word.toLowerCase(), known);
  return {
    why: `there is no ${what} "${word}"`,
    advice: near ? `Did you mean ${near}? ${all}` : all,
  };
}

function sortFault(text: string): Fault | null {
  const [name = '', direction, ...rest] = text.split(':');
  if (!findSortField(name)) return unknownWord(name, 'column', sortNames);
  if (rest.length === 0 && (direction === undefined || /^(asc|desc)$/.test(direction))) return null;
  return { why: 'the order is asc or desc', advice: `For example ${name}:asc` };
}

/** As many programs have it. */
export const STDOUT_PATH = '-';

/** A file that is written to; "-" is stdout. */
export const outputPath = checkedString((text) =>
  text === '' ? { why: 'it is empty', advice: 'Give =FILE, or no value for stdout' } : null,
);

/** COLUMN, COLUMN:asc or COLUMN:desc. */
export const sortText = checkedString(sortFault);

/** Without a direction addresses, names and ports ascend, everything else descends; `descending` overrides that. */
export function sortOrder(text: string, descending?: boolean): SortOrder {
  const [name = '', direction] = text.split(':');
  const field = findSortField(name);
  if (!field) throw new Error(`unchecked sort order ${text}`);
  const usual = descending ?? !['address', 'name', 'port'].includes(field.kind);
  return {
    field: field.name,
    descending: direction === undefined ? usual : direction === 'desc',
  };
}

/** An expression of docs/filters.md. */
export const filterText = checkedString((text) => {
  const compiled = compileFilter(text);
  if (compiled.ok) return null;
  const { position, message, hint } = compiled.error;
  return {
    why: `wrong filter, character ${position + 1}: ${message}`,
    advice: hint ?? 'Examples: "port 443", "src net 10.0.0.0/8 and rate > 1M", "not udp"',
  };
});

export const groupKey = checkedString((word) =>
  findGroupKey(word)
    ? null
    : unknownWord(
        word,
        'group key',
        groupKeys.map((key) => key.name),
      ),
);

export const webAddress = checkedString((text) => {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url && (url.protocol === 'http:' || url.protocol === 'https:')) return null;
  return {
    why: 'it is not an http or https URL',
    advice: 'Give a URL like https://example.org/alerts',
  };
});

/** Program and arguments, split at blanks; quotes keep words together. There is no shell: no variables, no pipes. */
export function commandWords(text: string): readonly string[] {
  return [...text.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(
    (match) => match[1] ?? match[2] ?? match[3] ?? '',
  );
}

export const commandText = checkedString((text) =>
  commandWords(text).length > 0 && text.length <= 4096
    ? null
    : {
        why: text.trim() === '' ? 'it is empty' : 'it is longer than 4096 characters',
        advice: 'Give a program and its arguments, e.g. /usr/local/bin/notify-oncall --urgent',
      },
);

/** A whole number, or Infinity for all. */
export const countOrAll = z.union([z.int().check(z.gte(0)), z.literal(Infinity)]);

/** "all" in a text. */
export const allOrNumber = (text: string): unknown =>
  text.trim().toLowerCase() === 'all' ? Infinity : numberFromText(text);

/** Decimal only: neither 0x10 nor "" is a number. NaN where it is none. */
export function numberFromText(text: string): number {
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text.trim()) ? Number(text) : Number.NaN;
}

export function booleanFromText(text: string): unknown {
  const word = text.trim().toLowerCase();
  if (['1', 'true', 'yes', 'on'].includes(word)) return true;
  return ['0', 'false', 'no', 'off', ''].includes(word) ? false : text;
}

// Texts of the command line → checked values. Each refusal says what was wrong and what would be right.
import { ExpectedError } from '../core/errors/expected-error.js';
import { findSortField, sortNames } from '../core/flows/fields.js';
import { nearest } from '../core/format/nearest.js';
import type { SortOrder } from '../core/model/view.js';

export function wrongUsage(message: string, advice: string): ExpectedError {
  return new ExpectedError(message, { status: 2, advice });
}

export function parseNumber(
  option: string,
  text: string,
  range: { readonly least: number; readonly most: number; readonly whole?: boolean },
): number {
  const value = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text.trim())
    ? Number(text)
    : Number.NaN;
  const { least, most, whole = false } = range;
  if (!(value >= least && value <= most) || (whole && !Number.isInteger(value))) {
    const kind = whole ? 'a whole number' : 'a number';
    const bounds = most === Infinity ? `of at least ${least}` : `from ${least} to ${most}`;
    throw wrongUsage(`--${option} ${text || '""'} is wrong`, `Give ${kind} ${bounds}`);
  }
  return value;
}

export function parseLimit(text: string): number {
  if (text.toLowerCase() === 'all') return Infinity;
  return parseNumber('limit', text, { least: 0, most: 2 ** 31, whole: true });
}

export function parseSort(text: string): SortOrder {
  const [name = '', direction, ...rest] = text.split(':');
  const field = findSortField(name);
  if (!field) {
    const near = nearest(name.toLowerCase(), sortNames);
    throw wrongUsage(
      `--sort ${text}: there is no column "${name}"`,
      near
        ? `Did you mean ${near}? Columns: ${sortNames.join(', ')}`
        : `Columns: ${sortNames.join(', ')}`,
    );
  }
  if (rest.length > 0 || (direction !== undefined && direction !== 'asc' && direction !== 'desc')) {
    throw wrongUsage(`--sort ${text}: the order is asc or desc`, `For example: --sort ${name}:asc`);
  }
  const ascending = ['address', 'name', 'port'].includes(field.kind);
  return {
    field: field.name,
    descending: direction === undefined ? !ascending : direction === 'desc',
  };
}

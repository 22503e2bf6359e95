// A filter expression → a function over the flow table's columns, or the error with its place. Never throws.
import type { FilterError } from '../../model/monitor-port.js';
import type { SlotFilter } from '../query.js';
import { FilterParser } from './parser.js';
import { FilterProblem } from './token-cursor.js';

export type CompiledFilter =
  | { readonly ok: true; readonly filter: SlotFilter | null }
  | { readonly ok: false; readonly error: FilterError };

/** Longer than typed filters; a pasted list of some hundred addresses fits. */
const LENGTH_MAX = 8192;

export function compileFilter(text: string): CompiledFilter {
  if (text.trim() === '') return { ok: true, filter: null };
  if (text.length > LENGTH_MAX) {
    const message = `a filter has at most ${LENGTH_MAX} characters`;
    return { ok: false, error: { position: LENGTH_MAX, length: 1, message, hint: null } };
  }
  try {
    return { ok: true, filter: new FilterParser(text).parse() };
  } catch (error) {
    if (error instanceof FilterProblem) return { ok: false, error: error.toError() };
    throw error;
  }
}

// A filter expression → a function over the flow table's columns, or the error with its place.
import type { FilterError } from '../../model/monitor-port.js';
import type { SlotFilter } from '../query.js';

export type CompiledFilter =
  | { readonly ok: true; readonly filter: SlotFilter | null }
  | { readonly ok: false; readonly error: FilterError };

export function compileFilter(text: string): CompiledFilter {
  if (text.trim() === '') return { ok: true, filter: null };
  return { ok: false, error: { position: 0, length: 1, message: 'not yet', hint: null } };
}

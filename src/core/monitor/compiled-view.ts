// A view with its filter compiled: once for each consumer that asks for it, and equal views are known by their key.
import { compileFilter } from '../flows/filter/compile-filter.js';
import type { SlotFilter } from '../flows/query.js';
import type { FilterError } from '../model/monitor-port.js';
import type { FlowView } from '../model/view.js';

export const defaultView: FlowView = {
  filter: '',
  sort: { field: 'rate', descending: true },
  limit: 50,
  offset: 0,
  groupBy: [],
  pinned: [],
};

export interface CompiledView {
  readonly view: FlowView;
  /** null: all flows. */
  readonly filter: SlotFilter | null;
  /** Equal keys ask for equal snapshots. */
  readonly key: string;
  /** Equal ones ask for the same flows in the same order, however many of them. */
  readonly orderKey: string;
}

export type ViewCompilation =
  | { readonly ok: true; readonly compiled: CompiledView }
  | { readonly ok: false; readonly error: FilterError };

export function compileView(view: FlowView): ViewCompilation {
  const compiled = compileFilter(view.filter);
  if (!compiled.ok) return compiled;
  const { filter, sort, limit, offset, groupBy, openGroups, pinned } = view;
  const orderKey = JSON.stringify([filter.trim(), sort.field, sort.descending]);
  const key = JSON.stringify([orderKey, String(limit), offset, groupBy, openGroups, pinned]);
  return { ok: true, compiled: { view, filter: compiled.filter, key, orderKey } };
}

// What the screen shows → what it asks the monitor for.
import type { FlowView } from '../../core/model/view.js';
import type { FlowList } from './flow-list.js';
import type { ScreenState, ViewChoice } from './screen-state.js';

/** The screen sorts by a smoothed rate, so that a burst doesn't turn the table over. */
const sortFields: Readonly<Record<string, string>> = { rate: 'smoothed' };

/** One interface of several is a filter; the user's expression comes first, so that positions in it stay valid. */
export const filterExpression = (view: Pick<ViewChoice, 'filter' | 'interface'>): string => {
  if (view.interface === null) return view.filter;
  const only = `interface = "${view.interface}"`;
  return view.filter === '' ? only : `(${view.filter}) and ${only}`;
};

/** Offset of positions in the user's expression within the expression that is sent. */
export const filterShift = (view: Pick<ViewChoice, 'filter' | 'interface'>): number =>
  view.interface !== null && view.filter !== '' ? 1 : 0;

export const flowView = (state: ScreenState, flows: FlowList): FlowView => {
  const { view } = state;
  const selected = flows.selectedFlow;
  const wanted = [...state.pinned];
  if (selected !== null && !wanted.includes(selected.id)) wanted.push(selected.id);
  if (state.frozen) wanted.push(...flows.visibleIds().filter((id) => !wanted.includes(id)));
  if (state.detail?.kind === 'flow' && !wanted.includes(state.detail.id))
    wanted.push(state.detail.id);
  return {
    filter: filterExpression(view),
    sort: {
      field: (state.ended ? undefined : sortFields[view.sort.field]) ?? view.sort.field,
      descending: view.sort.descending,
    },
    ...flows.window(view.groupBy.length > 0),
    groupBy: view.groupBy,
    openGroups: state.openGroups,
    pinned: wanted,
  };
};

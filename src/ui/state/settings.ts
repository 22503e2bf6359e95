// The screen's state as settings and back: only what is worth restoring, in a form that can be edited by hand.
import type { SavedViewSettings, ScreenSettings } from '../../core/options/schema.js';
import {
  type DisplayOptions,
  defaultDisplayOptions,
  defaultView,
  type SavedView,
  type ScreenState,
  type ViewChoice,
} from './screen-state.js';

const sortText = (sort: ViewChoice['sort']): string =>
  `${sort.field}:${sort.descending ? 'desc' : 'asc'}`;

export const sortFrom = (text: string): ViewChoice['sort'] => {
  const [field = 'rate', direction = 'desc'] = text.split(':');
  return { field, descending: direction !== 'asc' };
};

/** What is as at the start is not written. */
const viewText = (view: ViewChoice) => ({
  ...(view.filter !== '' && { filter: view.filter }),
  sort: sortText(view.sort),
  ...(view.groupBy.length > 0 && { groupBy: view.groupBy }),
  ...(view.columns !== null && { columns: view.columns as NonNullable<ScreenSettings['columns']> }),
});

export const settingsOf = (state: ScreenState): ScreenSettings => ({
  interval: state.intervalSeconds,
  units: state.looks.units,
  theme: state.looks.theme as NonNullable<ScreenSettings['theme']>,
  wide: state.looks.wide,
  graph: state.looks.graph,
  ...viewText(state.view),
  views: state.savedViews.map((view) => ({
    name: view.name,
    ...viewText(view),
    ...(view.interface !== null && { interface: view.interface }),
  })),
});

export const viewFrom = (settings: Omit<SavedViewSettings, 'name'>): Partial<ViewChoice> => ({
  ...(settings.sort !== undefined && { sort: sortFrom(settings.sort) }),
  ...(settings.filter !== undefined && { filter: settings.filter }),
  ...(settings.groupBy !== undefined && { groupBy: settings.groupBy }),
  ...(settings.columns !== undefined && { columns: settings.columns }),
  ...(settings.interface !== undefined && { interface: settings.interface }),
});

export const savedViewsFrom = (settings: ScreenSettings): SavedView[] =>
  (settings.views ?? []).map((view) => ({ ...defaultView, ...viewFrom(view), name: view.name }));

export const looksFrom = (settings: ScreenSettings, lightBackground: boolean): DisplayOptions => ({
  units: settings.units ?? defaultDisplayOptions.units,
  wide: settings.wide ?? defaultDisplayOptions.wide,
  graph: settings.graph ?? defaultDisplayOptions.graph,
  theme: settings.theme ?? (lightBackground ? 'light' : defaultDisplayOptions.theme),
});

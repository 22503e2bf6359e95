// The screen's state as settings and back: only what a user would want again, checked because files are edited by hand.
import type { ScreenSettings } from '../screen-options.js';
import { defaultLooks, type Looks, type ScreenState, type ViewChoice } from './screen-state.js';

export const settingsOf = (state: ScreenState): ScreenSettings => ({
  interval: state.intervalSeconds,
  units: state.looks.units,
  theme: state.looks.theme,
  wide: state.looks.wide,
  sort: `${state.view.sort.field}:${state.view.sort.descending ? 'desc' : 'asc'}`,
  filter: state.view.filter,
  groupBy: state.view.groupBy,
  ...(state.view.columns === null ? {} : { columns: state.view.columns }),
  views: state.savedViews,
});

export const sortFrom = (text: string): ViewChoice['sort'] => {
  const [field = 'rate', direction = 'desc'] = text.split(':');
  return { field, descending: direction !== 'asc' };
};

export const viewFrom = (settings: ScreenSettings): Partial<ViewChoice> => ({
  ...(settings.sort === undefined ? {} : { sort: sortFrom(settings.sort) }),
  ...(settings.filter === undefined ? {} : { filter: settings.filter }),
  ...(settings.groupBy === undefined ? {} : { groupBy: settings.groupBy }),
  ...(settings.columns === undefined ? {} : { columns: settings.columns }),
});

/** The option has the last word over the file. */
export const looksFrom = (settings: ScreenSettings, theme: string | null): Looks => ({
  units: settings.units ?? defaultLooks.units,
  wide: settings.wide ?? defaultLooks.wide,
  theme: theme ?? settings.theme ?? defaultLooks.theme,
});

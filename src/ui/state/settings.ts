// The screen's state as settings and back: only what a user would want again, in words that can be edited by hand.
import type { GraphKind } from '../widgets/graph.js';
import {
  type DisplayOptions,
  defaultDisplayOptions,
  defaultView,
  type SavedView,
  type ScreenState,
  type ViewChoice,
} from './screen-state.js';

/** A saved view as a file has it: what is left out is as at the start. */
export interface SettingsView {
  readonly name: string;
  readonly filter?: string;
  readonly sort?: string;
  readonly groupBy?: readonly string[];
  readonly columns?: readonly string[];
  readonly interface?: string;
}

/** What `W` writes and the next start reads; plain data, so that the command line chooses the file and its format. */
export interface ScreenSettings {
  readonly interval?: number;
  readonly units?: 'bits' | 'bytes';
  readonly theme?: string;
  readonly wide?: boolean;
  readonly graph?: GraphKind;
  readonly sort?: string;
  readonly filter?: string;
  readonly groupBy?: readonly string[];
  readonly columns?: readonly string[];
  readonly views?: readonly SettingsView[];
}

const sortText = (sort: ViewChoice['sort']): string =>
  `${sort.field}:${sort.descending ? 'desc' : 'asc'}`;

export const sortFrom = (text: string): ViewChoice['sort'] => {
  const [field = 'rate', direction = 'desc'] = text.split(':');
  return { field, descending: direction !== 'asc' };
};

/** What is as at the start is not written. */
const viewText = (view: ViewChoice): Omit<SettingsView, 'name'> => ({
  ...(view.filter !== '' && { filter: view.filter }),
  sort: sortText(view.sort),
  ...(view.groupBy.length > 0 && { groupBy: view.groupBy }),
  ...(view.columns !== null && { columns: view.columns }),
});

export const settingsOf = (state: ScreenState): ScreenSettings => ({
  interval: state.intervalSeconds,
  units: state.looks.units,
  theme: state.looks.theme,
  wide: state.looks.wide,
  graph: state.looks.graph,
  ...viewText(state.view),
  views: state.savedViews.map((view) => ({
    name: view.name,
    ...viewText(view),
    ...(view.interface !== null && { interface: view.interface }),
  })),
});

export const viewFrom = (settings: Omit<SettingsView, 'name'>): Partial<ViewChoice> => ({
  ...(settings.sort !== undefined && { sort: sortFrom(settings.sort) }),
  ...(settings.filter !== undefined && { filter: settings.filter }),
  ...(settings.groupBy !== undefined && { groupBy: settings.groupBy }),
  ...(settings.columns !== undefined && { columns: settings.columns }),
  ...(settings.interface !== undefined && { interface: settings.interface }),
});

export const savedViewsFrom = (settings: ScreenSettings): SavedView[] =>
  (settings.views ?? []).map((view) => ({ ...defaultView, ...viewFrom(view), name: view.name }));

/** The option has the last word over the file. */
export const looksFrom = (
  settings: ScreenSettings,
  theme: string | null,
  lightBackground: boolean,
): DisplayOptions => ({
  units: settings.units ?? defaultDisplayOptions.units,
  wide: settings.wide ?? defaultDisplayOptions.wide,
  graph: settings.graph ?? defaultDisplayOptions.graph,
  theme: theme ?? settings.theme ?? (lightBackground ? 'light' : defaultDisplayOptions.theme),
});

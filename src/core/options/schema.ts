// All options: the name, type, range, default, help, environment variable and settings key stand once, in its entry. Everything else is made from them.
import { reportingOptions } from './entries/reporting.js';
import { showingOptions } from './entries/showing.js';
import { watchingOptions } from './entries/watching.js';
import type { OptionSchema, RunValuesOf, SectionOf, ValuesOf } from './option.js';

export const options = {
  ...watchingOptions,
  ...showingOptions,
  ...reportingOptions,
} as const satisfies OptionSchema;

export type Options = typeof options;
export type OptionKey = keyof Options;
export type OptionValues = ValuesOf<Options>;
/** What goes along with the request for a run. */
export type RunOptions = RunValuesOf<Options>;
/** The part `screen` of the settings file. */
export type ScreenSettings = SectionOf<Options, 'screen'>;

export function runOptions(values: OptionValues): RunOptions {
  const names = Object.entries(options).filter(([, entry]) => 'run' in entry);
  return Object.fromEntries(
    names.map(([name]) => [name, values[name as OptionKey]]),
  ) as unknown as RunOptions;
}
export type SavedViewSettings = NonNullable<ScreenSettings['views']>[number];

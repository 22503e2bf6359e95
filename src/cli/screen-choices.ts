// What the screen begins with, from options, environment and settings file.
import { givenSection, type Resolved } from '../core/options/resolve.js';
import { type Options, options, type ScreenSettings } from '../core/options/schema.js';
import { sortOrder } from '../core/options/value-schemas.js';
import type { ScreenOptions } from '../ui/app/start.js';
import type { RunSettings } from './settings-source.js';

export interface DisplayChoices {
  readonly flags: ScreenOptions['flags'];
  readonly settings: ScreenSettings;
  /** What is wrong in the user's own settings file: said on the screen. */
  readonly problems: readonly string[];
  /** Where `W` writes; null: the home directory is unknown. */
  readonly settingsFile: string | null;
}

export function displayChoices(
  resolved: Resolved<Options>,
  { file, screenProblems }: Pick<RunSettings, 'file' | 'screenProblems'>,
): DisplayChoices {
  const { values, origins } = resolved;
  const settings: ScreenSettings = givenSection(resolved, options, 'screen');
  const { field, descending } = sortOrder(values.sort);
  return {
    flags: { color: values.noColor ? false : null, ascii: values.ascii, mouse: values.mouse },
    settings: {
      ...settings,
      ...(origins.sort.kind !== 'default' && { sort: `${field}:${descending ? 'desc' : 'asc'}` }),
    },
    problems: screenProblems,
    settingsFile: file,
  };
}

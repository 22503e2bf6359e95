// What the screen begins with: options first, then the user's settings file, then defaults.
import type { SortOrder } from '../core/model/view.js';
import type { RunRequest } from '../core/monitor/run-request.js';
import type { ScreenOptions, ScreenSettings } from '../ui/app/start.js';
import { type SettingsSource, saveScreenSettings, whyNotSaved } from './screen-settings.js';

/** The options as given; null or absent: not given, the settings hold. */
export interface ScreenArguments {
  readonly color: boolean | null;
  readonly ascii: boolean;
  readonly theme: string | null;
  readonly mouse: boolean;
  readonly filter: string | null;
  readonly sort: SortOrder | null;
  readonly intervalGiven: boolean;
  readonly settings: SettingsSource;
}

export interface ScreenChoices {
  readonly request: RunRequest;
  readonly looks: ScreenLooks;
}

export interface ScreenLooks {
  readonly view: NonNullable<ScreenOptions['view']>;
  readonly flags: ScreenOptions['flags'];
  readonly settings: ScreenSettings;
  readonly problems: readonly string[];
  readonly saveSettings?: (settings: ScreenSettings) => Promise<string>;
}

export function screenChoices(request: RunRequest, given: ScreenArguments): ScreenChoices {
  const { file, settings, problems } = given.settings;
  const startedAs = process.geteuid?.() ?? 0;
  const intervalSeconds =
    given.intervalGiven || settings.interval === undefined
      ? request.intervalSeconds
      : settings.interval;
  return {
    request: {
      ...request,
      intervalSeconds,
      answersAfterEnd: request.source.kind === 'capture',
    },
    looks: {
      view: {
        ...(given.filter !== null && { filter: given.filter }),
        ...(given.sort !== null && { sort: given.sort }),
      },
      flags: {
        color: given.color,
        ascii: given.ascii,
        theme: given.theme,
        mouse: given.mouse,
      },
      settings,
      problems,
      ...(file !== null && {
        saveSettings: async (changed: ScreenSettings): Promise<string> => {
          try {
            saveScreenSettings(file, changed);
          } catch (error) {
            const now = process.geteuid?.() ?? 0;
            throw new Error(whyNotSaved(file, error, startedAs, now), { cause: error });
          }
          return file;
        },
      }),
    },
  };
}

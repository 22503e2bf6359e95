// What the command line and the settings file say about detection: thresholds, allow lists, own rules, alertSinks for alerts.
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { builtInRules } from '../core/detect/rules/index.js';
import type { DetectionSettingsData } from '../core/detect/settings.js';
import { detectionSchema, readSettings, SettingsError } from '../core/detect/settings-schema.js';
import { ExpectedError } from '../core/errors/expected-error.js';
import type { AlertSinkSettings } from '../core/export/alert-sinks.js';
import { compileFilter } from '../core/flows/filter/compile-filter.js';
import { wrongUsage } from './option-values.js';

export interface DetectionChoices {
  readonly settings: DetectionSettingsData | null;
  readonly alertSinks: AlertSinkSettings;
  /** What is wrong in the user's own file, where the defaults go on; null: nothing. */
  readonly problem: string | null;
}

/** Larger than any settings file of a person; long threat lists fit. */
const FILE_BYTES_MAX = 16 << 20;
const authorizationVariable = 'KUBENETPROBE_WEBHOOK_AUTHORIZATION';

const alertsSchema = z.strictObject({
  exec: z.string().min(1).max(4096).optional(),
  webhook: z.string().min(1).max(4096).optional(),
  /** A file with the value of the Authorization header: secrets don't belong here. */
  authorizationFile: z.string().min(1).optional(),
});

const fileSchema = z.strictObject({
  detection: detectionSchema(builtInRules).optional(),
  alerts: alertsSchema.optional(),
  /** The screen's own part, checked where it is read. */
  screen: z.unknown().optional(),
});

export interface DetectionOptions {
  readonly config: string | undefined;
  readonly userFile: string | null;
  readonly alertExec: string | undefined;
  readonly alertWebhook: string | undefined;
  readonly environment: NodeJS.ProcessEnv;
}

export function detectionChoices(options: DetectionOptions): DetectionChoices {
  const file = options.config ?? options.userFile;
  const given = options.config !== undefined;
  let problem: string | null = null;
  const text = file === null ? null : readText(file, given, (forbidden) => (problem = forbidden));
  let content: z.output<typeof fileSchema> = {};
  try {
    if (text !== null) content = readSettings(text, file!, fileSchema);
  } catch (error) {
    if (!(error instanceof SettingsError) || isGrave(error, given, text!)) throw error;
    problem = `${error.message}; detection goes on with its defaults`;
  }
  for (const rule of content.detection?.rules ?? []) checkFilter(file!, rule.name, rule.filter);
  const exec = options.alertExec ?? content.alerts?.exec;
  const webhook = options.alertWebhook ?? content.alerts?.webhook;
  return {
    problem,
    settings: content.detection ?? null,
    alertSinks: {
      exec: exec === undefined ? null : commandWords(exec),
      webhook: webhook === undefined ? null : webhookUrl(webhook),
      authorization: authorization(options.environment, content.alerts?.authorizationFile),
    },
  };
}

/** With a wrong allow list or alert sink, alerts would come or stay away unnoticed. */
function isGrave(error: SettingsError, given: boolean, text: string): boolean {
  if (given) return true;
  return error.key === ''
    ? /^\s*(?:allow|alerts)\s*:/m.test(text)
    : /^(?:detection\.allow|alerts)(?:\.|$)/.test(error.key);
}

function readText(
  file: string,
  given: boolean,
  warn: (problem: string) => void = () => undefined,
): string | null {
  try {
    const text = readFileSync(file, 'utf8');
    if (text.length <= FILE_BYTES_MAX) return text;
    throw new ExpectedError(`${file} is larger than 16 MiB`, {
      status: 2,
      advice: 'Long lists of bad addresses belong into a firewall',
    });
  } catch (error) {
    if (error instanceof ExpectedError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    if (!given && (code === 'ENOENT' || code === 'ENOTDIR')) return null;
    // Somebody else's HOME (sudo -u, setpriv): a file that was never meant for this user is no fault of the run.
    if (!given && code === 'EACCES') {
      warn(`${file} may not be read by this user; the defaults go on`);
      return null;
    }
    const why =
      code === 'ENOENT'
        ? `there is no settings file ${file}`
        : `cannot read the settings file ${file}: ${message}`;
    throw new ExpectedError(why, {
      status: given && code === 'ENOENT' ? 5 : 2,
      advice: given ? 'Give the path of a file that you may read' : `Mend or remove ${file}`,
      cause: error,
    });
  }
}

function checkFilter(file: string, rule: string, filter: string): void {
  const compiled = compileFilter(filter);
  if (compiled.ok) return;
  throw new ExpectedError(`${file}: detection.rules "${rule}": filter: ${compiled.error.message}`, {
    status: 2,
    advice: compiled.error.hint ?? 'The filter language is that of --filter',
  });
}

/** Words with simple quotes: a path and its arguments. There is no shell: no variables, no pipes. */
export function commandWords(text: string): readonly string[] {
  const words = [...text.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(
    (match) => match[1] ?? match[2] ?? match[3] ?? '',
  );
  if (words.length === 0)
    throw wrongUsage(
      '--alert-exec is empty',
      'Give a program, e.g. --alert-exec /usr/local/bin/tell-me',
    );
  return words;
}

function webhookUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url && (url.protocol === 'http:' || url.protocol === 'https:')) return url;
  throw wrongUsage(
    '--alert-webhook is no address of the web',
    'Give an address like https://example.org/alerts',
  );
}

function authorization(environment: NodeJS.ProcessEnv, file: string | undefined): string | null {
  const given = environment[authorizationVariable];
  if (given) return given;
  if (file === undefined) return null;
  const text = readText(file, true)!.trim();
  if (/[\r\n]/.test(text)) {
    throw new ExpectedError(`${file} has more than one line`, {
      status: 2,
      advice: 'It holds the value of the Authorization header, e.g. Bearer …',
    });
  }
  return text;
}

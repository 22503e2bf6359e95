// The `screen` part of the user's settings file: read with line and key of what is wrong, written only on `W`, the rest kept as it is.
import { mkdirSync, readFileSync, realpathSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Document, isMap, isScalar, LineCounter, parseDocument } from 'yaml';
import { ExpectedError } from '../core/errors/expected-error.js';
import { findSortField } from '../core/flows/fields.js';
import { compileFilter } from '../core/flows/filter/compile-filter.js';
import { findGroupKey } from '../core/flows/group.js';
import type { ScreenSettings } from '../ui/state/settings.js';
import { columnNames } from '../ui/table/flow-columns.js';
import { themeNames } from '../ui/widgets/theme.js';

export interface LoadedSettings {
  readonly settings: ScreenSettings;
  /** "config.yaml:3: screen.units: …": the defaults go on, the screen says it. */
  readonly problems: readonly string[];
}

const section = 'screen';
/** Larger than any settings file of a person; a larger one is somebody's mistake. */
const fileBytesMax = 1 << 20;
const viewsMax = 50;

/** The home of the one who called, under sudo too: /etc/passwd knows it by number. */
function homeFolder(environment: NodeJS.ProcessEnv): string | null {
  const user = environment['SUDO_UID'];
  if (user === undefined || process.geteuid?.() !== 0) return environment['HOME'] ?? null;
  try {
    const line = readFileSync('/etc/passwd', 'utf8')
      .split('\n')
      .find((entry) => entry.split(':')[2] === user);
    return line?.split(':')[5] ?? null;
  } catch {
    // A container without /etc/passwd has no such user's home either.
    return null;
  }
}

export function settingsFile(environment: NodeJS.ProcessEnv): string | null {
  const given = environment['XDG_CONFIG_HOME'];
  if (given?.startsWith('/')) return join(given, 'kubenetprobe-top/config.yaml');
  const home = homeFolder(environment);
  return home === null ? null : join(home, '.config/kubenetprobe-top/config.yaml');
}

type Check = (value: unknown) => string | null;

const oneOf =
  (words: readonly string[]): Check =>
  (value) =>
    typeof value === 'string' && words.includes(value) ? null : `one of ${words.join(', ')}`;
const text: Check = (value) => (typeof value === 'string' ? null : 'a text');
const yesOrNo: Check = (value) => (typeof value === 'boolean' ? null : 'true or false');
const listOf =
  (kind: string, known: (word: string) => boolean): Check =>
  (value) =>
    Array.isArray(value) && value.every((word) => typeof word === 'string' && known(word))
      ? null
      : `a list of ${kind}`;
const groups = listOf('group keys', (word) => findGroupKey(word) !== undefined);
const columns = listOf(`columns (${columnNames.join(', ')})`, (word) => columnNames.includes(word));
const seconds: Check = (value) =>
  typeof value === 'number' && value >= 0.1 && value <= 60 ? null : 'a number from 0.1 to 60';
const order: Check = (value) =>
  typeof value === 'string' &&
  findSortField(value.split(':')[0]!) !== undefined &&
  /^[^:]+(:(asc|desc))?$/.test(value)
    ? null
    : 'a column, then :asc or :desc';

const filter: Check = (value) => {
  if (typeof value !== 'string') return 'a text';
  const compiled = compileFilter(value);
  return compiled.ok ? null : `a filter: ${compiled.error.message}`;
};

const viewChecks: Readonly<Record<string, Check>> = {
  name: text,
  filter,
  sort: order,
  groupBy: groups,
  columns,
  interface: text,
};

/** A view is a map of its own; what is wrong in it is told like the rest, by key. */
const views: Check = (value) => {
  if (!Array.isArray(value) || value.length > viewsMax)
    return `a list of at most ${viewsMax} views`;
  for (const view of value as unknown[]) {
    if (typeof view !== 'object' || view === null || !('name' in view))
      return 'views, each with a name';
    for (const [key, part] of Object.entries(view)) {
      const wanted = viewChecks[key] === undefined ? 'known keys only' : viewChecks[key](part);
      if (wanted !== null) return `views; "${key}" in one of them should be ${wanted}`;
    }
  }
  return null;
};

const checks: Readonly<Record<keyof ScreenSettings, Check>> = {
  interval: seconds,
  units: oneOf(['bits', 'bytes']),
  theme: oneOf(themeNames),
  wide: yesOrNo,
  graph: oneOf(['blocks', 'braille']),
  sort: order,
  filter,
  groupBy: groups,
  columns,
  views,
};

function lineOf(document: Document, lines: LineCounter, key: string): number {
  const part = document.get(section, true);
  if (!isMap(part)) return 1;
  const pair = part.items.find((item) => isScalar(item.key) && item.key.value === key);
  const start = isScalar(pair?.key) ? (pair.key.range?.[0] ?? 0) : 0;
  return lines.linePos(start).line;
}

/** Checks the text of a settings file; wrong keys are left out and told. */
export function parseScreenSettings(source: string, name: string): LoadedSettings {
  const lines = new LineCounter();
  const document = parseDocument(source, { lineCounter: lines });
  const broken = document.errors[0];
  if (broken !== undefined) {
    const { line } = lines.linePos(broken.pos[0]);
    return { settings: {}, problems: [`${name}:${line}: ${broken.message.split('\n')[0]}`] };
  }
  let part: unknown;
  try {
    part = document.toJS({ maxAliasCount: 10 })?.[section];
  } catch (error) {
    // Aliases of aliases that would fill the memory.
    return { settings: {}, problems: [`${name}: ${(error as Error).message}`] };
  }
  if (part === undefined || part === null) return { settings: {}, problems: [] };
  if (typeof part !== 'object' || Array.isArray(part))
    return { settings: {}, problems: [`${name}: ${section} should be a map`] };
  const settings: Record<string, unknown> = {};
  const problems: string[] = [];
  for (const [key, value] of Object.entries(part)) {
    const check = (checks as Readonly<Record<string, Check>>)[key];
    const wanted =
      check === undefined ? `unknown key; known: ${Object.keys(checks).join(', ')}` : check(value);
    if (wanted === null) settings[key] = value;
    else {
      const line = lineOf(document, lines, key);
      const problem = check === undefined ? wanted : `should be ${wanted}`;
      problems.push(`${name}:${line}: ${section}.${key}: ${problem}`);
    }
  }
  return { settings: settings as ScreenSettings, problems };
}

export function loadScreenSettings(file: string | null): LoadedSettings {
  if (file === null) return { settings: {}, problems: [] };
  try {
    const source = readFileSync(file, 'utf8');
    if (source.length > fileBytesMax)
      return { settings: {}, problems: [`${file}: larger than 1 MiB, not read`] };
    return parseScreenSettings(source, file);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    // No file is the usual case.
    if (code === 'ENOENT' || code === 'ENOTDIR') return { settings: {}, problems: [] };
    return { settings: {}, problems: [`${file}: ${message}`] };
  }
}

/** Which file holds the screen's settings in this run, and what it says: read from there at the start, written there on `W`. */
export interface SettingsSource extends LoadedSettings {
  /** null: nobody's home is known. */
  readonly file: string | null;
}

/**
 * `--config` stands in the place of the user's own file, for writing too: what W has saved is what the next start with it reads. A wrong
 * one ends the run with 2 whatever the output is; the user's own is a warning, and the defaults go on.
 */
export function settingsSource(
  given: string | undefined,
  environment: NodeJS.ProcessEnv,
): SettingsSource {
  const file = given ?? settingsFile(environment);
  const loaded = loadScreenSettings(file);
  const [first] = loaded.problems;
  if (given !== undefined && first !== undefined)
    throw new ExpectedError(first, {
      status: 2,
      advice: `Mend ${given}; the settings of the screen are listed in docs/settings.md`,
    });
  return { file, ...loaded };
}

/** The whole file with its `screen` part replaced; comments and other parts stay. */
export function withScreenSettings(source: string, settings: ScreenSettings): string {
  const document = parseDocument(source);
  if (document.errors.length > 0) throw new Error('the file has errors; mend it first');
  document.set(section, document.createNode(settings));
  return document.toString();
}

/** Where a link points: dotfiles often are links, and a renamed file would replace the link by a copy. */
function behindLinks(file: string): string {
  try {
    return realpathSync(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return file;
    throw error;
  }
}

export function saveScreenSettings(file: string, settings: ScreenSettings): void {
  const target = behindLinks(file);
  let source = '';
  try {
    source = readFileSync(target, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const next = withScreenSettings(source, settings);
  mkdirSync(dirname(target), { recursive: true, mode: 0o700 });
  // Written beside and renamed: a full disk leaves the old file whole.
  const beside = `${target}.${process.pid}`;
  writeFileSync(beside, next, { mode: 0o600 });
  renameSync(beside, target);
}

const forbidden = new Set(['EACCES', 'EPERM']);

/**
 * Why settings could not be written, for people. Root that has become somebody else is the case worth words: no descriptor is kept open
 * for it (docs/decisions/screen.md).
 */
export function whyNotSaved(file: string, error: unknown, startedAs: number, now: number): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === undefined || !forbidden.has(code)) return message;
  if (startedAs === now) return `${file} may not be written by user ${now}`;
  return `${file} is not user ${now}'s, whom this run has become; start it by sudo from your own account, or with --keep-privileges`;
}

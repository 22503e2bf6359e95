// The `screen` part of the user's settings file: read with line and key of what is wrong, written only on `W`, the rest kept as it is.
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Document, isMap, isScalar, LineCounter, parseDocument } from 'yaml';
import { findSortField } from '../core/flows/fields.js';
import { findGroupKey } from '../core/flows/group.js';
import { columnNames, type ScreenSettings, themeNames } from '../ui/start.js';

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

const viewChecks: Readonly<Record<string, Check>> = {
  name: text,
  filter: text,
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
  filter: text,
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

/** The whole file with its `screen` part replaced; comments and other parts stay. */
export function withScreenSettings(source: string, settings: ScreenSettings): string {
  const document = parseDocument(source);
  if (document.errors.length > 0) throw new Error('the file has errors; mend it first');
  document.set(section, document.createNode(settings));
  return document.toString();
}

export function saveScreenSettings(file: string, settings: ScreenSettings): void {
  let source = '';
  try {
    source = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const next = withScreenSettings(source, settings);
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  // Written beside and renamed: a full disk leaves the old file whole.
  const beside = `${file}.${process.pid}`;
  writeFileSync(beside, next, { mode: 0o600 });
  renameSync(beside, file);
}

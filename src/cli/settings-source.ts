// Which settings file is read, and how errors in it are handled: fatal with --config, a warning in the user's default file.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DetectionSettingsData } from '../core/detect/settings.js';
import { ExpectedError } from '../core/errors/expected-error.js';
import type { Source } from '../core/options/resolve.js';
import type { SettingsFault } from '../core/options/settings-document.js';

export interface RunSettings {
  /** Read at the start, written on `W`; null: the home directory is unknown. */
  readonly file: string | null;
  /** Options that the file gives. */
  readonly source: Source;
  readonly detection: DetectionSettingsData | null;
  /** What is wrong in the user's own file in the part of the screen: it shows them. */
  readonly screenProblems: readonly string[];
  /** And elsewhere: for stderr. */
  readonly problems: readonly string[];
}

/** Larger than any settings file of a person; long threat lists fit. */
const FILE_BYTES_MAX = 16 << 20;

/** The home of the user who called sudo, else $HOME: /etc/passwd knows it by number. */
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

export function userSettingsFile(environment: NodeJS.ProcessEnv): string | null {
  const given = environment['XDG_CONFIG_HOME'];
  if (given?.startsWith('/')) return join(given, 'kubenetprobe-top/config.yaml');
  const home = homeFolder(environment);
  return home === null ? null : join(home, '.config/kubenetprobe-top/config.yaml');
}

interface FileText {
  /** null: there is none. */
  readonly text: string | null;
  readonly problem: string | null;
}

function readText(file: string, given: boolean): FileText {
  try {
    const text = readFileSync(file, 'utf8');
    if (text.length <= FILE_BYTES_MAX) return { text, problem: null };
    throw new ExpectedError(`${file} is larger than 16 MiB`, {
      status: 2,
      advice: 'Long lists of bad addresses belong in a firewall',
    });
  } catch (error) {
    if (error instanceof ExpectedError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    // No file is the usual case.
    if (!given && (code === 'ENOENT' || code === 'ENOTDIR')) return { text: null, problem: null };
    // Another user's HOME (sudo -u, setpriv): a file that was never meant for this user is no fault of the run.
    if (!given && code === 'EACCES')
      return { text: null, problem: `no permission to read ${file}; using the defaults` };
    throw new ExpectedError(
      code === 'ENOENT'
        ? `there is no settings file ${file}`
        : `cannot read the settings file ${file}: ${message}`,
      {
        status: given && code === 'ENOENT' ? 5 : 2,
        advice: given ? 'Give the path of a readable file' : `Fix or remove ${file}`,
        cause: error,
      },
    );
  }
}

/** With a wrong allow list or alert sink, alerts would come or stay away unnoticed. */
function isGrave({ path }: SettingsFault, text: string): boolean {
  if (path.length === 0) return /^\s*(?:allow|alerts)\s*:/m.test(text);
  return path[0] === 'alerts' || (path[0] === 'detection' && path[1] === 'allow');
}

const withoutFile = {
  source: new Map(),
  detection: null,
  screenProblems: [],
  problems: [],
} as const;

/** `given`: the file of --config, which replaces the user's own. Throws ExpectedError, status 2 or 5. */
export async function readRunSettings(
  given: string | undefined,
  environment: NodeJS.ProcessEnv,
): Promise<RunSettings> {
  const file = given ?? userSettingsFile(environment);
  if (file === null) return { ...withoutFile, file };
  const { text, problem } = readText(file, given !== undefined);
  if (text === null) return { ...withoutFile, file, problems: problem === null ? [] : [problem] };
  // YAML, zod and the rules: loaded only where there is a file.
  const { readSettingsFile } = await import('../core/options/settings-file.js');
  const { faultText, settingsError } = await import('../core/options/settings-document.js');
  const { source, detection, faults } = readSettingsFile(text, file);
  const fatal = faults.find((fault) => given !== undefined || isGrave(fault, text));
  if (fatal) throw settingsError(fatal);
  const isOfScreen = ({ path }: SettingsFault): boolean => path[0] === 'screen';
  return {
    file,
    source,
    detection,
    screenProblems: faults.filter(isOfScreen).map(faultText),
    problems: faults
      .filter((fault) => !isOfScreen(fault))
      .map((fault) => `${faultText(fault)}; using the defaults`),
  };
}

/** A file with one line: secrets don't belong in a settings file. */
export function readSecret(file: string): string {
  const text = readText(file, true).text!.trim();
  if (!/[\r\n]/.test(text)) return text;
  throw new ExpectedError(`${file} has more than one line`, {
    status: 2,
    advice: 'It must hold the value of the Authorization header, e.g. Bearer …',
  });
}

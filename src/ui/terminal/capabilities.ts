// The terminal's capabilities, decided once from the environment, before the first frame; neither chalk nor Ink detects them reliably.

export interface Capabilities {
  readonly color: boolean;
  readonly unicode: boolean;
  readonly synchronized: boolean;
  /** OSC 52 makes sense: consoles and old terminals would print it. */
  readonly clipboard: boolean;
  /** The terminal said so; most say nothing, and are dark. */
  readonly lightBackground: boolean;
  /** Where the keys come from: nowhere means a screen that can only be ended by a signal. */
  readonly keyboard: boolean;
}

export interface Refusal {
  readonly message: string;
  readonly advice: string;
}

export interface CapabilityFlags {
  readonly color: boolean | null;
  readonly ascii: boolean;
}

type Environment = Readonly<Record<string, string | undefined>>;

const noScreen = 'use --once for a table or --json for a stream';

/** Why there can be no screen here, null when there can. */
export const screenRefusal = (env: Environment, stdoutIsTty: boolean): Refusal | null => {
  if (!stdoutIsTty) return { message: 'stdout is no terminal', advice: noScreen };
  const term = env['TERM'] ?? '';
  if (term === '' || term === 'dumb' || term === 'unknown')
    return {
      message: `the terminal cannot move its cursor (TERM=${term === '' ? 'is not set' : term})`,
      advice: noScreen,
    };
  return null;
};

const speaksUtf8 = (env: Environment): boolean => {
  const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || '';
  return /utf-?8/i.test(locale);
};

/** Console fonts lack the eighth blocks, old terminals lack UTF-8 altogether. */
const hasPlainFont = (term: string): boolean => /^(linux|vt\d|ansi$|cons25)/.test(term);

export const detectCapabilities = (
  env: Environment,
  flags: CapabilityFlags,
  stdinIsTty: boolean,
): Capabilities => {
  const term = env['TERM'] ?? '';
  const monochrome = /^vt\d/.test(term) || term.endsWith('-m') || term.endsWith('-mono');
  const color = flags.color ?? (!env['NO_COLOR'] && !monochrome);
  return {
    color,
    unicode: !flags.ascii && speaksUtf8(env) && !hasPlainFont(term),
    synchronized: !hasPlainFont(term) && (!term.startsWith('screen') || Boolean(env['TMUX'])),
    clipboard: !hasPlainFont(term),
    lightBackground: /;(?:7|15)$/.test(env['COLORFGBG'] ?? ''),
    keyboard: stdinIsTty,
  };
};

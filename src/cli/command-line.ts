// argv → the given options and the remaining words. Values are parsed by core/options.
import { parseArgs } from 'node:util';
import { nearest } from '../core/format/nearest.js';
import { wrongUsage } from '../core/options/check-value.js';
import type { OptionEntry, OptionSchema } from '../core/options/option.js';
import type { Given, Source } from '../core/options/resolve.js';

export interface CommandLine {
  readonly source: Source;
  /** Interfaces, or a command and its arguments. */
  readonly words: readonly string[];
}

const ALL_OPTIONS = 'All options: kubenetprobe-top --help';

/** Options on the command line: flag → entry's name. */
function flagsOf(schema: OptionSchema): Map<string, string> {
  const flags = new Map<string, string>();
  for (const [name, { flag }] of Object.entries(schema)) if (flag) flags.set(flag, name);
  return flags;
}

/** The next word is used as a value only where the value is mandatory. */
const takesNextWord = ({ placeholder, valueOptional }: OptionEntry): boolean =>
  placeholder !== undefined && !valueOptional;

/** The next word is another option, not a value: `--limit --json`. A lone dash and negative numbers are values. */
const looksLikeOption = (text: string): boolean => /^-(?:-|[a-z])/i.test(text);

function unknownOption(rawName: string, flags: Iterable<string>) {
  const near = nearest(rawName.replace(/^-+/, ''), flags);
  return wrongUsage(
    `unknown option ${rawName}`,
    near ? `Did you mean --${near}? ${ALL_OPTIONS}` : ALL_OPTIONS,
  );
}

/** Throws ExpectedError with status 2: an unknown option, a missing value, an option twice that can't be. */
export function readCommandLine(argv: readonly string[], schema: OptionSchema): CommandLine {
  const flags = flagsOf(schema);
  const { tokens } = parseArgs({
    args: [...argv],
    strict: false,
    allowPositionals: true,
    tokens: true,
    options: Object.fromEntries(
      [...flags].map(([flag, name]) => {
        const entry = schema[name]!;
        const type = takesNextWord(entry) ? ('string' as const) : ('boolean' as const);
        return [flag, { type, ...(entry.short && { short: entry.short }) }];
      }),
    ),
  });
  const source = new Map<string, Given>();
  const words: string[] = [];
  let failure: Error | null = null;
  const fail = (error: Error): void => {
    failure ??= error;
  };
  /** Of an option whose value was left out: place and text of the word that would mean the same. */
  let sameAsLeftOut: string | null = null;
  for (const token of tokens) {
    if (token.kind === 'positional') {
      if (sameAsLeftOut !== `${token.index} ${token.value}`) words.push(token.value);
    }
    if (token.kind !== 'option') continue;
    const { name: flag, rawName, value, inlineValue } = token;
    const name = flags.get(flag);
    if (name === undefined) {
      fail(unknownOption(rawName, flags.keys()));
      continue;
    }
    const entry = schema[name]!;
    const origin = { kind: 'command line', flag } as const;
    const isMissing = takesNextWord(entry) && !inlineValue && looksLikeOption(value ?? '--');
    if (isMissing) fail(wrongUsage(`--${flag} needs a value`, exampleOf(entry)));
    if (source.has(name) && entry.onceOnly !== undefined)
      fail(wrongUsage(`--${flag} is given twice`, entry.onceOnly));
    const { valueWhenLeftOut } = entry;
    if (value === undefined && valueWhenLeftOut !== undefined)
      sameAsLeftOut = `${token.index + 1} ${valueWhenLeftOut}`;
    source.set(
      name,
      value === undefined ? { value: valueWhenLeftOut ?? true, origin } : { text: value, origin },
    );
  }
  // --help works even if other arguments are wrong.
  if (failure && !source.has('help')) throw failure;
  return { source, words };
}

function exampleOf({ flag, placeholder }: OptionEntry): string {
  return `Write --${flag} ${placeholder}. ${ALL_OPTIONS}`;
}

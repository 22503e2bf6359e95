// Shell completion from the options: `source <(kubenetprobe-top completion bash)`.
import { choicesOf } from '../core/options/describe.js';
import type { OptionEntry, OptionSchema } from '../core/options/option.js';
import { options } from '../core/options/schema.js';

export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

const commands = ['doctor', 'completion', 'manual'];

interface Row {
  readonly flag: string;
  readonly short: string | undefined;
  readonly help: string;
  readonly placeholder: string | undefined;
  readonly choices: readonly string[] | null;
  readonly takesFile: boolean;
}

function rowsOf(schema: OptionSchema): Row[] {
  const rows = Object.values(schema).map((entry: OptionEntry) => ({
    flag: entry.flag ?? '',
    short: entry.short,
    help: entry.help,
    // An optional value is only accepted behind "=".
    placeholder: entry.valueOptional ? undefined : entry.placeholder,
    choices: choicesOf(entry.schema),
    takesFile: /^FILE\b/.test(entry.placeholder ?? '') && !entry.valueOptional,
  }));
  return rows.filter(({ flag }) => flag !== '');
}

/** Single quotes end a word in all three shells. */
const quoted = (text: string): string => `'${text.replaceAll("'", '’')}'`;

function bash(rows: readonly Row[]): string {
  const cases = rows
    .filter((row) => row.choices || row.takesFile)
    .map((row) =>
      row.choices
        ? `    --${row.flag}) COMPREPLY=($(compgen -W '${row.choices.join(' ')}' -- "$word")); return ;;`
        : `    --${row.flag}) COMPREPLY=($(compgen -f -- "$word")); return ;;`,
    );
  return `_kubenetprobe_top() {
  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD - 1]}
  case $before in
${cases.join('\n')}
  esac
  if [[ $word == -* ]]; then
    COMPREPLY=($(compgen -W '${rows.map((row) => `--${row.flag}`).join(' ')}' -- "$word"))
  else
    COMPREPLY=($(compgen -W "any ${commands.join(' ')} $(ls /sys/class/net 2>/dev/null)" -- "$word"))
  fi
}
complete -F _kubenetprobe_top kubenetprobe-top
`;
}

function zsh(all: readonly Row[]): string {
  const rows = all.map((row) => {
    const text = row.help.replace(/[[\]:]/g, '\\$&');
    const value = row.choices
      ? `:${row.placeholder}:(${row.choices.join(' ')})`
      : row.takesFile
        ? ':file:_files'
        : row.placeholder
          ? `:${row.placeholder.replaceAll(':', '\\:')}:`
          : '';
    return `  ${quoted(`--${row.flag}[${text}]${value}`)}`;
  });
  return `#compdef kubenetprobe-top
_kubenetprobe_top() {
  _arguments \\
${rows.map((row) => `${row} \\`).join('\n')}
  '*:interface:(any ${commands.join(' ')} '"$(ls /sys/class/net 2>/dev/null | tr '\\n' ' ')"')'
}
compdef _kubenetprobe_top kubenetprobe-top
`;
}

function fish(all: readonly Row[]): string {
  const rows = all.map((row) => {
    const words = [`-l ${row.flag}`, row.short && `-s ${row.short}`, `-d ${quoted(row.help)}`];
    if (row.choices) words.push(`-x -a ${quoted(row.choices.join(' '))}`);
    else if (row.takesFile) words.push('-r -F');
    else if (row.placeholder) words.push('-x');
    return `complete -c kubenetprobe-top ${words.filter(Boolean).join(' ')}`;
  });
  return `complete -c kubenetprobe-top -f -a 'any ${commands.join(' ')} (ls /sys/class/net 2>/dev/null)'
${rows.join('\n')}
`;
}

export function completionScript(shell: Shell, schema: OptionSchema = options): string {
  return { bash, zsh, fish }[shell](rowsOf(schema));
}

// Shell completion from the option table: `source <(kubenetprobe-top completion bash)`.
import { type OptionRow, optionTable } from './option-table.js';

export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

const commands = ['doctor', 'completion', 'manual'];
const plain: readonly OptionRow[] = [
  ...optionTable,
  { name: 'help', alias: 'h', description: 'help', group: 'Other' },
  { name: 'version', alias: 'V', description: 'version and build facts', group: 'Other' },
];
const takesFile = (row: OptionRow): boolean => /^FILE\b/.test(row.value ?? '');
/** Single quotes end a word in all three shells. */
const quoted = (text: string): string => `'${text.replaceAll("'", '’')}'`;

function bash(): string {
  const cases = plain
    .filter((row) => row.choices || takesFile(row))
    .map((row) =>
      row.choices
        ? `    --${row.name}) COMPREPLY=($(compgen -W '${row.choices.join(' ')}' -- "$word")); return ;;`
        : `    --${row.name}) COMPREPLY=($(compgen -f -- "$word")); return ;;`,
    );
  return `_kubenetprobe_top() {
  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD - 1]}
  case $before in
${cases.join('\n')}
  esac
  if [[ $word == -* ]]; then
    COMPREPLY=($(compgen -W '${plain.map((row) => `--${row.name}`).join(' ')}' -- "$word"))
  else
    COMPREPLY=($(compgen -W "any ${commands.join(' ')} $(ls /sys/class/net 2>/dev/null)" -- "$word"))
  fi
}
complete -F _kubenetprobe_top kubenetprobe-top
`;
}

function zsh(): string {
  const rows = plain.map((row) => {
    const text = row.description.replace(/[[\]:]/g, '\\$&');
    const value = row.choices
      ? `:${row.value}:(${row.choices.join(' ')})`
      : takesFile(row)
        ? ':file:_files'
        : row.value
          ? `:${row.value.replaceAll(':', '\\:')}:`
          : '';
    return `  ${quoted(`--${row.name}[${text}]${value}`)}`;
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

function fish(): string {
  const rows = plain.map((row) => {
    const words = [
      `-l ${row.name}`,
      row.alias && `-s ${row.alias}`,
      `-d ${quoted(row.description)}`,
    ];
    if (row.choices) words.push(`-x -a ${quoted(row.choices.join(' '))}`);
    else if (takesFile(row)) words.push('-r -F');
    else if (row.value) words.push('-x');
    return `complete -c kubenetprobe-top ${words.filter(Boolean).join(' ')}`;
  });
  return `complete -c kubenetprobe-top -f -a 'any ${commands.join(' ')} (ls /sys/class/net 2>/dev/null)'
${rows.join('\n')}
`;
}

export function completionScript(shell: Shell): string {
  return { bash, zsh, fish }[shell]();
}

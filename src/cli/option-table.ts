// THE option table: names, values, defaults and texts once. Parsing, --help, the man page and shell completion are made from it.
import { themeNames } from '../ui/widgets/theme.js';

export interface OptionRow {
  readonly name: string;
  readonly alias?: string;
  /** What stands for the value in help; undefined: a switch. */
  readonly value?: string;
  readonly choices?: readonly string[];
  readonly description: string;
  /** As help shows it; undefined: none. */
  readonly shownDefault?: string;
  readonly group:
    | 'What to watch'
    | 'When to stop'
    | 'What to show'
    | 'Output'
    | 'Detection'
    | 'Other';
}

export const optionTable: readonly OptionRow[] = [
  {
    name: 'ingress',
    value: 'HOOK',
    choices: ['auto', 'xdp', 'xdp-generic', 'tc'],
    description: 'where incoming packets are read; auto takes what does no harm',
    shownDefault: 'auto',
    group: 'What to watch',
  },
  {
    name: 'egress',
    value: 'HOOK',
    choices: ['tc', 'off'],
    description: 'where outgoing packets are read',
    shownDefault: 'tc',
    group: 'What to watch',
  },
  {
    name: 'pcap',
    value: 'FILE',
    description: 'read a capture file (pcap, pcapng; - is stdin) through the same BPF programs',
    group: 'What to watch',
  },
  {
    name: 'object',
    value: 'FILE',
    description:
      'load this BPF object: in place of the embedded one where it has its programs, else beside it',
    group: 'What to watch',
  },
  {
    name: 'watch',
    description: 'with --object: reload the file when it changes',
    group: 'What to watch',
  },
  {
    name: 'tunnels',
    value: 'SIDE',
    choices: ['inner', 'outer'],
    description: "whose addresses a tunnelled packet's flow has",
    shownDefault: 'inner',
    group: 'What to watch',
  },
  {
    name: 'max-flows',
    value: 'N',
    description: "capacity of the kernel's flow table, 1024 to 4194304",
    shownDefault: '65536',
    group: 'What to watch',
  },
  {
    name: 'flow-timeout',
    value: 'SECONDS',
    description:
      'a flow idle that long leaves the table (a closed TCP flow after a tenth of it); 0 = never',
    shownDefault: '600, captures 0',
    group: 'What to watch',
  },
  {
    name: 'netns',
    value: 'NAME|PATH|PID',
    description: 'watch interfaces of this network namespace',
    group: 'What to watch',
  },
  {
    name: 'interval',
    value: 'SECONDS',
    description: 'time between two ticks, 0.1 to 60',
    shownDefault: '1',
    group: 'What to show',
  },
  {
    name: 'filter',
    value: 'EXPR',
    description: 'which flows are shown and printed, e.g. "port 443 and rate > 1M"',
    group: 'What to show',
  },
  {
    name: 'sort',
    value: 'COLUMN[:asc|:desc]',
    description:
      'rate, in, out, packets, bytes, age, idle, source, destination, port, protocol and others',
    shownDefault: 'rate:desc',
    group: 'What to show',
  },
  {
    name: 'limit',
    value: 'N|all',
    description: 'flows printed in each tick and in the summary',
    shownDefault: '50',
    group: 'What to show',
  },
  {
    name: 'no-color',
    description: 'no colours on the screen (NO_COLOR is obeyed too)',
    group: 'What to show',
  },
  {
    name: 'ascii',
    description: 'only ASCII characters on the screen (as in a locale without UTF-8)',
    group: 'What to show',
  },
  {
    name: 'theme',
    value: 'NAME',
    choices: themeNames,
    description: 'colours of the screen',
    shownDefault: 'terminal',
    group: 'What to show',
  },
  {
    name: 'mouse',
    description: 'the screen takes clicks and the wheel (selecting text then needs Shift)',
    group: 'What to show',
  },
  {
    name: 'duration',
    value: 'SECONDS',
    description: 'stop after this long',
    group: 'When to stop',
  },
  {
    name: 'count',
    value: 'N',
    description: 'stop after N ticks, the first of 250 ms',
    group: 'When to stop',
  },
  {
    name: 'json',
    description: 'NDJSON on stdout, no screen',
    group: 'Output',
  },
  {
    name: 'once',
    description:
      'one plain-text table after one interval, then the end; the default where stdout is no terminal',
    group: 'Output',
  },
  {
    name: 'config',
    value: 'FILE',
    description: "settings and thresholds, YAML or JSON, in place of the user's own file",
    group: 'Detection',
  },
  {
    name: 'alert-exec',
    value: 'CMD',
    description: 'run this program for each alert, JSON on its stdin; no shell',
    group: 'Detection',
  },
  {
    name: 'alert-webhook',
    value: 'URL',
    description: 'POST each alert there as JSON',
    group: 'Detection',
  },
  {
    name: 'list-rules',
    description: 'print every kind of alert, its severity and rule',
    group: 'Detection',
  },
  {
    name: 'explain',
    value: 'KIND',
    description: 'print how a kind of alert is found, with thresholds and how to tune them',
    group: 'Detection',
  },
  {
    name: 'keep-privileges',
    description: 'stay root with all capabilities after attaching',
    group: 'Other',
  },
  {
    name: 'debug',
    description: "show the kernel's own words, memory and stack traces",
    group: 'Other',
  },
];

// --help: every option with its range, default, environment variable and settings key, from the schema.
import { wrap } from '../core/format/wrap.js';
import { choicesOf, defaultText, shortRange } from '../core/options/describe.js';
import { type OptionEntry, type OptionSchema, optionGroups } from '../core/options/option.js';

const usage = `Usage: kubenetprobe-top [interface..] [options]
       kubenetprobe-top doctor [interface..] [--netns NAME] [--json]
       kubenetprobe-top completion bash|zsh|fish
       kubenetprobe-top manual | man -l -

Live network monitor: counters, flows and alerts from eBPF.
Without an interface: $NETWORK_INTERFACE, else the interface of the default route.`;

const examples = `Examples:
  kubenetprobe-top eth0                          watch one interface
  kubenetprobe-top any --filter 'not port 22'    all interfaces, without SSH
  kubenetprobe-top eth0 --json --duration 10     ten seconds as NDJSON
  kubenetprobe-top --pcap trace.pcapng --once    a capture file as a table

Precedence: command line, then environment ($NAME), then settings file (section.key), then default.
An option given twice: the last one holds, or it is an error where only one can take effect.

Filters: tcpdump's words ("src net 10.0.0.0/8 and tcp port 443"), comparisons ("rate > 1M",
"idle < 5s"), Wireshark's names (tcp.port == 443), key:value, or any word.

Exit status: 0 ended as asked, 1 failed while running, 2 wrong command line, filter or settings,
3 not permitted, 4 not supported by the kernel or the driver, 5 no such interface or file.`;

const LEFT = 24;
const NARROWEST = 60;
const WIDEST = 110;

/** "--interval SECONDS", "-h, --help", "--json[=FILE]". */
export function optionSyntax({ flag, short, placeholder, valueOptional }: OptionEntry): string {
  const value = placeholder === undefined ? '' : ` ${placeholder}`;
  const written = valueOptional ? `[=${placeholder}]` : value;
  return `${short ? `-${short}, ` : ''}--${flag}${written}`;
}

/** Range, default and other places, in brackets behind the help text. */
export function optionDetails(entry: OptionEntry): string {
  const usual = defaultText(entry);
  return [
    choicesOf(entry.schema)?.join('|') ?? shortRange(entry),
    usual && `default: ${usual}`,
    entry.environment && `$${entry.environment}`,
    entry.settings,
  ]
    .filter((part) => part)
    .join('; ');
}

function row(left: string, text: string, width: number): string {
  const lines = wrap(text, width - LEFT - 4);
  const indent = ' '.repeat(LEFT + 4);
  const first = left.length > LEFT ? `  ${left}\n${indent}` : `  ${left.padEnd(LEFT + 2)}`;
  return first + lines.join(`\n${indent}`);
}

function optionRow(entry: OptionEntry, width: number): string {
  const details = optionDetails(entry);
  return row(optionSyntax(entry), details ? `${entry.help} [${details}]` : entry.help, width);
}

export function helpText(schema: OptionSchema, columns: number): string {
  const width = Math.max(NARROWEST, Math.min(WIDEST, columns));
  const entries = Object.values(schema);
  const groups = optionGroups.map((group) => {
    const rows = entries.filter((entry) => entry.flag && entry.group === group);
    return `${group}:\n${rows.map((entry) => optionRow(entry, width)).join('\n')}`;
  });
  const variables = entries
    .filter((entry) => entry.environment && !entry.flag)
    .map((entry) => {
      const usual = defaultText(entry);
      const text = usual ? `${entry.help} [default: ${usual}]` : entry.help;
      return row(entry.environment!, text, width);
    });
  const environment = `Environment variables without an option:\n${variables.join('\n')}`;
  return [usage, ...groups, environment, examples].join('\n\n');
}

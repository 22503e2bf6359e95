// The manual page from the options: `kubenetprobe-top manual | man -l -`.
import { defaultText, shortRange } from '../core/options/describe.js';
import { type OptionEntry, type OptionSchema, optionGroups } from '../core/options/option.js';
import { options } from '../core/options/schema.js';

/** roff reads backslashes, and dots and quotes at the start of a line, as its own. */
function roff(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(/^([.'])/gm, '\\&$1');
}

function detailsOf(entry: OptionEntry): string {
  const range = shortRange(entry);
  const usual = defaultText(entry);
  const details = [
    range && `value: ${range}`,
    usual && `default: ${usual}`,
    entry.flag && entry.environment && `environment: ${entry.environment}`,
    entry.settings && `settings file: ${entry.settings}`,
  ].filter((part) => part);
  return details.length > 0 ? ` (${details.join('; ')})` : '';
}

function optionText(entry: OptionEntry): string {
  const { flag, short, placeholder, valueOptional, help, onceOnly } = entry;
  const names = [short && `\\fB\\-${short}\\fR`, `\\fB${roff(`--${flag}`)}\\fR`];
  const value = placeholder ? `\\fI${roff(placeholder)}\\fR` : '';
  const written = valueOptional ? `[=${value}]` : value && ` ${value}`;
  const once = onceOnly === undefined ? '' : ' May be given once.';
  return `.TP\n${names.filter(Boolean).join(', ')}${written}\n${roff(help + detailsOf(entry) + once)}`;
}

const plainRow = (head: string, entry: OptionEntry): string =>
  `.TP\n\\fB${roff(head)}\\fR\n${roff(entry.help + detailsOf(entry))}`;

export function manualPage(version: string, schema: OptionSchema = options): string {
  const entries = Object.values(schema);
  const groups = optionGroups.map((group) => {
    const rows = entries.filter((entry) => entry.flag && entry.group === group).map(optionText);
    return `.SS ${roff(group)}\n${rows.join('\n')}`;
  });
  const variables = entries
    .filter((entry) => entry.environment && !entry.flag)
    .map((entry) => plainRow(entry.environment!, entry));
  const settings = entries
    .filter((entry) => entry.settings && !entry.flag)
    .map(({ settings: key, ...entry }) => plainRow(key!, entry));
  return `.TH KUBENETPROBE\\-TOP 8 "" "kubenetprobe\\-top ${roff(version)}" "System administration"
.SH NAME
kubenetprobe\\-top \\- live network monitor: exact counters, top flows and security alerts from eBPF
.SH SYNOPSIS
\\fBkubenetprobe\\-top\\fR [\\fIinterface\\fR ...] [\\fIoption\\fR ...]
.br
\\fBkubenetprobe\\-top doctor\\fR [\\fIinterface\\fR ...] [\\fB\\-\\-json\\fR]
.br
\\fBkubenetprobe\\-top completion\\fR bash|zsh|fish
.SH DESCRIPTION
Without an interface: $NETWORK_INTERFACE, else the interface of the default route. \\fBany\\fR is every interface that is up, except loopback.
Needs root, or CAP_BPF, CAP_NET_ADMIN and CAP_PERFMON; after attaching it gives up what it no longer needs.
\\fBdoctor\\fR reports what works on this machine, what does not, and how to fix it.
.SH OPTIONS
${groups.join('\n')}
.SH PRECEDENCE
Command line, then environment, then the settings file, then the default. One settings file is read: that of \\fB\\-\\-config\\fR, else the user's own.
.SH EXIT STATUS
0 ended as asked; 1 failed while running; 2 the command line, the filter or a settings file is wrong; 3 not permitted;
4 not supported by the kernel or the driver; 5 no such interface or file.
.SH ENVIRONMENT
Beside the variables named with each option:
${variables.join('\n')}
.SH SETTINGS WITHOUT AN OPTION
${settings.join('\n')}
.SH SEE ALSO
\\fBtcpdump\\fR(8), \\fBss\\fR(8), \\fBbpftool\\fR(8)
`;
}

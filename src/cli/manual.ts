// The manual page from the option table: `kubenetprobe-top manual | man -l -`.
import { type OptionRow, optionTable } from './option-table.js';

/** roff reads backslashes, and dots and quotes at the start of a line, as its own. */
function roff(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(/^([.'])/gm, '\\&$1');
}

function optionText(row: OptionRow): string {
  const names = [row.alias && `\\fB\\-${row.alias}\\fR`, `\\fB${roff(`--${row.name}`)}\\fR`];
  const value = row.value ? ` \\fI${roff(row.value)}\\fR` : '';
  const extra = [
    row.choices && `one of ${row.choices.join(', ')}`,
    row.shownDefault && `default: ${row.shownDefault}`,
  ].filter(Boolean);
  const tail = extra.length > 0 ? ` (${extra.join('; ')})` : '';
  return `.TP\n${names.filter(Boolean).join(', ')}${value}\n${roff(row.description + tail)}`;
}

export function manualPage(version: string): string {
  const groups = [...new Set(optionTable.map((row) => row.group))];
  const options = groups.map((group) => {
    const rows = optionTable.filter((row) => row.group === group).map(optionText);
    return `.SS ${roff(group)}\n${rows.join('\n')}`;
  });
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
Without an interface: $NETWORK_INTERFACE, else the interface of the default route. \\fBany\\fR is every interface that is up, but loopback.
Needs root, or CAP_BPF, CAP_NET_ADMIN and CAP_PERFMON; after attaching it gives up what it no longer needs.
\\fBdoctor\\fR says what works on this machine, what does not, and the exact mend.
.SH OPTIONS
${options.join('\n')}
.TP
\\fB\\-h\\fR, \\fB\\-\\-help\\fR
help
.TP
\\fB\\-V\\fR, \\fB\\-\\-version\\fR
version and build facts
.SH EXIT STATUS
0 ended as asked; 1 failed while running; 2 the command line, the filter or a settings file is wrong; 3 not permitted;
4 the kernel or the driver cannot do it; 5 no such interface or file.
.SH ENVIRONMENT
.TP
\\fBNETWORK_INTERFACE\\fR
interfaces to watch where none is named
.TP
\\fBNO_COLOR\\fR
no colours
.SH SEE ALSO
\\fBtcpdump\\fR(8), \\fBss\\fR(8), \\fBbpftool\\fR(8)
`;
}

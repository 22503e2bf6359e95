// argv → what is to be done, or an ExpectedError with status 2.
import yargs from 'yargs';
import { compileFilter } from '../core/flows/filter/compile-filter.js';
import { filterFailure } from '../core/flows/filter/filter-failure.js';
import { nearest } from '../core/format/nearest.js';
import type { RunRequest } from '../core/monitor/run-request.js';
import type { IngressOption } from '../core/sources/ingress-choice.js';
import { type Shell, shells } from './completion.js';
import { type DetectionChoices, detectionChoices } from './detection-choices.js';
import { explanation } from './explanations.js';
import { requestedObject } from './implementation-choice.js';
import { optionTable } from './option-table.js';
import { parseLimit, parseNumber, parseSort, wrongUsage } from './option-values.js';
import type { ScreenArguments } from './screen-choices.js';
import { settingsFile, settingsSource } from './screen-settings.js';

export type OutputMode = 'screen' | 'json' | 'once';

export type Command =
  | { readonly command: 'help'; readonly text: string }
  | { readonly command: 'version' }
  | { readonly command: 'completion'; readonly shell: Shell }
  | { readonly command: 'manual' }
  | { readonly command: 'explain'; readonly text: string }
  | {
      readonly command: 'doctor';
      readonly interfaces: readonly string[];
      /** Path of the network namespace that is examined; null: our own. */
      readonly networkNamespace: string | null;
      readonly json: boolean;
    }
  | {
      readonly command: 'monitor';
      readonly request: RunRequest;
      readonly output: OutputMode;
      readonly screen: ScreenArguments;
      readonly alertSinks: DetectionChoices['alertSinks'];
      readonly keepPrivileges: boolean;
      /** For stderr before the run; null without. */
      readonly notice: string | null;
      readonly debug: boolean;
    };

export interface Environment {
  readonly environment: NodeJS.ProcessEnv;
  readonly stdoutIsTerminal: boolean;
  readonly columns: number;
}

const examples = `Examples:
  kubenetprobe-top eth0                          watch one interface
  kubenetprobe-top any --filter 'not port 22'    all interfaces, without SSH
  kubenetprobe-top eth0 --json --duration 10     ten seconds as NDJSON
  kubenetprobe-top --pcap trace.pcapng --once    a capture file as a table

Filters: tcpdump's words ("src net 10.0.0.0/8 and tcp port 443"), comparisons ("rate > 1M",
"idle < 5s"), Wireshark's names (tcp.port == 443), key:value, or any word.

Exit status: 0 ended as asked, 1 failed while running, 2 wrong command line, 3 not permitted,
4 the kernel or the driver cannot do it, 5 no such interface or file.`;

function makeParser(argv: readonly string[], columns: number) {
  let parser = yargs([...argv])
    .scriptName('kubenetprobe-top')
    .usage(
      'Usage: $0 [interface..] [options]\n       $0 doctor [interface..] [--netns NAME] [--json]\n       $0 completion bash|zsh|fish\n\nLive network monitor: counters, flows and alerts from eBPF.',
    )
    .parserConfiguration({
      'parse-numbers': false,
      'parse-positional-numbers': false,
      'camel-case-expansion': false,
      'boolean-negation': false,
      'duplicate-arguments-array': false,
      'dot-notation': false,
    })
    .help(false)
    .version(false)
    .exitProcess(false)
    .wrap(Math.max(60, Math.min(110, columns)))
    .epilogue(examples);
  for (const row of optionTable) {
    parser = parser.option(row.name, {
      ...(row.value === undefined
        ? { type: 'boolean' as const }
        : { type: 'string' as const, requiresArg: true }),
      ...(row.alias && { alias: row.alias }),
      describe: row.value
        ? `${row.description} (${row.choices?.join('|') ?? row.value})`
        : row.description,
      ...(row.shownDefault && { defaultDescription: row.shownDefault }),
      group: `${row.group}:`,
    });
  }
  return parser
    .option('help', { alias: 'h', type: 'boolean', describe: 'this text', group: 'Other:' })
    .option('version', { alias: 'V', type: 'boolean', describe: 'version', group: 'Other:' });
}

const optionNames = [...optionTable.map((row) => row.name), 'help', 'version'];

/** What yargs took for an option but nobody knows. */
function refuseUnknown(parsed: Record<string, unknown>): void {
  for (const name of Object.keys(parsed)) {
    if (['_', '$0', 'h', 'V', ...optionNames].includes(name)) continue;
    const dashes = name.length === 1 ? '-' : '--';
    const near = nearest(name, optionNames);
    throw wrongUsage(
      `unknown option ${dashes}${name}`,
      near
        ? `Did you mean --${near}? All options: kubenetprobe-top --help`
        : 'All options: kubenetprobe-top --help',
    );
  }
}

function requestedShell(name: string | undefined): Shell {
  const shell = shells.find((one) => one === name);
  if (shell) return shell;
  throw wrongUsage(
    `completion is for ${shells.join(', ')}`,
    'In bash: source <(kubenetprobe-top completion bash)',
  );
}

/** NAME as `ip netns` has it, the PID of a process in it, or its file. */
function networkNamespacePath(given: string | undefined): string | null {
  if (given === undefined) return null;
  if (/^\d+$/.test(given)) return `/proc/${given}/ns/net`;
  return given.includes('/') ? given : `/run/netns/${given}`;
}

/** Options of a few words: yargs' own message names no way out. */
function refuseOtherChoices(values: Values): void {
  for (const { name, choices } of optionTable) {
    const given = text(values, name);
    if (!choices || given === undefined || choices.includes(given)) continue;
    const near = nearest(given, choices);
    throw wrongUsage(
      `--${name} ${given} is wrong`,
      `${near ? `Did you mean ${near}? ` : ''}Give one of: ${choices.join(', ')}`,
    );
  }
}

type Values = Record<string, unknown>;

/** The last one holds where an option was given twice, as users of scripts expect. */
function text(values: Values, name: string): string | undefined {
  const value = values[name];
  return typeof value === 'string' ? value : undefined;
}

function numberOption(
  values: Values,
  name: string,
  range: Parameters<typeof parseNumber>[2],
): number | undefined {
  const given = text(values, name);
  return given === undefined ? undefined : parseNumber(name, given, range);
}

function makeRequest(
  values: Values,
  interfaces: readonly string[],
  environment: NodeJS.ProcessEnv,
  once: boolean,
): RunRequest {
  const path = text(values, 'pcap');
  if (path !== undefined && interfaces.length > 0) {
    throw wrongUsage(
      `--pcap reads a file, but "${interfaces[0]}" names an interface`,
      'Leave one of the two out',
    );
  }
  const filter = text(values, 'filter') ?? '';
  const compiled = compileFilter(filter);
  if (!compiled.ok) throw filterFailure(compiled.error);
  const count = numberOption(values, 'count', { least: 1, most: 2 ** 53, whole: true });
  return {
    source:
      path === undefined
        ? {
            kind: 'live',
            interfaces,
            environmentInterface: environment['NETWORK_INTERFACE'],
            ingress: (text(values, 'ingress') ?? 'auto') as IngressOption,
            egress: (text(values, 'egress') ?? 'tc') as 'tc' | 'off',
            networkNamespace: networkNamespacePath(text(values, 'netns')),
          }
        : { kind: 'capture', path },
    view: {
      filter,
      sort: parseSort(text(values, 'sort') ?? 'rate:desc'),
      limit: parseLimit(text(values, 'limit') ?? '50'),
      offset: 0,
      groupBy: [],
      pinned: [],
    },
    maxFlows:
      numberOption(values, 'max-flows', { least: 1024, most: 4_194_304, whole: true }) ?? 65_536,
    flowTimeoutSeconds:
      numberOption(values, 'flow-timeout', { least: 0, most: Infinity }) ??
      (path === undefined ? 600 : 0),
    intervalSeconds: numberOption(values, 'interval', { least: 0.1, most: 60 }) ?? 1,
    durationSeconds: numberOption(values, 'duration', { least: 0.001, most: Infinity }) ?? null,
    // A live --once is one interval; a capture's is the whole file.
    count: count ?? (once && path === undefined ? 1 : null),
    ...(once && { wholeFirstInterval: true }),
    tunnels: (text(values, 'tunnels') ?? 'inner') as 'inner' | 'outer',
  };
}

function screenArguments(values: Values, environment: NodeJS.ProcessEnv): ScreenArguments {
  const sort = text(values, 'sort');
  return {
    color: values['no-color'] === true ? false : null,
    ascii: values['ascii'] === true,
    theme: text(values, 'theme') ?? null,
    mouse: values['mouse'] === true,
    filter: text(values, 'filter') ?? null,
    sort: sort === undefined ? null : parseSort(sort),
    intervalGiven: text(values, 'interval') !== undefined,
    settings: settingsSource(text(values, 'config'), environment),
  };
}

export async function parseArguments(
  argv: readonly string[],
  around: Environment,
): Promise<Command> {
  // yargs gives its own complaints as a message, with or without an error of its own class.
  const parser = makeParser(argv, around.columns).fail((message, error) => {
    const words = (message || error?.message || 'wrong command line').replace(/\s*\n\s*/g, '; ');
    throw wrongUsage(words.trim(), 'All options: kubenetprobe-top --help');
  });
  const values = (await parser.parseAsync()) as Values;
  if (values['help'])
    return { command: 'help', text: await makeParser([], around.columns).getHelp() };
  if (values['version']) return { command: 'version' };
  refuseUnknown(values);
  refuseOtherChoices(values);
  const explained = explanation(values['list-rules'] === true, text(values, 'explain'));
  if (explained !== null) return { command: 'explain', text: explained };
  if (values['json'] && values['once']) {
    throw wrongUsage('--json and --once exclude each other', 'One tick as JSON: --json --count 1');
  }
  const output: OutputMode = values['json']
    ? 'json'
    : values['once'] || !around.stdoutIsTerminal
      ? 'once'
      : 'screen';
  const interfaces = (values['_'] as unknown[]).map(String);
  if (interfaces[0] === 'manual' && interfaces.length === 1) return { command: 'manual' };
  if (interfaces[0] === 'completion') {
    return { command: 'completion', shell: requestedShell(interfaces[1]) };
  }
  if (interfaces[0] === 'doctor') {
    return {
      command: 'doctor',
      interfaces: interfaces.slice(1),
      networkNamespace: networkNamespacePath(text(values, 'netns')),
      json: values['json'] === true,
    };
  }
  const detection = detectionChoices({
    config: text(values, 'config'),
    userFile: settingsFile(around.environment),
    alertExec: text(values, 'alert-exec'),
    alertWebhook: text(values, 'alert-webhook'),
    environment: around.environment,
  });
  const choice = requestedObject(
    text(values, 'object'),
    values['watch'] === true,
    values['keep-privileges'] === true,
    around.environment,
  );
  return {
    command: 'monitor',
    request: {
      ...makeRequest(values, interfaces, around.environment, output === 'once'),
      object: choice.object,
      detectionSettings: detection.settings,
    },
    notice: [choice.notice, detection.problem].filter((one) => one !== null).join('\n') || null,
    alertSinks: detection.alertSinks,
    output,
    screen: screenArguments(values, around.environment),
    keepPrivileges: values['keep-privileges'] === true,
    debug: values['debug'] === true,
  };
}

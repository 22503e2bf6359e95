// argv, environment and settings file → the command to run, or an ExpectedError with status 2.
import type { FlowView } from '../core/model/view.js';
import { type RunRequest, requestOf, viewOf } from '../core/monitor/run-request.js';
import { wrongUsage } from '../core/options/check-value.js';
import {
  environmentSource,
  type Resolved,
  resolveOptions,
  withoutSection,
} from '../core/options/resolve.js';
import { type Options, type OptionValues, options } from '../core/options/schema.js';
import { commandWords, STDOUT_PATH } from '../core/options/value-schemas.js';
import { readCommandLine } from './command-line.js';
import { type Shell, shells } from './completion.js';
import { helpText } from './help.js';
import { requestedObject } from './implementation-choice.js';
import { type DisplayChoices, displayChoices } from './screen-choices.js';
import { type RunSettings, readRunSettings, readSecret } from './settings-source.js';

/** What stdout has; 'none': a run without a screen continues until it is stopped. */
export type OutputMode = 'screen' | 'json' | 'once' | 'none';

export interface AlertSinkSettings {
  readonly exec: readonly string[] | null;
  readonly webhook: URL | null;
  readonly authorization: string | null;
}

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
      /** NDJSON goes there, too; null: nowhere else. */
      readonly jsonFile: string | null;
      readonly screen: DisplayChoices;
      readonly alertSinks: AlertSinkSettings;
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

function requestedShell(name: string | undefined): Shell {
  const shell = shells.find((one) => one === name);
  if (shell) return shell;
  throw wrongUsage(
    name === undefined
      ? 'completion needs the name of a shell'
      : `there is no completion for "${name}"`,
    `Shells: ${shells.join(', ')}. In bash: source <(kubenetprobe-top completion bash)`,
  );
}

/** NAME as `ip netns` has it, the PID of a process in it, or its file. */
function networkNamespacePath(given: string | undefined): string | null {
  if (given === undefined) return null;
  if (/^\d+$/.test(given)) return `/proc/${given}/ns/net`;
  return given.includes('/') ? given : `/run/netns/${given}`;
}

function sourceOf(
  values: OptionValues,
  interfaces: readonly string[],
  environment: NodeJS.ProcessEnv,
): RunRequest['source'] {
  const { pcap, ingress, egress, exitWhenGone, netns } = values;
  if (pcap === undefined) {
    return {
      kind: 'live',
      interfaces,
      environmentInterface: environment[options.interfaces.environment],
      ingress,
      egress,
      exitWhenGone,
      networkNamespace: networkNamespacePath(netns),
    };
  }
  if (interfaces.length === 0) return { kind: 'capture', path: pcap };
  throw wrongUsage(
    `--pcap reads a file, but "${interfaces[0]}" names an interface`,
    'Leave one of the two out',
  );
}

function alertSinksOf(values: OptionValues): AlertSinkSettings {
  const { alertExec, alertWebhook, webhookAuthorization, authorizationFile } = values;
  return {
    exec: alertExec === undefined ? null : commandWords(alertExec),
    webhook: alertWebhook === undefined ? null : new URL(alertWebhook),
    authorization:
      webhookAuthorization ??
      (authorizationFile === undefined ? null : readSecret(authorizationFile)),
  };
}

interface Outputs {
  readonly output: OutputMode;
  readonly jsonFile: string | null;
}

function outputsOf({ json, once }: OptionValues, stdoutIsTerminal: boolean): Outputs {
  const toStdout = json === STDOUT_PATH;
  const jsonFile = json === undefined || toStdout ? null : json;
  if (toStdout && once) {
    throw wrongUsage(
      '--json and --once both print to stdout',
      'One tick as JSON: --json --count 1; both at once: --json=FILE --once',
    );
  }
  if (toStdout) return { output: 'json', jsonFile };
  if (once) return { output: 'once', jsonFile };
  if (stdoutIsTerminal) return { output: 'screen', jsonFile };
  return { output: jsonFile === null ? 'once' : 'none', jsonFile };
}

function jsonOfDoctor({ json }: OptionValues): boolean {
  if (json === undefined || json === STDOUT_PATH) return json !== undefined;
  throw wrongUsage('doctor prints to stdout', 'kubenetprobe-top doctor --json > FILE');
}

function monitorCommand(
  resolved: Resolved<Options>,
  settings: RunSettings,
  interfaces: readonly string[],
  { output, jsonFile, sinkView }: Outputs & { readonly sinkView: FlowView },
  environment: NodeJS.ProcessEnv,
): Command {
  const { values } = resolved;
  const source = sourceOf(values, interfaces, environment);
  const choice = requestedObject(values);
  const request = requestOf(values);
  return {
    command: 'monitor',
    request: {
      ...request,
      view: sinkView,
      portView: request.view,
      source,
      // A live --once is one interval; a capture's is the whole file.
      count: request.count ?? (output === 'once' && source.kind === 'live' ? 1 : null),
      ...(output === 'once' && { wholeFirstInterval: true }),
      object: choice.object,
      detectionSettings: settings.detection,
    },
    notice:
      [...(choice.notice === null ? [] : [choice.notice]), ...settings.problems].join('\n') || null,
    alertSinks: alertSinksOf(values),
    output,
    jsonFile,
    screen: displayChoices(resolved, settings),
    keepPrivileges: values.keepPrivileges,
    debug: values.debug,
  };
}

export async function parseArguments(
  argv: readonly string[],
  around: Environment,
): Promise<Command> {
  const { source: commandLine, words } = readCommandLine(argv, options);
  if (commandLine.has('help')) return { command: 'help', text: helpText(options, around.columns) };
  if (commandLine.has('version')) return { command: 'version' };
  const [command] = words;
  if (command === 'manual' && words.length === 1) return { command };
  if (command === 'completion') return { command, shell: requestedShell(words[1]) };
  const given = [commandLine, environmentSource(around.environment, options)];
  const { values } = resolveOptions(given, options);
  if (values.listRules || values.explain !== undefined) {
    // The rules are half of the program's text.
    const { explanation } = await import('./explanations.js');
    return { command: 'explain', text: explanation(values.explain) };
  }
  if (command === 'doctor') {
    return {
      command,
      interfaces: words.slice(1),
      networkNamespace: networkNamespacePath(values.netns),
      json: jsonOfDoctor(values),
    };
  }
  const outputs = outputsOf(values, around.stdoutIsTerminal);
  const settings = await readRunSettings(values.config, around.environment);
  const withoutScreen = withoutSection(settings.source, 'screen');
  const plain = resolveOptions([...given, withoutScreen], options);
  const resolved =
    outputs.output === 'screen' ? resolveOptions([...given, settings.source], options) : plain;
  // What the screen shows first is no reason to leave it out of a file.
  const sinkView = viewOf(plain.values);
  return monitorCommand(resolved, settings, words, { ...outputs, sinkView }, around.environment);
}

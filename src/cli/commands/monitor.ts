// The default command: starts the worker, shows or prints its data, ends as requested.
import { closeSync } from 'node:fs';
import { release } from 'node:os';
import type { SinkRequest } from '../../core/export/sinks.js';
import { formatBytes } from '../../core/format/quantity.js';
import { safeText } from '../../core/format/safe-text.js';
import type { MonitorPort, MonitorStart } from '../../core/model/monitor-port.js';
import type { InterfaceState, Warning } from '../../core/model/snapshot.js';
import { MonitorClient } from '../../core/monitor/monitor-client.js';
import type { LiveRequest, RunRequest } from '../../core/monitor/run-request.js';
import { workerLink } from '../../core/monitor/worker-link.js';
import { loadNative } from '../../core/native/load.js';
import { ANY } from '../../core/sources/interface-choice.js';
import type { Rights } from '../../ui/app/start.js';
import { CaptureProgressBar } from '../capture-progress.js';
import { onEndingSignal } from '../ending-signals.js';
import { writeLateSummary } from '../late-json-summary.js';
import { mainTimers } from '../main-timers.js';
import { openOutputFile } from '../output-file.js';
import type { AlertSinkSettings, OutputMode } from '../parse-arguments.js';
import { dropPrivileges, type Privileges, targetUser } from '../privileges.js';
import type { DisplayChoices } from '../screen-choices.js';
import { openScreenTerminal } from '../screen-terminal.js';
import { spareMemory } from '../v8-heap-tuning.js';
import { programVersion } from '../version.js';

const STDOUT = 1;
/** Rows that the main thread is sent where it shows none: for a summary without the worker's. */
const ROWS_WITHOUT_SCREEN = 50;
/** Warnings of sinks are printed on stderr, too, where stdout has the warnings. */
const ofSinks = /^(?:alert_(?:exec|webhook)|consumer|output)_/;

export interface MonitorCommand {
  readonly request: RunRequest;
  /** What stdout has. */
  readonly output: OutputMode;
  /** NDJSON goes there, too; null: nowhere else. */
  readonly jsonFile: string | null;
  readonly screen: DisplayChoices;
  readonly alertSinks: AlertSinkSettings;
  readonly keepPrivileges: boolean;
  readonly notice: string | null;
  readonly debug: boolean;
}

/** How the run ended: null as requested. */
type Ending = Error | null;

export async function runMonitor(command: MonitorCommand): Promise<void> {
  if (command.notice) process.stderr.write(`kubenetprobe-top: ${safeText(command.notice)}\n`);
  const sinks = sinksOf(command);
  const { source, view } = command.request;
  const isScreen = command.output === 'screen';
  const request: RunRequest = {
    ...command.request,
    answersAfterEnd: isScreen && source.kind === 'capture',
    sinks,
    ...(!isScreen && { portView: { ...view, limit: Math.min(view.limit, ROWS_WITHOUT_SCREEN) } }),
  };
  const progress = new CaptureProgressBar(process.stderr, () => performance.now());
  let privileges: Privileges | null = null;
  const monitor = new MonitorClient({
    request,
    link: workerLink(new URL('./worker.mjs', import.meta.url), request),
    after: mainTimers.after,
    onProgress: (state) => progress.update(state),
    onAttached: (start) => {
      if (!command.keepPrivileges) privileges = giveUpPrivileges(command.request, start);
      if (command.debug && privileges) printPrivileges(privileges);
      return privileges;
    },
  });
  if (command.debug) printMemory(monitor);
  if (request.source.kind === 'live') spareMemory(monitor);
  writeLateSummary(monitor, sinks);
  const stopListening = onEndingSignal(() => void monitor.stop());
  try {
    const ending =
      command.output === 'screen'
        ? await showOnScreen(monitor, request, command.screen, () =>
            rightsOf(command.keepPrivileges, privileges),
          )
        : await runWithoutScreen(monitor, command.output);
    progress.clear();
    if (ending) throw ending;
  } finally {
    progress.clear();
    stopListening();
    for (const sink of sinks)
      if (sink.kind === 'json' && sink.path !== null) closeSync(sink.descriptor);
  }
}

/** Files are opened here, before anything is attached and before privileges are given up. */
function sinksOf({ output, jsonFile, alertSinks, keepPrivileges }: MonitorCommand): SinkRequest[] {
  const facts = { kind: 'json', version: programVersion, kernel: release() } as const;
  const sinks: SinkRequest[] = [];
  if (jsonFile !== null) {
    sinks.push({ ...facts, descriptor: openOutputFile(jsonFile, process.env), path: jsonFile });
  }
  if (output === 'json') sinks.push({ ...facts, descriptor: STDOUT, path: null });
  if (output === 'once') sinks.push({ kind: 'once', descriptor: STDOUT });
  if (alertSinks.exec) {
    // A process that stays root must not run the user's programs as root.
    const user = keepPrivileges && process.geteuid?.() === 0 ? targetUser(process.env) : null;
    sinks.push({ kind: 'alert-exec', words: alertSinks.exec, user });
  }
  if (alertSinks.webhook) {
    const { webhook, authorization } = alertSinks;
    sinks.push({ kind: 'alert-webhook', url: webhook.href, authorization });
  }
  return sinks;
}

function rightsOf(keptAll: boolean, privileges: Privileges | null): Rights | null {
  if (keptAll) return { user: process.geteuid?.() ?? 0, capabilities: [], kept: true };
  return privileges && { ...privileges, kept: false };
}

function namesOf({ interfaces, environmentInterface }: LiveRequest): readonly string[] {
  return interfaces.length > 0 ? interfaces : (environmentInterface ?? '').split(/[\s,]+/);
}

function giveUpPrivileges(request: RunRequest, start: MonitorStart): Privileges | null {
  const { source } = request;
  // Interfaces that are followed may come, or come back.
  const follows = source.kind === 'live' && (!source.exitWhenGone || namesOf(source).includes(ANY));
  const needs = {
    // Captures run through bpf(2) to their end.
    attachesLater: follows || source.kind === 'capture' || request.object?.watch === true,
    readsAsStarter: request.object?.watch === true,
    interfaces: start.interfaces,
  };
  return dropPrivileges(loadNative(), needs, process.env);
}

function printPrivileges({ user, capabilities }: Privileges): void {
  const kept = capabilities.length > 0 ? capabilities.join(', ') : 'no capabilities';
  process.stderr.write(`kubenetprobe-top: privileges dropped: user ${user} with ${kept}\n`);
}

async function showOnScreen(
  monitor: MonitorClient,
  request: RunRequest,
  choices: DisplayChoices,
  rights: () => Rights | null,
): Promise<Ending> {
  // Opened before privileges are dropped: afterwards the terminal may be another user's.
  const terminal = openScreenTerminal(process.env);
  // Half of the program's text, and React: loaded while the worker thread loads and attaches, and before privileges are dropped.
  monitor.open();
  const { showScreen } = await import('../screen.js');
  let interfaces: readonly InterfaceState[] = [];
  monitor.on('start', (start) => {
    interfaces = start.interfaces;
  });
  await monitor.start();
  const ending = await showScreen(monitor, terminal, {
    ...choices,
    intervalSeconds: request.intervalSeconds,
    interfaces,
    // A capture stays on the screen until `q`; a live run has ended when its time is over.
    staysAfterEnd: request.source.kind === 'capture',
    rights: rights(),
  });
  await monitor.stop();
  return ending;
}

/** Until it ends as asked, or is stopped: a daemon, where stdout has nothing. */
async function runWithoutScreen(monitor: MonitorClient, output: OutputMode): Promise<Ending> {
  const ended = new Promise<Ending>((resolve) => {
    monitor.on('end', () => resolve(null));
    monitor.on('error', resolve);
  });
  monitor.on('warning', ({ code, message }: Warning) => {
    if (output === 'json' && !ofSinks.test(code)) return;
    process.stderr.write(`kubenetprobe-top: ${safeText(message, 1000)}\n`);
  });
  await monitor.start();
  return ended;
}

/** --debug: what the kernel's maps cost, as soon as it is known. */
function printMemory(monitor: MonitorPort): void {
  const forget = monitor.on('snapshot', ({ cost }) => {
    forget();
    if (!cost) return;
    process.stderr.write(
      `kubenetprobe-top: BPF maps ${formatBytes(cost.mapBytes)}, process ${formatBytes(cost.residentBytes)}\n`,
    );
  });
}

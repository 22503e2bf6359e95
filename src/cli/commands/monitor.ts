// The default command: starts the worker, shows or prints what it tells, ends as asked.
import { release } from 'node:os';
import { ExpectedError } from '../../core/errors/expected-error.js';
import { type AlertSinkSettings, AlertSinks } from '../../core/export/alert-sinks.js';
import { JsonLines } from '../../core/export/json-lines.js';
import type { OutputEnd } from '../../core/export/non-blocking-output.js';
import { NonBlockingOutput } from '../../core/export/non-blocking-output.js';
import { onceTable } from '../../core/export/once-table.js';
import { formatBytes } from '../../core/format/quantity.js';
import { safeText } from '../../core/format/safe-text.js';
import type { Alert } from '../../core/model/alert.js';
import type { MonitorPort, MonitorStart } from '../../core/model/monitor-port.js';
import type { InterfaceState, Snapshot } from '../../core/model/snapshot.js';
import type { LiveRequest, RunRequest } from '../../core/monitor/run-request.js';
import { WorkerMonitor } from '../../core/monitor/worker-client.js';
import { loadNative } from '../../core/native/load.js';
import { ANY } from '../../core/sources/interface-choice.js';
import type { Rights, ScreenHandle } from '../../ui/app/start.js';
import { CaptureProgressBar } from '../capture-progress.js';
import { onEndingSignal } from '../ending-signals.js';
import { mainTimers } from '../main-timers.js';
import type { OutputMode } from '../parse-arguments.js';
import { dropPrivileges, type Privileges, targetUser } from '../privileges.js';
import type { DisplayChoices } from '../screen-choices.js';
import { openScreenTerminal } from '../screen-terminal.js';
import { spareMemory } from '../v8-heap-tuning.js';
import { programVersion } from '../version.js';

const STDOUT = 1;
/** The last alerts are `ended` ones: worth a moment, not more. */
const OUTLETS_MS = 3000;

export interface MonitorCommand {
  readonly request: RunRequest;
  readonly output: OutputMode;
  readonly screen: DisplayChoices;
  readonly alertSinks: AlertSinkSettings;
  readonly keepPrivileges: boolean;
  readonly notice: string | null;
  readonly debug: boolean;
}

/** How the run ended: null as asked. */
type Ending = Error | null;

export async function runMonitor(command: MonitorCommand): Promise<void> {
  if (command.notice) process.stderr.write(`kubenetprobe-top: ${safeText(command.notice)}\n`);
  const { source } = command.request;
  const request: RunRequest = {
    ...command.request,
    answersAfterEnd: command.output === 'screen' && source.kind === 'capture',
  };
  const progress = new CaptureProgressBar(process.stderr, () => performance.now());
  const monitor = new WorkerMonitor({
    request,
    workerUrl: new URL('./worker.mjs', import.meta.url),
    after: mainTimers.after,
    onProgress: (state) => progress.update(state),
  });
  const ended = new Promise<Ending>((resolve) => {
    monitor.on('end', () => resolve(null));
    monitor.on('error', resolve);
  });
  // Before anything else hears of the start: its line tells what was kept.
  let privileges: Privileges | null = null;
  const failures: Error[] = [];
  if (!command.keepPrivileges) {
    monitor.on('start', (start) => {
      try {
        privileges = giveUpPrivileges(command.request, start);
      } catch (error) {
        failures.push(error as Error);
        void monitor.stop();
      }
      if (command.debug && privileges) tellPrivileges(privileges);
    });
  }
  if (command.debug) tellMemory(monitor);
  if (request.source.kind === 'live') spareMemory(monitor);
  // The screen owns the terminal: what goes wrong with an alert sink is said on it.
  let onScreen: ScreenHandle | null = null;
  const alertSinks = openAlertSinks(command, monitor, () => onScreen);
  const stopListening = onEndingSignal(() => void monitor.stop());
  const isCapture = request.source.kind === 'capture';
  try {
    const ending =
      command.output === 'screen'
        ? await showOnScreen(monitor, request, command.screen, {
            rights: () => rightsOf(command.keepPrivileges, privileges),
            onTaken: (handle) => {
              onScreen = handle;
            },
          })
        : command.output === 'json'
          ? await printJson(monitor, ended, isCapture, () => privileges)
          : await printOnce(monitor, ended, isCapture);
    onScreen = null;
    progress.clear();
    const failure = failures[0] ?? ending;
    if (failure) throw failure;
  } finally {
    progress.clear();
    await alertSinks.finish(OUTLETS_MS);
    stopListening();
  }
}

function rightsOf(keptAll: boolean, privileges: Privileges | null): Rights | null {
  if (keptAll) return { user: process.geteuid?.() ?? 0, capabilities: [], kept: true };
  return privileges && { ...privileges, kept: false };
}

function openAlertSinks(
  command: MonitorCommand,
  monitor: MonitorPort,
  screen: () => ScreenHandle | null,
): AlertSinks {
  const alertSinks = new AlertSinks({
    ...command.alertSinks,
    // Whoever stays root runs nothing of the user's as root.
    user: command.keepPrivileges && process.geteuid?.() === 0 ? targetUser(process.env) : null,
    timers: mainTimers,
    report: (code, message) => {
      const handle = screen();
      if (handle) handle.warn(code, safeText(message, 1000));
      else process.stderr.write(`kubenetprobe-top: ${safeText(message, 1000)}\n`);
    },
  });
  monitor.on('alert', (alert) => alertSinks.send(alert));
  return alertSinks;
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

function tellPrivileges({ user, capabilities }: Privileges): void {
  const kept = capabilities.length > 0 ? capabilities.join(', ') : 'no capabilities';
  process.stderr.write(`kubenetprobe-top: privileges dropped: user ${user} with ${kept}\n`);
}

interface OnScreen {
  /** Known once the run has begun. */
  readonly rights: () => Rights | null;
  readonly onTaken: (handle: ScreenHandle) => void;
}

async function showOnScreen(
  monitor: WorkerMonitor,
  request: RunRequest,
  choices: DisplayChoices,
  { rights, onTaken }: OnScreen,
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
    onTaken,
  });
  await monitor.stop();
  return ending;
}

async function printJson(
  monitor: WorkerMonitor,
  ended: Promise<Ending>,
  isCapture: boolean,
  privileges: () => Privileges | null,
): Promise<Ending> {
  let writeError: Error | null = null;
  const lines = new JsonLines({
    descriptor: STDOUT,
    timers: mainTimers,
    waitsForReader: isCapture,
    version: programVersion,
    kernel: release(),
    privileges,
    onEnd: (end: OutputEnd) => {
      if (end !== 'closed') writeError = outputFailure(end);
      void monitor.stop();
    },
  });
  lines.attach(monitor);
  if (isCapture) monitor.pace(() => lines.caughtUp());
  await monitor.start();
  const ending = await ended;
  await lines.finish();
  return writeError ?? ending;
}

async function printOnce(
  monitor: WorkerMonitor,
  ended: Promise<Ending>,
  capture: boolean,
): Promise<Ending> {
  const alerts: Alert[] = [];
  let shown: Snapshot | null = null;
  monitor.on('alert', (alert) => {
    if (alert.state === 'new') alerts.push(alert);
  });
  monitor.on('warning', (warning) => {
    process.stderr.write(`kubenetprobe-top: ${safeText(warning.message, 1000)}\n`);
  });
  // A capture's table is over the whole file, a live one's over its last interval.
  monitor.on('snapshot', (snapshot) => {
    if (capture || !snapshot.final || !shown) shown = snapshot;
  });
  await monitor.start();
  const ending = await ended;
  let writeError: Error | null = null;
  const output = new NonBlockingOutput(STDOUT, mainTimers, (end) => {
    if (end !== 'closed') writeError = outputFailure(end);
  });
  if (shown) output.write(onceTable(shown, alerts));
  await output.drained(Infinity);
  output.close();
  return writeError ?? ending;
}

function outputFailure(error: Error): ExpectedError {
  return new ExpectedError(`cannot write to stdout: ${error.message}`, {
    status: 1,
    advice: 'Check that the disk has space and that the file is writable',
    cause: error,
  });
}

/** --debug: what the kernel's maps cost, as soon as it is known. */
function tellMemory(monitor: MonitorPort): void {
  const forget = monitor.on('snapshot', ({ cost }) => {
    forget();
    if (!cost) return;
    process.stderr.write(
      `kubenetprobe-top: BPF maps ${formatBytes(cost.mapBytes)}, process ${formatBytes(cost.residentBytes)}\n`,
    );
  });
}

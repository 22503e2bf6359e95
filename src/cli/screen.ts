// The terminal screen on a running monitor: lends it clock, descriptors and keyboard, and sees that the terminal comes back.
import { openSync, write, writeSync } from 'node:fs';
import { ReadStream } from 'node:tty';
import { ExpectedError } from '../core/errors/expected-error.js';
import type { MonitorPort } from '../core/model/monitor-port.js';
import type { InterfaceState } from '../core/model/snapshot.js';
import type { FlowView } from '../core/model/view.js';
import {
  type ScreenHandle,
  type ScreenOptions,
  type ScreenSettings,
  screenRefusal,
  startScreen,
} from '../ui/start.js';
import { onEndingSignal } from './ending-signals.js';

export interface ScreenRun {
  readonly view: FlowView;
  readonly intervalSeconds: number;
  readonly interfaces: readonly InterfaceState[];
  readonly staysAfterEnd: boolean;
  readonly flags: ScreenOptions['flags'];
  readonly settings: ScreenSettings;
  readonly saveSettings?: (settings: ScreenSettings) => Promise<string>;
}

/** A write that a stalled terminal never takes must not keep the ended program alive. */
const leaveMilliseconds = 300;

/** Status 2 with the way out where this terminal can show no screen: before anything is attached. */
export function refuseScreen(environment: NodeJS.ProcessEnv, stdoutIsTerminal: boolean): void {
  const refusal = screenRefusal(environment, stdoutIsTerminal);
  if (refusal)
    throw new ExpectedError(refusal.message, { status: 2, advice: `Instead, ${refusal.advice}` });
}

/** stdin may be a pipe while the screen is a terminal: then keys come from the terminal itself, as with less. */
function openKeyboard(): ReadStream | null {
  if (process.stdin.isTTY) return process.stdin;
  try {
    return new ReadStream(openSync('/dev/tty', 'r'));
  } catch {
    // No controlling terminal: the screen shows, and a signal ends it.
    return null;
  }
}

const sleepCell = new Int32Array(new SharedArrayBuffer(4));

const descriptors: ScreenOptions['descriptors'] = {
  writeSync: (descriptor, text) => writeSync(descriptor, text),
  write: (descriptor, text, done) =>
    write(descriptor, text, (error, written) => done(error, written)),
  sleepSync: (milliseconds) => void Atomics.wait(sleepCell, 0, 0, milliseconds),
  now: () => performance.now(),
};

const clock: ScreenOptions['clock'] = {
  now: () => Date.now(),
  setTimeout: (callback, milliseconds) => setTimeout(callback, milliseconds),
  clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout),
  utcOffsetMinutes: (timeMs) => -new Date(timeMs).getTimezoneOffset(),
};

/** Whatever the way out, the terminal is given back first; the result undoes the watching. */
function guardTerminal(handle: ScreenHandle): () => void {
  const { restoreTerminal } = handle;
  const onException = (error: unknown): void => {
    restoreTerminal();
    process.stderr.write(
      `kubenetprobe-top: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
    );
    process.exit(1);
  };
  const onDeadlySignal = (signal: NodeJS.Signals): void => {
    restoreTerminal();
    process.removeListener(signal, onDeadlySignal);
    process.kill(process.pid, signal);
  };
  const onStop = (): void => handle.suspend();
  const onContinue = (): void => handle.resume();
  process.on('exit', restoreTerminal);
  process.on('uncaughtException', onException);
  process.on('unhandledRejection', onException);
  process.on('SIGQUIT', onDeadlySignal);
  process.on('SIGUSR2', onDeadlySignal);
  process.on('SIGTSTP', onStop);
  process.on('SIGCONT', onContinue);
  return () => {
    process.removeListener('exit', restoreTerminal);
    process.removeListener('uncaughtException', onException);
    process.removeListener('unhandledRejection', onException);
    process.removeListener('SIGQUIT', onDeadlySignal);
    process.removeListener('SIGUSR2', onDeadlySignal);
    process.removeListener('SIGTSTP', onStop);
    process.removeListener('SIGCONT', onContinue);
  };
}

/**
 * Shows the monitor until somebody quits or it fails. Returns the failure, null when it ended as asked (by key, by signal, with the run). The monitor itself is the caller's to stop.
 */
export async function showScreen(monitor: MonitorPort, run: ScreenRun): Promise<Error | null> {
  const cleanUps: (() => void)[] = [];
  const keyboard = openKeyboard();
  const result = await startScreen(monitor, {
    stdout: process.stdout,
    stdin: keyboard,
    env: process.env,
    clock,
    descriptors,
    intervalSeconds: run.intervalSeconds,
    interfaces: run.interfaces,
    view: { filter: run.view.filter, sort: run.view.sort, groupBy: run.view.groupBy },
    flags: run.flags,
    settings: run.settings,
    ...(run.saveSettings && { saveSettings: run.saveSettings }),
    stopProcess: () => process.kill(process.pid, 'SIGSTOP'),
    onTaken: (handle) => {
      cleanUps.push(guardTerminal(handle), onEndingSignal(handle.end));
      if (!run.staysAfterEnd) cleanUps.push(monitor.on('end', handle.end));
    },
  });
  for (const cleanUp of cleanUps) cleanUp();
  if (keyboard !== null && keyboard !== process.stdin) keyboard.destroy();
  setTimeout(
    () => process.exit(),
    leaveMilliseconds + (result.reason === 'failed' ? 1000 : 0),
  ).unref();
  return result.reason === 'failed' ? result.error : null;
}

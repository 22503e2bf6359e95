// Runs the terminal screen on a monitor: passes it clock, descriptors and keyboard, and makes sure that the terminal is restored.
import { closeSync, fstatSync, write, writeSync } from 'node:fs';
import { isatty } from 'node:tty';
import type { MonitorPort } from '../core/model/monitor-port.js';
import type { InterfaceState } from '../core/model/snapshot.js';
import { loadNative } from '../core/native/load.js';
import type { ScreenSettings } from '../core/options/schema.js';
import {
  type Rights,
  type ScreenHandle,
  type ScreenOptions,
  startScreen,
} from '../ui/app/start.js';
import { onEndingSignal } from './ending-signals.js';
import { saveScreenSettings, whyNotSaved } from './save-settings.js';
import type { DisplayChoices } from './screen-choices.js';
import type { ScreenTerminal } from './screen-terminal.js';

export interface ScreenRun extends DisplayChoices {
  readonly intervalSeconds: number;
  readonly interfaces: readonly InterfaceState[];
  readonly staysAfterEnd: boolean;
  readonly rights: Rights | null;
}

/** Before privileges are dropped. */
const startedAs = process.geteuid?.() ?? 0;
/** A write that a stalled terminal never accepts must not keep the ended program alive. */
const leaveMilliseconds = 300;
const heldMessagesMax = 200;

const sleepCell = new Int32Array(new SharedArrayBuffer(4));

const descriptors: ScreenOptions['descriptors'] = {
  writeSync: (descriptor, text) => writeSync(descriptor, text),
  write: (descriptor, text, done) =>
    write(descriptor, text, (error, written) => done(error, written)),
  sleepSync: (milliseconds) => void Atomics.wait(sleepCell, 0, 0, milliseconds),
  now: () => performance.now(),
};

const clock: ScreenOptions['clock'] = {
  wallUs: () => loadNative().wallUs(),
  boottimeMs: () => loadNative().boottimeMs(),
  setTimeout: (callback, milliseconds) => setTimeout(callback, milliseconds),
  clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout),
  utcOffsetMinutes: (timeMs) => -new Date(timeMs).getTimezoneOffset(),
};

/**
 * A terminal that has gone can't be set as it was, and Node aborts over that at its end: descriptors that are closed it leaves alone.
 */
function forgetGoneTerminal(): void {
  for (const descriptor of [0, 1, 2]) {
    try {
      if (!isatty(descriptor) && fstatSync(descriptor).isCharacterDevice()) closeSync(descriptor);
    } catch {
      // Closed already.
    }
  }
}

/** Buffers writes that would corrupt the screen until it has closed: warnings of Node and of libraries. */
function holdBackMessages(): () => void {
  const held: string[] = [];
  const { write } = process.stderr;
  process.stderr.write = ((chunk: string | Uint8Array): boolean => {
    held.push(typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8'));
    if (held.length > heldMessagesMax) held.shift();
    return true;
  }) as typeof process.stderr.write;
  return () => {
    process.stderr.write = write;
    for (const text of held.splice(0)) process.stderr.write(text);
  };
}

/** On every exit path the terminal is restored first; the result removes the handlers. */
function guardTerminal(handle: ScreenHandle): () => void {
  const release = holdBackMessages();
  const restoreTerminal = (): void => {
    handle.restoreTerminal();
    release();
  };
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
  process.on('exit', forgetGoneTerminal);
  return () => {
    release();
    process.removeListener('exit', restoreTerminal);
    process.removeListener('uncaughtException', onException);
    process.removeListener('unhandledRejection', onException);
    process.removeListener('SIGQUIT', onDeadlySignal);
    process.removeListener('SIGUSR2', onDeadlySignal);
    process.removeListener('SIGTSTP', onStop);
    process.removeListener('SIGCONT', onContinue);
  };
}

/** Resolves with the path that was written. */
function settingsWriter(file: string, startedAs: number) {
  return async (changed: ScreenSettings): Promise<string> => {
    try {
      saveScreenSettings(file, changed);
    } catch (error) {
      const now = process.geteuid?.() ?? 0;
      throw new Error(whyNotSaved(file, error, startedAs, now), { cause: error });
    }
    return file;
  };
}

/**
 * Shows the monitor until the user quits or it fails. Returns the failure, null when it ended as asked (by key, by signal, with the run). The monitor itself is the caller's to stop.
 */
export async function showScreen(
  monitor: MonitorPort,
  { stdout, keyboard }: ScreenTerminal,
  run: ScreenRun,
): Promise<Error | null> {
  const cleanUps: (() => void)[] = [];
  const result = await startScreen(monitor, {
    stdout,
    stdin: keyboard,
    env: process.env,
    clock,
    descriptors,
    intervalSeconds: run.intervalSeconds,
    interfaces: run.interfaces,
    flags: run.flags,
    settings: run.settings,
    problems: run.problems,
    rights: run.rights,
    ...(run.settingsFile !== null && { saveSettings: settingsWriter(run.settingsFile, startedAs) }),
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

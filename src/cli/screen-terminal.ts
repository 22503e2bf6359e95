// The terminal that a screen will have: opened, or refused, before anything is attached and before the screen itself is loaded.
import { openSync } from 'node:fs';
import { ReadStream, type WriteStream } from 'node:tty';
import { ExpectedError } from '../core/errors/expected-error.js';
import { screenRefusal } from '../ui/terminal/capabilities.js';

/** What a screen needs of the surroundings, opened while we still may: privileges are dropped later. */
export interface ScreenTerminal {
  readonly stdout: WriteStream;
  /** null: no terminal has the keys; a signal ends the screen. */
  readonly keyboard: ReadStream | null;
}

/** Exit status 2, with what to use instead, where this terminal can't show the screen: before anything is attached. */
export function openScreenTerminal(environment: NodeJS.ProcessEnv): ScreenTerminal {
  const refusal = screenRefusal(environment, process.stdout.isTTY === true);
  if (refusal)
    throw new ExpectedError(refusal.message, { status: 2, advice: `Instead, ${refusal.advice}` });
  return { stdout: process.stdout, keyboard: openKeyboard() };
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

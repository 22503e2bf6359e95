// The screen's inputs from the command line, and its result.
import type { ReadStream, WriteStream } from 'node:tty';
import type { Clock } from '../../core/model/clock.js';
import type { InterfaceState } from '../../core/model/snapshot.js';
import type { ScreenSettings } from '../../core/options/schema.js';
import type { Rights } from '../state/rights.js';
import type { DescriptorAccess } from '../terminal/terminal-output.js';

export type { ScreenSettings } from '../../core/options/schema.js';
export type { Rights } from '../state/rights.js';

export interface ScreenClockOptions extends Clock {
  readonly setTimeout: (callback: () => void, milliseconds: number) => unknown;
  readonly clearTimeout: (timer: unknown) => void;
  /** Minutes that local time is ahead of UTC at that moment. */
  readonly utcOffsetMinutes: (timeMs: number) => number;
}

export interface ScreenOptions {
  readonly stdout: WriteStream;
  /** The keyboard: stdin, or /dev/tty where stdin is something else; null: none, ended by signals only. */
  readonly stdin: ReadStream | null;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: ScreenClockOptions;
  readonly descriptors: DescriptorAccess;
  readonly intervalSeconds: number;
  /** As reported by the monitor's `start`. */
  readonly interfaces: readonly InterfaceState[];
  readonly flags: {
    /** null: as the environment says. */
    readonly color: boolean | null;
    readonly ascii: boolean;
    readonly mouse: boolean;
  };
  readonly settings?: ScreenSettings;
  /** null: there was nothing to give up. */
  readonly rights?: Rights | null;
  /** What was wrong with the settings: said once, when the screen stands. */
  readonly problems?: readonly string[];
  /** Resolves with the path that was written; rejects with a reason for people. */
  readonly saveSettings?: (settings: ScreenSettings) => Promise<string>;
  /** Stops the process until `fg` (SIGSTOP to ourselves); absent: Ctrl-Z does nothing. */
  readonly stopProcess?: () => void;
  /** Called as soon as the terminal is set up, with the functions that restore it. */
  readonly onTaken?: (handle: ScreenHandle) => void;
}

export interface ScreenHandle {
  /** Synchronous, idempotent, callable from a signal or exception handler; at most 150 ms. */
  readonly restoreTerminal: () => void;
  /** On SIGTSTP: restores the terminal, stops, and sets it up again when continued. */
  readonly suspend: () => void;
  /** SIGCONT after a stop that we did not see coming. */
  readonly resume: () => void;
  /** Ends the screen as `q` does (SIGTERM, SIGHUP, --duration). */
  readonly end: () => void;
}

export type ScreenResult =
  | { readonly reason: 'quit' }
  /** The terminal went away: nothing can be printed any more. */
  | { readonly reason: 'gone' }
  /** The monitor failed, or the screen did: print it, it is not visible yet. */
  | { readonly reason: 'failed'; readonly error: Error };

// What crosses between the main thread and the monitor's worker thread.
import type { FailureStatus } from '../errors/expected-error.js';
import { ExpectedError } from '../errors/expected-error.js';
import type { KeptPrivileges } from '../export/sink.js';
import type { MonitorEvents } from '../model/monitor-port.js';
import type { FlowView } from '../model/view.js';
import type { CaptureProgress } from '../sources/pcap.js';
import type { PackedSnapshot } from './tick-views.js';

export type Command =
  | { readonly type: 'setView'; readonly request: number; readonly view: FlowView }
  | { readonly type: 'flowDetail'; readonly request: number; readonly id: number }
  | {
      readonly type: 'flowsMatching';
      readonly request: number;
      readonly filter: string;
      readonly limit: number;
    }
  | { readonly type: 'setIntervalSeconds'; readonly seconds: number }
  | { readonly type: 'measurePrograms'; readonly always: boolean }
  | { readonly type: 'acknowledgeAlert'; readonly id: string }
  | { readonly type: 'muteAlert'; readonly id: string; readonly untilUs: number }
  /** The last snapshot of a capture has been processed: the next one may be sent. */
  | { readonly type: 'taken' }
  /** The answer to `start`: the privileges that were kept. */
  | { readonly type: 'attached'; readonly privileges: KeptPrivileges | null }
  | { readonly type: 'stop' };

type PassedOn = Exclude<keyof MonitorEvents, 'error' | 'snapshot'>;

export type Report =
  | { [Name in PassedOn]: { type: Name; values: Parameters<MonitorEvents[Name]> } }[PassedOn]
  | ({ readonly type: 'snapshot' } & PackedSnapshot)
  | { readonly type: 'reply'; readonly request: number; readonly value: unknown }
  | { readonly type: 'progress'; readonly progress: CaptureProgress }
  | { readonly type: 'error'; readonly error: ErrorMessage };

/** An error loses its class in transfer; its fields are kept. */
export interface ErrorMessage {
  readonly message: string;
  readonly stack: string;
  readonly expected: {
    readonly status: FailureStatus;
    readonly advice: string;
    readonly detail: string;
  } | null;
}

export function packError(error: Error): ErrorMessage {
  const expected =
    error instanceof ExpectedError
      ? { status: error.status, advice: error.advice, detail: error.detail }
      : null;
  return { message: error.message, stack: error.stack ?? '', expected };
}

export function unpackError({ message, stack, expected }: ErrorMessage): Error {
  const error = expected ? new ExpectedError(message, expected) : new Error(message);
  error.stack = stack;
  return error;
}

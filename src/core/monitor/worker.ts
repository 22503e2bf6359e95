// The worker thread's side: source, flow table, rules and snapshots run here; the main thread only shows and prints.
import type { MessagePort } from 'node:worker_threads';
import type { KeptPrivileges, SinkHost } from '../export/sink.js';
import { openSink } from '../export/sinks.js';
import type { MonitorEvents } from '../model/monitor-port.js';
import { assembleRun } from './assemble-run.js';
import type { HostRuntime } from './host-runtime.js';
import type { MonitorRun } from './monitor-run.js';
import type { RunRequest } from './run-request.js';
import { type Command, packError, type Report } from './worker-messages.js';

/** Interval of reports while the programs aren't shown; the screen's programs panel requests more. */
const PROGRAMS_EVERY_SECONDS = 30;

type Reporter = (message: Report) => void;

/** A capture is read no faster than its ticks are consumed: a reader of a pipe gets every one. */
class Pace {
  #waits = 0;
  #goOn: (() => void) | null = null;

  reported(): void {
    this.#waits += 1;
  }

  taken(): void {
    this.#waits -= 1;
    if (this.#waits <= 0) this.release();
  }

  /** No longer awaited: exit. */
  release(): void {
    this.#waits = 0;
    this.#goOn?.();
    this.#goOn = null;
  }

  wait(): Promise<void> {
    if (this.#waits <= 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#goOn = resolve;
    });
  }
}

/** Consumers begin when the main thread has given up privileges, or when there is no run any more. */
class Attachment {
  privileges: KeptPrivileges | null = null;
  #answer: () => void = () => {};
  readonly answered = new Promise<void>((resolve) => {
    this.#answer = resolve;
  });

  answer(privileges: KeptPrivileges | null): void {
    this.privileges = privileges;
    this.#answer();
  }
}

interface Served {
  readonly run: MonitorRun;
  readonly pace: Pace;
  readonly attachment: Attachment;
}

async function obey(
  { run, pace, attachment }: Served,
  command: Command,
  report: Reporter,
): Promise<void> {
  switch (command.type) {
    case 'setView':
      report({ type: 'reply', request: command.request, value: await run.setView(command.view) });
      break;
    case 'flowDetail':
      report({ type: 'reply', request: command.request, value: await run.flowDetail(command.id) });
      break;
    case 'flowsMatching':
      report({
        type: 'reply',
        request: command.request,
        value: await run.flowsMatching(command.filter, command.limit),
      });
      break;
    case 'setIntervalSeconds':
      run.setIntervalSeconds(command.seconds);
      break;
    case 'measurePrograms':
      run.measurePrograms(command.always);
      break;
    case 'acknowledgeAlert':
      run.acknowledgeAlert(command.id);
      break;
    case 'muteAlert':
      run.muteAlert(command.id, command.untilUs);
      break;
    case 'taken':
      pace.taken();
      break;
    case 'attached':
      attachment.answer(command.privileges);
      break;
    case 'stop':
      pace.release();
      attachment.answer(null);
      await run.stop();
      break;
  }
}

const passedOn = ['start', 'alert', 'warning', 'custom', 'programs', 'interfaces'] as const;

/** Runs the request and reports over `port`, until the run ends. */
export function serveMonitor(port: MessagePort, request: RunRequest, runtime: HostRuntime): void {
  const report: Reporter = (message) => port.postMessage(message);
  const fail = (error: unknown): void => {
    const known = error instanceof Error ? error : new Error(String(error));
    report({ type: 'error', error: packError(known) });
    port.close();
  };
  const pace = new Pace();
  const attachment = new Attachment();
  try {
    const { run } = assembleRun(request, runtime, {
      onProgress: (progress) => report({ type: 'progress', progress }),
      programsEverySeconds: PROGRAMS_EVERY_SECONDS,
      onPackedSnapshot: (picked) => {
        pace.reported();
        port.postMessage({ type: 'snapshot', ...picked } satisfies Report, [picked.rows.memory]);
      },
      pace: () => pace.wait(),
      whenAttached: () => attachment.answered,
    });
    const host: SinkHost = {
      timers: runtime,
      report: (code, message) => run.warn(code, message),
      privileges: () => attachment.privileges,
      isCapture: request.source.kind === 'capture',
      end: (failure) => (failure ? run.fail(failure) : void run.stop()),
    };
    for (const sink of request.sinks ?? []) run.subscribe(request.view, openSink(sink, host));
    for (const name of passedOn) {
      run.on(name, (...values: Parameters<MonitorEvents[typeof name]>) =>
        report({ type: name, values } as Report),
      );
    }
    run.on('error', fail);
    run.on('end', () => {
      report({ type: 'end', values: [] });
      if (!request.answersAfterEnd) port.close();
    });
    port.on('message', (command: Command) => {
      obey({ run, pace, attachment }, command, report).then(() => {
        if (command.type === 'stop' && request.answersAfterEnd) port.close();
      }, fail);
    });
    run.start().catch(fail);
  } catch (error) {
    fail(error);
  }
}

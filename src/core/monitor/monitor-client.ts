// The monitor as the main thread sees it: a MonitorPort whose implementation is at the other end of a link, usually a worker thread.
import type { KeptPrivileges } from '../export/sink.js';
import { unpackRows } from '../flows/row-columns.js';
import type { Timers } from '../model/clock.js';
import type { FlowRow } from '../model/flow.js';
import type {
  FilterError,
  FlowDetail,
  MonitorEvents,
  MonitorPort,
  MonitorStart,
} from '../model/monitor-port.js';
import type { Snapshot } from '../model/snapshot.js';
import type { FlowView } from '../model/view.js';
import type { CaptureProgress } from '../sources/pcap.js';
import { lateSummary } from './late-summary.js';
import { Listeners } from './listeners.js';
import type { MonitorLink, OpenLink } from './monitor-link.js';
import type { RunRequest } from './run-request.js';
import { type Command, type Report, unpackError } from './worker-messages.js';

/**
 * A worker that is asked to end gets so long for the tick that it may be in, its last drain and the summary, then it is
 * terminated. Half a second wasn't enough for a flood on a machine with a load of 20: counts were then those of the last tick.
 */
const STOP_MS = 1500;
/** A drain of a million flows needs a third of a second: larger tables get more time. */
const STOP_MS_PER_FLOW = 1 / 1000;

export interface MonitorClientOptions extends Timers {
  readonly request: RunRequest;
  readonly link: OpenLink;
  readonly onProgress?: (progress: CaptureProgress) => void;
  /** Everything is attached, and nothing has been shown: gives up privileges. What it throws ends the run; `start` rejects with it. */
  readonly onAttached?: (start: MonitorStart) => KeptPrivileges | null;
}

export class MonitorClient implements MonitorPort {
  readonly #options: MonitorClientOptions;
  readonly #listeners = new Listeners<MonitorEvents>();
  readonly #replies = new Map<number, (value: unknown) => void>();
  #link: MonitorLink | null = null;
  #lastSnapshot: Snapshot | null = null;
  #printed: (() => Promise<void>) | null = null;
  #nextRequest = 1;
  /** Everything has been reported; with `answersAfterEnd` the worker still answers. */
  #ended = false;
  #over = false;
  #whenOver: (() => void)[] = [];
  /** Reports of the worker before there are listeners, in order; null from `start` on. */
  #held: (() => void)[] | null = [];
  /** The reason for ending before anything was shown. */
  #refusal: Error | null = null;
  #isSummarized = false;
  #whenSummarized: (() => void)[] = [];
  #started: { resolve: () => void; reject: (error: Error) => void } | null = null;

  constructor(options: MonitorClientOptions) {
    this.#options = options;
  }

  on<Name extends keyof MonitorEvents>(name: Name, listener: MonitorEvents[Name]): () => void {
    return this.#listeners.on(name, listener);
  }

  /** A capture's next snapshot is requested when this one has been printed. */
  pace(printed: () => Promise<void>): void {
    this.#printed = printed;
  }

  /** Starts to load and attach while the caller loads its display; all reports are held until `start`. */
  open(): void {
    if (this.#link) return;
    const hear = (work: () => void): void => {
      if (this.#held) this.#held.push(work);
      else work();
    };
    this.#link = this.#options.link({
      onReport: (report) =>
        hear(() => {
          if (report.type === 'error') this.#fail(unpackError(report.error));
          else this.#receive(report);
        }),
      onError: (error) => hear(() => this.#fail(error)),
      onExit: (code) =>
        hear(() => {
          // Stopped while it was still loading: there is nothing to wait for any more.
          if (this.#over) this.#startIsOver();
          else if (this.#ended) this.#finish();
          else this.#fail(new Error(`the worker thread ended with ${code}`));
        }),
    });
  }

  /** Resolves when everything is attached, rejects with the reason why it isn't. */
  start(): Promise<void> {
    this.open();
    return new Promise((resolve, reject) => {
      this.#started = { resolve, reject };
      const held = this.#held ?? [];
      this.#held = null;
      for (const work of held) work();
    });
  }

  #startIsOver(): void {
    if (this.#refusal) this.#started?.reject(this.#refusal);
    else this.#started?.resolve();
    this.#started = null;
  }

  /** The other side waits for this before its first consumer is called. */
  #attached(start: MonitorStart): boolean {
    try {
      const privileges = this.#options.onAttached?.(start) ?? null;
      this.#send({ type: 'attached', privileges });
      return true;
    } catch (error) {
      this.#refusal = error as Error;
      void this.stop();
      return false;
    }
  }

  #fail(error: Error): void {
    if (this.#over) return;
    if (this.#started) this.#started.reject(error);
    else this.#listeners.emit('error', error);
    this.#started = null;
    this.#finish();
  }

  #receive(report: Exclude<Report, { type: 'error' }>): void {
    if (report.type === 'reply') {
      this.#replies.get(report.request)?.(report.value);
      this.#replies.delete(report.request);
    } else if (report.type === 'progress') {
      this.#options.onProgress?.(report.progress);
    } else if (report.type === 'snapshot') {
      // Not spread: as in unpackRows, for the sake of one shape.
      const snapshot = Object.assign(report.snapshot, { flows: unpackRows(report.rows) });
      this.#lastSnapshot = snapshot;
      this.#listeners.emit('snapshot', snapshot);
      if (this.#options.request.source.kind === 'capture') void this.#takeNext();
      if (!snapshot.final) return;
      this.#isSummarized = true;
      for (const done of this.#whenSummarized.splice(0)) done();
    } else if (report.type === 'start') {
      if (!this.#attached(report.values[0])) return;
      this.#listeners.emit('start', ...report.values);
      this.#startIsOver();
    } else {
      (this.#listeners.emit as (name: string, ...values: unknown[]) => void).call(
        this.#listeners,
        report.type,
        ...report.values,
      );
      if (report.type !== 'end') return;
      this.#ended = true;
      if (!this.#options.request.answersAfterEnd) this.#finish();
    }
  }

  async #takeNext(): Promise<void> {
    await this.#printed?.();
    this.#send({ type: 'taken' });
  }

  #finish(): void {
    this.#over = true;
    for (const reply of this.#replies.values()) reply(null);
    this.#replies.clear();
    for (const done of this.#whenOver.splice(0)) done();
    if (this.#refusal) this.#startIsOver();
  }

  #send(command: Command): void {
    if (!this.#over) this.#link?.send(command);
  }

  #ask(command: (request: number) => Command): Promise<unknown> {
    if (this.#over || !this.#link) return Promise.resolve(null);
    const request = this.#nextRequest++;
    return new Promise((resolve) => {
      this.#replies.set(request, resolve);
      this.#send(command(request));
    });
  }

  setView(view: FlowView): Promise<FilterError | null> {
    return this.#ask((request) => ({
      type: 'setView',
      request,
      view,
    })) as Promise<FilterError | null>;
  }

  flowDetail(id: number): Promise<FlowDetail | null> {
    return this.#ask((request) => ({
      type: 'flowDetail',
      request,
      id,
    })) as Promise<FlowDetail | null>;
  }

  async flowsMatching(filter: string, limit: number): Promise<readonly FlowRow[]> {
    const rows = await this.#ask((request) => ({ type: 'flowsMatching', request, filter, limit }));
    return (rows as readonly FlowRow[] | null) ?? [];
  }

  setIntervalSeconds(seconds: number): void {
    this.#send({ type: 'setIntervalSeconds', seconds });
  }

  measurePrograms(always: boolean): void {
    this.#send({ type: 'measurePrograms', always });
  }

  acknowledgeAlert(id: string): void {
    this.#send({ type: 'acknowledgeAlert', id });
  }

  muteAlert(id: string, untilUs: number): void {
    this.#send({ type: 'muteAlert', id, untilUs });
  }

  /**
   * Resolves when the last snapshot has come and all sinks have finished, or when the other side didn't summarize in time and was terminated.
   * Sinks have limits of their own.
   */
  async stop(): Promise<void> {
    const link = this.#link;
    if (!link || this.#over) return;
    this.#send({ type: 'stop' });
    const milliseconds = STOP_MS + this.#options.request.maxFlows * STOP_MS_PER_FLOW;
    const over = new Promise<void>((resolve) => this.#whenOver.push(resolve));
    const inTime = await new Promise<boolean>((resolve) => {
      if (this.#isSummarized) return resolve(true);
      const cancel = this.#options.after(milliseconds, () => resolve(false));
      const done = (): void => {
        cancel();
        resolve(true);
      };
      this.#whenSummarized.push(done);
      this.#whenOver.push(done);
    });
    if (inTime) return over;
    this.#over = true;
    await link.terminate();
    this.#endWithoutWorker();
  }

  /** The summary is always printed: here from the last tick received. */
  #endWithoutWorker(): void {
    const last = this.#lastSnapshot;
    if (last && !last.final) {
      this.#listeners.emit('warning', {
        timeUs: last.timeUs,
        wallUs: last.wallUs,
        code: 'summary_incomplete',
        message: `the last tick did not finish in time: the summary ends ${last.elapsedSeconds.toFixed(1)} s after the start`,
      });
      this.#listeners.emit('snapshot', lateSummary(last));
    }
    this.#listeners.emit('end');
  }
}

// NDJSON to stdout or a file: ticks that find it full are skipped and counted, alerts wait, the summary is always tried.
import { ExpectedError } from '../errors/expected-error.js';
import type { Alert } from '../model/alert.js';
import type { Consumer } from '../model/consumer.js';
import type { ConsumerLosses } from '../model/consumer-losses.js';
import type { CustomReport } from '../model/custom.js';
import type { MonitorStart } from '../model/monitor-port.js';
import type { ProgramsReport } from '../model/programs.js';
import type { Snapshot, Warning } from '../model/snapshot.js';
import {
  alertObject,
  customObjects,
  customText,
  programsObject,
  startObject,
  tickObject,
  warningObject,
} from './json-objects.js';
import { NonBlockingOutput, type OutputEnd } from './non-blocking-output.js';
import type { SinkHost } from './sink.js';

/** Alerts and warnings that wait while the reader is slow: contract.md. */
const QUEUE_MAX = 1000;
const SUMMARY_MS = 2000;
const READER_MS = 2000;
/** What programs cost changes slowly. */
const PROGRAMS_EVERY_US = 30e6;

export interface JsonLinesRequest {
  readonly kind: 'json';
  /** Stays open: its opener closes it. */
  readonly descriptor: number;
  /** As `--json=FILE` names it; null: stdout. */
  readonly path: string | null;
  readonly version: string;
  readonly kernel: string;
}

/** A line's kind, as its loss is counted; null: the first line. */
type Loss = 'ticksSkipped' | 'alertsDropped' | 'warningsDropped' | 'reportsDropped' | null;

interface Line {
  readonly text: string;
  readonly loss: Loss;
}

export class JsonLines implements Consumer {
  readonly name: string;
  /** The reader of a capture may read the summary as slowly as it likes. */
  readonly finishLimitMilliseconds: number;
  readonly #request: JsonLinesRequest;
  readonly #host: SinkHost;
  readonly #output: NonBlockingOutput;
  /** Lines queued while a tick is being written. */
  #queue: Line[] = [];
  readonly #lost = {
    ticksSkipped: 0,
    alertsDropped: 0,
    warningsDropped: 0,
    reportsDropped: 0,
    failures: 0,
  };
  /** The reader has read nothing for so long that it is no longer waited for. */
  #isStalled = false;
  #programsDueUs = 0;

  constructor(request: JsonLinesRequest, host: SinkHost) {
    this.#request = request;
    this.#host = host;
    this.name = request.path === null ? '--json' : `--json=${request.path}`;
    this.finishLimitMilliseconds = host.isCapture ? Infinity : SUMMARY_MS + 500;
    this.#output = new NonBlockingOutput(
      request.descriptor,
      host.timers,
      (end) => this.#ended(end),
      request.path === null ? null : (error) => this.#refused(error),
    );
  }

  start(start: MonitorStart): void {
    const { version, kernel } = this.#request;
    const { privileges } = this.#host;
    this.#queueLine(startObject(start, { version, kernel, privileges }), null);
  }

  warning(warning: Warning): void {
    this.#queueLine(warningObject(warning), 'warningsDropped');
  }

  alert(alert: Alert): void {
    this.#queueLine(alertObject(alert), 'alertsDropped');
  }

  /** A promise while a capture's reader has not read it: the capture waits. */
  tick(snapshot: Snapshot): Promise<void> | undefined {
    // The last alerts come before the summary, however full the output is.
    if (snapshot.final) this.#sendAll();
    else this.#sendQueue();
    const mayWait = this.#host.isCapture && !this.#isStalled;
    if (this.#output.busy && !snapshot.final && !mayWait) {
      this.#lost.ticksSkipped += 1;
      return this.#atItsPace();
    }
    this.#write([
      { text: `${JSON.stringify(tickObject(snapshot, this.#lost))}\n`, loss: 'ticksSkipped' },
    ]);
    return this.#atItsPace();
  }

  /** Where only our own run, a line now and then is enough: after the first tick, every half a minute, and at the end. */
  programs(report: ProgramsReport): void {
    const users = report.programs.some(({ owner }) => owner === 'object');
    if (!users && !report.final && report.timeUs < this.#programsDueUs) return;
    if (this.#output.busy && !report.final) return;
    this.#programsDueUs = report.timeUs + PROGRAMS_EVERY_US;
    this.#queueText(JSON.stringify(programsObject(report), customText), 'reportsDropped');
  }

  /** States are cumulative, like ticks: a reader that is too slow for them misses some and loses nothing. Events wait. */
  custom(report: CustomReport): void {
    const { states, events } = customObjects(report);
    const waiting = this.#output.busy ? events : [...states, ...events];
    for (const object of waiting)
      this.#queueText(JSON.stringify(object, customText), 'reportsDropped');
  }

  losses(): Partial<ConsumerLosses> {
    return this.#lost;
  }

  #queueLine(object: unknown, loss: Loss): void {
    this.#queueText(JSON.stringify(object), loss);
  }

  #queueText(line: string, loss: Loss): void {
    if (this.#queue.length >= QUEUE_MAX) this.#count(this.#queue.shift()!);
    this.#queue.push({ text: `${line}\n`, loss });
    this.#sendQueue();
  }

  #sendQueue(): void {
    if (!this.#output.busy) this.#sendAll();
  }

  #sendAll(): void {
    if (this.#queue.length === 0) return;
    const lines = this.#queue;
    this.#queue = [];
    this.#write(lines);
  }

  #write(lines: readonly Line[]): void {
    const text = lines.length === 1 ? lines[0]!.text : lines.map((line) => line.text).join('');
    this.#output.write(text, () => {
      for (const line of lines) this.#count(line);
    });
  }

  #count({ loss }: Line): void {
    if (loss) this.#lost[loss] += 1;
  }

  /**
   * For a capture, which is read at its reader's pace. A reader that has read nothing for two seconds is no longer waited for until it has
   * caught up: then ticks are skipped.
   */
  #atItsPace(): Promise<void> | undefined {
    if (!this.#host.isCapture) return undefined;
    if (!this.#output.busy) this.#isStalled = false;
    if (!this.#output.busy || this.#isStalled) return undefined;
    return this.#output.drainedAtItsPace(READER_MS).then((taken) => {
      this.#isStalled = !taken;
    });
  }

  /** After the last line: queued lines are still written, for two seconds, or as long as a capture's reader reads something in that time. */
  async finish(): Promise<void> {
    if (this.#host.isCapture) await this.#output.drainedAtItsPace(READER_MS);
    else await this.#output.drained(SUMMARY_MS);
    this.#output.close();
  }

  /** The reader has closed: for stdout the run ends silently, else the other sinks continue without it. */
  #ended(end: OutputEnd): void {
    const { path } = this.#request;
    if (path === null) {
      this.#host.end(end === 'closed' ? null : outputFailure(end));
      return;
    }
    const why = end === 'closed' ? 'its reader has gone' : end.message;
    this.#lost.failures += 1;
    this.#host.report('output_ended', `nothing more is written to ${path}: ${why}`);
  }

  /** Reported once: the losses count how often it happened. */
  #refused(error: Error): void {
    this.#lost.failures += 1;
    if (this.#lost.failures > 1) return;
    const message = `${this.#request.path} cannot be written: ${error.message}; lines are left out until it can`;
    this.#host.report('output_refused', message);
  }
}

export function outputFailure(error: Error): ExpectedError {
  return new ExpectedError(`cannot write to stdout: ${error.message}`, {
    status: 1,
    advice: 'Check that the disk has space and that the file is writable',
    cause: error,
  });
}

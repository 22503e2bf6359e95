// NDJSON on stdout: ticks that find it full are skipped and counted, alerts wait, the summary is always tried.
import type { CustomReport } from '../model/custom.js';
import type { MonitorPort } from '../model/monitor-port.js';
import type { ProgramsReport } from '../model/programs.js';
import type { Snapshot } from '../model/snapshot.js';
import {
  alertObject,
  customObjects,
  customText,
  type ProgramFacts,
  programsObject,
  startObject,
  tickObject,
  warningObject,
} from './json-objects.js';
import { NonBlockingOutput, type OutputEnd, type OutputTimers } from './non-blocking-output.js';

/** Alerts and warnings that wait while the reader is slow: contract.md. */
const QUEUE_MAX = 1000;
const SUMMARY_MS = 2000;
const READER_MS = 2000;
/** What programs cost changes slowly. */
const PROGRAMS_EVERY_US = 30e6;

export interface JsonLinesOptions extends ProgramFacts {
  readonly descriptor: number;
  readonly timers: OutputTimers;
  /** Whoever makes the ticks waits for `caughtUp` after each. */
  readonly waitsForReader?: boolean;
  /** The reader has gone, or writing failed. */
  readonly onEnd: (end: OutputEnd) => void;
}

export class JsonLines {
  readonly #options: JsonLinesOptions;
  readonly #output: NonBlockingOutput;
  /** Lines that wait their turn while a tick is still on its way. */
  #queue: string[] = [];
  #queueDropped = 0;
  #ticksSkipped = 0;
  /** The reader took nothing for so long that it isn't waited for. */
  #isStalled = false;
  #programsDueUs = 0;

  constructor(options: JsonLinesOptions) {
    this.#options = options;
    this.#output = new NonBlockingOutput(options.descriptor, options.timers, options.onEnd);
  }

  /** Alerts that were dropped because a thousand waited already. */
  get alertsDropped(): number {
    return this.#queueDropped;
  }

  /** Prints all that `port` tells, until its end. */
  attach(port: MonitorPort): void {
    port.on('start', (start) => this.#queueLine(startObject(start, this.#options)));
    port.on('warning', (warning) => this.#queueLine(warningObject(warning)));
    port.on('alert', (alert) => this.#queueLine(alertObject(alert)));
    port.on('custom', (report) => this.#custom(report));
    port.on('programs', (report) => this.#programs(report));
    port.on('snapshot', (snapshot) => this.#tick(snapshot));
  }

  #tick(snapshot: Snapshot): void {
    // The last alerts come before the summary, however full stdout is.
    if (snapshot.final) this.#sendAll();
    else this.#sendQueue();
    const mayWait = this.#options.waitsForReader === true && !this.#isStalled;
    if (this.#output.busy && !snapshot.final && !mayWait) {
      this.#ticksSkipped += 1;
      return;
    }
    this.#output.write(`${JSON.stringify(tickObject(snapshot, this.#ticksSkipped))}\n`);
  }

  /** Where only our own run, a line now and then is enough: after the first tick, every half a minute, and at the end. */
  #programs(report: ProgramsReport): void {
    const users = report.programs.some(({ owner }) => owner === 'object');
    if (!users && !report.final && report.timeUs < this.#programsDueUs) return;
    if (this.#output.busy && !report.final) return;
    this.#programsDueUs = report.timeUs + PROGRAMS_EVERY_US;
    this.#queueText(JSON.stringify(programsObject(report), customText));
  }

  /** States are cumulative, like ticks: a reader that is too slow for them misses some and loses nothing. Events wait. */
  #custom(report: CustomReport): void {
    const { states, events } = customObjects(report);
    const waiting = this.#output.busy ? events : [...states, ...events];
    for (const object of waiting) this.#queueText(JSON.stringify(object, customText));
  }

  #queueLine(object: unknown): void {
    this.#queueText(JSON.stringify(object));
  }

  #queueText(line: string): void {
    if (this.#queue.length >= QUEUE_MAX) {
      this.#queue.shift();
      this.#queueDropped += 1;
    }
    this.#queue.push(`${line}\n`);
    this.#sendQueue();
  }

  #sendQueue(): void {
    if (!this.#output.busy) this.#sendAll();
  }

  #sendAll(): void {
    if (this.#queue.length === 0) return;
    const lines = this.#queue.join('');
    this.#queue = [];
    this.#output.write(lines);
  }

  /**
   * Resolves when all is taken, for who can wait: a capture is read at its reader's pace. A reader that has taken nothing for two
   * seconds is waited for no longer until it has caught up: then ticks are skipped.
   */
  async caughtUp(): Promise<void> {
    if (!this.#output.busy) this.#isStalled = false;
    if (this.#output.busy && !this.#isStalled)
      this.#isStalled = !(await this.#output.drainedAtItsPace(READER_MS));
  }

  /** After the last line: what waits is still tried, for two seconds, or as long as a capture's reader takes something in that time. */
  async finish(): Promise<void> {
    if (this.#options.waitsForReader) await this.#output.drainedAtItsPace(READER_MS);
    else await this.#output.drained(SUMMARY_MS);
    this.#output.close();
  }
}

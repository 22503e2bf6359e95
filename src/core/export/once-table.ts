// --once: one plain-text table of one interval, good to read in a mail and to cut with awk.
import { fieldText } from '../flows/field-text.js';
import { type Field, fields, isTextKind } from '../flows/schema/schema.js';
import { hookText } from '../format/hook.js';
import { formatBitsPerSecond, formatBytes, formatCount } from '../format/quantity.js';
import { safeText } from '../format/safe-text.js';
import { formatTime } from '../format/time.js';
import type { Alert } from '../model/alert.js';
import type { Consumer } from '../model/consumer.js';
import type { ConsumerLosses } from '../model/consumer-losses.js';
import type { FlowRow } from '../model/flow.js';
import type { Snapshot } from '../model/snapshot.js';
import { outputFailure } from './json-lines.js';
import { NonBlockingOutput } from './non-blocking-output.js';
import type { SinkHost } from './sink.js';

export interface OnceTableRequest {
  readonly kind: 'once';
  readonly descriptor: number;
}

/** Cap on printed rows. */
const ALERTS_MAX = 10_000;

function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  textColumns: number,
): string[] {
  const widths = head.map((title, i) =>
    Math.max(title.length, ...rows.map((row) => row[i]!.length)),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, i) => (i < textColumns ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
      .join('  ')
      .trimEnd();
  return [line(head), ...rows.map(line)];
}

const placeOf = ({ once }: Field): number => once?.place ?? Number.MAX_SAFE_INTEGER;
/** Text on the left, figures on the right of it. */
const sideOf = ({ kind }: Field): number => (isTextKind(kind) ? 0 : 1);
const onceFields = fields
  .filter(({ once }) => once !== undefined)
  .sort((a, b) => sideOf(a) - sideOf(b) || placeOf(a) - placeOf(b));
const titles = onceFields.map(({ once, title }) => once?.title ?? title);
const textFields = onceFields.filter((field) => sideOf(field) === 0).length;

function flowCells(flow: FlowRow, nowUs: number): string[] {
  return onceFields.map(({ kind, ofRow }) => fieldText(kind, ofRow(flow, nowUs)));
}

/** `alerts`: those raised in this interval. */
export function onceTable(snapshot: Snapshot, alerts: readonly Alert[]): string {
  const counters = snapshot.protocols.map((row) => [
    row.protocol,
    formatCount(row.received.packets),
    formatBytes(row.received.bytes),
    formatCount(row.sent.packets),
    formatBytes(row.sent.bytes),
    formatBitsPerSecond(row.bitsPerSecond),
  ]);
  const hooks = snapshot.interfaceStates.map((interfaceState) => {
    return `${safeText(interfaceState.name)} (in: ${hookText(interfaceState.ingress)}, out: ${hookText(interfaceState.egress)})`;
  });
  const lines = [
    `${formatTime(snapshot.wallUs)}  ${hooks.join(', ')}  over ${snapshot.intervalSeconds.toFixed(1)} s`,
    '',
    ...table(['PROTOCOL', 'RX PKTS', 'RX BYTES', 'TX PKTS', 'TX BYTES', 'RATE'], counters, 1),
    '',
    ...table(
      titles,
      snapshot.flows.map((flow) => flowCells(flow, snapshot.timeUs)),
      textFields,
    ),
    '',
    `${snapshot.flows.length} of ${snapshot.flowsMatched} flows, ${snapshot.flowsTracked} tracked, ` +
      `untracked ${snapshot.untracked.packets}, malformed ${snapshot.malformed.packets}, events lost ${snapshot.eventsLost}`,
    ...alerts.map(
      (alert) => `${alert.severity.toUpperCase()} ${alert.kind}: ${safeText(alert.message, 500)}`,
    ),
  ];
  return `${lines.join('\n')}\n`;
}

/** Prints when the run is over. A capture's table is over the whole file, a live one's over its last interval. */
export class OnceTable implements Consumer {
  readonly name = '--once';
  /** A pager may read slowly. */
  readonly finishLimitMilliseconds = Infinity;
  readonly #host: SinkHost;
  readonly #output: NonBlockingOutput;
  readonly #alerts: Alert[] = [];
  #shown: Snapshot | null = null;
  #dropped = 0;

  constructor({ descriptor }: OnceTableRequest, host: SinkHost) {
    this.#host = host;
    this.#output = new NonBlockingOutput(descriptor, host.timers, (end) => {
      host.end(end === 'closed' ? null : outputFailure(end));
    });
  }

  alert(alert: Alert): void {
    if (alert.state !== 'new') return;
    if (this.#alerts.length < ALERTS_MAX) this.#alerts.push(alert);
    else this.#dropped += 1;
  }

  losses(): Partial<ConsumerLosses> {
    return { alertsDropped: this.#dropped };
  }

  tick(snapshot: Snapshot): void {
    if (this.#host.isCapture || !snapshot.final || !this.#shown) this.#shown = snapshot;
  }

  async finish(): Promise<void> {
    if (this.#shown) this.#output.write(onceTable(this.#shown, this.#alerts));
    if (this.#dropped > 0) this.#output.write(`and ${this.#dropped} more alerts\n`);
    await this.#output.drained(Infinity);
    this.#output.close();
  }
}

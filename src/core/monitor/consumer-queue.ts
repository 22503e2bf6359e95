// What waits for one consumer while it is busy: bounded by kind, delivered in order, and what finds no room is counted.
import type { Consumer } from '../model/consumer.js';
import type { ConsumerLosses } from '../model/consumer-losses.js';

export type DeliveryKind = Exclude<
  keyof Consumer,
  'name' | 'finish' | 'finishLimitMilliseconds' | 'losses'
>;
type Value<Kind extends DeliveryKind> = Parameters<NonNullable<Consumer[Kind]>>[0];

/** States are cumulative, so the newest is enough; alerts as for NDJSON (contract.md); ended flows as many as spans may wait for an export. */
const WAITING_MAX: Readonly<Record<DeliveryKind, number>> = {
  start: 1,
  tick: 1,
  flowEnded: 10_000,
  alert: 1000,
  warning: 1000,
  programs: 1,
  custom: 100,
};

const lossOf = {
  tick: 'ticksSkipped',
  flowEnded: 'flowsDropped',
  alert: 'alertsDropped',
  warning: 'warningsDropped',
  programs: 'reportsDropped',
  custom: 'reportsDropped',
} as const;

/** Emptied cells at the front are given back in blocks: shifting one by one moves all the others. */
const EMPTIED_MAX = 1024;

interface Waiting {
  readonly sequence: number;
  readonly value: unknown;
}

class WaitingLine {
  #items: Waiting[] = [];
  #head = 0;

  get length(): number {
    return this.#items.length - this.#head;
  }

  get firstSequence(): number {
    return this.#items[this.#head]?.sequence ?? Infinity;
  }

  push(item: Waiting): void {
    this.#items.push(item);
  }

  shift(): Waiting {
    const item = this.#items[this.#head]!;
    this.#head += 1;
    if (this.#head === this.#items.length || this.#head >= EMPTIED_MAX) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }
}

const isPromise = (value: unknown): value is PromiseLike<unknown> =>
  typeof (value as PromiseLike<unknown> | null | undefined)?.then === 'function';

export class ConsumerQueue {
  readonly #consumer: Consumer;
  readonly #failed: (error: unknown, failures: number) => void;
  readonly #lines = new Map<DeliveryKind, WaitingLine>();
  readonly #lost = {
    ticksSkipped: 0,
    alertsDropped: 0,
    warningsDropped: 0,
    flowsDropped: 0,
    reportsDropped: 0,
    failures: 0,
  };
  #sequence = 0;
  #isBusy = false;
  #whenIdle: (() => void)[] = [];
  #closed = false;

  constructor(consumer: Consumer, failed: (error: unknown, failures: number) => void) {
    this.#consumer = consumer;
    this.#failed = failed;
  }

  get isBusy(): boolean {
    return this.#isBusy;
  }

  deliver<Kind extends DeliveryKind>(kind: Kind, value: Value<Kind>): void {
    if (this.#closed || !this.#consumer[kind]) return;
    if (this.#isBusy) this.#wait(kind, value);
    else this.#call(kind, value);
  }

  /** Ended flows that were lost before this queue. */
  addDropped(flows: number): void {
    this.#lost.flowsDropped += flows;
  }

  losses(): ConsumerLosses {
    const own = this.#consumer.losses?.() ?? {};
    const { name } = this.#consumer;
    const lost = this.#lost;
    return {
      name,
      ticksSkipped: lost.ticksSkipped + (own.ticksSkipped ?? 0),
      alertsDropped: lost.alertsDropped + (own.alertsDropped ?? 0),
      warningsDropped: lost.warningsDropped + (own.warningsDropped ?? 0),
      flowsDropped: lost.flowsDropped + (own.flowsDropped ?? 0),
      reportsDropped: lost.reportsDropped + (own.reportsDropped ?? 0),
      failures: lost.failures + (own.failures ?? 0),
    };
  }

  /** Resolves when nothing is queued and no callback is running. */
  idle(): Promise<void> {
    if (!this.#isBusy || this.#closed) return Promise.resolve();
    return new Promise((resolve) => this.#whenIdle.push(resolve));
  }

  /** After everything queued; resolves when the consumer has finished, successfully or not. */
  async finish(): Promise<void> {
    await this.idle();
    if (this.#closed || !this.#consumer.finish) return;
    try {
      await this.#consumer.finish();
    } catch (error) {
      this.#fail(error);
    }
  }

  close(): void {
    this.#closed = true;
    this.#lines.clear();
    this.#resolveIdle();
  }

  #wait(kind: DeliveryKind, value: unknown): void {
    const line = this.#lines.get(kind) ?? new WaitingLine();
    this.#lines.set(kind, line);
    if (line.length >= WAITING_MAX[kind]) {
      line.shift();
      const loss = lossOf[kind as keyof typeof lossOf];
      if (loss) this.#lost[loss] += 1;
    }
    this.#sequence += 1;
    line.push({ sequence: this.#sequence, value });
  }

  #call(kind: DeliveryKind, value: unknown): void {
    let result: unknown;
    try {
      // With the consumer as `this`: it may be an object with state.
      result = (this.#consumer[kind] as (value: unknown) => unknown).call(this.#consumer, value);
    } catch (error) {
      this.#fail(error);
      return;
    }
    if (!isPromise(result)) return;
    this.#isBusy = true;
    Promise.resolve(result).then(
      () => this.#next(),
      (error) => {
        this.#fail(error);
        this.#next();
      },
    );
  }

  #next(): void {
    this.#isBusy = false;
    while (!this.#isBusy && !this.#closed) {
      let first: DeliveryKind | null = null;
      let sequence = Infinity;
      for (const [kind, line] of this.#lines) {
        if (line.firstSequence >= sequence) continue;
        first = kind;
        sequence = line.firstSequence;
      }
      if (first === null) break;
      this.#call(first, this.#lines.get(first)!.shift().value);
    }
    if (!this.#isBusy) this.#resolveIdle();
  }

  #resolveIdle(): void {
    for (const resolve of this.#whenIdle.splice(0)) resolve();
  }

  #fail(error: unknown): void {
    this.#lost.failures += 1;
    this.#failed(error, this.#lost.failures);
  }
}

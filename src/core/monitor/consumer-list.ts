// All consumers of one run: who gets what, in the order in which they subscribed. What one of them does is nothing to the others.
import { ExpectedError } from '../errors/expected-error.js';
import { filterFailure } from '../flows/filter/filter-failure.js';
import type { SlotFilter } from '../flows/query.js';
import type { Timers } from '../model/clock.js';
import type { Consumer, EndedFlow, Subscription } from '../model/consumer.js';
import type { ConsumerLosses } from '../model/consumer-losses.js';
import type { FilterError, MonitorStart } from '../model/monitor-port.js';
import type { FlowView } from '../model/view.js';
import { type CompiledView, compileView, defaultView } from './compiled-view.js';
import { ConsumerQueue, type DeliveryKind } from './consumer-queue.js';
import type { TickViews } from './tick-views.js';

/** Each is called in every tick; more than these are a leak of subscriptions. */
export const CONSUMERS_MAX = 4096;
/** Consumers that are named with their losses in one snapshot. */
const LOSSES_SHOWN_MAX = 100;
/** At the end of the run, for queued data and `finish`. */
const FINISH_MS = 3000;
/** A capture waits so long for a consumer that has consumed nothing. */
const STALLED_MS = 2000;

export interface ConsumerListOptions extends Timers {
  /** Reports a failed consumer. */
  readonly warn: (code: string, message: string) => void;
}

interface Entry {
  readonly consumer: Consumer;
  readonly queue: ConsumerQueue;
  compiled: CompiledView;
  /** Captures: it was waited for in vain, and is waited for no longer until it is free. */
  isStalled: boolean;
}

type Emitted = Exclude<DeliveryKind, 'start' | 'tick' | 'flowEnded'>;

const hasLost = (losses: ConsumerLosses): boolean =>
  Object.values(losses).some((value) => typeof value === 'number' && value > 0);

export class ConsumerList {
  readonly #options: ConsumerListOptions;
  readonly #entries = new Set<Entry>();
  #start: MonitorStart | null = null;

  constructor(options: ConsumerListOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Throws an ExpectedError for a wrong filter, and for a consumer too many. */
  subscribe(view: Partial<FlowView>, consumer: Consumer): Subscription {
    if (this.#entries.size >= CONSUMERS_MAX) {
      throw new ExpectedError(`a run has at most ${CONSUMERS_MAX} consumers`, {
        status: 2,
        advice: 'Close subscriptions that are not needed any more',
      });
    }
    const compilation = compileView({ ...defaultView, ...view });
    if (!compilation.ok) throw filterFailure(compilation.error);
    const entry: Entry = {
      consumer,
      queue: new ConsumerQueue(consumer, (error, failures) =>
        this.#failed(consumer, error, failures),
      ),
      compiled: compilation.compiled,
      isStalled: false,
    };
    this.#entries.add(entry);
    if (this.#start) entry.queue.deliver('start', this.#start);
    return {
      setView: (next) => this.#setView(entry, next),
      close: () => {
        this.#entries.delete(entry);
        entry.queue.close();
      },
    };
  }

  #setView(entry: Entry, view: Partial<FlowView>): FilterError | null {
    const compilation = compileView({ ...defaultView, ...view });
    if (!compilation.ok) return compilation.error;
    entry.compiled = compilation.compiled;
    return null;
  }

  /** Those whose ticks are wanted. */
  views(): CompiledView[] {
    const views: CompiledView[] = [];
    for (const { consumer, compiled } of this.#entries) if (consumer.tick) views.push(compiled);
    return views;
  }

  get wantEndedFlows(): boolean {
    for (const { consumer } of this.#entries) if (consumer.flowEnded) return true;
    return false;
  }

  start(start: MonitorStart): void {
    this.#start = start;
    for (const { queue } of this.#all()) queue.deliver('start', start);
  }

  emit<Kind extends Emitted>(kind: Kind, value: Parameters<NonNullable<Consumer[Kind]>>[0]): void {
    for (const { queue } of this.#all()) queue.deliver(kind, value);
  }

  tick(views: TickViews): void {
    for (const { consumer, queue, compiled } of this.#all()) {
      if (consumer.tick) queue.deliver('tick', views.snapshot(compiled));
    }
  }

  /** Rows are made once for each filter, one by one: at the end of a run there may be 262,144. */
  flowsEnded(flowsOf: (filter: SlotFilter | null) => Iterable<EndedFlow>, dropped = 0): void {
    const byFilter = new Map<string, Entry[]>();
    for (const entry of this.#all()) {
      if (!entry.consumer.flowEnded) continue;
      const { filter } = entry.compiled.view;
      const entries = byFilter.get(filter);
      if (entries) entries.push(entry);
      else byFilter.set(filter, [entry]);
      if (dropped > 0) entry.queue.addDropped(dropped);
    }
    for (const entries of byFilter.values()) {
      for (const ended of flowsOf(entries[0]!.compiled.filter)) {
        for (const { queue } of entries) queue.deliver('flowEnded', ended);
      }
    }
  }

  /** Captures continue when every consumer has consumed its tick, or has consumed nothing for two seconds. */
  async ready(): Promise<void> {
    const waits: Promise<void>[] = [];
    for (const entry of this.#entries) {
      if (!entry.queue.isBusy) entry.isStalled = false;
      else if (!entry.isStalled) waits.push(this.#waitFor(entry));
    }
    if (waits.length > 0) await Promise.all(waits);
  }

  async #waitFor(entry: Entry): Promise<void> {
    entry.isStalled = !(await this.#within(STALLED_MS, entry.queue.idle()));
  }

  /** At the end: delivers queued data and calls `finish`, concurrently, each with its own timeout. */
  async finish(): Promise<void> {
    const entries = this.#all();
    await Promise.all(entries.map(({ queue }) => this.#within(FINISH_MS, queue.finish())));
    for (const { queue } of entries) queue.close();
    this.#entries.clear();
  }

  /** Of consumers that have lost something. */
  losses(): readonly ConsumerLosses[] {
    const shown: ConsumerLosses[] = [];
    for (const { queue } of this.#entries) {
      if (shown.length >= LOSSES_SHOWN_MAX) break;
      const losses = queue.losses();
      if (hasLost(losses)) shown.push(losses);
    }
    return shown;
  }

  /** As it is now: callbacks may subscribe and unsubscribe. */
  #all(): Entry[] {
    return [...this.#entries];
  }

  async #within(milliseconds: number, work: Promise<void>): Promise<boolean> {
    if (milliseconds === Infinity) {
      await work;
      return true;
    }
    return new Promise((resolve) => {
      const cancel = this.#options.after(milliseconds, () => resolve(false));
      void work.then(() => {
        cancel();
        resolve(true);
      });
    });
  }

  /** The first failure is reported, then each tenfold. */
  #failed({ name }: Consumer, error: unknown, failures: number): void {
    if (!/^10*$/.test(String(failures))) return;
    const why = error instanceof Error ? error.message : String(error);
    const times = failures > 1 ? ` (${failures} times)` : '';
    this.#options.warn('consumer_failed', `the consumer ${name} failed: ${why}${times}`);
  }
}

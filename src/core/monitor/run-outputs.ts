// What a run hands out, and to whom: the port's listeners with the port's view, and every consumer with its own.
import { filterFailure } from '../flows/filter/filter-failure.js';
import type { Alert } from '../model/alert.js';
import type { FilterError, MonitorEvents, MonitorStart } from '../model/monitor-port.js';
import type { Cost, Warning } from '../model/snapshot.js';
import type { FlowView } from '../model/view.js';
import { type CompiledView, compileView } from './compiled-view.js';
import type { ConsumerList } from './consumer-list.js';
import { Listeners } from './listeners.js';
import type { Pipeline } from './pipeline.js';
import type { ObjectReport } from './program-reports.js';
import type { PackedSnapshot, TickViews } from './tick-views.js';

export interface RunOutputsOptions {
  readonly pipeline: Pipeline;
  readonly consumers: ConsumerList;
  /** Of the port, until `setView`. */
  readonly view: FlowView;
  /** Receives the port's snapshots in place of its listeners, with rows that aren't built yet. */
  readonly onPackedSnapshot?: ((picked: PackedSnapshot) => void) | undefined;
}

export class RunOutputs {
  readonly listeners = new Listeners<MonitorEvents>();
  readonly #options: RunOutputsOptions;
  #portView: CompiledView;

  constructor(options: RunOutputsOptions) {
    this.#options = options;
    const compilation = compileView(options.view);
    if (!compilation.ok) throw filterFailure(compilation.error);
    this.#portView = compilation.compiled;
  }

  /** The port's; each consumer has its own. */
  setView(view: FlowView): FilterError | null {
    const compilation = compileView(view);
    if (!compilation.ok) return compilation.error;
    this.#portView = compilation.compiled;
    return null;
  }

  start(start: MonitorStart): void {
    this.#options.consumers.start(start);
  }

  warnings(warnings: readonly Warning[]): void {
    for (const warning of warnings) {
      this.listeners.emit('warning', warning);
      this.#options.consumers.emit('warning', warning);
    }
  }

  alerts(alerts: readonly Alert[]): void {
    for (const alert of alerts) {
      this.listeners.emit('alert', alert);
      this.#options.consumers.emit('alert', alert);
    }
  }

  programs({ programs, custom }: ObjectReport): void {
    const { consumers } = this.#options;
    this.listeners.emit('programs', programs);
    consumers.emit('programs', programs);
    if (!custom) return;
    this.listeners.emit('custom', custom);
    consumers.emit('custom', custom);
  }

  /** Before a tick: whether the flows that it removes are needed. */
  prepareEndedFlows(): void {
    const { pipeline, consumers } = this.#options;
    pipeline.keepEndedFlows(consumers.wantEndedFlows);
  }

  /** After it. */
  endedFlows(): void {
    const { pipeline, consumers } = this.#options;
    if (!consumers.wantEndedFlows) return;
    consumers.flowsEnded((filter) => pipeline.endedFlows(filter), pipeline.endedFlowsDropped);
  }

  /** At the run's end: those that are still in the table. */
  openFlows(): void {
    const { pipeline, consumers } = this.#options;
    if (consumers.wantEndedFlows) consumers.flowsEnded((filter) => pipeline.openFlows(filter));
  }

  snapshots(final: boolean, cost: Cost | null): void {
    const { consumers } = this.#options;
    const views = this.#viewsFor([this.#portView, ...consumers.views()], final, cost);
    this.#portSnapshot(views);
    consumers.tick(views);
  }

  portSnapshot(final: boolean, cost: Cost | null): void {
    this.#portSnapshot(this.#viewsFor([this.#portView], final, cost));
  }

  #viewsFor(views: readonly CompiledView[], final: boolean, cost: Cost | null): TickViews {
    const { pipeline, consumers } = this.#options;
    return pipeline.views({ final, cost, consumers: consumers.losses(), views });
  }

  #portSnapshot(views: TickViews): void {
    const { onPackedSnapshot } = this.#options;
    if (onPackedSnapshot) onPackedSnapshot(views.packed(this.#portView));
    else this.listeners.emit('snapshot', views.snapshot(this.#portView));
  }
}

// One tick, from the source's bytes to a snapshot: decode → flow table → detection → what the view asks for.
import type { Detector } from '../detect/contract.js';
import { Enrichment } from '../enrich/enrichment.js';
import { InterfaceLabels } from '../enrich/interface-labels.js';
import type { FieldContext } from '../flows/field-context.js';
import { FlowTable } from '../flows/flow-table.js';
import { matchingSlots, type SlotFilter, selectFlows } from '../flows/query.js';
import { rowMaker } from '../flows/row.js';
import type { Alert } from '../model/alert.js';
import type { Moment } from '../model/clock.js';
import type { EndedFlow } from '../model/consumer.js';
import type { ConsumerLosses } from '../model/consumer-losses.js';
import type { FlowRow } from '../model/flow.js';
import type { KernelEvent } from '../model/kernel-event.js';
import type { FilterError } from '../model/monitor-port.js';
import type { Cost, Warning } from '../model/snapshot.js';
import type { FlowView } from '../model/view.js';
import type { SourceInterface, SourceTick } from '../sources/source.js';
import { type Batch, openBatch } from '../wire/batch.js';
import { decodeKernelEvents } from '../wire/kernel-event-record.js';
import { type CompiledView, compileView } from './compiled-view.js';
import { KernelCounters } from './kernel-counters.js';
import type { OwnPrograms } from './own-programs.js';
import { PacketCost } from './packet-cost.js';
import { RunTime } from './run-time.js';
import { type TickBase, TickViews } from './tick-views.js';
import { TrafficTotals } from './totals.js';

/** Warnings that a snapshot repeats: older ones have been emitted as events, once. */
const WARNINGS_KEPT = 32;
const EVENTS_A_TICK_MAX = 200_000;

export interface PipelineOptions {
  /** Of the kernel's table, per epoch. User space keeps four times as many. */
  readonly maxFlows: number;
  readonly flowTimeoutSeconds: number;
  readonly detector: Detector | null;
  /** Sampled packets are wanted. */
  readonly packetSamples?: boolean;
}

const isSample = ({ type }: KernelEvent) => type === 'packet';

export interface TickResult {
  readonly alerts: readonly Alert[];
  readonly warnings: readonly Warning[];
  /** Kernel events of type 'packet'. */
  readonly samples: readonly KernelEvent[];
}

export interface ViewsRequest {
  /** The summary: rates are means over the run. */
  readonly final: boolean;
  readonly cost: Cost | null;
  readonly consumers: readonly ConsumerLosses[];
  /** All that will be asked for. */
  readonly views: Iterable<CompiledView>;
}

/** User space remembers more than one epoch of the kernel's table can hold, so that idle flows aren't lost at once. */
const TABLE_FACTOR = 4;

export class Pipeline {
  readonly #options: PipelineOptions;
  readonly #table: FlowTable;
  readonly #totals = new TrafficTotals();
  readonly #counters = new KernelCounters();
  readonly #packetCost = new PacketCost();
  readonly #time = new RunTime();
  #interfaces: readonly SourceInterface[] = [];
  readonly #interfaceLabels = new InterfaceLabels();
  readonly #enrichment = new Enrichment([this.#interfaceLabels]);
  #sequence = 0;
  #intervalSeconds = 0;
  #kernelEventsLost = 0;
  #kernelEventsRejected = 0;
  #flowsInBatch = 0;
  #drainMilliseconds = 0;
  #warnings: Warning[] = [];

  constructor(options: PipelineOptions) {
    this.#options = options;
    this.#table = new FlowTable({
      capacity: options.maxFlows * TABLE_FACTOR,
      timeoutSeconds: options.flowTimeoutSeconds,
    });
  }

  start(moment: Moment, interfaces: readonly SourceInterface[]): void {
    this.#time.start(moment);
    this.#setInterfaces(interfaces);
  }

  get time(): Pick<RunTime, 'nowUs' | 'wallUs' | 'elapsedSeconds'> {
    return this.#time;
  }

  /** Filled share of the kernel's flow table in the last epoch. */
  get flowTableFill(): number {
    return this.#flowsInBatch / this.#options.maxFlows;
  }

  /** Of the last epoch. */
  get flowsInBatch(): number {
    return this.#flowsInBatch;
  }

  /** What our programs say of themselves, at the last tick. */
  get ownPrograms(): OwnPrograms {
    const counters = this.#counters;
    return {
      // Added up for who asks: most ticks only note the runs.
      get errors() {
        return counters.programErrors();
      },
      runs: this.#packetCost.programs(),
      intervalSeconds: this.#intervalSeconds,
    };
  }

  get nanosecondsPerPacket(): number | null {
    return this.#packetCost.nanosecondsPerPacket;
  }

  get drainMilliseconds(): number {
    return this.#drainMilliseconds;
  }

  tick(tick: SourceTick, interfaces: readonly SourceInterface[]): TickResult {
    // Times of flows and kernel events are reckoned from the swap's: by the run clock. Captures have times of their own.
    const batch = { ...openBatch(tick.batch), capturedAtUs: tick.timeUs };
    this.#setInterfaces(interfaces);
    this.#sequence += 1;
    const { segmentStartUs } = tick;
    const ended = segmentStartUs === undefined ? [] : this.#beginSegment(segmentStartUs);
    this.#time.tick(tick);
    this.#intervalSeconds = tick.intervalSeconds;
    this.#flowsInBatch = batch.flowCount;
    this.#drainMilliseconds = batch.drainMilliseconds;
    this.#totals.update(batch, interfaces);
    this.#counters.update(batch);
    this.#packetCost.update(batch);
    this.#enrichment.forget(this.#table.columns);
    this.#table.apply(batch, this.#time.nowUs, tick.intervalSeconds, this.#presentInterfaces());
    this.#enrichment.label(this.#table.columns);
    const kernelEvents = this.#decode(tick, batch);
    this.#kernelEventsLost = tick.kernelEventsLost;
    const alerts = [...ended, ...this.#time.byWallClock(this.#detect(kernelEvents))];
    const ofRules = this.#options.detector?.takeWarnings() ?? [];
    const warnings = [...tick.warnings, ...this.#time.byWallClock(ofRules)];
    this.remember(warnings);
    const samples = this.#options.packetSamples ? kernelEvents.filter(isSample) : [];
    return { alerts, warnings, samples };
  }

  /** Counters continue; returns the alerts that were open. */
  #beginSegment(startUs: number): readonly Alert[] {
    const ended = this.#options.detector?.endSegment(this.#time.nowUs) ?? [];
    this.#table.beginSegment();
    this.#time.beginSegment(startUs);
    return ended;
  }

  #decode(tick: SourceTick, batch: Batch): KernelEvent[] {
    const kernelEvents: KernelEvent[] = [];
    if (!this.#options.detector && !this.#options.packetSamples) return kernelEvents;
    for (const buffer of tick.kernelEvents) {
      if (kernelEvents.length > EVENTS_A_TICK_MAX) {
        this.#kernelEventsRejected += 1;
        continue;
      }
      this.#kernelEventsRejected += decodeKernelEvents(
        buffer,
        batch,
        this.#interfaceName,
        kernelEvents,
      );
    }
    return kernelEvents;
  }

  #detect(kernelEvents: readonly KernelEvent[]): readonly Alert[] {
    const { detector } = this.#options;
    if (!detector) return [];
    return detector.tick({
      nowUs: this.#time.nowUs,
      intervalSeconds: this.#intervalSeconds,
      flows: this.#table.columns,
      kernelEvents,
      protocols: this.#totals.protocolDeltas(),
      fragments: this.#counters.fragmentChanges(),
      interfaceName: this.#interfaceName,
      label: this.#label,
    });
  }

  /** Open alerts as ended: the last lines before the summary. */
  end(): readonly Alert[] {
    return this.#time.byWallClock(this.#options.detector?.end(this.#time.nowUs) ?? []);
  }

  remember(warnings: readonly Warning[]): void {
    if (warnings.length > 0) {
      this.#warnings = [...this.#warnings, ...warnings].slice(-WARNINGS_KEPT);
    }
  }

  /** The last tick's snapshots, one for each view that asks. */
  views({ final, cost, consumers, views }: ViewsRequest): TickViews {
    return new TickViews(
      {
        columns: this.#table.columns,
        context: this.#context(final),
        base: this.#describe(final, cost, consumers),
        slotOf: (id) => this.#table.slotOf(id),
      },
      views,
    );
  }

  #describe(final: boolean, cost: Cost | null, consumers: readonly ConsumerLosses[]): TickBase {
    const untracked = this.#counters.untracked();
    const protocols = this.#totals.protocolTotals(
      final ? this.#time.elapsedSeconds : this.#intervalSeconds,
      final,
    );
    const malformed = protocols.find((row) => row.protocol === 'malformed');
    return {
      sequence: this.#sequence,
      timeUs: this.#time.nowUs,
      wallUs: this.#time.wallUs,
      elapsedSeconds: this.#time.elapsedSeconds,
      intervalSeconds: this.#intervalSeconds,
      interfaces: this.#totals.interfaceTotals(final),
      protocols,
      encapsulations: this.#counters.encapsulations(),
      flowsTracked: this.#table.columns.count,
      untracked: untracked.all,
      untrackedProtocols: untracked.byProtocol,
      expired: this.#table.expired,
      malformed: {
        packets: (malformed?.received.packets ?? 0) + (malformed?.sent.packets ?? 0),
        bytes: (malformed?.received.bytes ?? 0) + (malformed?.sent.bytes ?? 0),
      },
      malformedReasons: this.#counters.malformedReasons(),
      fragments: this.#counters.fragments(),
      eventsLost: this.#eventsLost(),
      health: this.#health(),
      cost: final && cost ? { ...cost, ...this.#meanCost() } : cost,
      alerts: this.#options.detector?.current() ?? [],
      interfaceStates: this.#interfaces.map(({ name, index, ingress, egress, up }) => ({
        name,
        index,
        ingress,
        egress,
        up,
      })),
      warnings: this.#warnings,
      consumers,
      final,
    };
  }

  /** Removed flows are kept for `endedFlows`, from the next tick on. */
  keepEndedFlows(wanted: boolean): void {
    this.#table.keepEnded(wanted);
  }

  /** The last tick removed more flows than are kept. */
  get endedFlowsDropped(): number {
    return this.#table.ended?.dropped ?? 0;
  }

  /** Those that match and left in the last tick, in the order in which they left. */
  *endedFlows(filter: SlotFilter | null): Generator<EndedFlow> {
    const { ended } = this.#table;
    if (!ended || ended.count === 0) return;
    const { columns, reasons } = ended;
    const context = this.#context(false);
    const makeRow = rowMaker(columns, context);
    for (const slot of matchingSlots(columns, context, filter)) {
      yield { timeUs: this.#time.nowUs, reason: reasons[slot]!, flow: makeRow(slot) };
    }
  }

  /** Those that match and are still in the table: the run is over. */
  *openFlows(filter: SlotFilter | null): Generator<EndedFlow> {
    const { columns } = this.#table;
    const context = this.#context(false);
    const makeRow = rowMaker(columns, context);
    for (const slot of matchingSlots(columns, context, filter)) {
      yield { timeUs: this.#time.nowUs, reason: 'run_ended', flow: makeRow(slot) };
    }
  }

  #presentInterfaces(): ReadonlySet<number> {
    const present = new Set<number>();
    for (const one of this.#interfaces) if (one.present) present.add(one.index);
    return present;
  }

  #meanCost(): Pick<Cost, 'nanosecondsPerPacket'> {
    return { nanosecondsPerPacket: this.#packetCost.meanNanosecondsPerPacket };
  }

  /** Flows of the last tick as another view wants them. */
  flows(view: FlowView): FlowRow[] | FilterError {
    const compiled = compileView(view);
    if (!compiled.ok) return compiled.error;
    const { columns } = this.#table;
    const context = this.#context(false);
    const { sort, offset, limit } = view;
    const query = { filter: compiled.compiled.filter, sort, offset, limit };
    return selectFlows(columns, context, query).slots.map(rowMaker(columns, context));
  }

  /** The row of a flow that is still in the table. */
  row(id: number): FlowRow | null {
    const { columns } = this.#table;
    const slot = this.#table.slotOf(id);
    return slot < 0 ? null : rowMaker(columns, this.#context(false))(slot);
  }

  #context(final: boolean): FieldContext {
    return {
      nowUs: this.#time.nowUs,
      intervalSeconds: this.#intervalSeconds,
      elapsedSeconds: this.#time.elapsedSeconds,
      final,
      label: this.#label,
    };
  }

  #health(): Record<string, number> {
    let forgotten = 0;
    for (const count of this.#options.detector?.forgotten.values() ?? []) forgotten += count;
    const health = this.#counters.health();
    if (forgotten > 0) health['detectionStateForgotten'] = forgotten;
    const { refused } = this.#enrichment;
    if (refused > 0) health['labelsRefused'] = refused;
    return health;
  }

  #eventsLost(): number {
    return this.#counters.kernelEventsLost() + this.#kernelEventsLost + this.#kernelEventsRejected;
  }

  #setInterfaces(interfaces: readonly SourceInterface[]): void {
    this.#interfaces = interfaces;
    this.#interfaceLabels.update(interfaces);
  }

  readonly #interfaceName = (index: number): string => this.#interfaceLabels.nameOf(index);

  readonly #label = (dictionary: string, code: number): string =>
    this.#enrichment.textOf(dictionary, code);
}

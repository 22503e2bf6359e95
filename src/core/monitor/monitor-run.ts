// One run from start to summary: pulls the source on schedule, feeds the pipeline, notifies the listeners. Implements MonitorPort.

import type { Detector } from '../detect/contract.js';
import { descriptorLimitFailure } from '../errors/descriptor-limit.js';
import { filterFailure } from '../flows/filter/filter-failure.js';
import type { Alert } from '../model/alert.js';
import type { Consumer, Subscription } from '../model/consumer.js';
import type { FlowRow } from '../model/flow.js';
import type { FilterError, FlowDetail, MonitorEvents, MonitorPort } from '../model/monitor-port.js';
import type { ProgramState } from '../model/programs.js';
import type { Cost, InterfaceState } from '../model/snapshot.js';
import type { FlowView } from '../model/view.js';
import type { ObjectRun } from '../objects/object-run.js';
import type { Source, SourceInterface, SourceStart, SourceTick } from '../sources/source.js';
import { defaultView } from './compiled-view.js';
import { ConsumerList } from './consumer-list.js';
import { CostMeter } from './cost-meter.js';
import { FlowHistory } from './flow-history.js';
import type { HostRuntime } from './host-runtime.js';
import { packetSample } from './packet-sample.js';
import { Pipeline } from './pipeline.js';
import { ProgramReports } from './program-reports.js';
import { RunOutputs } from './run-outputs.js';
import type { PackedSnapshot } from './tick-views.js';

export interface RunOptions {
  readonly source: Source;
  readonly detector: Detector | null;
  readonly runtime: HostRuntime;
  readonly maxFlows: number;
  readonly flowTimeoutSeconds: number;
  readonly intervalSeconds: number;
  /** null: until it is stopped. */
  readonly durationSeconds: number | null;
  readonly count: number | null;
  /** From the start to the first tick; null: an interval. Default: 250. */
  readonly firstTickMs?: number | null;
  /** Of the port: what its `snapshot` events show until `setView`. */
  readonly view: FlowView;
  readonly packetSamples?: boolean;
  readonly object?: RunObject | null;
  /** How often programs and maps are reported while they aren't shown and there is no user's object; 0: in each tick. */
  readonly programsEverySeconds?: number;
  /** Receives the snapshots in place of the listeners, with rows that aren't built yet. */
  readonly onPackedSnapshot?: ((picked: PackedSnapshot) => void) | undefined;
  /** Captures: waited for after each tick. */
  readonly pace?: (() => Promise<void>) | undefined;
  /** Waited for after everything has been attached, before the first consumer is called. */
  readonly whenAttached?: (() => Promise<void>) | undefined;
  /** Those that subscribed before there was a run. */
  readonly consumers?: ConsumerList | undefined;
}

/** A user's object: beside the monitor it is loaded before all else, for its errors are the user's own; else it is in the source. */
export interface RunObject {
  readonly when: 'before-source' | 'within-source';
  readonly open: () => ObjectRun;
}

/** The first data is shown immediately: an interval can be a minute. */
const FIRST_TICK_MS = 250;
/** Smallest share of an interval that gets a tick of its own before the run's end. */
const LEAST_TICK_SHARE = 0.5;

export class MonitorRun implements MonitorPort {
  readonly #options: RunOptions;
  readonly #pipeline: Pipeline;
  readonly #consumers: ConsumerList;
  readonly #outputs: RunOutputs;
  readonly #history = new FlowHistory();
  readonly #cost: CostMeter;
  #lastCost: Cost | null = null;
  readonly #programs: ProgramReports;
  #intervalSeconds: number;
  #ticks = 0;
  /** The last snapshot has been emitted: later views are of the whole run, too. */
  #summarized = false;
  #stopping = false;
  #failure: Error | null = null;
  #wake: (() => void) | null = null;
  #reuse: ArrayBuffer | undefined;
  #interfacesSeen: readonly SourceInterface[] | null = null;
  #interfacesEmitted = '';
  #ended: Promise<void> | null = null;

  constructor(options: RunOptions) {
    this.#options = options;
    this.#intervalSeconds = options.intervalSeconds;
    this.#cost = new CostMeter(options.runtime);
    this.#programs = new ProgramReports({
      source: options.source,
      maxFlows: options.maxFlows,
      everySeconds: options.programsEverySeconds ?? 0,
    });
    this.#pipeline = new Pipeline({
      maxFlows: options.maxFlows,
      flowTimeoutSeconds: options.flowTimeoutSeconds,
      detector: options.detector,
      packetSamples: options.packetSamples ?? false,
    });
    this.#consumers =
      options.consumers ??
      new ConsumerList({
        after: options.runtime.after,
        warn: (code, message) => this.warn(code, message),
      });
    this.#outputs = new RunOutputs({
      pipeline: this.#pipeline,
      consumers: this.#consumers,
      view: options.view,
      onPackedSnapshot: options.onPackedSnapshot,
    });
  }

  on<Name extends keyof MonitorEvents>(name: Name, listener: MonitorEvents[Name]): () => void {
    return this.#outputs.listeners.on(name, listener);
  }

  /** Attaches and begins; rejects with an ExpectedError before anything was shown. `end` or `error` reports how the run ended. */
  async start(): Promise<void> {
    const { source, object } = this.#options;
    if (object?.when === 'before-source') this.#programs.object = object.open();
    const { timeUs, wallUs, warnings } = await this.#startSource();
    const interfaces = source.interfaces();
    this.#pipeline.start({ timeUs, wallUs }, interfaces);
    const start = {
      timeUs,
      wallUs,
      interfaces: interfaces.map(stateOf),
      intervalSeconds: this.#intervalSeconds,
    };
    this.#outputs.listeners.emit('start', start);
    const { whenAttached } = this.#options;
    if (whenAttached) await whenAttached();
    this.#outputs.start(start);
    this.#emitInterfaces();
    this.#outputs.warnings(warnings);
    this.#ended = this.#run();
  }

  /** With the user's object, if there is one: on failure nothing stays attached. */
  async #startSource(): Promise<SourceStart> {
    const { source, object } = this.#options;
    try {
      const started = await source.start();
      if (object?.when === 'within-source') this.#programs.object = object.open();
      this.object?.listen({
        onEvent: (event) => this.#outputs.listeners.emit('event', event),
        onWarning: (warning) => this.#outputs.warnings([warning]),
      });
      const refused = this.object?.start(source.interfaces()) ?? [];
      return { ...started, warnings: [...started.warnings, ...refused] };
    } catch (error) {
      this.object?.close();
      await source.close();
      throw error;
    }
  }

  /** The user's object; null without. */
  get object(): ObjectRun | null {
    return this.#programs.object;
  }

  /** Emits programs and maps, then the user object's report. */
  async #emitObject(final: boolean): Promise<void> {
    const report = await this.#programs.tick(this.#pipeline, final);
    if (report) this.#outputs.programs(report);
  }

  /** Programs as they are at this moment. */
  programStates(): readonly ProgramState[] {
    return this.#programs.states(this.#pipeline.ownPrograms);
  }

  measurePrograms(always: boolean): void {
    this.#programs.measure(always);
  }

  async #run(): Promise<void> {
    let failure: Error | null = null;
    try {
      failure = await this.#collect();
    } catch (error) {
      failure = error instanceof Error ? error : new Error(String(error));
    }
    try {
      await this.#emitObject(true);
      this.#programs.close();
      this.#outputs.alerts(this.#pipeline.end());
      this.#outputs.openFlows();
      this.#summarized = true;
      this.#outputs.snapshots(true, this.#lastCost);
      await this.#options.source.close();
    } catch (error) {
      failure ??= error instanceof Error ? error : new Error(String(error));
    }
    await this.#consumers.finish();
    failure ??= this.#failure;
    if (failure) this.#outputs.listeners.emit('error', descriptorLimitFailure(failure) ?? failure);
    else this.#outputs.listeners.emit('end');
  }

  /** Ticks until something ends the run; the source's fault, if that was it. */
  async #collect(): Promise<Error | null> {
    const { source, runtime, durationSeconds, count } = this.#options;
    const live = source.pacing === 'timer';
    const { clock } = runtime;
    const startMs = clock.boottimeMs();
    const endMs = durationSeconds === null ? Infinity : startMs + durationSeconds * 1000;
    let lastMs = startMs;
    while (!this.#stopping && (count === null || this.#ticks < count)) {
      if (live) {
        await this.#sleepUntilDue(lastMs, endMs);
        const nowMs = clock.boottimeMs();
        const intervalMs = this.#waitMs;
        const dueMs = Math.min(lastMs + intervalMs, endMs);
        if (this.#stopping || dueMs - lastMs < intervalMs * LEAST_TICK_SHARE) break;
        // After a long stall the schedule restarts, instead of catching up with a burst of ticks.
        lastMs = nowMs - dueMs > intervalMs ? nowMs : dueMs;
      }
      const tick = await source.pull(this.#intervalSeconds, this.#reuse);
      if (!tick) return null;
      this.#apply(tick, true);
      await this.#emitObject(false);
      if (tick.fault) return tick.fault;
      if (live && clock.boottimeMs() >= endMs) break;
      if (!live && this.#pipeline.time.elapsedSeconds >= (durationSeconds ?? Infinity)) break;
      if (live) continue;
      await this.#options.pace?.();
      await this.#consumers.ready();
      await this.#breathe();
    }
    // What came since the last tick belongs to the summary.
    const rest = live ? await source.pull(this.#intervalSeconds, this.#reuse, true) : null;
    if (rest) this.#apply(rest, false);
    return rest?.fault && !this.#stopping ? rest.fault : null;
  }

  #apply(tick: SourceTick, shown: boolean): void {
    const { runtime, source } = this.#options;
    const beganMs = runtime.clock.boottimeMs();
    this.#outputs.prepareEndedFlows();
    const { alerts, warnings, samples } = this.#pipeline.tick(tick, source.interfaces());
    this.#history.tick((id) => this.#pipeline.row(id), tick.intervalSeconds);
    if (source.release) source.release(tick.batch);
    else this.#reuse = tick.batch;
    this.#emitInterfaces();
    this.#outputs.warnings(warnings);
    this.#outputs.alerts(alerts);
    this.#outputs.endedFlows();
    for (const sample of samples) this.#outputs.listeners.emit('packet', packetSample(sample));
    this.#lastCost = this.#cost.tick(source.cost(), {
      nanosecondsPerPacket: this.#pipeline.nanosecondsPerPacket,
      flowTableFill: this.#pipeline.flowTableFill,
      drainMilliseconds: this.#pipeline.drainMilliseconds,
      tickMilliseconds: runtime.clock.boottimeMs() - beganMs,
    });
    if (!shown) return;
    this.#ticks += 1;
    this.#outputs.snapshots(false, this.#lastCost);
  }

  /** From the tick before to the next one. */
  get #waitMs(): number {
    const { firstTickMs = FIRST_TICK_MS } = this.#options;
    const isFirst = this.#ticks === 0 && firstTickMs !== null;
    return isFirst ? firstTickMs : this.#intervalSeconds * 1000;
  }

  /** Until the next tick, the run's end or `stop`; a new interval is obeyed at once. */
  async #sleepUntilDue(lastMs: number, endMs: number): Promise<void> {
    const { runtime } = this.#options;
    while (!this.#stopping) {
      const dueMs = Math.min(lastMs + this.#waitMs, endMs);
      const milliseconds = dueMs - runtime.clock.boottimeMs();
      if (milliseconds <= 0) return;
      await new Promise<void>((resolve) => {
        const cancel = runtime.after(Math.ceil(milliseconds), resolve);
        this.#wake = () => {
          cancel();
          resolve();
        };
      });
    }
  }

  /** Captures: lets messages (stop, a new view) in between two ticks. */
  #breathe(): Promise<void> {
    return new Promise((resolve) => {
      this.#options.runtime.after(0, resolve);
    });
  }

  #emitInterfaces(): void {
    const interfaces = this.#options.source.interfaces();
    // Live it is the same array as long as nothing has changed.
    if (interfaces === this.#interfacesSeen) return;
    this.#interfacesSeen = interfaces;
    const states: InterfaceState[] = interfaces.map(stateOf);
    const text = JSON.stringify(states);
    if (text === this.#interfacesEmitted) return;
    this.#interfacesEmitted = text;
    this.#outputs.listeners.emit('interfaces', states);
  }

  /** Not bound to a tick: warnings of the consumers themselves. */
  warn(code: string, message: string): void {
    const warning = { ...this.#options.runtime.clock.moment(), code, message };
    this.#pipeline.remember([warning]);
    this.#outputs.warnings([warning]);
  }

  /** Throws an ExpectedError for a wrong filter. */
  subscribe(view: Partial<FlowView>, consumer: Consumer): Subscription {
    return this.#consumers.subscribe(view, consumer);
  }

  async setView(view: FlowView): Promise<FilterError | null> {
    const error = this.#outputs.setView(view);
    if (!error && this.#ticks > 0) this.#outputs.portSnapshot(this.#summarized, this.#lastCost);
    return error;
  }

  /** Flows of the last tick as `view` wants them, without changing what is emitted. Throws ExpectedError for a wrong filter. */
  flows(view: FlowView): readonly FlowRow[] {
    const found = this.#pipeline.flows(view);
    if (!Array.isArray(found)) throw filterFailure(found as FilterError);
    return found;
  }

  async flowsMatching(filter: string, limit: number): Promise<readonly FlowRow[]> {
    const sort = { field: 'bytes', descending: true };
    const found = this.#pipeline.flows({ ...defaultView, filter, sort, limit });
    return Array.isArray(found) ? found : [];
  }

  setIntervalSeconds(seconds: number): void {
    this.#intervalSeconds = seconds;
    this.#wake?.();
  }

  async flowDetail(id: number): Promise<FlowDetail | null> {
    const row = this.#pipeline.row(id);
    if (!row) return null;
    const { forward, reverse } = this.#history.ask(row);
    const alerts: readonly Alert[] = this.#options.detector?.current() ?? [];
    const ends = [row.source.address, row.destination.address];
    return {
      row,
      forwardHistory: forward,
      reverseHistory: reverse,
      alerts: alerts.filter((alert) =>
        [alert.source?.address, alert.destination?.address].some(
          (address) => address !== undefined && ends.includes(address),
        ),
      ),
    };
  }

  acknowledgeAlert(id: string): void {
    this.#options.detector?.acknowledge(id);
  }

  muteAlert(id: string, untilUs: number): void {
    this.#options.detector?.mute(id, untilUs);
  }

  /** Ends the run with this failure, after the summary. */
  fail(error: Error): void {
    this.#failure ??= error;
    void this.stop();
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    this.#wake?.();
    await this.#ended;
  }
}

function stateOf({ name, index, ingress, egress, up }: InterfaceState): InterfaceState {
  return { name, index, ingress, egress, up };
}

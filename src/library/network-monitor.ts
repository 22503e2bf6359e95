// NetworkMonitor: the library. Counts packets and flows of interfaces in the kernel and emits them once per interval.
import { EventEmitter } from 'node:events';
import type { DetectionSettingsData } from '../core/detect/settings.js';
import { adviseLibraryUsers } from '../core/errors/audience.js';
import type { Consumer, Subscription } from '../core/model/consumer.js';
import type { CustomValue } from '../core/model/custom.js';
import type { FlowRow } from '../core/model/flow.js';
import type { MonitorPort } from '../core/model/monitor-port.js';
import type { ProgramState } from '../core/model/programs.js';
import type { InterfaceState, Snapshot } from '../core/model/snapshot.js';
import type { ReloadResult, UserMap } from '../core/model/user-map.js';
import type { FlowView } from '../core/model/view.js';
import { assembleRun, objectOptions } from '../core/monitor/assemble-run.js';
import { ConsumerList } from '../core/monitor/consumer-list.js';
import type { MonitorRun } from '../core/monitor/monitor-run.js';
import type { ObjectRequest } from '../core/monitor/run-request.js';
import type { ObjectFile } from '../core/objects/object-file.js';
import type { ObjectRun } from '../core/objects/object-run.js';
import { loadCompanion, readRequestedObject } from '../core/objects/open-object.js';
import { checkLibraryOptions } from '../core/options/library-options.js';
import { LiveSource } from '../core/sources/live.js';
import type { FlowQuery, NetworkMonitorEvents, PacketStats } from './monitor-events.js';
import type { NetworkMonitorOptions } from './monitor-options.generated.js';
import { requestOf, viewOf } from './monitor-request.js';
import { nodeHostRuntime } from './node-host-runtime.js';
import { isClosed, notAttached, nothingToReload, noUserObject } from './refusals.js';
import { TickReaders } from './tick-readers.js';

adviseLibraryUsers();

/**
 * Counts what passes network interfaces, by eBPF: exact totals by protocol, flows, alerts. Needs Linux and CAP_BPF, CAP_NET_ADMIN and
 * CAP_PERFMON (or root). Expected failures are `ExpectedError`s with `status` (as the program's exit status) and `advice`.
 *
 * Back-pressure: ticks are made once per interval with or without listeners; counters are cumulative, so a tick that was not
 * looked at loses nothing. `for await` always gets the newest tick; how many were replaced is `ticksSkipped`.
 *
 * @example
 * ```ts
 * await using monitor = await NetworkMonitor.create({ interfaces: ['eth0'] });
 * await monitor.startEventProcessing();
 * for await (const tick of monitor) console.log(tick.protocols);
 * ```
 */
export class NetworkMonitor
  extends EventEmitter<NetworkMonitorEvents>
  implements AsyncIterable<Snapshot>, AsyncDisposable
{
  readonly #options: NetworkMonitorOptions;
  readonly #object: ObjectRequest | null;
  readonly #settings: DetectionSettingsData | null;
  readonly #file: ObjectFile | null;
  /** Loaded before an interface is there, so that its errors come first. */
  #companion: ObjectRun | null = null;
  readonly #readers = new TickReaders();
  readonly #consumers = new ConsumerList({
    after: nodeHostRuntime().after,
    warn: (code, message) => this.#run?.warn(code, message),
  });
  #source: LiveSource | null = null;
  #run: MonitorRun | null = null;
  #running = false;
  #measureAlways = false;
  #turn: Promise<void> = Promise.resolve();
  #last: Snapshot | null = null;
  #closing: Promise<void> | null = null;
  #ended = false;
  #stopListening: (() => void) | null = null;

  private constructor(
    options: NetworkMonitorOptions,
    object: ObjectRequest | null,
    settings: DetectionSettingsData | null,
  ) {
    if (!options) throw new TypeError('make a monitor with NetworkMonitor.create()');
    super();
    this.#options = options;
    this.#object = object;
    this.#settings = settings;
    this.#file = object && readRequestedObject(object);
    const request = requestOf(options, [], object, settings);
    if (this.#file?.role === 'companion')
      this.#companion = loadCompanion(objectOptions(this.#file, request, nodeHostRuntime()));
  }

  /**
   * With the embedded BPF programs. Attaches `options.interfaces`; rejects with an ExpectedError where that fails, and with the
   * signal's reason where it is aborted: then nothing is left attached.
   * @example const monitor = await NetworkMonitor.create({ interfaces: ['any'], signal: AbortSignal.timeout(60_000) });
   */
  static create(options: NetworkMonitorOptions = {}): Promise<NetworkMonitor> {
    return NetworkMonitor.#make(options, null);
  }

  /**
   * With a BPF object file: in place of the embedded one where it has our programs, else beside it. Beside it the object is loaded
   * first of all: its errors (an ExpectedError with `status` 2 for the file, 4 for what the kernel refuses) come before anything is
   * attached.
   *
   * @example
   * ```ts
   * const monitor = await NetworkMonitor.fromObjectFile('counters.bpf.o', { interfaces: ['eth0'], watch: true });
   * monitor.on('custom', ({ maps, events }) => console.log(maps, events));
   * await monitor.startEventProcessing();
   * ```
   */
  static async fromObjectFile(
    path: string,
    options: NetworkMonitorOptions = {},
  ): Promise<NetworkMonitor> {
    if (typeof path !== 'string') throw new TypeError('the path of an object file is a string');
    return NetworkMonitor.#make(options, { path, bytes: null, watch: options.watch ?? false });
  }

  /**
   * The same with the bytes of an object file.
   * @example const monitor = await NetworkMonitor.fromBytes(readFileSync('counters.bpf.o'), { interfaces: ['eth0'] });
   */
  static async fromBytes(
    bytes: Uint8Array,
    options: NetworkMonitorOptions = {},
  ): Promise<NetworkMonitor> {
    if (!(bytes instanceof Uint8Array))
      throw new TypeError('the bytes of an object file are a Uint8Array');
    return NetworkMonitor.#make(options, { path: null, bytes, watch: false });
  }

  static async #make(
    options: NetworkMonitorOptions,
    object: ObjectRequest | null,
  ): Promise<NetworkMonitor> {
    checkLibraryOptions(options);
    options.signal?.throwIfAborted();
    const settings =
      typeof options.detection === 'object'
        ? (await import('./detection-option.js')).readDetection(options.detection)
        : null;
    const monitor = new NetworkMonitor(options, object, settings);
    monitor.#obeySignal(options.signal);
    try {
      for (const name of options.interfaces ?? []) await monitor.attachToInterface(name);
    } catch (error) {
      await monitor.close();
      options.signal?.throwIfAborted();
      throw error;
    }
    return monitor;
  }

  #obeySignal(signal: AbortSignal | undefined): void {
    if (!signal) return;
    const close = () => void this.close();
    signal.addEventListener('abort', close, { once: true });
    this.#stopListening = () => signal.removeEventListener('abort', close);
  }

  /**
   * Loads and attaches the programs; packets count from here on. Call it again for further interfaces, also while ticks come. Rejects
   * with an ExpectedError: no such interface (`status` 5), no permission (3), the kernel or driver cannot (4); what is watched stays
   * watched.
   * @example for (const name of ['eth0', 'eth1']) await monitor.attachToInterface(name);
   */
  attachToInterface(name: string): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#source) this.#source.addInterface(name);
      else await this.#attachFirst([name]);
    });
  }

  /** Calls that attach wait for one another, as if each had been awaited. */
  #inTurn(action: () => Promise<void>): Promise<void> {
    const mine = this.#turn.then(() => {
      this.#checkOpen();
      return action();
    });
    this.#turn = mine.catch(() => {
      // Reported by `mine`.
    });
    return mine;
  }

  async #attachFirst(names: readonly string[]): Promise<void> {
    const request = requestOf(this.#options, names, this.#object, this.#settings);
    const { run, source } = assembleRun(request, nodeHostRuntime(), {
      file: this.#file,
      companion: this.#companion,
      consumers: this.#consumers,
    });
    if (!(source instanceof LiveSource)) throw new Error('a live request makes a live source');
    await source.start();
    if (this.#closing) {
      await source.close();
      this.#checkOpen();
    }
    this.#source = source;
    this.#run = run;
    if (this.#measureAlways) run.measurePrograms(true);
    this.#listen(run);
  }

  #listen(run: MonitorRun): void {
    run.on('snapshot', (snapshot) => {
      this.#last = snapshot;
      this.#readers.put(snapshot);
      this.emit('tick', snapshot);
    });
    run.on('alert', (alert) => this.emit('alert', alert));
    run.on('warning', (warning) => this.emit('warning', warning));
    run.on('packet', (packet) => this.emit('packet', packet));
    run.on('custom', (report) => this.emit('custom', report));
    run.on('programs', (report) => this.emit('programs', report));
    run.on('event', (event) => this.emit('event', event));
    run.on('error', (error) => this.#finish(error));
    run.on('end', () => this.#finish(null));
  }

  /**
   * Starts the ticks; resolves when the first one is scheduled, `intervalSeconds` later. Without an attached interface it takes
   * $NETWORK_INTERFACE's, else that of the default route. Rejects with an ExpectedError. A second call changes nothing.
   * @example await monitor.startEventProcessing();
   */
  startEventProcessing(): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#running) return;
      if (!this.#run) await this.#attachFirst([]);
      await this.#run!.start();
      this.#running = true;
    });
  }

  /**
   * Interfaces that are watched, with their hooks.
   * @example for (const { name, ingress } of monitor.interfaces) console.log(name, ingress.hook, ingress.mode);
   */
  get interfaces(): readonly InterfaceState[] {
    return this.#source?.interfaces() ?? [];
  }

  /**
   * Totals at the last tick: cumulative since the interfaces were attached. null before the first tick; after the end those of the last.
   *
   * @example
   * ```ts
   * const stats = monitor.getPacketStats();
   * for (const { name, received, sent } of stats?.interfaces ?? []) console.log(name, received.bytes, sent.bytes);
   * ```
   */
  getPacketStats(): PacketStats | null {
    return this.#last;
  }

  /**
   * Flows at the last tick, by `query` (default: as the options ask). Throws an ExpectedError for a wrong filter or column.
   * @example const [busiest] = monitor.getFlowStats({ filter: 'tcp and port 443', sort: 'bytes', limit: 1 });
   */
  getFlowStats(query: FlowQuery = this.#options): readonly FlowRow[] {
    if (query !== this.#options) checkLibraryOptions(query);
    return this.#run?.flows(viewOf(query)) ?? [];
  }

  /**
   * Ticks that `for await` did not see because its body ran longer than the interval.
   * @example if (monitor.ticksSkipped > 0) console.warn('too slow for every tick');
   */
  get ticksSkipped(): number {
    return this.#readers.skipped;
  }

  /**
   * Adds a consumer with a view of its own, up to 4,096 of them, at any time; what `view` leaves out has its default, and the
   * events' view is not touched. Throws an ExpectedError for a wrong filter. Equal filters and orders are evaluated once a tick.
   * @example monitor.subscribe({ filter: 'udp', limit: 10 }, { name: 'udp', tick: ({ flows }) => console.log(flows.length) }).close();
   */
  subscribe(view: Partial<FlowView>, consumer: Consumer): Subscription {
    this.#checkOpen();
    return this.#consumers.subscribe(view, consumer);
  }

  /**
   * What the screen is built on: views, groups, one flow in detail, alerts to acknowledge. Throws an ExpectedError before an interface is
   * attached.
   * @example for (const flow of await monitor.port.flowsMatching('host 10.0.0.7', 20)) console.log(flow.source, flow.destination);
   */
  get port(): MonitorPort {
    if (this.#run) return this.#run;
    throw notAttached();
  }

  /**
   * Maps of the user's object by name; empty without one. In place of the embedded object: from startEventProcessing on.
   * @example for (const { name, kind, maxEntries } of monitor.maps.values()) console.log(name, kind, maxEntries);
   */
  get maps(): ReadonlyMap<string, UserMap> {
    return this.#objectRun?.object.maps ?? new Map();
  }

  /**
   * One map of the user's object. Throws an ExpectedError that names the maps there are. Valid until the next reload.
   * @example for await (const { key, value } of monitor.map('counts')) console.log(key, value);
   */
  map<Key = CustomValue, Value = CustomValue>(name: string): UserMap<Key, Value> {
    return this.#userObject().object.map(name) as unknown as UserMap<Key, Value>;
  }

  /**
   * Programs with runs, time and errors: the monitor's as of the last tick, the user object's as they are now. `measuredBy` says whose
   * figures they are; null is "not known", never 0.
   * @example for (const { name, runCount, nanosecondsPerRun } of monitor.programs()) console.log(name, runCount, nanosecondsPerRun);
   */
  programs(): readonly ProgramState[] {
    return this.#run?.programStates() ?? this.#companion?.object.programs(false) ?? [];
  }

  /**
   * Keeps the kernel's program statistics on, so that runs and nanoseconds of the user's object grow all the time, not for one second
   * in thirty. It costs every BPF program of the machine two readings of the clock a run (some 20 to 60 ns), and needs CAP_SYS_ADMIN:
   * without, nothing changes. The monitor's own programs measure themselves, and without a user's object nothing is switched on.
   * @example monitor.measurePrograms();
   */
  measurePrograms(always = true): void {
    this.#measureAlways = always;
    this.#run?.measurePrograms(always);
  }

  /**
   * Another version of the user's object in its place: a path, bytes, or (without argument) its file again. Verified first; then
   * every hook changes over by link update, and maps that agree keep their content. Rejects with an ExpectedError when it doesn't
   * load: the old version keeps running. Concurrent calls are serialized.
   * @example const { kept, changed } = await monitor.reload('counters-2.bpf.o');
   */
  async reload(next?: string | Uint8Array): Promise<ReloadResult> {
    const object = this.#userObject();
    const path = next === undefined ? (this.#object?.path ?? null) : next;
    if (path === null) throw nothingToReload();
    const file = readRequestedObject(
      typeof path === 'string' ? { path, bytes: null } : { path: null, bytes: path },
    );
    return object.reload(file);
  }

  get #objectRun(): ObjectRun | null {
    return this.#run?.object ?? this.#companion;
  }

  #userObject(): ObjectRun {
    const object = this.#objectRun;
    if (object) return object;
    throw noUserObject();
  }

  /**
   * Ends with the last tick; a failure of the monitor is thrown. `break` leaves the monitor running.
   * @example for await (const { elapsedSeconds } of monitor) if (elapsedSeconds > 60) break;
   */
  [Symbol.asyncIterator](): AsyncGenerator<Snapshot, void, undefined> {
    return this.#readers.iterate();
  }

  /**
   * Reads the last counts, detaches everything and emits `close`; the last tick (`final: true`) and what rings still held come before.
   * Idempotent. Then nothing of the monitor keeps the process alive.
   * @example process.once('SIGTERM', () => void monitor.close());
   */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    if (this.#running) await this.#run?.stop();
    this.#companion?.close();
    await this.#source?.close();
    this.#finish(null);
  }

  #finish(error: Error | null): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#stopListening?.();
    this.#readers.end(error);
    // Who iterates gets the error thrown; else it must not be missed.
    if (error && (this.#readers.size === 0 || this.listenerCount('error') > 0)) {
      this.emit('error', error);
    }
    this.emit('close');
  }

  /**
   * As `close`, for `await using`.
   * @example await using monitor = await NetworkMonitor.create({ interfaces: ['eth0'] });
   */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #checkOpen(): void {
    if (!this.#closing && !this.#ended) return;
    throw isClosed();
  }
}

// The live source: programs on interfaces, drained at each tick; follows interfaces as they go, come and change their names.
import { ExpectedError } from '../errors/expected-error.js';
import type { RunClock } from '../model/clock.js';
import type {
  NativeLinkWatch,
  NativeModule,
  NativeReloadable,
  NativeSession,
} from '../native/contract.js';
import { openBatch } from '../wire/batch.js';
import { KNP_INTERFACE_SLOTS_MAX, slotTotalsLayout } from '../wire/layout.generated.js';
import type { AttachOptions } from './attached-interface.js';
import { InterfaceChanges } from './interface-changes.js';
import { chooseInterfaces, type InterfaceChoice } from './interface-choice.js';
import { enterNamespace, nativeFailure } from './native-failure.js';
import { listLinks } from './network-links.js';
import { ProgramStatistics } from './program-statistics.js';
import type {
  KernelMeasurement,
  Source,
  SourceCost,
  SourceInterface,
  SourcePrograms,
  SourceStart,
  SourceTick,
} from './source.js';
import { WatchedInterfaces } from './watched-interfaces.js';

export interface LiveSourceOptions extends AttachOptions {
  readonly native: NativeModule;
  /** Names, 'any' among them, or none. */
  readonly interfaces: readonly string[];
  /** $NETWORK_INTERFACE */
  readonly environmentInterface: string | undefined;
  /** Its file; the thread that starts this source moves there for good. */
  readonly networkNamespace: string | null;
  readonly maxFlows: number;
  /** enum control_feature bits. */
  readonly features: number;
  /** Slots for interfaces that are added explicitly later. */
  readonly spareSlots?: number;
  /** Sampled packets a second and CPU. */
  readonly packetSamples?: number;
  /** Measures programs by the kernel's statistics: one second in thirty, or from the start to the end. Absent: never. */
  readonly programStatistics?: 'sometimes' | 'always';
  /** BPF object to load instead of the embedded one. */
  readonly object?: Uint8Array;
  /** The error message when that object can't be loaded. */
  readonly objectFailure?: (error: unknown) => Error;
  readonly clock: RunClock;
  /** Calls back once after so many milliseconds; the result cancels. */
  readonly after: (milliseconds: number, callback: () => void) => () => void;
  /** The run ends when the last interface has been removed, instead of waiting for one to return. */
  readonly exitWhenGone?: boolean;
}

/** Kernel events wait here for the next tick; more than this is a flood that detection doesn't need in full. */
const EVENT_BYTES_MAX = 16 * 2 ** 20;
const RING_BYTES = 2 ** 20;
/** With `any`: slots for interfaces that are added later, beside twice the present ones. */
const SPARE_SLOTS = 64;
/** With `any`: as many slots as this memory of the kernel holds: all 4,096 up to 8 CPUs, 512 at 64. A slot has 1 KiB a CPU. */
const SLOTS_BYTES = 32 * 2 ** 20;
const SLOT_BYTES_A_CPU = 2 * slotTotalsLayout.size;
/** Poll interval for interface changes: one system call where there are none. */
const LOOK_EVERY_MS = 100;
/** A scan that exceeded its time budget continues after ticks and commands. */
const LOOK_AGAIN_MS = 5;
/** A time daemon slews less than this per tick: a larger difference is a set wall clock. */
const CLOCK_STEP_US = 0.5e6;

export class LiveSource implements Source, SourcePrograms {
  readonly pacing = 'timer';
  readonly programs = this;
  readonly #options: LiveSourceOptions;
  #session: NativeSession | null = null;
  #started: Promise<SourceStart> | null = null;
  #draining: Promise<ArrayBuffer> | null = null;
  #statistics: ProgramStatistics | null = null;
  #watch: NativeLinkWatch | null = null;
  #interfaces: WatchedInterfaces | null = null;
  readonly #changes: InterfaceChanges;
  #cancelLook: (() => void) | null = null;
  /** Found between two pulls: reported by the next pull. */
  #lookFailure: unknown = null;
  #lastTimeUs = 0;
  /** The wall clock's lead over the run clock. */
  #wallAheadUs = 0;

  constructor(options: LiveSourceOptions) {
    this.#options = options;
    this.#changes = new InterfaceChanges(options.clock);
  }

  /** The loaded object, for its maps and for another version in its place; null before the start. */
  get loaded(): NativeReloadable | null {
    return this.#session;
  }

  /** Once: a second call has the first one's result. */
  start(): Promise<SourceStart> {
    this.#started ??= this.#start();
    return this.#started;
  }

  async #start(): Promise<SourceStart> {
    const { native, interfaces, environmentInterface, networkNamespace } = this.#options;
    try {
      if (networkNamespace !== null) enterNamespace(native, networkNamespace);
      // Before the list: what changes from then on is known.
      if (native.LinkWatch) this.#watch = new native.LinkWatch();
      const choice = chooseInterfaces(interfaces, environmentInterface, listLinks(native));
      const slots = this.#slotsFor(choice);
      this.#session = this.#load(slots);
      if (this.#options.packetSamples) this.#session.setSampleRate(this.#options.packetSamples);
      this.#interfaces = new WatchedInterfaces({
        ...this.#options,
        session: this.#session,
        slots,
        choice,
        changes: this.#changes,
        nowMs: () => this.#options.clock.boottimeMs(),
      });
      const watched = this.#interfaces;
      hurried(native, choice.links.length, () => watched.attachChosen());
    } catch (error) {
      await this.close();
      throw nativeFailure(error);
    }
    this.#session.gatherKernelEvents(EVENT_BYTES_MAX);
    const { programStatistics } = this.#options;
    if (programStatistics) {
      this.#statistics = new ProgramStatistics(this.#session, programStatistics === 'always');
      this.#statistics.tick(this.#options.clock.boottimeMs());
    }
    const { clock } = this.#options;
    this.#lookLater(LOOK_EVERY_MS);
    const moment = clock.moment();
    this.#lastTimeUs = moment.timeUs;
    this.#wallAheadUs = moment.wallUs - moment.timeUs;
    return { ...moment, warnings: this.#changes.take(false) };
  }

  /** One that is named may come back before its slot is free again. With `any` there is room for many that come later. */
  #slotsFor({ any, links }: InterfaceChoice): number {
    const spare = any ? SPARE_SLOTS : (this.#options.spareSlots ?? 0);
    const { possibleCpus } = this.#options.native;
    const affordable = any ? Math.floor(SLOTS_BYTES / (possibleCpus * SLOT_BYTES_A_CPU)) : 0;
    return Math.min(KNP_INTERFACE_SLOTS_MAX, Math.max(links.length * 2 + spare, affordable));
  }

  /** Runs `action` while no drain is in progress. A drain's failure is reported by pull. */
  async betweenDrains(action: () => void): Promise<void> {
    while (this.#draining) await Promise.allSettled([this.#draining]);
    action();
  }

  /** One more interface while the source runs. Throws ExpectedError; what is watched stays watched. */
  addInterface(name: string): void {
    if (!this.#interfaces) throw new Error('the source is closed');
    const links = listLinks(this.#options.native);
    chooseInterfaces([name], undefined, links);
    this.#interfaces.add(name, links);
  }

  #load(slots: number): NativeSession {
    const { native, maxFlows, object, objectFailure } = this.#options;
    try {
      return new native.Session({
        ...(object && { object }),
        maxFlows,
        interfaceSlots: slots,
        features: this.#options.features,
        ringBytes: RING_BYTES,
        capture: false,
      });
    } catch (error) {
      throw objectFailure ? objectFailure(error) : error;
    }
  }

  interfaces(): readonly SourceInterface[] {
    return this.#interfaces?.list() ?? [];
  }

  async pull(
    _intervalSeconds: number,
    reuse: ArrayBuffer | undefined,
    last = false,
  ): Promise<SourceTick> {
    const session = this.#session;
    const watched = this.#interfaces;
    if (!session || !watched) throw new Error('the source is closed');
    this.#look();
    if (this.#lookFailure !== null) throw nativeFailure(this.#lookFailure);
    const nowMs = this.#options.clock.boottimeMs();
    this.#statistics?.tick(nowMs);
    let batch: ArrayBuffer;
    watched.drainBegins();
    try {
      this.#draining = session.drain(reuse);
      batch = await this.#draining;
    } catch (error) {
      throw nativeFailure(error);
    } finally {
      this.#draining = null;
    }
    watched.drainEnded();
    const time = this.#time(batch);
    const warnings = this.#changes.take(last);
    const { events: kernelEvents, lost } = last
      ? session.takeKernelEvents()
      : session.readKernelEvents();
    const fault = this.#allGone();
    return {
      batch,
      kernelEvents: kernelEvents.byteLength > 0 ? [kernelEvents] : [],
      kernelEventsLost: lost,
      ...time,
      warnings,
      ...(fault && { fault }),
    };
  }

  #time(batch: ArrayBuffer): { timeUs: number; wallUs: number; intervalSeconds: number } {
    const { clock } = this.#options;
    const { boottimeUs, capturedAtUs: wallUs } = openBatch(batch);
    const timeUs = clock.atBoottimeMs(boottimeUs / 1000);
    const intervalSeconds = (timeUs - this.#lastTimeUs) / 1e6;
    this.#lastTimeUs = timeUs;
    const steppedUs = wallUs - timeUs - this.#wallAheadUs;
    if (Math.abs(steppedUs) >= CLOCK_STEP_US) {
      this.#wallAheadUs += steppedUs;
      const seconds = (Math.abs(steppedUs) / 1e6).toFixed(1);
      this.#changes.warn(
        steppedUs < 0 ? 'time_backwards' : 'time_forwards',
        `the wall clock was set ${steppedUs < 0 ? 'back' : 'forward'} by ${seconds} s; printed times follow it, nothing else does`,
      );
    }
    return { timeUs, wallUs, intervalSeconds };
  }

  #lookLater(milliseconds: number): void {
    this.#cancelLook = this.#options.after(milliseconds, () => {
      try {
        this.#look();
      } catch (error) {
        this.#lookFailure = error;
        return;
      }
      if (this.#session) this.#lookLater(this.#lookMs());
    });
  }

  #lookMs(): number {
    return this.#interfaces?.wantsAnotherLook ? LOOK_AGAIN_MS : LOOK_EVERY_MS;
  }

  /** Follows interfaces where any has changed since the last look. */
  #look(): void {
    const { native } = this.#options;
    const watched = this.#interfaces;
    if (!this.#session || !watched) return;
    const deleted = this.#watch ? this.#watch.read() : [];
    if (deleted === null && !watched.wantsAnotherLook) return;
    watched.follow(listLinks(native), new Set(deleted));
  }

  #allGone(): ExpectedError | null {
    if (!this.#options.exitWhenGone || !this.#interfaces?.isEmpty) return null;
    return new ExpectedError('every interface that was watched has been deleted', {
      status: 1,
      advice:
        'Without --exit-when-gone an interface is awaited, and watched again when it comes back',
    });
  }

  release(batch: ArrayBuffer): void {
    this.#session?.release(batch);
  }

  cost(): SourceCost {
    return { mapBytes: this.#session?.mapBytes ?? 0 };
  }

  takeRingHighWaterBytes(): number {
    return this.#session?.takeRingHighWaterBytes() ?? 0;
  }

  measurement(): KernelMeasurement {
    const measuredSeconds =
      this.#statistics?.measuredSeconds(this.#options.clock.boottimeMs()) ?? 0;
    return { state: this.#statistics?.state ?? 'unused', measuredSeconds };
  }

  measureAlways(always: boolean): void {
    this.#statistics?.setContinuous(always);
  }

  async close(): Promise<void> {
    const session = this.#session;
    this.#session = null;
    this.#cancelLook?.();
    this.#watch?.close();
    const { native } = this.#options;
    if (session) hurried(native, this.interfaces().length, () => session.close());
  }
}

/** Attaching so many, or letting them go, would wait for seconds in the kernel's ordinary grace periods. */
const HURRIED_FROM = 16;

function hurried(native: NativeModule, interfaces: number, action: () => void): void {
  if (interfaces < HURRIED_FROM) {
    action();
    return;
  }
  native.expediteGracePeriods(true);
  try {
    action();
  } finally {
    native.expediteGracePeriods(false);
  }
}

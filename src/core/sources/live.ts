// The live source: programs on interfaces, drained at each tick; follows interfaces as they go, come and change their names.
import { descriptorLimitFailure } from '../errors/descriptor-limit.js';
import { ExpectedError } from '../errors/expected-error.js';
import type { RunClock } from '../model/clock.js';
import type { Warning } from '../model/snapshot.js';
import type {
  NativeLink,
  NativeModule,
  NativeReloadable,
  NativeSession,
} from '../native/contract.js';
import { openBatch } from '../wire/batch.js';
import { KNP_INTERFACE_SLOTS_MAX } from '../wire/layout.generated.js';
import { AttachedInterface, type AttachOptions } from './attached-interface.js';
import { bringsBuffers } from './ingress-choice.js';
import { chooseInterfaces, isFollowed } from './interface-choice.js';
import { enterNamespace, nativeFailure } from './native-failure.js';
import { listLinks } from './network-links.js';
import { ProgramStatistics } from './program-statistics.js';
import type {
  KernelMeasurement,
  Source,
  SourceCost,
  SourceInterface,
  SourceStart,
  SourceTick,
} from './source.js';

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
  /** Room for interfaces that are added by hand later; a slot costs 9 KB in each drain. */
  readonly spareSlots?: number;
  /** Sampled packets a second and CPU. */
  readonly packetSamples?: number;
  /** Measures programs by the kernel's statistics: one second in thirty, or from the start to the end. Absent: never. */
  readonly programStatistics?: 'sometimes' | 'always';
  /** BPF object in place of the embedded one. */
  readonly object?: Uint8Array;
  /** What a user is told when that object can't be loaded. */
  readonly objectFailure?: (error: unknown) => Error;
  readonly clock: RunClock;
}

/** Kernel events wait here for the next tick; more than this is a flood that detection doesn't need in full. */
const EVENT_BYTES_MAX = 16 * 2 ** 20;
const RING_BYTES = 2 ** 20;
/** With `any`: room for interfaces that come later. A slot costs 9 KB in each drain. */
const SPARE_SLOTS = 64;
/** Looking for changed interfaces more often than this would cost more than it tells. */
const LINKS_EVERY_MS = 500;
/** What a time daemon slews is less in a tick: the wall clock has been set. */
const CLOCK_STEP_US = 0.5e6;

export class LiveSource implements Source {
  readonly pacing = 'timer';
  readonly capture = false;
  readonly #options: LiveSourceOptions;
  #session: NativeSession | null = null;
  #started: Promise<SourceStart> | null = null;
  #draining: Promise<ArrayBuffer> | null = null;
  #statistics: ProgramStatistics | null = null;
  #any = false;
  #slots = 0;
  readonly #attached: AttachedInterface[] = [];
  /** With `any`: what could not be watched, by index. Told once, and not tried again as long as it is up. */
  readonly #leftOut = new Set<number>();
  #features: number;
  #lastTimeUs = 0;
  /** The wall clock's lead over the run clock. */
  #wallAheadUs = 0;
  #linksReadMs = 0;

  constructor(options: LiveSourceOptions) {
    this.#options = options;
    this.#features = options.features;
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
    const warnings: Warning[] = [];
    try {
      if (networkNamespace !== null) enterNamespace(native, networkNamespace);
      const choice = chooseInterfaces(interfaces, environmentInterface, listLinks(native));
      this.#any = choice.any;
      const spare = this.#options.spareSlots ?? 0;
      const room = choice.any ? choice.links.length * 2 + SPARE_SLOTS : choice.links.length + spare;
      this.#slots = Math.min(KNP_INTERFACE_SLOTS_MAX, room);
      this.#session = this.#load();
      if (this.#options.packetSamples) this.#session.setSampleRate(this.#options.packetSamples);
      for (const link of choice.links) this.#attach(link, warnings);
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
    this.#linksReadMs = clock.boottimeMs();
    const moment = clock.moment();
    this.#lastTimeUs = moment.timeUs;
    this.#wallAheadUs = moment.wallUs - moment.timeUs;
    return { ...moment, warnings };
  }

  /** Runs `action` at a moment when no drain is under way. A drain's failure is pull's to tell. */
  async betweenDrains(action: () => void): Promise<void> {
    while (this.#draining) await Promise.allSettled([this.#draining]);
    action();
  }

  /** One more interface while the source runs. Throws ExpectedError; what is watched stays watched. */
  addInterface(name: string): void {
    const session = this.#session;
    if (!session) throw new Error('the source is closed');
    const [link] = chooseInterfaces([name], undefined, listLinks(this.#options.native)).links;
    if (!link || this.#attached.some((one) => one.present && one.link.index === link.index)) return;
    if (this.#attached.length >= this.#slots) {
      throw new ExpectedError(`${name} cannot be added: ${this.#slots} interfaces are the most`, {
        status: 4,
        advice: 'Make the monitor with more interfaces, or take another monitor for it',
      });
    }
    const one = new AttachedInterface(link, this.#attached.length);
    try {
      one.attach(session, this.#options);
    } catch (error) {
      throw nativeFailure(error);
    }
    this.#attached.push(one);
  }

  #load(): NativeSession {
    const { native, maxFlows, object, objectFailure } = this.#options;
    try {
      return new native.Session({
        ...(object && { object }),
        maxFlows,
        interfaceSlots: this.#slots,
        features: this.#features,
        ringBytes: RING_BYTES,
        capture: false,
      });
    } catch (error) {
      throw objectFailure ? objectFailure(error) : error;
    }
  }

  /** A named interface that can't be attached is an error; with `any` it is a warning. */
  #attach(link: NativeLink, warnings: Warning[]): void {
    const session = this.#session!;
    if (this.#attached.length >= this.#slots) {
      this.#leftOut.add(link.index);
      warnings.push(
        this.#warning(
          'interface_limit',
          `${link.name} is not watched: ${this.#slots} interfaces are the most`,
        ),
      );
      return;
    }
    // A slot belongs to one interface for the whole run: its counters are cumulative.
    const one = new AttachedInterface(link, this.#attached.length);
    try {
      one.attach(session, this.#options);
    } catch (error) {
      if (!this.#any) throw error;
      const failure = nativeFailure(error);
      if (failure instanceof ExpectedError && failure.status === 3) throw error;
      // At the start the limit can be raised; later what is watched goes on.
      if (this.#linksReadMs === 0 && descriptorLimitFailure(error)) throw error;
      this.#leftOut.add(link.index);
      warnings.push(this.#warning('interface_not_attached', `${link.name}: ${failure.message}`));
      return;
    }
    this.#attached.push(one);
    const { ingress } = one.state();
    if (this.#options.ingress.startsWith('xdp') && ingress.hook !== 'xdp') {
      warnings.push(
        this.#warning(
          'ingress_fallback',
          `${link.name} is read by ${ingress.hook}: ${ingress.reason}`,
        ),
      );
    }
    if (ingress.mode === 'generic' && bringsBuffers(link)) {
      warnings.push(
        this.#warning(
          'buffers_as_frames',
          `${link.name}: generic XDP counts a large buffer of the kernel as one frame; --ingress tc counts the frames that it is`,
        ),
      );
    }
  }

  interfaces(): readonly SourceInterface[] {
    return this.#attached.map((one) => one.state());
  }

  async pull(
    _intervalSeconds: number,
    reuse: ArrayBuffer | undefined,
    last = false,
  ): Promise<SourceTick> {
    const session = this.#session;
    if (!session) throw new Error('the source is closed');
    const warnings: Warning[] = [];
    const nowMs = this.#options.clock.boottimeMs();
    this.#statistics?.tick(nowMs);
    let batch: ArrayBuffer;
    try {
      this.#draining = session.drain(reuse);
      batch = await this.#draining;
    } catch (error) {
      throw nativeFailure(error);
    } finally {
      this.#draining = null;
    }
    if (nowMs - this.#linksReadMs >= LINKS_EVERY_MS) this.#followLinks(nowMs, warnings);
    const time = this.#time(nowMs, batch, warnings);
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

  /** `nowMs`: CLOCK_BOOTTIME at the swap. */
  #time(
    nowMs: number,
    batch: ArrayBuffer,
    warnings: Warning[],
  ): { timeUs: number; wallUs: number; intervalSeconds: number } {
    const { clock } = this.#options;
    const timeUs = clock.atBoottimeMs(nowMs);
    const intervalSeconds = (timeUs - this.#lastTimeUs) / 1e6;
    this.#lastTimeUs = timeUs;
    const now = clock.moment();
    const steppedUs = now.wallUs - now.timeUs - this.#wallAheadUs;
    if (Math.abs(steppedUs) >= CLOCK_STEP_US) {
      this.#wallAheadUs += steppedUs;
      const seconds = (Math.abs(steppedUs) / 1e6).toFixed(1);
      warnings.push(
        this.#warning(
          steppedUs < 0 ? 'time_backwards' : 'time_forwards',
          `the wall clock was set ${steppedUs < 0 ? 'back' : 'forward'} by ${seconds} s; printed times follow it, nothing else does`,
        ),
      );
    }
    return { timeUs, wallUs: openBatch(batch).capturedAtUs, intervalSeconds };
  }

  #followLinks(nowMs: number, warnings: Warning[]): void {
    this.#linksReadMs = nowMs;
    const seen = listLinks(this.#options.native, false);
    const links = new Map(seen.map((link) => [link.index, link]));
    for (const one of this.#attached) {
      if (!one.present) continue;
      const wasUp = one.state().up;
      const { renamedFrom, gone } = one.update(links.get(one.link.index) ?? null);
      const { name, up } = one.state();
      if (gone) {
        this.#session!.removeInterface(one.link.index);
        warnings.push(this.#warning('interface_gone', `${name} was deleted; its counts stay`));
      } else if (renamedFrom !== null) {
        warnings.push(this.#warning('interface_renamed', `${renamedFrom} is now called ${name}`));
      } else if (wasUp !== up) {
        warnings.push(
          this.#warning(
            up ? 'interface_up' : 'interface_down',
            `${name} is ${up ? 'up again' : 'down; it stays watched'}`,
          ),
        );
      }
    }
    if (this.#any) this.#followNew(links, warnings);
  }

  #followNew(links: ReadonlyMap<number, NativeLink>, warnings: Warning[]): void {
    const watched = new Set(
      this.#attached.filter((one) => one.present).map((one) => one.link.index),
    );
    for (const index of this.#leftOut) {
      const link = links.get(index);
      if (!link || !isFollowed(link)) this.#leftOut.delete(index);
    }
    const isNew = (link: NativeLink): boolean =>
      !watched.has(link.index) && !this.#leftOut.has(link.index) && isFollowed(link);
    if (![...links.values()].some(isNew)) return;
    for (const link of listLinks(this.#options.native)) {
      if (!isNew(link)) continue;
      const before = this.#attached.length;
      this.#attach(link, warnings);
      if (this.#attached.length > before) {
        warnings.push(this.#warning('interface_added', `${link.name} is watched now`));
      }
    }
  }

  #allGone(): ExpectedError | null {
    if (this.#any || this.#attached.some((one) => one.present)) return null;
    return new ExpectedError('every interface that was watched has been deleted', {
      status: 1,
      advice: 'Start again with an interface that exists, or with "any", which waits for new ones',
    });
  }

  #warning(code: string, message: string): Warning {
    return { ...this.#options.clock.moment(), code, message };
  }

  release(batch: ArrayBuffer): void {
    this.#session?.release(batch);
  }

  setFeatures(features: number): void {
    this.#features = features;
    this.#session?.setFeatures(features);
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
    if (!session) return;
    session.close();
  }
}

// A user's BPF object while it is loaded: its maps, events and programs, and newer versions of it in its place.

import { ExpectedError } from '../errors/expected-error.js';
import type { Moment } from '../model/clock.js';
import type { CustomEvent, CustomMap, CustomReport } from '../model/custom.js';
import type { MapState, ProgramState } from '../model/programs.js';
import type { ReloadResult } from '../model/user-map.js';
import type { NativeCompanionObject, NativeModule, NativeReloadable } from '../native/contract.js';
import { type EventListener, EventQueue } from './event-queue.js';
import { HostAttachments, type RefusedProgram } from './host-attachments.js';
import { type AttachTarget, InterfaceAttachments } from './interface-attachments.js';
import { keptMaps } from './kept-maps.js';
import { loadFailure } from './load-failure.js';
import { LoadedMaps } from './loaded-maps.js';
import type { ObjectFile } from './object-file.js';
import { leftOut, programChoice, refusedText } from './program-choice.js';
import type { LoadedUserMap } from './user-map.js';

/** Entries of one map in one report: a screen's worth. `map()` has them all. */
const entriesInReport = 100;
/** Entries that are counted for a report, so that a large map doesn't cost a tick. */
const entriesCounted = 8192;

/** Of the one entry that a data section has. */
const firstKey = new Uint8Array(4);

export interface UserObjectOptions {
  readonly native: NativeModule;
  readonly file: ObjectFile;
  readonly now: () => Moment;
}

/** The monitor's own session, which drains the maps that a new version takes over. */
export interface MonitorSession {
  readonly native: NativeReloadable;
  betweenDrains(action: () => void): Promise<void>;
}

/** What the monitor adds the programs to, which it has measured. */
export type ObjectReport = Omit<CustomReport, 'programs'>;

/** What runs the object's programs: an object of its own, or the monitor's session. */
type Carrier =
  | { readonly kind: 'companion'; readonly native: NativeCompanionObject }
  | {
      readonly kind: 'monitor';
      readonly native: NativeReloadable;
      readonly session: MonitorSession;
    };

export class UserObject {
  readonly #carrier: Carrier;
  readonly #now: () => Moment;
  readonly #events: EventQueue;
  readonly #maps: LoadedMaps;
  /** Null where the monitor's session attaches. */
  readonly #interfaces: InterfaceAttachments | null;
  readonly #host: HostAttachments | null;
  #file: ObjectFile;
  #version = 1;
  #closed = false;
  #counted: ReadonlyMap<string, CustomMap> = new Map();

  private constructor(options: UserObjectOptions, carrier: Carrier) {
    this.#carrier = carrier;
    this.#file = options.file;
    this.#now = options.now;
    this.#events = new EventQueue(options.now);
    this.#maps = new LoadedMaps(carrier.native, options.native.possibleCpus, this.#events);
    this.#maps.open(options.file, []);
    const companion = carrier.kind === 'companion' ? carrier.native : null;
    this.#interfaces = companion && new InterfaceAttachments(companion);
    this.#host = companion && new HostAttachments(companion);
  }

  /** Loads an object that runs beside the monitor. Throws ExpectedError. */
  static load(options: UserObjectOptions): UserObject {
    const { native, file } = options;
    const name = file.label.replace(/\..*$/, '').replace(/[^A-Za-z0-9_]/g, '_') || 'object';
    let loaded: NativeCompanionObject;
    try {
      loaded = new native.CompanionObject(file.bytes, name, programChoice(file));
    } catch (error) {
      throw loadFailure(file.label, error);
    }
    if (loaded.programs().length === 0) {
      const refused = leftOut(file, loaded.refused()).map(refusedText);
      loaded.close();
      throw allRefused(file.label, refused);
    }
    return new UserObject(options, { kind: 'companion', native: loaded });
  }

  /** Looks into an object that the monitor's own session has loaded in place of the embedded one. */
  static within(session: MonitorSession, options: UserObjectOptions): UserObject {
    return new UserObject(options, { kind: 'monitor', native: session.native, session });
  }

  get label(): string {
    return this.#file.label;
  }

  /** The file that is loaded. */
  get bytes(): Uint8Array {
    return this.#file.bytes;
  }

  /** Called with each event as it arrives; earlier events are in the next report. */
  onEvent(listener: EventListener): void {
    this.#events.listener = listener;
  }

  /** By name; global variables by section (`.bss`). Valid until the next reload. */
  get maps(): ReadonlyMap<string, LoadedUserMap> {
    return this.#maps.byName;
  }

  /** Throws ExpectedError where the object has no such map. */
  map(name: string): LoadedUserMap {
    const map = this.maps.get(name);
    if (map) return map;
    throw new ExpectedError(`${this.label} has no map ${name}`, {
      status: 2,
      advice: `Maps: ${[...this.maps.keys()].join(', ') || 'none'}`,
    });
  }

  /** Attaches to an interface the programs that aren't attached yet; nothing where the monitor's session does that. Throws ExpectedError. */
  attach(target: AttachTarget): void {
    this.#interfaces?.attachAll(this.#file, target);
  }

  /**
   * Attaches what belongs to the host and isn't attached yet. Returns what runs nowhere: refused by the kernel, here or when the object was
   * loaded. Throws ExpectedError where that leaves nothing of the object.
   */
  attachToHost(): readonly RefusedProgram[] {
    if (this.#carrier.kind !== 'companion' || !this.#host) return [];
    const refused = [
      ...leftOut(this.#file, this.#carrier.native.refused()),
      ...this.#host.attachAll(this.#file),
    ];
    if (refused.length === this.#file.programs.length)
      throw allRefused(this.label, refused.map(refusedText));
    return refused;
  }

  /** The interface has gone. */
  forget(interfaceIndex: number): void {
    this.#interfaces?.forget(interfaceIndex);
  }

  /** `measured`: the kernel's program statistics have been on; else the number of runs is unknown. */
  programs(measured: boolean): readonly ProgramState[] {
    return this.#carrier.native.programs().map((program) => ({
      name: program.name,
      owner: 'object',
      section: program.section,
      id: program.id,
      attachedTo: this.#places(program.name),
      measuredBy: measured ? 'kernel' : null,
      runCount: measured ? program.runCount : null,
      runTimeNs: measured ? program.runTimeNs : null,
      nanosecondsPerRun: null,
      runsPerSecond: null,
      missedCount: program.missedCount,
      errors: this.#errorsOf(program.name),
    }));
  }

  #places(program: string): readonly string[] {
    return [...(this.#interfaces?.places(program) ?? []), ...(this.#host?.places(program) ?? [])];
  }

  /** Programs that are attached now: a new version must have them all. */
  get #attached(): readonly string[] {
    return [...(this.#interfaces?.programs ?? []), ...(this.#host?.programs ?? [])];
  }

  /** Global variables that the object has tagged as this program's errors. */
  #errorsOf(program: string): Readonly<Record<string, number>> {
    const errors: Record<string, number> = {};
    for (const { section, variable } of this.#file.errorCounters.get(program) ?? []) {
      const values = this.maps.get(section)?.get(firstKey) as Readonly<Record<string, unknown>>;
      const count = Number(values?.[variable] ?? 0);
      if (count > 0) errors[variable] = count;
    }
    return errors;
  }

  /** Version number: 1 is the first load. */
  get version(): number {
    return this.#version;
  }

  /** How full its maps are, as the last report found them; rings since the last call. */
  mapStates(): readonly MapState[] {
    return [...this.maps.values()]
      .filter(({ name }) => !name.startsWith('.'))
      .map((map) => {
        const counted = this.#counted.get(map.name);
        return {
          map: map.name,
          owner: 'object',
          kind: map.kind,
          entries: map.fixed ? null : (counted?.count ?? map.takeRingHighWaterBytes()),
          more: counted?.complete === false,
          maxEntries: map.maxEntries,
        };
      });
  }

  takeEvents(): readonly CustomEvent[] {
    return this.#events.take();
  }

  /** The report of a tick; the last one closes the rings and includes their remaining events. */
  async report(last = false): Promise<ObjectReport> {
    // What iterators put into maps is of this report.
    const outputs = (await this.#host?.walk()) ?? [];
    const maps: CustomMap[] = [];
    for (const map of this.maps.values()) {
      if (!map.readable || map.name.startsWith('.rodata')) continue;
      maps.push({
        map: map.name,
        kind: map.kind,
        keyType: map.keyType,
        valueType: map.valueType,
        maxEntries: map.maxEntries,
        ...(await map.sample(entriesInReport, entriesCounted)),
      });
    }
    if (last) this.#events.finish();
    this.#counted = new Map(maps.map((map) => [map.map, map]));
    return {
      ...this.#now(),
      object: this.label,
      version: this.#version,
      maps,
      outputs,
      events: this.#events.take(),
      eventsLost: this.#events.lost,
    };
  }

  /**
   * A new version: verified first, then it takes over every hook by link update, with the maps that agree. Where it can't be
   * loaded the old one goes on and an ExpectedError says why. In a monitor's session call it between two drains.
   */
  async reload(next: ObjectFile): Promise<ReloadResult> {
    this.#checkRole(next);
    const { kept, changed } = keptMaps(this.#file, next);
    const { native } = this.#carrier;
    try {
      const choice = programChoice(next, this.#attached);
      await native.prepare(next.bytes, this.#maps.nativeNames(kept), choice);
      if (this.#closed) return { kept: [], changed: [] };
      await this.#commit();
    } catch (error) {
      throw loadFailure(next.label, error);
    }
    this.#file = next;
    this.#version++;
    this.#maps.open(next, kept);
    return { kept, changed };
  }

  async #commit(): Promise<void> {
    const { native } = this.#carrier;
    if (this.#carrier.kind === 'companion') native.commit();
    else await this.#carrier.session.betweenDrains(() => native.commit());
  }

  #checkRole(next: ObjectFile): void {
    if (next.role !== this.#file.role) {
      throw new ExpectedError(
        `${next.label}: the new version is a ${next.role} object, the running one a ${this.#file.role} object`,
        {
          status: 2,
          advice: 'Start again with the new object',
        },
      );
    }
    const missing = this.#attached.find(
      (name) => !next.programs.some((one) => one.name === name && (one.hook || one.host)),
    );
    if (missing) {
      throw new ExpectedError(
        `${next.label}: program ${missing}, which is attached, is missing in the new version`,
        {
          status: 2,
          advice: 'Keep its name, or start again with the new object',
        },
      );
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#maps.close();
    if (this.#carrier.kind === 'companion') this.#carrier.native.close();
  }
}

const allRefused = (label: string, refused: readonly string[]) =>
  new ExpectedError(`${label}: none of its programs can run here: ${refused.join('; ')}`, {
    status: 4,
    advice:
      'look at "npx kubenetprobe-top doctor", and at docs/library.md for the kinds of programs',
  });

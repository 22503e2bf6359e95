// Statistics of a run's programs and maps, the monitor's and the user's: runs, cost, errors, map occupancy.
import type { MapState, ProgramState, ProgramsReport } from '../model/programs.js';
import type { NativeMap, NativeProgramInfo, NativeReloadable } from '../native/contract.js';
import { isArray, isReadable, isRingBuffer, mapTypeName } from '../objects/map-types.js';
import { isMonitorMap } from '../objects/monitor-maps.js';
import type { UserObject } from '../objects/user-object.js';
import type { KernelMeasurement, Source, SourceInterface } from '../sources/source.js';
import {
  isOwnName,
  type OwnProgram,
  type OwnPrograms,
  ownProgram,
  placesOf,
} from './own-programs.js';

/** Shorter measurements say nothing about a rate. */
const LEAST_MEASURED_SECONDS = 0.5;
/** Entries that are counted for a report. */
const ENTRIES_COUNTED = 8192;

export interface ProgramFigures {
  readonly timeUs: number;
  readonly wallUs: number;
  /** The monitor's programs' own measurements. */
  readonly own: OwnPrograms;
  /** Of the last epoch. */
  readonly flows: number;
  readonly maxFlows: number;
  readonly final: boolean;
}

const notMeasured: KernelMeasurement = { state: 'unused', measuredSeconds: 0 };

/** Of a program of the user's object, by the kernel. */
interface Measured {
  runCount: number;
  runTimeNs: number;
  seconds: number;
  nanosecondsPerRun: number | null;
  runsPerSecond: number | null;
}

export class ProgramStats {
  readonly #source: Source;
  readonly #object: () => UserObject | null;
  readonly #measured = new Map<number, Measured>();
  /** Of our own programs over the last interval, and what they had run before it. */
  readonly #ownRates = new Map<OwnProgram, { runs: number; perSecond: number }>();
  #reports = 0;
  #ownMaps: readonly NativeMap[] = [];
  #ownMapsOf: NativeReloadable | null = null;
  #ownVersion = 0;

  constructor(source: Source, object: () => UserObject | null) {
    this.#source = source;
    this.#object = object;
  }

  /** The user's as they are now, which costs a system call for each; the monitor's as of the last tick. */
  programs(own: OwnPrograms): readonly ProgramState[] {
    const loaded = this.#source.programs?.loaded ?? null;
    const measurement = this.#source.programs?.measurement?.() ?? notMeasured;
    const infos = loaded?.programs() ?? [];
    const user = this.#object()?.programs(measurement.measuredSeconds > 0) ?? [];
    // In an object that stands in for the embedded one all programs are in one list.
    const ours = infos.filter(
      ({ id, name }) => isOwnName(name) || !user.some((one) => one.id === id),
    );
    const interfaces = this.#source.interfaces();
    return [
      ...ours.map((info) => this.#ownState(info, interfaces, own)),
      ...user
        .filter(({ id }) => !ours.some((one) => one.id === id))
        .map((state) => ({ ...state, ...this.#kernelRates(state, measurement) })),
    ];
  }

  #ownState(
    { name, section, id, missedCount }: NativeProgramInfo,
    interfaces: readonly SourceInterface[],
    { errors, runs }: OwnPrograms,
  ): ProgramState {
    const program = ownProgram(name);
    const attachedTo = program ? placesOf(program, interfaces) : [];
    const figures = program && runs[program];
    return {
      name,
      owner: 'monitor',
      section,
      id,
      attachedTo,
      measuredBy: figures ? 'itself' : null,
      runCount: figures?.runs ?? null,
      runTimeNs: figures?.runTimeNs ?? null,
      nanosecondsPerRun: figures?.nanosecondsPerRun ?? null,
      runsPerSecond: (program && this.#ownRates.get(program)?.perSecond) ?? null,
      missedCount,
      errors: program && attachedTo.length > 0 ? errors[program] : {},
    };
  }

  /** Of the last measurement; asked for at least once in each. */
  #kernelRates({ id, runCount, runTimeNs }: ProgramState, { measuredSeconds }: KernelMeasurement) {
    const before = this.#measured.get(id) ?? {
      runCount: 0,
      runTimeNs: 0,
      // Loaded at the run's start, or since the last report.
      seconds: this.#reports === 0 ? 0 : measuredSeconds,
      nanosecondsPerRun: null,
      runsPerSecond: null,
    };
    this.#measured.set(id, before);
    if (runCount === null || runTimeNs === null) return {};
    const passed = measuredSeconds - before.seconds;
    if (passed >= LEAST_MEASURED_SECONDS) {
      const runs = runCount - before.runCount;
      if (runs > 0) before.nanosecondsPerRun = (runTimeNs - before.runTimeNs) / runs;
      Object.assign(before, {
        runCount,
        runTimeNs,
        seconds: measuredSeconds,
        runsPerSecond: runs / passed,
      });
    }
    const { nanosecondsPerRun, runsPerSecond } = before;
    return { nanosecondsPerRun, runsPerSecond };
  }

  /** Once for each tick, reported or not: rates are those of one interval. */
  tick({ runs, intervalSeconds }: OwnPrograms): void {
    for (const program of Object.keys(runs) as OwnProgram[]) {
      const now = runs[program].runs;
      const more = now - (this.#ownRates.get(program)?.runs ?? 0);
      this.#ownRates.set(program, { runs: now, perSecond: more / intervalSeconds });
    }
  }

  async report(figures: ProgramFigures): Promise<ProgramsReport> {
    const { state, measuredSeconds } = this.#source.programs?.measurement?.() ?? notMeasured;
    // What came since the last tick is no interval of its own.
    if (!figures.final) this.tick(figures.own);
    const programs = this.programs(figures.own);
    this.#reports += 1;
    for (const id of this.#measured.keys()) {
      if (!programs.some((program) => program.id === id)) this.#measured.delete(id);
    }
    return {
      timeUs: figures.timeUs,
      wallUs: figures.wallUs,
      kernelStatistics: state,
      measuring: state === 'on',
      measuredSeconds,
      programs,
      maps: [...(await this.#monitorMaps(figures)), ...(this.#object()?.mapStates() ?? [])],
      final: figures.final,
    };
  }

  async #monitorMaps({ flows, maxFlows }: ProgramFigures): Promise<MapState[]> {
    this.#openOwnMaps();
    const states: MapState[] = [];
    for (const map of this.#ownMaps) {
      const { name, type, maxEntries } = map;
      const state = { map: name, owner: 'monitor' as const, kind: mapTypeName(type) };
      if (/^flow_(hot|hash_even)$/.test(name)) {
        states.push({ ...state, entries: flows, more: false, maxEntries: maxFlows });
      } else if (isReadable(type) && !isArray(type) && !name.startsWith('flow_')) {
        const { count, complete } = await map.entries(ENTRIES_COUNTED);
        states.push({ ...state, entries: count, more: !complete, maxEntries });
      } else if (isRingBuffer(type)) {
        const entries = this.#source.programs?.takeRingHighWaterBytes?.() ?? null;
        states.push({ ...state, entries, more: false, maxEntries });
      }
    }
    return states;
  }

  /** Each handle is a descriptor: they are opened once, and again when another version was loaded. */
  #openOwnMaps(): void {
    const loaded = this.#source.programs?.loaded ?? null;
    const version = this.#object()?.version ?? 0;
    if (loaded === this.#ownMapsOf && version === this.#ownVersion) return;
    this.close();
    this.#ownMapsOf = loaded;
    this.#ownVersion = version;
    const all = loaded?.maps() ?? [];
    this.#ownMaps = all.filter(({ name }) => isMonitorMap(name));
    for (const map of all) if (!isMonitorMap(map.name)) map.close();
  }

  close(): void {
    for (const map of this.#ownMaps) map.close();
    this.#ownMaps = [];
    this.#ownMapsOf = null;
  }
}

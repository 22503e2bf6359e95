// Programs and maps of a run, ours and the user's: how often they run, what it costs, what went wrong, how full they are.
import type { MapState, ProgramState, ProgramsReport } from '../model/programs.js';
import type { NativeMap, NativeProgramInfo, NativeReloadable } from '../native/contract.js';
import { isArray, isReadable, mapTypeName } from '../objects/map-types.js';
import { isMonitorMap } from '../objects/monitor-maps.js';
import type { UserObject } from '../objects/user-object.js';
import type { Source, SourceInterface } from '../sources/source.js';
import type { ProgramErrors } from './kernel-counters.js';

/** Shorter measurements say nothing about a rate. */
const LEAST_MEASURED_SECONDS = 0.5;
/** Entries that are counted for a report. */
const ENTRIES_COUNTED = 8192;

const INGRESS = ['network_monitor_xdp', 'network_monitor_tc_ingress'];
const OWN = [...INGRESS, 'network_monitor_tc_egress'];

export interface ProgramFigures {
  readonly timeUs: number;
  /** What our programs could not do, by the direction of the packet. */
  readonly errors: ProgramErrors;
  /** Of the last epoch. */
  readonly flows: number;
  readonly maxFlows: number;
  readonly final: boolean;
}

interface Measured {
  runCount: number;
  runTimeNs: number;
  seconds: number;
  nanosecondsPerRun: number | null;
  runsPerSecond: number | null;
}

export class ProgramWatch {
  readonly #source: Source;
  readonly #object: () => UserObject | null;
  readonly #measured = new Map<number, Measured>();
  #reports = 0;
  #ownMaps: readonly NativeMap[] = [];
  #ownMapsOf: NativeReloadable | null = null;
  #ownVersion = 0;

  constructor(source: Source, object: () => UserObject | null) {
    this.#source = source;
    this.#object = object;
  }

  /** As they are now; costs a system call for each. */
  programs(errors: ProgramErrors): readonly ProgramState[] {
    const { loaded } = this.#source;
    const infos = loaded?.programs() ?? [];
    const user = this.#object()?.programs() ?? [];
    // In an object that stands in for the embedded one all programs are in one list.
    const own = infos.filter(({ id, name }) => isOwn(name) || !user.some((one) => one.id === id));
    const interfaces = this.#source.interfaces();
    const states = [
      ...own.map((info) => monitorState(info, interfaces, errors)),
      ...user.filter(({ id }) => !own.some((one) => one.id === id)),
    ];
    return states.map((state) => ({ ...state, ...this.#rates(state) }));
  }

  /** Of the last measurement; asked for at least once in each. */
  #rates({ id, runCount, runTimeNs }: ProgramState) {
    const seconds = this.#source.measurement?.().measuredSeconds ?? 0;
    const before = this.#measured.get(id) ?? {
      runCount: 0,
      runTimeNs: 0,
      // Loaded at the run's start, or since the last report.
      seconds: this.#reports === 0 ? 0 : seconds,
      nanosecondsPerRun: null,
      runsPerSecond: null,
    };
    this.#measured.set(id, before);
    const passed = seconds - before.seconds;
    if (passed >= LEAST_MEASURED_SECONDS) {
      const runs = runCount - before.runCount;
      if (runs > 0) before.nanosecondsPerRun = (runTimeNs - before.runTimeNs) / runs;
      Object.assign(before, { runCount, runTimeNs, seconds, runsPerSecond: runs / passed });
    }
    const { nanosecondsPerRun, runsPerSecond } = before;
    return { nanosecondsPerRun, runsPerSecond };
  }

  async report(figures: ProgramFigures): Promise<ProgramsReport> {
    const { measuring, measuredSeconds } = this.#source.measurement?.() ?? {
      measuring: false,
      measuredSeconds: 0,
    };
    const programs = this.programs(figures.errors);
    this.#reports += 1;
    for (const id of this.#measured.keys()) {
      if (!programs.some((program) => program.id === id)) this.#measured.delete(id);
    }
    return {
      timeUs: figures.timeUs,
      measuring,
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
      } else if (mapTypeName(type) === 'ringbuf') {
        states.push({ ...state, entries: null, more: false, maxEntries });
      }
    }
    return states;
  }

  /** Each handle is a descriptor: they are opened once, and again when another version was loaded. */
  #openOwnMaps(): void {
    const { loaded } = this.#source;
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

const isOwn = (name: string) => name.startsWith('network_monitor_');

function monitorState(
  info: NativeProgramInfo,
  interfaces: readonly SourceInterface[],
  errors: ProgramErrors,
): ProgramState {
  const { name, section, id, runCount, runTimeNs, missedCount } = info;
  const attachedTo = placesOf(name, interfaces);
  return {
    name,
    owner: 'monitor',
    section,
    id,
    attachedTo,
    runCount,
    runTimeNs,
    nanosecondsPerRun: null,
    runsPerSecond: null,
    missedCount,
    errors: attachedTo.length > 0 ? errorsOf(name, errors) : {},
  };
}

function errorsOf(
  name: string,
  { received, sent }: ProgramErrors,
): Readonly<Record<string, number>> {
  if (!OWN.includes(name)) return name === 'network_monitor_capture' ? received : {};
  return INGRESS.includes(name) ? received : sent;
}

/** Where one of our programs is attached, by the interfaces' states. */
function placesOf(program: string, interfaces: readonly SourceInterface[]): readonly string[] {
  const present = interfaces.filter((one) => one.present);
  if (program === 'network_monitor_xdp') {
    return present
      .filter(({ ingress }) => ingress.hook === 'xdp')
      .map(({ name, ingress }) => `${name} xdp ${ingress.mode}`);
  }
  if (program === 'network_monitor_capture') return present.map(({ name }) => name);
  if (!OWN.includes(program)) return [];
  const side = program === 'network_monitor_tc_ingress' ? 'ingress' : 'egress';
  return present
    .filter((one) => one[side].hook === 'tcx' || one[side].hook === 'clsact')
    .map((one) => `${one.name} ${one[side].hook} ${side}`);
}

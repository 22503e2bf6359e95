// What the BPF programs do and how full their maps are: the monitor's own, and those of a user's object.

/**
 * One BPF program that is loaded.
 *
 * @example
 * ```ts
 * monitor.on('programs', ({ programs }) => { for (const { name, runCount, nanosecondsPerRun, errors } of programs) console.log(name, runCount, nanosecondsPerRun, errors); });
 * ```
 */
export interface ProgramState {
  /** Of its C function. */
  readonly name: string;
  /** The monitor's own programs, or those of the user's object. */
  readonly owner: 'monitor' | 'object';
  /** ELF section, e.g. 'tc/ingress'. */
  readonly section: string;
  /** The kernel's id, as bpftool shows it; another one after a reload. */
  readonly id: number;
  /** Interfaces and hooks, e.g. "eth0 xdp native". Empty: loaded, and not attached. */
  readonly attachedTo: readonly string[];
  /**
   * Whose figures the next four are. `itself`: the monitor's programs count each run and time one in some thousand. `kernel`: its program
   * statistics, which count while they are on (`measuredSeconds`). null: not measured, and the four are null, too.
   */
  readonly measuredBy: 'itself' | 'kernel' | null;
  /** Runs, cumulative since load: all of them, or (`kernel`) those while its statistics were on. */
  readonly runCount: number | null;
  /** Nanoseconds of these runs; with `itself`: estimated from samples. */
  readonly runTimeNs: number | null;
  /**
   * Mean of the last samples without the clock's own share (`itself`), or of the last measurement with that share, some 20 ns (`kernel`);
   * null: it has not run in one.
   */
  readonly nanosecondsPerRun: number | null;
  /** Over the last interval (`itself`), or the last measurement; null: there was none. */
  readonly runsPerSecond: number | null;
  /** Drops: runs that the kernel left out because the program was busy on that CPU; cumulative. Linux 5.12; else 0. */
  readonly missedCount: number;
  /**
   * What went wrong in it, by name, cumulative; only what is above zero. The monitor's programs count what they could not do
   * (`untracked`, `eventsLostRingFull` …), each its own. A user's object names the global variables that count errors by the declaration
   * tag `error:<program>`.
   */
  readonly errors: Readonly<Record<string, number>>;
}

/**
 * How full a map is.
 *
 * @example
 * ```ts
 * monitor.on('programs', ({ maps }) => { for (const { map, entries, maxEntries } of maps) if (entries !== null && entries > 0.9 * maxEntries) console.warn(map); });
 * ```
 */
export interface MapState {
  /** As the object calls it; `flow_hot` is the monitor's flow table. */
  readonly map: string;
  /** The monitor's own, or one of the user's object. */
  readonly owner: 'monitor' | 'object';
  /** As bpftool names it: 'hash', 'percpu_array' … */
  readonly kind: string;
  /**
   * Entries that are filled. Rings: bytes, the most that waited to be read in the last interval (what comes is read within 100 ms).
   * null for maps that have nothing to count (arrays, whose entries are all there from the start; rings of a capture).
   */
  readonly entries: number | null;
  /** There may be more: a report counts the first 8,192. */
  readonly more: boolean;
  /** Capacity in entries; rings: bytes. */
  readonly maxEntries: number;
}

/**
 * With each tick.
 *
 * @example
 * ```ts
 * monitor.on('programs', ({ kernelStatistics, measuredSeconds }) => console.log(kernelStatistics, measuredSeconds));
 * ```
 */
export interface ProgramsReport {
  /** The run clock, microseconds since 1970. */
  readonly timeUs: number;
  /** The wall clock at that moment, microseconds since 1970: for printing. */
  readonly wallUs: number;
  /**
   * The kernel's program statistics, for programs of a user's object: `on` at this moment, `off` between two measurements, `refused` (they
   * need CAP_SYS_ADMIN and Linux 5.8), `unused` without such an object.
   */
  readonly kernelStatistics: 'on' | 'off' | 'refused' | 'unused';
  /** `kernelStatistics` is `on`. */
  readonly measuring: boolean;
  /** How long they have been on since the start, in seconds. They cost every program of the machine some 20 ns a run. */
  readonly measuredSeconds: number;
  /** The monitor's first, then those of the user's object. */
  readonly programs: readonly ProgramState[];
  /** Those that can be full; of the user's object all. */
  readonly maps: readonly MapState[];
  /** The run's last report. */
  readonly final: boolean;
}

// The report of a user's BPF object: its maps, its events, its programs. Values are decoded by the object's BTF.
import type { ProgramState } from './programs.js';

/**
 * Integers are numbers up to 2^53 and bigints beyond (decimal strings in JSON); pointers are hex strings.
 *
 * @example
 * ```ts
 * const number = (value: CustomValue) => (typeof value === 'bigint' ? Number(value) : value);
 * ```
 */
export type CustomValue =
  | number
  | bigint
  | boolean
  | string
  | null
  | readonly CustomValue[]
  | { readonly [member: string]: CustomValue };

/**
 * One entry of a map of the user’s object.
 *
 * @example
 * ```ts
 * monitor.on('custom', ({ maps }) => { for (const { key, value } of maps[0]?.entries ?? []) console.log(key, value); });
 * ```
 */
export interface CustomMapEntry {
  /** As the object's BTF types it. */
  readonly key: CustomValue;
  /** Of per-CPU maps the sum over all CPUs. */
  readonly value: CustomValue;
}

/**
 * One map in a report: a screen’s worth of it. `monitor.map(name)` has all.
 *
 * @example
 * ```ts
 * monitor.on('custom', ({ maps }) => { for (const { map, count, maxEntries } of maps) console.log(map, count, maxEntries); });
 * ```
 */
export interface CustomMap {
  /** As the object calls it; `.bss`, `.data` for global variables. */
  readonly map: string;
  /** As bpftool names it: 'hash', 'percpu_array' … */
  readonly kind: string;
  /** C types of key and value. */
  readonly keyType: string;
  /** `variables` for global variables: one entry, whose value has them by name. */
  readonly valueType: string;
  /** Capacity in entries. */
  readonly maxEntries: number;
  /** At most as many as one report shows. */
  readonly entries: readonly CustomMapEntry[];
  /** Entries that were found; not all of them where `complete` is false. */
  readonly count: number;
  /** False: there are more than were counted, or the map changed meanwhile. */
  readonly complete: boolean;
}

/**
 * One record of a ring buffer of the user’s object.
 *
 * @example
 * ```ts
 * monitor.on('event', ({ timeUs, event, data }) => console.log(timeUs, event, data));
 * ```
 */
export interface CustomEvent {
  /** When it reached us: the run clock, microseconds since 1970. */
  readonly timeUs: number;
  /** The same by the wall clock: for printing. */
  readonly wallUs: number;
  /** The ring buffer's name. */
  readonly event: string;
  /** Decoded by the type that the object names for its ring; hex without one. */
  readonly data: CustomValue;
}

/**
 * What an iterator of the user’s object wrote: it walks once before each report.
 *
 * @example
 * ```ts
 * monitor.on('custom', ({ outputs }) => { for (const { program, output } of outputs) console.log(program, output); });
 * ```
 */
export interface CustomOutput {
  /** The iterator. */
  readonly program: string;
  /** As text, up to 64 KiB. */
  readonly output: string;
  /** False: it wrote more. */
  readonly complete: boolean;
}

/**
 * The report of a user’s object with each tick.
 *
 * @example
 * ```ts
 * monitor.on('custom', ({ version, maps, events, eventsLost }) => console.log(version, maps.length, events.length, eventsLost));
 * ```
 */
export interface CustomReport {
  /** The run clock, microseconds since 1970. */
  readonly timeUs: number;
  /** The wall clock at that moment, microseconds since 1970: for printing. */
  readonly wallUs: number;
  /** The object file's name. */
  readonly object: string;
  /** Counts reloads: 1 is the version that was loaded first. */
  readonly version: number;
  /** Those of the object. */
  readonly programs: readonly ProgramState[];
  /** Those that can be read, with up to 100 entries each. */
  readonly maps: readonly CustomMap[];
  /** Of iterators that write: what they wrote in this report's walk. */
  readonly outputs: readonly CustomOutput[];
  /** Since the last report. */
  readonly events: readonly CustomEvent[];
  /** Events lost between ring and report because a queue was full, cumulative (only the object knows what the ring refused in the kernel). */
  readonly eventsLost: number;
}

// What a user's own BPF object tells: its maps, its events, its programs. Values are what the object's BTF says they are.
import type { ProgramState } from './programs.js';

/** Integers are numbers up to 2^53 and bigints beyond (decimal strings in JSON); pointers are hex strings. */
export type CustomValue =
  | number
  | bigint
  | boolean
  | string
  | null
  | readonly CustomValue[]
  | { readonly [member: string]: CustomValue };

export interface CustomMapEntry {
  readonly key: CustomValue;
  /** Of per-CPU maps the sum over all CPUs. */
  readonly value: CustomValue;
}

export interface CustomMap {
  readonly map: string;
  /** As bpftool names it: 'hash', 'percpu_array' … */
  readonly kind: string;
  /** C types of key and value. */
  readonly keyType: string;
  readonly valueType: string;
  readonly maxEntries: number;
  /** At most as many as one report shows. */
  readonly entries: readonly CustomMapEntry[];
  /** Entries that were found; not all of them where `complete` is false. */
  readonly count: number;
  readonly complete: boolean;
}

export interface CustomEvent {
  /** When it reached us, microseconds since 1970. */
  readonly timeUs: number;
  /** The ring buffer's name. */
  readonly event: string;
  readonly data: CustomValue;
}

export interface CustomReport {
  readonly timeUs: number;
  /** The object file's name. */
  readonly object: string;
  /** Counts reloads: 1 is the version that was loaded first. */
  readonly version: number;
  readonly programs: readonly ProgramState[];
  readonly maps: readonly CustomMap[];
  /** Since the last report. */
  readonly events: readonly CustomEvent[];
  /** Events that found no room on the way to us, cumulative (what the ring refused in the kernel only the object knows). */
  readonly eventsLost: number;
}

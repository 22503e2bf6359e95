// A map of a user's BPF object, as the library gives it.
import type { CustomValue } from './custom.js';

/**
 * One entry of a map.
 *
 * @example
 * ```ts
 * const busy = ({ value }: MapEntry<number, { frames: number }>) => value.frames > 1000;
 * ```
 */
export interface MapEntry<Key = CustomValue, Value = CustomValue> {
  /** As the object's BTF types it. */
  readonly key: Key;
  /** Of per-CPU maps the sum over all CPUs. */
  readonly value: Value;
}

/**
 * A copy of a map.
 *
 * @example
 * ```ts
 * const { entries, complete } = await monitor.map('counts').entries(1000);
 * ```
 */
export interface MapEntries<Key = CustomValue, Value = CustomValue> {
  /** In the order of the map: that of an array, none for a hash. */
  readonly entries: readonly MapEntry<Key, Value>[];
  /** False: there are more than the limit, or the map changed under the walk. */
  readonly complete: boolean;
}

/**
 * A map of the user's object. Keys and values are given and returned as the object's BTF types say: see `CustomValue`. Without types
 * they are bytes: hex strings out, `Uint8Array` in. Name the types as C has them and TypeScript checks what you read; at run time they
 * are what the object says.
 *
 * Reading copies from the kernel, off the calling thread where it is more than one entry. A map that is written to meanwhile may show
 * an entry twice or not at all.
 *
 * Errors: `BtfError` for a key or value that doesn't fit the type; the kernel's refusals are Errors with `code` (`E2BIG`: the map is
 * full; `EBADF`: the map went with a reload or with the monitor: ask `monitor.map(name)` again).
 *
 * @example
 * ```ts
 * interface Kind { ether_type: number; direction: 'DIRECTION_IN' | 'DIRECTION_OUT' }
 * const frames = monitor.map<Kind, { frames: number; bytes: number }>('frames_by_kind');
 * for await (const { key, value } of frames) console.log(key.direction, value.frames);
 * ```
 */
export interface UserMap<Key = CustomValue, Value = CustomValue>
  extends AsyncIterable<MapEntry<Key, Value>> {
  /** As the object calls it; global variables are `.bss`, `.data`, `.rodata`. */
  readonly name: string;
  /** As bpftool names it: 'hash', 'percpu_array', 'ringbuf' … */
  readonly kind: string;
  /** C name of the key's type; 'bytes' where the object doesn't say. */
  readonly keyType: string;
  /** C name of the value's type; 'variables' for global variables. */
  readonly valueType: string;
  /** Capacity in entries; rings: bytes. */
  readonly maxEntries: number;
  /** One value for each CPU: reading adds them up, `getPerCpu` and `perCpuEntries` have them apart. */
  readonly perCpu: boolean;
  /** False for rings, program arrays and the like: they have no entries to read. */
  readonly readable: boolean;
  /** Copies up to `limit` entries (default 65,536, at most 1,048,576); per-CPU values are summed. */
  entries(limit?: number): Promise<MapEntries<Key, Value>>;
  /** The same with one value for each CPU, by CPU number. */
  perCpuEntries(limit?: number): Promise<MapEntries<Key, readonly Value[]>>;
  /** undefined: there is no such key. One system call. */
  get(key: Key | Uint8Array): Value | undefined;
  /** One value for each CPU. */
  getPerCpu(key: Key | Uint8Array): readonly Value[] | undefined;
  /** Writes one value; into a per-CPU map for the first CPU, and zero for the others, so that the sum is the value. */
  set(key: Key | Uint8Array, value: Value | Uint8Array): void;
  /** False: there was no such key. Arrays refuse it (`EINVAL`). */
  delete(key: Key | Uint8Array): boolean;
}

/**
 * The maps after a new version replaced the object.
 *
 * @example
 * ```ts
 * const { kept, changed }: ReloadResult = await monitor.reload();
 * ```
 */
export interface ReloadResult {
  /** Maps whose content went on, and data sections (`.bss`). */
  readonly kept: readonly string[];
  /** Maps that both versions have, but not alike: they began empty. */
  readonly changed: readonly string[];
}

// One map of a user's object, with keys and values as JavaScript values.

import { sumPerCpu } from '../btf/per-cpu.js';
import type { CustomMapEntry, CustomValue } from '../model/custom.js';
import type { MapEntries, UserMap } from '../model/user-map.js';
import type { NativeMap } from '../native/contract.js';
import type { DataSection } from './data-section.js';
import type { TypeCodec } from './map-codec.js';
import { isArray, isPerCpu, isReadable, isRingBuffer, mapTypeName } from './map-types.js';

/** Default limit of an iteration: an entry of 16 bytes becomes an object of some 200. */
const entriesByDefault = 65_536;

export interface MapTypes {
  /** BTF type ids, 0 where unknown. */
  readonly keyType: number;
  readonly valueType: number;
  /** Global variables: the one value is an object of them. */
  readonly section: DataSection | null;
}

export class LoadedUserMap implements UserMap {
  readonly #native: NativeMap;
  readonly #codec: TypeCodec;
  readonly #types: MapTypes;
  readonly #cpus: number;

  constructor(
    /** As the object calls it; global variables are `.bss`, `.data`, `.rodata`. */
    readonly name: string,
    native: NativeMap,
    codec: TypeCodec,
    types: MapTypes,
    possibleCpus: number,
  ) {
    this.#native = native;
    this.#codec = codec;
    const fits = (type: number, bytes: number) => (codec.sizeOf(type) === bytes ? type : 0);
    this.#types = {
      keyType: fits(types.keyType, native.keyBytes),
      valueType: fits(types.valueType, native.valueBytes),
      section: types.section,
    };
    this.#cpus = isPerCpu(native.type) ? possibleCpus : 1;
  }

  /** As bpftool names it: 'hash', 'percpu_array', 'ringbuf' … */
  get kind(): string {
    return mapTypeName(this.#native.type);
  }

  /** C name of the key's type; 'bytes' where the object doesn't say. */
  get keyType(): string {
    return this.#codec.name(this.#types.keyType);
  }

  get valueType(): string {
    return this.#types.section ? 'variables' : this.#codec.name(this.#types.valueType);
  }

  get maxEntries(): number {
    return this.#native.maxEntries;
  }

  get perCpu(): boolean {
    return isPerCpu(this.#native.type);
  }

  /** False for rings, program arrays and the like: they have no entries to read. */
  get readable(): boolean {
    return isReadable(this.#native.type);
  }

  /** All indexes of an array exist from the start: zero entries carry no information. */
  get fixed(): boolean {
    return isArray(this.#native.type);
  }

  /** Rings: the most bytes that waited in it since the last call; all else: null. */
  takeRingHighWaterBytes(): number | null {
    return isRingBuffer(this.#native.type) ? this.#native.takeRingHighWaterBytes() : null;
  }

  /** Copies up to `limit` entries; per-CPU values summed. */
  async entries(limit = entriesByDefault): Promise<MapEntries> {
    return this.#read(limit, (row) => sumPerCpu(row));
  }

  /** The same with one value for each CPU. */
  async perCpuEntries(
    limit = entriesByDefault,
  ): Promise<MapEntries<CustomValue, readonly CustomValue[]>> {
    return this.#read(limit, (row) => row);
  }

  /** The first `shown` entries, and how many there are up to `counted`. */
  async sample(shown: number, counted: number): Promise<MapEntries & { readonly count: number }> {
    const { keys, values, count, complete } = await this.#native.entries(counted);
    const entries = this.#decode(keys, values, Math.min(shown, count), sumPerCpu);
    return { entries, count, complete };
  }

  async *[Symbol.asyncIterator](): AsyncIterator<CustomMapEntry> {
    const { entries } = await this.entries();
    yield* entries;
  }

  /** undefined: there is no such key. */
  get(key: unknown): CustomValue | undefined {
    const row = this.#lookup(key);
    return row && sumPerCpu(row);
  }

  /** One value for each CPU. */
  getPerCpu(key: unknown): readonly CustomValue[] | undefined {
    return this.#lookup(key);
  }

  /** Writes one value; into a per-CPU map for the first CPU, and zero for the others, so that the sum is the value. */
  set(key: unknown, value: unknown): void {
    const { valueBytes, rowBytes } = this.#native;
    const row = new Uint8Array(rowBytes);
    row.set(this.#codec.encode(this.#types.valueType, value, valueBytes, 'value'));
    this.#native.update(this.#bytesOf(key), row);
  }

  /** False: there was no such key. Arrays refuse it. */
  delete(key: unknown): boolean {
    return this.#native.delete(this.#bytesOf(key));
  }

  #bytesOf(key: unknown): Uint8Array {
    return this.#codec.encode(this.#types.keyType, key, this.#native.keyBytes, 'key');
  }

  #lookup(key: unknown): readonly CustomValue[] | undefined {
    const row = this.#native.lookup(this.#bytesOf(key));
    return row ? this.#decodeRow(new Uint8Array(row)) : undefined;
  }

  async #read<Value>(
    limit: number,
    value: (row: readonly CustomValue[]) => Value,
  ): Promise<MapEntries<CustomValue, Value>> {
    const { keys, values, count, complete } = await this.#native.entries(limit);
    return { entries: this.#decode(keys, values, count, value), complete };
  }

  #decode<Value>(
    keys: ArrayBuffer,
    values: ArrayBuffer,
    count: number,
    value: (row: readonly CustomValue[]) => Value,
  ): { key: CustomValue; value: Value }[] {
    const { keyBytes, rowBytes } = this.#native;
    return Array.from({ length: count }, (_, index) => ({
      key: this.#codec.decode(
        this.#types.keyType,
        new Uint8Array(keys, index * keyBytes, keyBytes),
      ),
      value: value(this.#decodeRow(new Uint8Array(values, index * rowBytes, rowBytes))),
    }));
  }

  #decodeRow(row: Uint8Array): readonly CustomValue[] {
    const { section, valueType } = this.#types;
    if (section) return [this.#codec.decodeVariables(section, row)];
    return this.perCpu
      ? this.#codec.decodeRow(valueType, row, this.#cpus)
      : [this.#codec.decode(valueType, row)];
  }
}

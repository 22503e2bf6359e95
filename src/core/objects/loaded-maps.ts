// The maps of a loaded object: native handles brought together with the names and types of its file.
import type { NativeMap, NativeReloadable } from '../native/contract.js';
import type { EventQueue } from './event-queue.js';
import { TypeCodec } from './map-codec.js';
import { isRingBuffer } from './map-types.js';
import { isMonitorMap } from './monitor-maps.js';
import type { ObjectFile } from './object-file.js';
import { LoadedUserMap } from './user-map.js';

/** libbpf calls global variables `<object>.bss`; users know the section. */
export function plainMapName(nativeName: string): string {
  return /\.(?:bss|data|rodata)(?:\..*)?$/.exec(nativeName)?.[0] ?? nativeName;
}

export class LoadedMaps {
  readonly #loaded: NativeReloadable;
  readonly #possibleCpus: number;
  readonly #events: EventQueue;
  #handles = new Map<string, NativeMap>();
  #maps: ReadonlyMap<string, LoadedUserMap> = new Map();

  constructor(loaded: NativeReloadable, possibleCpus: number, events: EventQueue) {
    this.#loaded = loaded;
    this.#possibleCpus = possibleCpus;
    this.#events = events;
  }

  /** By plain name, the monitor's own left out. */
  get byName(): ReadonlyMap<string, LoadedUserMap> {
    return this.#maps;
  }

  /** Plain names → what the addon calls them. */
  nativeNames(names: readonly string[]): string[] {
    return names.flatMap((name) => this.#handles.get(name)?.name ?? []);
  }

  /** Opens the maps of the version that is loaded now. Kept ones keep their handle, so that a ring has one reader throughout. */
  open(file: ObjectFile, kept: readonly string[]): void {
    const codec = new TypeCodec(file.btf);
    const before = this.#handles;
    this.#handles = new Map();
    // Events of the old layout are decoded by it, before their ring goes.
    for (const name of before.keys()) if (!kept.includes(name)) this.#events.finish(name);
    const maps = new Map<string, LoadedUserMap>();
    for (const fresh of this.#loaded.maps()) {
      const name = plainMapName(fresh.name);
      const old = kept.includes(name) ? before.get(name) : undefined;
      const handle = old ?? fresh;
      if (old) {
        fresh.close();
        before.delete(name);
      }
      this.#handles.set(name, handle);
      if (file.role === 'monitor' && isMonitorMap(name)) continue;
      const definition = file.maps.find((one) => one.name === name);
      const section = file.dataSections.find((one) => one.name === name) ?? null;
      const types = {
        keyType: definition?.keyType ?? 0,
        valueType: definition?.valueType ?? 0,
        section,
      };
      maps.set(name, new LoadedUserMap(name, handle, codec, types, this.#possibleCpus));
      if (isRingBuffer(handle.type)) {
        this.#events.subscribe(name, handle, codec, definition?.eventType ?? 0);
      }
    }
    for (const handle of before.values()) handle.close();
    this.#maps = maps;
  }

  close(): void {
    for (const handle of this.#handles.values()) handle.close();
    this.#handles.clear();
    this.#maps = new Map();
  }
}

// The types of one BTF blob, read on demand: a vmlinux of 150,000 types costs an index, not as many objects.
import { BtfError } from './btf-error.js';
import { maximumNameBytes } from './limits.js';
import { readType } from './read-type.js';
import type { BtfType } from './type.js';
import { indexTypes, type TypeIndex } from './type-index.js';

export class Btf {
  readonly #index: TypeIndex;
  readonly #types = new Map<number, BtfType>();
  readonly #decoder = new TextDecoder();

  /** Checks the header and every record's length; throws BtfError. `bytes` must not change afterwards. */
  constructor(bytes: Uint8Array) {
    this.#index = indexTypes(bytes);
  }

  /** Types, void (id 0) included: valid ids are below. */
  get typeCount(): number {
    return this.#index.recordOffsets.length;
  }

  type(id: number): BtfType {
    const known = this.#types.get(id);
    if (known) return known;
    const type = readType(this.#index, id, (offset) => this.#name(offset));
    this.#types.set(id, type);
    return type;
  }

  /** The first type with this name and, where one is given, this kind. Linear: for a handful of look-ups. */
  find(name: string, kind?: BtfType['kind']): BtfType | undefined {
    const wanted = new TextEncoder().encode(name);
    const { view, recordOffsets, strings } = this.#index;
    for (let id = 1; id < recordOffsets.length; id++) {
      const offset = view.getUint32(recordOffsets[id]!, true);
      if (!this.#nameIs(strings, offset, wanted)) continue;
      const type = this.type(id);
      if (kind === undefined || type.kind === kind) return type;
    }
    return undefined;
  }

  /** `struct x`, `union x`, `enum x` as C writes them, or the bare name of a typedef, struct, union, enum, int. */
  findByTypeName(typeName: string): BtfType | undefined {
    const match = /^(struct|union|enum)\s+(\S+)$/.exec(typeName.trim());
    if (match) return this.find(match[2]!, match[1] as 'struct' | 'union' | 'enum');
    for (const kind of ['typedef', 'struct', 'union', 'enum', 'int', 'float'] as const) {
      const type = this.find(typeName.trim(), kind);
      if (type) return type;
    }
    return undefined;
  }

  #nameIs(strings: Uint8Array, offset: number, wanted: Uint8Array): boolean {
    if (strings[offset + wanted.length] !== 0) return false;
    for (let index = 0; index < wanted.length; index++) {
      if (strings[offset + index] !== wanted[index]) return false;
    }
    return true;
  }

  #name(offset: number): string {
    if (offset === 0) return '';
    const { strings } = this.#index;
    if (offset >= strings.length) {
      throw new BtfError('corrupt', `BTF name at ${offset} of ${strings.length} string bytes`);
    }
    const end = strings.indexOf(0, offset);
    if (end - offset > maximumNameBytes) {
      throw new BtfError(
        'corrupt',
        `BTF name of ${end - offset} bytes (${maximumNameBytes} are allowed)`,
      );
    }
    return this.#decoder.decode(strings.subarray(offset, end));
  }
}

// Bytes of one map ↔ values, by the types that its object gives; hex where it gives none.
import type { Btf } from '../btf/btf.js';
import { BtfError } from '../btf/btf-error.js';
import { Decoder } from '../btf/decode.js';
import { Encoder } from '../btf/encode.js';
import { Extents } from '../btf/layout.js';
import { decodePerCpu } from '../btf/per-cpu.js';
import type { BtfValue } from '../btf/type.js';
import { typeName } from '../btf/type-name.js';
import type { DataSection } from './data-section.js';

/** Decoders of one BTF, made once for all its maps. */
export class TypeCodec {
  readonly #decoder: Decoder;
  readonly #encoder: Encoder;

  constructor(readonly btf: Btf) {
    const extents = new Extents(btf);
    this.#decoder = new Decoder(btf, extents);
    this.#encoder = new Encoder(btf, extents);
  }

  /** Type 0, or one of another size than the bytes: hex, so that no type is guessed. */
  decode(type: number, bytes: Uint8Array): BtfValue {
    return type === 0 ? hex(bytes) : this.#decoder.decode(type, bytes);
  }

  /** `name` in errors: whether it is the key or the value. */
  encode(type: number, value: unknown, size: number, name: 'key' | 'value'): Uint8Array {
    if (value instanceof Uint8Array && value.length === size) return value;
    if (type !== 0) return this.#encoder.encode(type, value, name);
    throw new BtfError(
      'wrong_value',
      `the type of the ${name} isn't known: give a Uint8Array of ${size} bytes`,
    );
  }

  /** One value for each CPU. */
  decodeRow(type: number, bytes: Uint8Array, cpus: number): BtfValue[] {
    if (type !== 0) return decodePerCpu(this.#decoder, type, bytes, cpus);
    const stride = bytes.length / cpus;
    return Array.from({ length: cpus }, (_, cpu) =>
      hex(bytes.subarray(cpu * stride, (cpu + 1) * stride)),
    );
  }

  /** null for a variable that can't be decoded: too large, or of an unknown type. */
  decodeVariables(section: DataSection, bytes: Uint8Array): BtfValue {
    return Object.fromEntries(
      section.variables.flatMap(({ name, type, offset }): [string, BtfValue][] => {
        const size = this.sizeOf(type);
        if (size === null) return [[name, null]];
        return offset + size > bytes.length
          ? []
          : [[name, this.#decoder.decode(type, bytes.subarray(offset, offset + size))]];
      }),
    );
  }

  name(type: number): string {
    return type === 0 ? 'bytes' : typeName(this.btf, type);
  }

  /** Bytes of a value; null where the type has no size or none is given. */
  sizeOf(type: number): number | null {
    try {
      return type === 0 ? null : this.#decoder.sizeOf(type);
    } catch (error) {
      if (error instanceof BtfError) return null;
      throw error;
    }
  }
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}

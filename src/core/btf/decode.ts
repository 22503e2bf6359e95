// Bytes → JavaScript values, by type. A type becomes a reader once; each value then costs a few calls.

import { plainInteger, readBits, readInteger } from './bits.js';
import type { Btf } from './btf.js';
import { BtfError } from './btf-error.js';
import { Extents, placeMember, resolveType } from './layout.js';
import type { BtfComposite, BtfEnum, BtfMember, BtfType, BtfValue } from './type.js';

/** Reads at `offset`; `end` bounds a trailing array without a length, nothing else. Extents has proved that the rest is inside. */
type Reader = (view: DataView, offset: number, end: number) => BtfValue;
type MutableObject = Record<string, BtfValue>;

const text = new TextDecoder();

/** A member may be called `__proto__`: it must become a property like any other. */
function setMember(target: MutableObject, name: string, value: BtfValue): void {
  if (name === '__proto__') {
    Object.defineProperty(target, name, {
      value,
      enumerable: true,
      writable: true,
      configurable: true,
    });
  } else {
    target[name] = value;
  }
}

function readHex(view: DataView, offset: number, size: number): string {
  let digits = '';
  for (let at = offset + size - 1; at >= offset; at--) {
    digits += view.getUint8(at).toString(16).padStart(2, '0');
  }
  return `0x${digits.replace(/^0+(?=.)/, '')}`;
}

function readText(view: DataView, offset: number, length: number): string {
  const bytes = new Uint8Array(view.buffer, view.byteOffset + offset, length);
  const zero = bytes.indexOf(0);
  return text.decode(zero < 0 ? bytes : bytes.subarray(0, zero));
}

/** Names by value as the enum's own width and sign give it. The first of several names for one value wins. */
function enumNames(type: BtfEnum): (value: number | bigint) => BtfValue {
  const names = new Map<bigint, string>();
  for (const { name, value } of type.enumerators) {
    const key = BigInt.asUintN(type.size * 8, value);
    if (!names.has(key)) names.set(key, name);
  }
  return (value) => names.get(BigInt.asUintN(type.size * 8, BigInt(value))) ?? value;
}

/** Turns the bytes of values into JavaScript values. One for each Btf; keeps the readers it has made. */
export class Decoder {
  readonly #extents: Extents;
  readonly #readers = new Map<number, Reader>();

  constructor(
    readonly btf: Btf,
    extents: Extents = new Extents(btf),
  ) {
    this.#extents = extents;
  }

  /** Bytes of a value of this type. */
  sizeOf(typeId: number): number {
    return this.#extents.of(typeId).size;
  }

  /**
   * The value at the start of `bytes`. Integers are numbers up to 2^53 and bigints beyond, char arrays strings up to their zero byte, enums
   * names (numbers where no name fits), pointers hex strings, structs objects, unions objects with every reading of the same
   * bytes. A trailing array without length gets the remaining bytes. Throws BtfError.
   */
  decode(typeId: number, bytes: Uint8Array): BtfValue {
    const { size } = this.#extents.of(typeId);
    if (bytes.byteLength < size) {
      throw new BtfError(
        'value_too_short',
        `${bytes.byteLength} bytes where BTF type ${typeId} has ${size}`,
      );
    }
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return this.#reader(typeId)(view, 0, bytes.byteLength);
  }

  #reader(typeId: number): Reader {
    const known = this.#readers.get(typeId);
    if (known) return known;
    this.#extents.of(typeId);
    const reader = this.#compile(resolveType(this.btf, typeId));
    this.#readers.set(typeId, reader);
    return reader;
  }

  #compile(type: BtfType): Reader {
    switch (type.kind) {
      case 'int': {
        const { size, signed } = type;
        if (type.bool) return (view, offset) => readInteger(view, offset, size, false) !== 0;
        if (type.bits !== size * 8 && type.bits <= 64) {
          return (view, offset) =>
            plainInteger(readBits(view, offset * 8 + type.bitOffset, type.bits, signed));
        }
        return (view, offset) => readInteger(view, offset, size, signed);
      }
      case 'enum': {
        const name = enumNames(type);
        return (view, offset) => name(readInteger(view, offset, type.size, type.signed));
      }
      case 'float':
        if (type.size === 4) return (view, offset) => view.getFloat32(offset, true);
        if (type.size === 8) return (view, offset) => view.getFloat64(offset, true);
        return (view, offset) => readHex(view, offset, type.size);
      case 'pointer':
        return (view, offset) => readHex(view, offset, 8);
      case 'array':
        return this.#array(type.element, type.count);
      case 'struct':
      case 'union':
        return this.#composite(type);
      case 'section':
        return this.#section(type);
      default:
        throw new BtfError('incomplete_type', `BTF type ${type.id} (${type.kind}) has no values`);
    }
  }

  #array(elementId: number, count: number): Reader {
    const element = resolveType(this.btf, elementId);
    const { size } = this.#extents.of(elementId);
    const countIn = (offset: number, end: number) =>
      count === 0 && size > 0 ? Math.max(0, Math.floor((end - offset) / size)) : count;
    if (element.kind === 'int' && element.char) {
      return (view, offset, end) => readText(view, offset, countIn(offset, end));
    }
    const read = this.#reader(elementId);
    return (view, offset, end) => {
      const values: BtfValue[] = [];
      for (let left = countIn(offset, end), at = offset; left > 0; left--, at += size) {
        values.push(read(view, at, at + size));
      }
      return values;
    };
  }

  #member(member: BtfMember, last: boolean): Reader {
    const { bitOffset, bitfieldBits } = placeMember(this.btf, member);
    if (bitfieldBits === 0) {
      const at = bitOffset / 8;
      const { size } = this.#extents.of(member.type);
      const read = this.#reader(member.type);
      return (view, offset, end) => read(view, offset + at, last ? end : offset + at + size);
    }
    const type = resolveType(this.btf, member.type);
    const signed = (type.kind === 'int' || type.kind === 'enum') && type.signed;
    const bits = (view: DataView, offset: number) =>
      plainInteger(readBits(view, offset * 8 + bitOffset, bitfieldBits, signed));
    if (type.kind === 'enum') {
      const name = enumNames(type);
      return (view, offset) => name(bits(view, offset));
    }
    return type.kind === 'int' && type.bool ? (view, offset) => bits(view, offset) !== 0 : bits;
  }

  #composite(type: BtfComposite): Reader {
    const members: { readonly name: string; readonly read: Reader }[] = [];
    type.members.forEach((member, index) => {
      const inner = resolveType(this.btf, member.type);
      if (member.name === '' && inner.kind !== 'struct' && inner.kind !== 'union') return;
      const last = type.kind === 'struct' && index === type.members.length - 1;
      members.push({ name: member.name, read: this.#member(member, last) });
    });
    return (view, offset, end) => {
      const value: MutableObject = {};
      for (const { name, read } of members) {
        const part = read(view, offset, end);
        if (name !== '') setMember(value, name, part);
        else
          for (const [inner, it] of Object.entries(part as MutableObject))
            setMember(value, inner, it);
      }
      return value;
    };
  }

  #section(type: BtfType & { kind: 'section' }): Reader {
    const variables = type.variables.map(({ type: id, offset: at, size }) => ({
      name: this.btf.type(id).name,
      at,
      size,
      read: this.#reader(id),
    }));
    return (view, offset) => {
      const value: MutableObject = {};
      for (const { name, at, size, read } of variables) {
        setMember(value, name, read(view, offset + at, offset + at + size));
      }
      return value;
    };
  }
}

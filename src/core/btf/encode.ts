// JavaScript values → bytes of a type: keys to look up, values to write.

import { writeBits } from './bits.js';
import type { Btf } from './btf.js';
import { BtfError } from './btf-error.js';
import { Extents, placeMember, resolveType } from './layout.js';
import type { BtfComposite, BtfEnum, BtfType } from './type.js';

/** What can stand for a value: also decimal or 0x strings for integers, Uint8Array for arrays of bytes, enum names. */
export type EncodableValue = unknown;

interface Target {
  readonly view: DataView;
  readonly bitOffset: number;
  readonly bits: number;
}

const describe = (value: unknown) =>
  typeof value === 'string'
    ? JSON.stringify(value.slice(0, 40))
    : typeof value === 'object'
      ? 'an object'
      : String(value);

function wrong(path: string, value: unknown, wanted: string): BtfError {
  return new BtfError('wrong_value', `${path}: ${describe(value)} isn't ${wanted}`);
}

function integer(value: unknown, path: string): bigint {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'boolean') return value ? 1n : 0n;
  if (typeof value === 'number' && Number.isSafeInteger(value)) return BigInt(value);
  if (typeof value === 'string' && /^(-?\d{1,40}|0[xX][0-9a-fA-F]{1,32})$/.test(value))
    return BigInt(value);
  throw wrong(path, value, 'a whole number');
}

function writeInteger(target: Target, value: bigint, signed: boolean, path: string): void {
  const { view, bitOffset, bits } = target;
  const fits = signed ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value);
  if (fits !== value)
    throw wrong(path, value, `within ${bits} ${signed ? 'signed' : 'unsigned'} bits`);
  writeBits(view, bitOffset, bits, value);
}

function enumValue(type: BtfEnum, value: unknown, path: string): bigint {
  if (typeof value !== 'string' || /^-?\d/.test(value)) return integer(value, path);
  const found = type.enumerators.find(({ name }) => name === value);
  if (!found) throw wrong(path, value, `a name of enum ${type.name}`);
  return found.value;
}

/** Makes bytes of JavaScript values, strictly: a value that doesn't fit is an error that says where. */
export class Encoder {
  readonly #extents: Extents;

  constructor(
    readonly btf: Btf,
    extents: Extents = new Extents(btf),
  ) {
    this.#extents = extents;
  }

  /** Padding is zero, as the kernel compares keys by bytes. Throws BtfError; `name` is what it calls the value. */
  encode(typeId: number, value: EncodableValue, name = 'value'): Uint8Array {
    const bytes = new Uint8Array(this.#extents.of(typeId).size);
    this.#write(typeId, new DataView(bytes.buffer), 0, value, name);
    return bytes;
  }

  #write(typeId: number, view: DataView, offset: number, value: unknown, path: string): void {
    const type = resolveType(this.btf, typeId);
    switch (type.kind) {
      case 'int':
      case 'enum':
        this.#writeScalar(type, { view, bitOffset: offset * 8, bits: type.size * 8 }, value, path);
        break;
      case 'pointer':
        writeInteger({ view, bitOffset: offset * 8, bits: 64 }, integer(value, path), false, path);
        break;
      case 'float':
        if (typeof value !== 'number') throw wrong(path, value, 'a number');
        if (type.size === 4) view.setFloat32(offset, value, true);
        else if (type.size === 8) view.setFloat64(offset, value, true);
        else throw wrong(path, value, `something that a float of ${type.size} bytes is made of`);
        break;
      case 'array':
        this.#writeArray(type, view, offset, value, path);
        break;
      case 'struct':
      case 'union':
        this.#writeComposite(type, view, offset, value, path);
        break;
      default:
        throw new BtfError('incomplete_type', `${path}: a ${type.kind} has no values`);
    }
  }

  #writeScalar(
    type: BtfType & { kind: 'int' | 'enum' },
    target: Target,
    value: unknown,
    path: string,
  ): void {
    if (type.kind === 'enum') {
      // Compilers before clang 15 leave the sign of an enum open: both readings fit.
      const number = enumValue(type, value, path);
      writeInteger(target, number, type.signed || number < 0n, path);
      return;
    }
    if (type.bool && typeof value !== 'boolean' && value !== 0 && value !== 1) {
      throw wrong(path, value, 'true or false');
    }
    const used =
      type.bits < target.bits
        ? { ...target, bitOffset: target.bitOffset + type.bitOffset, bits: type.bits }
        : target;
    writeInteger(used, integer(value, path), type.signed, path);
  }

  #writeArray(
    type: BtfType & { kind: 'array' },
    view: DataView,
    offset: number,
    value: unknown,
    path: string,
  ): void {
    const element = resolveType(this.btf, type.element);
    if (typeof value === 'string' && element.kind === 'int' && element.char) {
      const bytes = new TextEncoder().encode(value);
      if (bytes.length > type.count) throw wrong(path, value, `at most ${type.count} bytes long`);
      new Uint8Array(view.buffer, view.byteOffset + offset, type.count).set(bytes);
      return;
    }
    if (!Array.isArray(value) && !(value instanceof Uint8Array))
      throw wrong(path, value, 'an array');
    if (value.length !== type.count) {
      throw new BtfError(
        'wrong_value',
        `${path}: ${value.length} elements where ${type.count} are wanted`,
      );
    }
    const { size } = this.#extents.of(type.element);
    value.forEach((item: unknown, index: number) => {
      this.#write(type.element, view, offset + index * size, item, `${path}[${index}]`);
    });
  }

  #writeComposite(
    type: BtfComposite,
    view: DataView,
    offset: number,
    value: unknown,
    path: string,
  ): void {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw wrong(path, value, `an object with the members of ${type.kind} ${type.name}`);
    }
    const left = new Set(Object.keys(value));
    this.#writeMembers(type, view, offset, value as Record<string, unknown>, path, left);
    const [unknown] = left;
    if (unknown !== undefined) {
      throw new BtfError(
        'wrong_value',
        `${path}: ${type.kind} ${type.name} has no member ${describe(unknown)}`,
      );
    }
  }

  /** Structs want every member, unions exactly one; members of anonymous ones count as the parent's. */
  #writeMembers(
    type: BtfComposite,
    view: DataView,
    offset: number,
    value: Record<string, unknown>,
    path: string,
    left: Set<string>,
  ): void {
    let written = 0;
    for (const member of type.members) {
      const inner = resolveType(this.btf, member.type);
      const { bitOffset, bitfieldBits } = placeMember(this.btf, member);
      if (member.name === '') {
        if (inner.kind !== 'struct' && inner.kind !== 'union') continue;
        if (type.kind === 'union' && !this.#names(inner).some((name) => left.has(name))) continue;
        this.#writeMembers(inner, view, offset + bitOffset / 8, value, path, left);
      } else if (left.delete(member.name)) {
        const at = `${path}.${member.name}`;
        const given = value[member.name];
        if (bitfieldBits === 0) this.#write(member.type, view, offset + bitOffset / 8, given, at);
        else {
          const target = { view, bitOffset: offset * 8 + bitOffset, bits: bitfieldBits };
          if (inner.kind === 'enum') this.#writeScalar(inner, target, given, at);
          else writeInteger(target, integer(given, at), inner.kind === 'int' && inner.signed, at);
        }
      } else if (type.kind === 'struct') {
        throw new BtfError('wrong_value', `${path}: member ${member.name} is missing`);
      } else continue;
      written++;
    }
    if (type.kind === 'union' && type.members.length > 0 && written !== 1) {
      throw new BtfError(
        'wrong_value',
        `${path}: a union wants exactly one of its members, not ${written}`,
      );
    }
  }

  #names(type: BtfComposite, depth = 0): string[] {
    return type.members.flatMap((member) => {
      if (member.name !== '') return [member.name];
      const inner = resolveType(this.btf, member.type);
      return (inner.kind === 'struct' || inner.kind === 'union') && depth < 32
        ? this.#names(inner, depth + 1)
        : [];
    });
  }
}

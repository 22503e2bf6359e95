// One BTF record → one type object. Lengths were checked by the index; here values are.
import { BtfError } from './btf-error.js';
import { type BtfMember, type BtfReference, type BtfType, btfKind } from './type.js';
import type { TypeIndex } from './type-index.js';

const references: Readonly<Record<number, BtfReference['kind']>> = {
  [btfKind.pointer]: 'pointer',
  [btfKind.typedef]: 'typedef',
  [btfKind.volatile]: 'volatile',
  [btfKind.const]: 'const',
  [btfKind.restrict]: 'restrict',
  [btfKind.typeTag]: 'typeTag',
};

interface TypeRecord {
  readonly id: number;
  readonly name: string;
  readonly view: DataView;
  /** First byte behind the 12 that all kinds have. */
  readonly rest: number;
  readonly members: number;
  readonly flag: boolean;
  readonly sizeOrType: number;
  readonly nameAt: (offset: number) => string;
}

function readInt({ id, name, view, rest, sizeOrType }: TypeRecord): BtfType {
  const word = view.getUint32(rest, true);
  const bits = word & 0xff;
  const bitOffset = (word >>> 16) & 0xff;
  const encoding = (word >>> 24) & 0xf;
  if (![1, 2, 4, 8, 16].includes(sizeOrType) || bits === 0 || bitOffset + bits > sizeOrType * 8) {
    throw new BtfError('corrupt', `BTF int ${id}: ${bits} bits in ${sizeOrType} bytes`);
  }
  return {
    kind: 'int',
    id,
    name,
    size: sizeOrType,
    signed: (encoding & 1) !== 0,
    char: sizeOrType === 1 && ((encoding & 2) !== 0 || name === 'char'),
    bool: (encoding & 4) !== 0,
    bits,
    bitOffset,
  };
}

function readMember({ view, rest, flag, nameAt }: TypeRecord, index: number): BtfMember {
  const at = rest + index * 12;
  const offset = view.getUint32(at + 8, true);
  return {
    name: nameAt(view.getUint32(at, true)),
    type: view.getUint32(at + 4, true),
    bitOffset: flag ? offset & 0xffffff : offset,
    bitfieldBits: flag ? offset >>> 24 : 0,
  };
}

const times = <Item>(count: number, make: (index: number) => Item): Item[] =>
  Array.from({ length: count }, (_, index) => make(index));

function readEnum(record: TypeRecord, wide: boolean): BtfType {
  const { id, name, view, rest, members, flag, sizeOrType, nameAt } = record;
  if (![1, 2, 4, 8].includes(sizeOrType)) {
    throw new BtfError('corrupt', `BTF enum ${id} has ${sizeOrType} bytes`);
  }
  const stride = wide ? 12 : 8;
  const enumerators = times(members, (index) => {
    const at = rest + index * stride;
    const value = wide
      ? flag
        ? view.getBigInt64(at + 4, true)
        : view.getBigUint64(at + 4, true)
      : BigInt(view.getInt32(at + 4, true));
    return { name: nameAt(view.getUint32(at, true)), value };
  });
  return { kind: 'enum', id, name, size: sizeOrType, signed: flag, enumerators };
}

function readComposed(kind: number, record: TypeRecord): BtfType {
  const { id, name, view, rest, members, flag, sizeOrType, nameAt } = record;
  switch (kind) {
    case btfKind.struct:
    case btfKind.union:
      return {
        kind: kind === btfKind.struct ? 'struct' : 'union',
        id,
        name,
        size: sizeOrType,
        members: times(members, (index) => readMember(record, index)),
      };
    case btfKind.array: {
      const [element, count] = [view.getUint32(rest, true), view.getUint32(rest + 8, true)];
      return { kind: 'array', id, name, element, count };
    }
    case btfKind.prototype: {
      const parameters = times(members, (index) => ({
        name: nameAt(view.getUint32(rest + index * 8, true)),
        type: view.getUint32(rest + index * 8 + 4, true),
      }));
      return { kind: 'prototype', id, name, result: sizeOrType, parameters };
    }
    case btfKind.section: {
      const variables = times(members, (index) => ({
        type: view.getUint32(rest + index * 12, true),
        offset: view.getUint32(rest + index * 12 + 4, true),
        size: view.getUint32(rest + index * 12 + 8, true),
      }));
      return { kind: 'section', id, name, size: sizeOrType, variables };
    }
    default:
      return { kind: 'forward', id, name, union: flag };
  }
}

export function readType(
  { view, recordOffsets }: TypeIndex,
  id: number,
  nameAt: (offset: number) => string,
): BtfType {
  if (id === 0) return { kind: 'void', id, name: 'void' };
  const at = recordOffsets[id];
  if (at === undefined) throw new BtfError('no_such_type', `there is no BTF type ${id}`);
  const information = view.getUint32(at + 4, true);
  const kind = (information >>> 24) & 0x1f;
  const sizeOrType = view.getUint32(at + 8, true);
  const name = nameAt(view.getUint32(at, true));
  const rest = at + 12;
  const flag = information >>> 31 === 1;
  const reference = references[kind];
  if (reference) return { kind: reference, id, name, target: sizeOrType };
  const members = information & 0xffff;
  const record: TypeRecord = { id, name, view, rest, members, flag, sizeOrType, nameAt };
  switch (kind) {
    case btfKind.int:
      return readInt(record);
    case btfKind.float:
      return { kind: 'float', id, name, size: sizeOrType };
    case btfKind.enum:
      return readEnum(record, false);
    case btfKind.enum64:
      return readEnum(record, true);
    case btfKind.function:
      return { kind: 'function', id, name, target: sizeOrType };
    case btfKind.variable: {
      const global = view.getUint32(rest, true) !== 0;
      return { kind: 'variable', id, name, target: sizeOrType, global };
    }
    case btfKind.declarationTag: {
      const component = view.getInt32(rest, true);
      return { kind: 'declarationTag', id, name, target: sizeOrType, component };
    }
    default:
      return readComposed(kind, record);
  }
}

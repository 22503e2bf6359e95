// How large values of a type are and how many values they hold, with every recursion bounded.
import type { Btf } from './btf.js';
import { BtfError } from './btf-error.js';
import { maximumDepth, maximumElements, maximumValueBytes } from './limits.js';
import type { BtfType } from './type.js';

/** Follows typedef, const, volatile, restrict and type tags to the type that has a representation. */
export function resolveType(btf: Btf, id: number): BtfType {
  let type = btf.type(id);
  for (let step = 0; step <= maximumDepth; step++) {
    switch (type.kind) {
      case 'typedef':
      case 'const':
      case 'volatile':
      case 'restrict':
      case 'typeTag':
      case 'variable':
        type = btf.type(type.target);
        break;
      default:
        return type;
    }
  }
  throw new BtfError(
    'recursive_type',
    `BTF type ${id} is a chain of more than ${maximumDepth} names`,
  );
}

export interface Extent {
  /** Bytes. */
  readonly size: number;
  /** Values inside, itself included: what decoding costs. */
  readonly elements: number;
}

/** Extents of types, each computed once. */
export class Extents {
  readonly #known = new Map<number, Extent>();
  readonly #open = new Set<number>();

  constructor(readonly btf: Btf) {}

  of(id: number): Extent {
    const known = this.#known.get(id);
    if (known) return known;
    if (this.#open.has(id) || this.#open.size >= maximumDepth) {
      throw new BtfError(
        'recursive_type',
        `BTF type ${id} contains itself or is nested too deeply`,
      );
    }
    this.#open.add(id);
    try {
      const extent = this.#compute(resolveType(this.btf, id));
      if (extent.elements > maximumElements || extent.size > maximumValueBytes) {
        throw new BtfError(
          'too_complex',
          `BTF type ${id}: a value of it is too large to be decoded`,
        );
      }
      this.#known.set(id, extent);
      return extent;
    } finally {
      this.#open.delete(id);
    }
  }

  #compute(type: BtfType): Extent {
    switch (type.kind) {
      case 'int':
      case 'float':
      case 'enum':
        return { size: type.size, elements: 1 };
      case 'pointer':
        return { size: 8, elements: 1 };
      case 'array': {
        const element = this.of(type.element);
        return { size: element.size * type.count, elements: 1 + element.elements * type.count };
      }
      case 'struct':
      case 'union':
        return this.#composite(type);
      case 'section':
        return this.#section(type);
      default:
        throw new BtfError(
          'incomplete_type',
          `BTF type ${type.id} (${type.kind}${type.name ? ` ${type.name}` : ''}) has no size`,
        );
    }
  }

  #composite(type: BtfType & { kind: 'struct' | 'union' }): Extent {
    let elements = 1;
    for (const member of type.members) {
      const inner = this.of(member.type);
      placeMember(this.btf, member);
      const bits = member.bitfieldBits || significantBits(this.btf, member.type, inner.size);
      if (member.bitOffset + bits > type.size * 8) {
        throw new BtfError(
          'corrupt',
          `member ${member.name || '(anonymous)'} ends behind ${type.kind} ${type.name} of ${type.size} bytes`,
        );
      }
      elements += inner.elements;
    }
    return { size: type.size, elements };
  }

  #section(type: BtfType & { kind: 'section' }): Extent {
    let elements = 1;
    for (const { type: variable, offset, size } of type.variables) {
      const inner = this.of(variable);
      if (inner.size > size || offset + size > type.size) {
        throw new BtfError('corrupt', `a variable ends behind its section ${type.name}`);
      }
      elements += inner.elements;
    }
    return { size: type.size, elements };
  }
}

/** Bits of a member from its bit offset on: of a legacy bitfield only those that its int uses. */
function significantBits(btf: Btf, id: number, size: number): number {
  const type = resolveType(btf, id);
  return type.kind === 'int' && type.bits !== type.size * 8 ? type.bitOffset + type.bits : size * 8;
}

export interface Placement {
  readonly bitOffset: number;
  /** 0: a whole type at a byte boundary. */
  readonly bitfieldBits: number;
}

/** Where a member's bits are; new (kind_flag) and legacy bitfields alike. */
export function placeMember(
  btf: Btf,
  member: {
    readonly type: number;
    readonly bitOffset: number;
    readonly bitfieldBits: number;
    readonly name: string;
  },
): Placement {
  const type = resolveType(btf, member.type);
  let { bitOffset, bitfieldBits } = member;
  if (bitfieldBits === 0 && type.kind === 'int' && type.bits !== type.size * 8 && !type.bool) {
    bitOffset += type.bitOffset;
    bitfieldBits = type.bits;
  }
  if (bitfieldBits === 0 && bitOffset % 8 !== 0) {
    throw new BtfError('corrupt', `member ${member.name} begins within a byte but is no bitfield`);
  }
  if (bitfieldBits !== 0) {
    if (type.kind !== 'int' && type.kind !== 'enum') {
      throw new BtfError('corrupt', `bitfield ${member.name} is a ${type.kind}`);
    }
    if (bitfieldBits > type.size * 8 || bitfieldBits > 64) {
      throw new BtfError('corrupt', `bitfield ${member.name} has ${bitfieldBits} bits`);
    }
  }
  return { bitOffset, bitfieldBits };
}

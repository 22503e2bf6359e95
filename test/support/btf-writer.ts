// Writes BTF for tests, well-formed or not: types get ids in the order of their addition.

export interface MemberSpec {
  readonly name: string;
  readonly type: number;
  /** Bits from the start of the struct. */
  readonly at: number;
  /** Width of a bitfield. */
  readonly bits?: number;
}

export class BtfWriter {
  readonly #types: number[][] = [];
  #strings = '\0';

  name(text: string): number {
    if (text === '') return 0;
    const offset = Buffer.byteLength(this.#strings);
    this.#strings += `${text}\0`;
    return offset;
  }

  /** A raw record: kind, flag, number of members, the size-or-type word, and the words that follow. */
  raw(
    name: string,
    kind: number,
    sizeOrType: number,
    rest: number[] = [],
    members = 0,
    flag = 0,
  ): number {
    const information = ((flag << 31) | (kind << 24) | members) >>> 0;
    this.#types.push([this.name(name), information, sizeOrType, ...rest]);
    return this.#types.length;
  }

  /** encoding: 1 signed, 2 char, 4 bool. */
  int(name: string, size: number, encoding = 0, bits = size * 8, bitOffset = 0): number {
    return this.raw(name, 1, size, [(encoding << 24) | (bitOffset << 16) | bits]);
  }

  pointer(target: number): number {
    return this.raw('', 2, target);
  }

  array(element: number, count: number): number {
    return this.raw('', 3, 0, [element, element, count]);
  }

  struct(name: string, size: number, members: readonly MemberSpec[], union = false): number {
    const flag = members.some((member) => member.bits !== undefined) ? 1 : 0;
    const rest = members.flatMap(({ name: member, type, at, bits = 0 }) => [
      this.name(member),
      type,
      flag ? ((bits << 24) | at) >>> 0 : at,
    ]);
    return this.raw(name, union ? 5 : 4, size, rest, members.length, flag);
  }

  union(name: string, size: number, members: readonly MemberSpec[]): number {
    return this.struct(name, size, members, true);
  }

  enum(
    name: string,
    size: number,
    values: Readonly<Record<string, number>>,
    signed = false,
  ): number {
    const rest = Object.entries(values).flatMap(([key, value]) => [this.name(key), value >>> 0]);
    return this.raw(name, 6, size, rest, rest.length / 2, signed ? 1 : 0);
  }

  enum64(name: string, values: Readonly<Record<string, bigint>>, signed = false): number {
    const rest = Object.entries(values).flatMap(([key, value]) => [
      this.name(key),
      Number(value & 0xffffffffn),
      Number(BigInt.asUintN(64, value) >> 32n),
    ]);
    return this.raw(name, 19, 8, rest, rest.length / 3, signed ? 1 : 0);
  }

  forward(name: string): number {
    return this.raw(name, 7, 0);
  }

  typedef(name: string, target: number): number {
    return this.raw(name, 8, target);
  }

  volatile(target: number): number {
    return this.raw('', 9, target);
  }

  const(target: number): number {
    return this.raw('', 10, target);
  }

  prototype(result: number, parameters: readonly number[]): number {
    return this.raw(
      '',
      13,
      result,
      parameters.flatMap((type) => [0, type]),
      parameters.length,
    );
  }

  variable(name: string, target: number): number {
    return this.raw(name, 14, target, [1]);
  }

  section(
    name: string,
    size: number,
    variables: readonly { type: number; at: number; size: number }[],
  ): number {
    const rest = variables.flatMap((one) => [one.type, one.at, one.size]);
    return this.raw(name, 15, size, rest, variables.length);
  }

  float(name: string, size: number): number {
    return this.raw(name, 16, size);
  }

  bytes(): Uint8Array {
    const types = Buffer.from(new Uint32Array(this.#types.flat()).buffer);
    const strings = Buffer.from(this.#strings, 'utf8');
    const header = Buffer.alloc(24);
    header.writeUInt16LE(0xeb9f, 0);
    header.writeUInt8(1, 2);
    header.writeUInt32LE(24, 4);
    header.writeUInt32LE(0, 8);
    header.writeUInt32LE(types.length, 12);
    header.writeUInt32LE(types.length, 16);
    header.writeUInt32LE(strings.length, 20);
    // A copy with its own ArrayBuffer: Buffer.concat's may be part of Node's pool.
    return new Uint8Array(Buffer.concat([header, types, strings]));
  }
}

/** Little-endian bytes of words of the given widths. */
export function bytesOf(
  ...parts: readonly (readonly [width: 1 | 2 | 4 | 8, value: number | bigint])[]
): Uint8Array {
  const out: number[] = [];
  for (const [width, value] of parts) {
    let rest = BigInt.asUintN(width * 8, BigInt(value));
    for (let index = 0; index < width; index++, rest >>= 8n) out.push(Number(rest & 0xffn));
  }
  return Uint8Array.from(out);
}

/** A map in `.maps`. `__uint(name, n)` is a pointer to an array of n ints, `__type(name, T)` a pointer to T. */
export function mapWith(
  writer: BtfWriter,
  name: string,
  numbers: Record<string, number>,
  types: Record<string, number>,
) {
  const int = writer.int('int', 4, 1);
  const members = [
    ...Object.entries(numbers).map(([key, count]) => ({
      name: key,
      type: writer.pointer(writer.array(int, count)),
    })),
    ...Object.entries(types).map(([key, type]) => ({ name: key, type: writer.pointer(type) })),
  ].map((member, index) => ({ ...member, at: index * 64 }));
  return writer.variable(name, writer.struct('', members.length * 8, members));
}

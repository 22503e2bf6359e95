// BTF from anywhere: every lie about a length, an id, a depth or a count is a BtfError, found in bounded time.
import { describe, expect, it } from 'vitest';
import { Btf } from '../../../src/core/btf/btf.js';
import { BtfError, type BtfErrorCode } from '../../../src/core/btf/btf-error.js';
import { Decoder } from '../../../src/core/btf/decode.js';
import { Encoder } from '../../../src/core/btf/encode.js';
import { typeName } from '../../../src/core/btf/type-name.js';
import { BtfWriter } from '../../support/btf-writer.js';

function codeOf(action: () => unknown): BtfErrorCode | 'no error' {
  try {
    action();
  } catch (error) {
    if (error instanceof BtfError) return error.code;
    throw error;
  }
  return 'no error';
}

function patched(bytes: Uint8Array, offset: number, value: number): Uint8Array {
  const copy = bytes.slice();
  new DataView(copy.buffer).setUint32(offset, value, true);
  return copy;
}

const simple = new BtfWriter();
const u32 = simple.int('unsigned int', 4);
simple.struct('pair', 8, [
  { name: 'left', type: u32, at: 0 },
  { name: 'right', type: u32, at: 32 },
]);
const good = simple.bytes();

describe('the blob', () => {
  it.each([
    ['empty', new Uint8Array(), 'truncated'],
    ['a header cut off', good.subarray(0, 20), 'truncated'],
    ['no magic', patched(good, 0, 0x12345678), 'not_btf'],
    ['big-endian', Uint8Array.of(0xeb, 0x9f, 1, 0, ...new Uint8Array(20)), 'foreign_endianness'],
    ['version 2', patched(good, 0, 0x0002eb9f), 'not_btf'],
    ['a header longer than the blob', patched(good, 4, 4096), 'corrupt'],
    ['a header shorter than itself', patched(good, 4, 8), 'corrupt'],
    ['types behind the end', patched(good, 12, 0xffffff00), 'truncated'],
    ['strings behind the end', patched(good, 16, 0xfffffff0), 'truncated'],
    ['no strings', patched(good, 20, 0), 'corrupt'],
    ['a blob cut within the strings', good.subarray(0, good.length - 3), 'truncated'],
    ['strings without an end', Uint8Array.from([...good.subarray(0, -1), 0x41]), 'corrupt'],
    ['an unknown kind', patched(good, 24 + 4, 25 << 24), 'corrupt'],
    [
      'more members than there are bytes',
      patched(good, 24 + 16 + 4, (4 << 24) | 0xffff),
      'truncated',
    ],
  ] as const)('%s', (_, bytes, code) => {
    expect(codeOf(() => new Btf(bytes))).toBe(code);
  });
});

describe('types', () => {
  const decodeAll = (writer: BtfWriter, id: number) => () =>
    new Decoder(new Btf(writer.bytes())).decode(id, new Uint8Array(64));

  it('an id that does not exist', () => {
    const writer = new BtfWriter();
    const type = writer.typedef('gone', 99);
    expect(codeOf(decodeAll(writer, type))).toBe('no_such_type');
  });

  it('a struct that holds itself', () => {
    const writer = new BtfWriter();
    writer.struct('me', 8, [{ name: 'me', type: 1, at: 0 }]);
    expect(codeOf(decodeAll(writer, 1))).toBe('recursive_type');
  });

  it('an array of itself, a typedef of itself', () => {
    const array = new BtfWriter();
    array.array(1, 1);
    expect(codeOf(decodeAll(array, 1))).toBe('recursive_type');
    const name = new BtfWriter();
    name.typedef('t', 1);
    expect(codeOf(decodeAll(name, 1))).toBe('recursive_type');
    expect(typeName(new Btf(name.bytes()), 1)).toBe('t');
  });

  it('nesting deeper than the kernel allows', () => {
    const writer = new BtfWriter();
    let type = writer.int('unsigned int', 4);
    for (let depth = 0; depth < 40; depth++) {
      type = writer.struct(`s${depth}`, 4, [{ name: 'm', type, at: 0 }]);
    }
    expect(codeOf(decodeAll(writer, type))).toBe('recursive_type');
  });

  it('a doubling union: 2^30 readings of four bytes', () => {
    const writer = new BtfWriter();
    let type = writer.int('unsigned int', 4);
    for (let depth = 0; depth < 30; depth++) {
      type = writer.union(`u${depth}`, 4, [
        { name: 'a', type, at: 0 },
        { name: 'b', type, at: 0 },
      ]);
    }
    expect(codeOf(decodeAll(writer, type))).toBe('too_complex');
  });

  it('four billion elements, of four bytes and of none', () => {
    const writer = new BtfWriter();
    const wide = writer.array(writer.int('unsigned int', 4), 0xffffffff);
    const empty = writer.array(writer.struct('nothing', 0, []), 0xffffffff);
    expect(codeOf(decodeAll(writer, wide))).toBe('too_complex');
    expect(codeOf(decodeAll(writer, empty))).toBe('too_complex');
  });

  it('members outside of their struct, bitfields wider than their type', () => {
    const outside = new BtfWriter();
    const int = outside.int('unsigned int', 4);
    const type = outside.struct('s', 4, [{ name: 'm', type: int, at: 16 }]);
    expect(codeOf(decodeAll(outside, type))).toBe('corrupt');
    const wide = new BtfWriter();
    const byte = wide.int('unsigned char', 1);
    const field = wide.struct('s', 8, [{ name: 'm', type: byte, at: 0, bits: 9 }]);
    expect(codeOf(decodeAll(wide, field))).toBe('corrupt');
  });

  it('a member that begins within a byte without being a bitfield', () => {
    const writer = new BtfWriter();
    const int = writer.int('unsigned int', 4);
    const type = writer.struct('s', 8, [{ name: 'm', type: int, at: 3 }]);
    expect(codeOf(decodeAll(writer, type))).toBe('corrupt');
  });

  it('types without a size', () => {
    const writer = new BtfWriter();
    const forward = writer.forward('elsewhere');
    const holder = writer.struct('s', 8, [{ name: 'm', type: forward, at: 0 }]);
    expect(codeOf(decodeAll(writer, forward))).toBe('incomplete_type');
    expect(codeOf(decodeAll(writer, holder))).toBe('incomplete_type');
    expect(codeOf(decodeAll(writer, 0))).toBe('incomplete_type');
  });

  it('a name that would fan out: prototypes of prototypes', () => {
    const writer = new BtfWriter();
    let type = writer.int('int', 4, 1);
    for (let depth = 0; depth < 20; depth++) type = writer.prototype(type, Array(20).fill(type));
    expect(typeName(new Btf(writer.bytes()), type).length).toBeLessThan(20_000);
  });

  it('ints of impossible width', () => {
    const writer = new BtfWriter();
    const type = writer.int('odd', 3);
    const none = writer.int('none', 4, 0, 0);
    const over = writer.int('over', 4, 0, 30, 8);
    for (const id of [type, none, over]) expect(codeOf(decodeAll(writer, id))).toBe('corrupt');
  });

  it('names outside of the strings, or longer than the kernel allows', () => {
    const writer = new BtfWriter();
    const long = writer.int('x'.repeat(600), 4);
    expect(codeOf(decodeAll(writer, long))).toBe('corrupt');
    expect(codeOf(() => new Btf(patched(good, 24, 0x7fffffff)).type(1))).toBe('corrupt');
  });

  it('fewer bytes than the value needs', () => {
    expect(codeOf(() => new Decoder(new Btf(good)).decode(2, new Uint8Array(7)))).toBe(
      'value_too_short',
    );
  });
});

describe('noise', () => {
  /** xorshift32: the same noise in every run. */
  function randomNumbers(seed: number): () => number {
    let state = seed;
    return () => {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      return state >>> 0;
    };
  }

  it('10,000 corrupted blobs: values or BtfError, nothing else', () => {
    const writer = new BtfWriter();
    const int = writer.int('unsigned int', 4);
    const char = writer.int('char', 1, 1);
    const inner = writer.struct('inner', 8, [
      { name: 'a', type: int, at: 0, bits: 5 },
      { name: 'b', type: writer.enum('e', 4, { X: 1, Y: 2 }), at: 32 },
    ]);
    const either = writer.union('', 8, [
      { name: 'inner', type: inner, at: 0 },
      { name: 'text', type: writer.array(char, 8), at: 0 },
    ]);
    writer.struct('outer', 24, [
      { name: '', type: either, at: 0 },
      { name: 'next', type: writer.pointer(inner), at: 64 },
      { name: 'tail', type: writer.array(int, 2), at: 128 },
    ]);
    const clean = writer.bytes();
    const random = randomNumbers(20261121);
    let decoded = 0;
    let refused = 0;
    for (let round = 0; round < 10_000; round++) {
      const bytes = clean.slice();
      for (let change = 1 + (random() % 4); change > 0; change--) {
        bytes[random() % bytes.length] = random() & 0xff;
      }
      const code = codeOf(() => {
        const btf = new Btf(bytes);
        for (let id = 1; id < btf.typeCount; id++) {
          codeOf(() => new Decoder(btf).decode(id, new Uint8Array(64))) === 'no error'
            ? decoded++
            : refused++;
          codeOf(() => new Encoder(btf).encode(id, 1));
          codeOf(() => typeName(btf, id));
        }
      });
      if (code !== 'no error') refused++;
    }
    expect(decoded).toBeGreaterThan(10_000);
    expect(refused).toBeGreaterThan(10_000);
  });
});

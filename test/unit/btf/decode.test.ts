// Values of every kind of type, decoded from the bytes that the kernel would hand out.
import { describe, expect, it } from 'vitest';
import { Btf } from '../../../src/core/btf/btf.js';
import { Decoder } from '../../../src/core/btf/decode.js';
import { decodePerCpu, sumPerCpu } from '../../../src/core/btf/per-cpu.js';
import { BtfWriter, bytesOf } from '../../support/btf-writer.js';

const decoderOf = (writer: BtfWriter) => new Decoder(new Btf(writer.bytes()));

describe('integers', () => {
  const writer = new BtfWriter();
  const types = {
    u8: writer.int('unsigned char', 1),
    s8: writer.int('signed char', 1, 1),
    u16: writer.int('unsigned short', 2),
    s16: writer.int('short', 2, 1),
    u32: writer.int('unsigned int', 4),
    s32: writer.int('int', 4, 1),
    u64: writer.int('unsigned long long', 8),
    s64: writer.int('long long', 8, 1),
    u128: writer.int('__int128 unsigned', 16),
    s128: writer.int('__int128', 16, 1),
    bool: writer.int('_Bool', 1, 4),
  };
  const decoder = decoderOf(writer);
  const ones = new Uint8Array(16).fill(0xff);

  it.each([
    ['u8', 255],
    ['s8', -1],
    ['u16', 65535],
    ['s16', -1],
    ['u32', 4294967295],
    ['s32', -1],
    ['u64', 18446744073709551615n],
    ['s64', -1],
    ['u128', 340282366920938463463374607431768211455n],
    ['s128', -1],
  ] as const)('%s with all bits set is %s', (name, value) => {
    expect(decoder.decode(types[name], ones)).toBe(value);
  });

  it('64 bits are numbers as long as they are exact, bigints beyond', () => {
    const at = (value: bigint) => bytesOf([8, value]);
    expect(decoder.decode(types.u64, at(2n ** 53n - 1n))).toBe(Number.MAX_SAFE_INTEGER);
    expect(decoder.decode(types.u64, at(2n ** 53n))).toBe(2n ** 53n);
    expect(decoder.decode(types.u64, at(2n ** 53n + 1n))).toBe(2n ** 53n + 1n);
    expect(decoder.decode(types.s64, at(-(2n ** 53n) + 1n))).toBe(Number.MIN_SAFE_INTEGER);
    expect(decoder.decode(types.s64, at(-(2n ** 63n)))).toBe(-(2n ** 63n));
  });

  it('bool is true for anything but zero', () => {
    expect(decoder.decode(types.bool, bytesOf([1, 0]))).toBe(false);
    expect(decoder.decode(types.bool, bytesOf([1, 2]))).toBe(true);
  });
});

describe('other scalars', () => {
  const writer = new BtfWriter();
  const float = writer.float('float', 4);
  const double = writer.float('double', 8);
  const pointer = writer.pointer(0);
  const state = writer.enum('state', 4, { IDLE: 0, BUSY: 1, ALIAS_OF_BUSY: 1, BROKEN: 0xffffffff });
  const signedState = writer.enum('signed_state', 1, { LOST: -1, FOUND: 1 }, true);
  const wide = writer.enum64('wide', { SMALL: 1n, HUGE: 0x8000_0000_0000_0000n });
  const named = writer.const(writer.volatile(writer.typedef('state_t', state)));
  const decoder = decoderOf(writer);

  it('floats of 4 and 8 bytes', () => {
    expect(decoder.decode(float, new Uint8Array(Float32Array.of(1.5).buffer))).toBe(1.5);
    expect(decoder.decode(double, new Uint8Array(Float64Array.of(-0.1).buffer))).toBe(-0.1);
  });

  it('pointers are hex', () => {
    expect(decoder.decode(pointer, bytesOf([8, 0xffff888012345678n]))).toBe('0xffff888012345678');
    expect(decoder.decode(pointer, bytesOf([8, 0]))).toBe('0x0');
  });

  it('enums by name, through typedefs and qualifiers; a number where no name fits', () => {
    expect(decoder.decode(named, bytesOf([4, 1]))).toBe('BUSY');
    expect(decoder.decode(named, bytesOf([4, 0xffffffff]))).toBe('BROKEN');
    expect(decoder.decode(named, bytesOf([4, 7]))).toBe(7);
    expect(decoder.decode(signedState, bytesOf([1, 0xff]))).toBe('LOST');
    expect(decoder.decode(signedState, bytesOf([1, 0xfe]))).toBe(-2);
    expect(decoder.decode(wide, bytesOf([8, 2n ** 63n]))).toBe('HUGE');
    expect(decoder.decode(wide, bytesOf([8, 2]))).toBe(2);
  });
});

describe('arrays', () => {
  const writer = new BtfWriter();
  const char = writer.int('char', 1, 1);
  const byte = writer.int('unsigned char', 1);
  const name = writer.array(writer.const(char), 8);
  const address = writer.array(byte, 4);
  const matrix = writer.array(writer.array(writer.int('short', 2, 1), 2), 2);
  const flexible = writer.struct('event', 4, [
    { name: 'kind', type: writer.int('unsigned int', 4), at: 0 },
    { name: 'text', type: writer.array(char, 0), at: 32 },
  ]);
  const decoder = decoderOf(writer);

  it('char arrays are text up to the zero byte, UTF-8, the whole array without one', () => {
    const text = (value: string) =>
      Buffer.concat([Buffer.from(value), Buffer.alloc(8)]).subarray(0, 8);
    expect(decoder.decode(name, text('eth0\0xyz'))).toBe('eth0');
    expect(decoder.decode(name, text('gänse'))).toBe('gänse');
    expect(decoder.decode(name, text('12345678'))).toBe('12345678');
    expect(decoder.decode(name, Uint8Array.of(0x61, 0xff, 0, 0, 0, 0, 0, 0))).toBe('a\ufffd');
  });

  it('bytes and nested arrays are arrays', () => {
    expect(decoder.decode(address, Uint8Array.of(10, 0, 0, 1))).toEqual([10, 0, 0, 1]);
    expect(decoder.decode(matrix, bytesOf([2, 1], [2, -2], [2, 3], [2, -4]))).toEqual([
      [1, -2],
      [3, -4],
    ]);
  });

  it('a trailing array without length takes the rest', () => {
    const bytes = Buffer.concat([bytesOf([4, 9]), Buffer.from('hello')]);
    expect(decoder.decode(flexible, bytes)).toEqual({ kind: 9, text: 'hello' });
    expect(decoder.decode(flexible, bytesOf([4, 9]))).toEqual({ kind: 9, text: '' });
  });
});

describe('structs and unions', () => {
  it('nested, with a union read in every way and anonymous members as the parent’s', () => {
    const writer = new BtfWriter();
    const u32 = writer.int('unsigned int', 4);
    const u8 = writer.int('unsigned char', 1);
    const inner = writer.struct('port', 4, [{ name: 'number', type: u32, at: 0 }]);
    const either = writer.union('', 4, [
      { name: 'whole', type: u32, at: 0 },
      { name: 'bytes', type: writer.array(u8, 4), at: 0 },
    ]);
    const outer = writer.struct('endpoint', 8, [
      { name: 'port', type: inner, at: 0 },
      { name: '', type: either, at: 32 },
    ]);
    expect(decoderOf(writer).decode(outer, bytesOf([4, 443], [4, 0x0100007f]))).toEqual({
      port: { number: 443 },
      whole: 0x0100007f,
      bytes: [127, 0, 0, 1],
    });
  });

  it('bitfields of both encodings, signed ones, across bytes, enums in bits', () => {
    const writer = new BtfWriter();
    const u32 = writer.int('unsigned int', 4);
    const s32 = writer.int('int', 4, 1);
    const color = writer.enum('color', 4, { RED: 0, GREEN: 1, BLUE: 2 });
    const flags = writer.struct('flags', 8, [
      { name: 'low', type: u32, at: 0, bits: 3 },
      { name: 'wide', type: u32, at: 3, bits: 11 },
      { name: 'negative', type: s32, at: 14, bits: 5 },
      { name: 'color', type: color, at: 19, bits: 2 },
      { name: 'plain', type: u32, at: 32, bits: 0 },
    ]);
    const legacyThree = writer.int('unsigned int', 4, 0, 3, 0);
    const legacyFive = writer.int('unsigned int', 4, 0, 5, 0);
    const legacy = writer.struct('legacy', 4, [
      { name: 'a', type: legacyThree, at: 0 },
      { name: 'b', type: legacyFive, at: 3 },
    ]);
    const decoder = decoderOf(writer);
    const word = 5 | (1234 << 3) | ((-7 & 0x1f) << 14) | (2 << 19);
    expect(decoder.decode(flags, bytesOf([4, word], [4, 77]))).toEqual({
      low: 5,
      wide: 1234,
      negative: -7,
      color: 'BLUE',
      plain: 77,
    });
    expect(decoder.decode(legacy, bytesOf([4, 0b10110_101]))).toEqual({ a: 5, b: 22 });
  });

  it('a member called __proto__ is a member and changes no prototype', () => {
    const writer = new BtfWriter();
    const u32 = writer.int('unsigned int', 4);
    const inner = writer.struct('inner', 4, [{ name: 'polluted', type: u32, at: 0 }]);
    const outer = writer.struct('outer', 4, [{ name: '__proto__', type: inner, at: 0 }]);
    const value = decoderOf(writer).decode(outer, bytesOf([4, 1])) as object;
    expect(Object.keys(value)).toEqual(['__proto__']);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect('polluted' in value).toBe(false);
  });

  it('a data section is its variables by name', () => {
    const writer = new BtfWriter();
    const u64 = writer.int('unsigned long long', 8);
    const section = writer.section('.bss', 16, [
      { type: writer.variable('packets', u64), at: 0, size: 8 },
      { type: writer.variable('drops', u64), at: 8, size: 8 },
    ]);
    expect(decoderOf(writer).decode(section, bytesOf([8, 3], [8, 4]))).toEqual({
      packets: 3,
      drops: 4,
    });
  });
});

describe('per-CPU values', () => {
  const writer = new BtfWriter();
  const u32 = writer.int('unsigned int', 4);
  const name = writer.array(writer.int('char', 1, 1), 4);
  const value = writer.struct('counter', 12, [
    { name: 'packets', type: u32, at: 0 },
    { name: 'sizes', type: writer.array(u32, 1), at: 32 },
    { name: 'name', type: name, at: 64 },
  ]);
  const decoder = decoderOf(writer);
  const cpu = (packets: number, size: number, text: string) =>
    Buffer.concat([bytesOf([4, packets], [4, size]), Buffer.from(text), Buffer.alloc(4)]);

  it('are padded to 8 bytes each and summed member by member', () => {
    const values = decodePerCpu(
      decoder,
      value,
      Buffer.concat([cpu(1, 10, 'same'), cpu(2, 20, 'same')]),
      2,
    );
    expect(values).toEqual([
      { packets: 1, sizes: [10], name: 'same' },
      { packets: 2, sizes: [20], name: 'same' },
    ]);
    expect(sumPerCpu(values)).toEqual({ packets: 3, sizes: [30], name: 'same' });
  });

  it('text that differs between CPUs has no sum', () => {
    const values = decodePerCpu(
      decoder,
      value,
      Buffer.concat([cpu(1, 1, 'abcd'), cpu(1, 1, 'efgh')]),
      2,
    );
    expect(sumPerCpu(values)).toEqual({ packets: 2, sizes: [2], name: null });
  });

  it('sums stay exact beyond 2^53', () => {
    expect(sumPerCpu([2 ** 53 - 1, 1])).toBe(2n ** 53n);
    expect(sumPerCpu([2n ** 60n, 5])).toBe(2n ** 60n + 5n);
    expect(sumPerCpu([0.5, 0.25])).toBe(0.75);
    expect(sumPerCpu([])).toBe(null);
  });

  it('too few bytes for the CPUs is an error', () => {
    expect(() => decodePerCpu(decoder, value, new Uint8Array(16), 2)).toThrow(
      /16 bytes for 2 CPUs/,
    );
  });
});

// Keys and values made from JavaScript: what fits becomes bytes that decode to the same, what doesn't says where.
import { describe, expect, it } from 'vitest';
import { Btf } from '../../../src/core/btf/btf.js';
import { Decoder } from '../../../src/core/btf/decode.js';
import { Encoder } from '../../../src/core/btf/encode.js';
import { BtfWriter, bytesOf } from '../../support/btf-writer.js';

const writer = new BtfWriter();
const u8 = writer.int('unsigned char', 1);
const u16 = writer.int('unsigned short', 2);
const s32 = writer.int('int', 4, 1);
const u64 = writer.int('unsigned long long', 8);
const bool = writer.int('_Bool', 1, 4);
const char = writer.int('char', 1, 1);
const color = writer.enum('color', 4, { RED: 0, GREEN: 5 });
const oldNegative = writer.enum('old_negative', 4, { MINUS: -3, PLUS: 3 });
const text = writer.array(char, 6);
const bytes4 = writer.array(u8, 4);
const address = writer.union('', 4, [
  { name: 'ip', type: bytes4, at: 0 },
  { name: 'number', type: s32, at: 0 },
]);
const key = writer.struct('key', 16, [
  { name: 'address', type: address, at: 0 },
  { name: 'port', type: u16, at: 32 },
  { name: 'color', type: color, at: 64 },
  { name: 'open', type: bool, at: 96 },
]);
const bits = writer.struct('bits', 4, [
  { name: 'a', type: s32, at: 0, bits: 3 },
  { name: 'b', type: color, at: 3, bits: 4 },
]);
const open = writer.struct('open', 8, [
  { name: '', type: address, at: 0 },
  { name: 'port', type: u16, at: 32 },
]);
const pointer = writer.pointer(0);
const double = writer.float('double', 8);
const btf = new Btf(writer.bytes());
const encoder = new Encoder(btf);
const decoder = new Decoder(btf);

describe('what fits', () => {
  it.each([
    ['u64', u64, 18446744073709551615n, 18446744073709551615n],
    ['a decimal string', u64, '9007199254740993', 9007199254740993n],
    ['a hex string', u64, '0xff', 255],
    ['negative', s32, -5, -5],
    ['bool', bool, true, true],
    ['enum by name', color, 'GREEN', 'GREEN'],
    ['enum by number', color, 6, 6],
    ['an old enum with a negative name', oldNegative, 'MINUS', 'MINUS'],
    ['text', text, 'eth0', 'eth0'],
    ['text that fills its array', text, 'abcdef', 'abcdef'],
    ['bytes', bytes4, Uint8Array.of(1, 2, 3, 4), [1, 2, 3, 4]],
    ['pointer', pointer, '0xffff888000000000', '0xffff888000000000'],
    ['double', double, 0.1, 0.1],
    ['bitfields', bits, { a: -3, b: 'GREEN' }, { a: -3, b: 'GREEN' }],
  ] as const)('%s', (_, type, given, back) => {
    expect(decoder.decode(type, encoder.encode(type, given))).toEqual(back);
  });

  it('a struct has zero padding and one member of its union', () => {
    const given = { address: { ip: [10, 0, 0, 1] }, port: 443, color: 'GREEN', open: true };
    expect(encoder.encode(key, given)).toEqual(
      bytesOf([4, 0x0100000a], [2, 443], [2, 0], [4, 5], [1, 1], [1, 0], [2, 0]),
    );
  });

  it('members of an anonymous union stand among the parent’s', () => {
    expect(encoder.encode(open, { number: 1, port: 2 })).toEqual(bytesOf([4, 1], [2, 2], [2, 0]));
  });
});

describe('what does not fit says where and why', () => {
  const whole = { address: { ip: [10, 0, 0, 1] }, port: 443, color: 'GREEN', open: true };
  it.each([
    ['too large', u8, 256, "value: 256 isn't within 8 unsigned bits"],
    ['negative for unsigned', u64, -1, "value: -1 isn't within 64 unsigned bits"],
    ['inexact', u64, 2 ** 60, "isn't a whole number"],
    ['fraction', s32, 1.5, "value: 1.5 isn't a whole number"],
    ['text for a number', s32, 'x', 'value: "x" isn\'t a whole number'],
    ['unknown name', color, 'MAUVE', 'value: "MAUVE" isn\'t a name of enum color'],
    ['number for bool', bool, 2, "isn't true or false"],
    ['text too long', text, 'seven..', 'at most 6 bytes long'],
    ['array too short', bytes4, [1, 2, 3], '3 elements where 4 are wanted'],
    ['an element', bytes4, [1, 2, 3, 'x'], 'value[3]: "x" isn\'t a whole number'],
    ['a missing member', key, { ...whole, port: undefined }, 'value.port: undefined'],
    ['an absent member', open, { number: 1 }, 'value: member port is missing'],
    ['a foreign member', key, { ...whole, prot: 1 }, 'struct key has no member "prot"'],
    ['two of a union', key, { ...whole, address: { ip: [1, 1, 1, 1], number: 1 } }, 'exactly one'],
    ['none of a union', key, { ...whole, address: {} }, 'exactly one of its members, not 0'],
    ['a bitfield', bits, { a: 4, b: 'RED' }, "value.a: 4 isn't within 3 signed bits"],
    ['null', key, null, "isn't an object"],
  ] as const)('%s', (_, type, given, message) => {
    expect(() => encoder.encode(type, given)).toThrow(message);
    expect(() => encoder.encode(type, given)).toThrow(
      expect.objectContaining({ code: 'wrong_value' }),
    );
  });
});

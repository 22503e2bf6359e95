// Type names as a C programmer writes them.
import { expect, it } from 'vitest';
import { Btf } from '../../../src/core/btf/btf.js';
import { typeName } from '../../../src/core/btf/type-name.js';
import { BtfWriter } from '../../support/btf-writer.js';

it('declares like C', () => {
  const writer = new BtfWriter();
  const int = writer.int('int', 4, 1);
  const char = writer.int('char', 1, 1);
  const flow = writer.struct('flow', 0, []);
  const cases: readonly (readonly [number, string])[] = [
    [0, 'void'],
    [int, 'int'],
    [flow, 'struct flow'],
    [writer.struct('', 0, []), 'struct {…}'],
    [writer.union('u', 0, []), 'union u'],
    [writer.enum('e', 4, {}), 'enum e'],
    [writer.forward('later'), 'struct later'],
    [writer.typedef('__u32', int), '__u32'],
    [writer.pointer(0), 'void *'],
    [writer.pointer(writer.const(char)), 'const char *'],
    [writer.const(writer.pointer(char)), 'char *const'],
    [writer.const(writer.volatile(int)), 'const volatile int'],
    [writer.array(char, 16), 'char[16]'],
    [writer.array(writer.array(int, 3), 2), 'int[2][3]'],
    [writer.array(writer.pointer(flow), 4), 'struct flow *[4]'],
    [writer.pointer(writer.array(int, 4)), 'int (*)[4]'],
    [writer.pointer(writer.prototype(int, [writer.pointer(0), int])), 'int (*)(void *, int)'],
    [writer.pointer(writer.prototype(0, [])), 'void (*)(void)'],
    [writer.pointer(writer.prototype(int, [int, 0])), 'int (*)(int, ...)'],
    [writer.float('double', 8), 'double'],
  ];
  const btf = new Btf(writer.bytes());
  expect(cases.map(([id]) => typeName(btf, id))).toEqual(cases.map(([, text]) => text));
});

it('finds types by the name that C gives them', () => {
  const writer = new BtfWriter();
  const flow = writer.struct('flow', 0, []);
  const alias = writer.typedef('flow_t', flow);
  const same = writer.union('same', 0, []);
  const btf = new Btf(writer.bytes());
  expect(btf.findByTypeName('struct flow')?.id).toBe(flow);
  expect(btf.findByTypeName('flow_t')?.id).toBe(alias);
  expect(btf.findByTypeName('same')?.id).toBe(same);
  expect(btf.findByTypeName('struct same')).toBeUndefined();
  expect(btf.findByTypeName('flo')).toBeUndefined();
});

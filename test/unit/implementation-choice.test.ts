// EBPF_IMPLEMENTATION, --object and --watch: which object is asked for.
import { expect, it } from 'vitest';
import { requestedObject } from '../../src/cli/implementation-choice.js';

const choose = (EBPF_IMPLEMENTATION?: string, option?: string, watch = false, keep = false) =>
  requestedObject({
    object: option,
    watch,
    keepPrivileges: keep,
    implementation: EBPF_IMPLEMENTATION,
  });

it('is the embedded object without a word, and with the name', () => {
  expect(choose()).toEqual({ object: null, notice: null });
  expect(choose('')).toEqual({ object: null, notice: null });
  expect(choose('Embedded')).toEqual({ object: null, notice: null });
});

it('maps the names of other loaders to the nearest, and says so', () => {
  for (const name of ['libbpf', 'aya', 'bcc', 'cilium']) {
    const { object, notice } = choose(name);
    expect(object).toBeNull();
    expect(notice).toContain(`EBPF_IMPLEMENTATION=${name}: the embedded object`);
  }
});

it('lets the option win over the variable, whatever that says', () => {
  const object = { path: 'x.o', bytes: null, watch: true, measuredAlways: true };
  expect(choose('nonsense', 'x.o', true)).toEqual({ object, notice: null });
});

it('has the kernel measure an object all the time where the right to begin anew is given up', () => {
  expect(choose(undefined, 'x.o', false, false).object?.measuredAlways).toBe(true);
  expect(choose(undefined, 'x.o', false, true).object?.measuredAlways).toBe(false);
});

it.each([
  ['nonsense', undefined, false, /isn't known/],
  ['object', undefined, false, /needs a file/],
  ['elf', undefined, false, /needs a file/],
  [undefined, undefined, true, /--watch needs a file/],
] as const)('refuses %s %s %s', (variable, option, watch, words) => {
  expect(() => choose(variable, option, watch)).toThrow(words);
});

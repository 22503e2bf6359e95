// Object files with faults of any kind: each is read, or refused with words and advice; none ends in an exception of ours.
import { expect, it } from 'vitest';
import { Btf } from '../../../src/core/btf/btf.js';
import { ExpectedError } from '../../../src/core/errors/expected-error.js';
import { keptMaps } from '../../../src/core/objects/kept-maps.js';
import { TypeCodec } from '../../../src/core/objects/map-codec.js';
import { type ObjectFile, parseObjectFile } from '../../../src/core/objects/object-file.js';
import { BtfWriter, mapWith } from '../../support/btf-writer.js';
import { writeElf } from '../../support/elf-writer.js';
import { mutated, structureOf } from '../../support/mutated-object.js';

/** Programs, maps, a ring with typed events, variables, an enum and what is nested. */
function healthyObject(): Uint8Array {
  const writer = new BtfWriter();
  const u32 = writer.int('unsigned int', 4);
  const pair = writer.struct('pair', 8, [
    { name: 'left', type: u32, at: 0 },
    { name: 'right', type: writer.typedef('word', u32), at: 32 },
  ]);
  const event = writer.struct('event', 72, [
    { name: 'pairs', type: writer.array(pair, 8), at: 0 },
    { name: 'n', type: u32, at: 512 },
  ]);
  const counts = mapWith(writer, 'counts', { type: 1, max_entries: 64 }, { key: u32, value: pair });
  const ring = mapWith(writer, 'ring', { type: 27, max_entries: 4096 }, { value: event });
  writer.section('.maps', 64, [
    { type: counts, at: 0, size: 32 },
    { type: ring, at: 32, size: 24 },
  ]);
  const variable = writer.variable('number', u32);
  writer.section('.rodata', 0, [{ type: variable, at: 0, size: 4 }]);
  return writeElf(
    [
      { name: 'xdp', bytes: new Uint8Array(16), executable: true },
      { name: 'tc/egress', bytes: new Uint8Array(16), executable: true },
      { name: '.rodata', bytes: new Uint8Array(8) },
      { name: '.BTF', bytes: writer.bytes() },
    ],
    [
      { name: 'one', section: 'xdp', kind: 2 },
      { name: 'two', section: 'tc/egress', kind: 2 },
      { name: 'number', section: '.rodata', kind: 1, offset: 4 },
    ],
  );
}

/** What a report does with an object: values of its maps, variables and events, and the names of their types. */
function readAll(file: ObjectFile): void {
  const codec = new TypeCodec(file.btf);
  for (const { keyType, valueType, eventType } of file.maps) {
    for (const type of [keyType, valueType, eventType]) {
      codec.name(type);
      const size = codec.sizeOf(type);
      if (size !== null && size < 1 << 16) codec.decode(type, new Uint8Array(size));
    }
  }
  for (const section of file.dataSections) codec.decodeVariables(section, new Uint8Array(64));
}

it('a global variable that is too large to be shown is null, and the others are shown', () => {
  const writer = new BtfWriter();
  const u32 = writer.int('unsigned int', 4);
  const variables = [
    { name: 'huge', type: writer.variable('huge', writer.array(u32, 2_000_000)), offset: 0 },
    { name: 'small', type: writer.variable('small', u32), offset: 0 },
  ];
  const codec = new TypeCodec(new Btf(writer.bytes()));
  expect(codec.decodeVariables({ name: '.bss', variables }, new Uint8Array(8_000_000))).toEqual({
    huge: null,
    small: 0,
  });
});

it('ten thousand of them', () => {
  const healthy = healthyObject();
  const before = parseObjectFile(healthy, 'healthy.o');
  const structure = structureOf(healthy);
  const seen = { read: 0, refused: 0 };
  for (let seed = 1; seed <= 10_000; seed += 1) {
    try {
      const file = parseObjectFile(mutated(healthy, seed, structure), 'x.bpf.o');
      keptMaps(before, file);
      readAll(file);
      seen.read += 1;
    } catch (error) {
      if (!(error instanceof ExpectedError)) throw new Error(`seed ${seed}`, { cause: error });
      expect(error.message).toMatch(/^x\.bpf\.o: \S/);
      expect(error.advice).not.toBe('');
      expect(error.status).toBe(2);
      seen.refused += 1;
    }
  }
  // Both ways are taken often: else the faults would say nothing.
  expect(seen.read).toBeGreaterThan(1000);
  expect(seen.refused).toBeGreaterThan(1000);
});

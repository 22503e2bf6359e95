// What an object file is, before anything is loaded: its programs, maps and role; and every way in which it can be no such file.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ExpectedError } from '../../../src/core/errors/expected-error.js';
import { hostPlaceOf } from '../../../src/core/objects/host-section.js';
import { isMonitorMap, monitorMaps } from '../../../src/core/objects/monitor-maps.js';
import { type ObjectFile, parseObjectFile } from '../../../src/core/objects/object-file.js';
import { placeOf } from '../../../src/core/objects/program-section.js';
import { KNP_ABI_VERSION } from '../../../src/core/wire/layout.generated.js';
import { BtfWriter, bytesOf, mapWith } from '../../support/btf-writer.js';
import { type SymbolSpec, writeElf } from '../../support/elf-writer.js';

const code = new Uint8Array(16);
const program = (name: string, section: string): SymbolSpec => ({ name, section, kind: 2 });

function objectOf(
  btf: BtfWriter,
  symbols: readonly SymbolSpec[],
  rodata: Uint8Array = new Uint8Array(),
): Uint8Array {
  const executable = [
    ...new Set(symbols.filter(({ kind }) => kind === 2).map(({ section }) => section)),
  ];
  return writeElf(
    [
      ...executable.map((name) => ({ name, bytes: code, executable: true })),
      { name: '.rodata', bytes: rodata },
      { name: '.BTF', bytes: btf.bytes() },
    ],
    symbols,
  );
}

function failureOf(bytes: Uint8Array): ExpectedError {
  try {
    parseObjectFile(bytes, 'x.bpf.o');
  } catch (error) {
    if (error instanceof ExpectedError) return error;
    throw error;
  }
  throw new Error('it was taken');
}

describe('a good object', () => {
  const writer = new BtfWriter();
  const u32 = writer.int('unsigned int', 4);
  const event = writer.struct('event', 4, [{ name: 'n', type: u32, at: 0 }]);
  const counts = mapWith(
    writer,
    'counts',
    { type: 1, max_entries: 64 },
    { key: u32, value: event },
  );
  const ring = mapWith(writer, 'ring', { type: 27, max_entries: 4096 }, { value: event });
  const bare = mapWith(writer, 'bare', { type: 1, max_entries: 8, key_size: 4, value_size: 8 }, {});
  writer.section('.maps', 96, [
    { type: counts, at: 0, size: 32 },
    { type: ring, at: 32, size: 24 },
    { type: bare, at: 64, size: 32 },
  ]);
  const file = parseObjectFile(
    objectOf(writer, [
      program('one', 'xdp'),
      program('two', 'tc/egress'),
      program('three', 'kprobe/x'),
    ]),
    'x.bpf.o',
  );

  it('lists programs with where they belong', () => {
    expect(file.programs).toEqual([
      { name: 'one', section: 'xdp', hook: 'xdp', direction: 'ingress', host: null },
      { name: 'two', section: 'tc/egress', hook: 'tc', direction: 'egress', host: null },
      { name: 'three', section: 'kprobe/x', hook: null, direction: 'ingress', host: null },
    ]);
    expect(file.role).toBe('companion');
  });

  it('lists maps with their types; a ring has a type for its events', () => {
    const seen = file.maps.map(({ name, type, keyType, valueType, eventType, maxEntries }) => [
      ...[name, type, maxEntries, keyType, valueType, eventType],
    ]);
    expect(seen).toEqual([
      ['counts', 1, 64, u32, event, 0],
      ['ring', 27, 4096, 0, 0, event],
      ['bare', 1, 8, 0, 0, 0],
    ]);
    expect(file.maps[2]).toMatchObject({ keyBytes: 4, valueBytes: 8 });
  });
});

it.each([
  ['xdp', 'p', 'xdp', 'ingress'],
  ['xdp.frags', 'p', 'xdp', 'ingress'],
  ['tc', 'count', 'tc', 'ingress'],
  ['tc', 'count_egress', 'tc', 'egress'],
  ['classifier/egress', 'p', 'tc', 'egress'],
  ['tcx/ingress', 'p', 'tc', 'ingress'],
  ['tracepoint/tcp/x', 'p', null, 'ingress'],
  ['tcp_congestion', 'p', null, 'ingress'],
] as const)('section %s, program %s: %s %s', (section, name, hook, direction) => {
  // `tcp…` begins with tc and is something else.
  expect(placeOf(section, name)).toEqual({ hook, direction });
});

it.each([
  ['cgroup/connect4', { kind: 'cgroup' }],
  ['cgroup_skb/egress', { kind: 'cgroup' }],
  ['sockops', { kind: 'cgroup' }],
  ['tp_btf/sched_process_exec', { kind: 'tracing' }],
  ['raw_tp/sys_enter', { kind: 'tracing' }],
  ['fentry.s/tcp_v4_connect', { kind: 'tracing' }],
  ['lsm/socket_connect', { kind: 'tracing' }],
  ['perf_event', { kind: 'perf_event', frequencyHertz: 99 }],
  ['perf_event/499', { kind: 'perf_event', frequencyHertz: 499 }],
  ['perf_event/0', null],
  ['perf_event/often', null],
  ['iter/task_file', { kind: 'iterator', target: 'task_file' }],
  ['iter.s/task', { kind: 'iterator', target: 'task' }],
  ['iter', null],
  ['tp_btf', null],
  ['kprobe/do_exit', null],
  ['cgroups/x', null],
  ['tc', null],
])('section %s belongs to the host as %j', (section, place) => {
  expect(hostPlaceOf(section)).toEqual(place);
});

describe('no object', () => {
  const good = objectOf(new BtfWriter(), [program('one', 'xdp')]);
  const changed = (offset: number, ...bytes: number[]) => {
    const copy = good.slice();
    copy.set(bytes, offset);
    return copy;
  };

  it.each<readonly [string, Uint8Array, RegExp]>([
    ['empty', new Uint8Array(), /the file is empty/],
    ['text', Uint8Array.from(Buffer.from('int main(void) {}')), /no ELF file/],
    ['a header cut off', good.subarray(0, 40), /cut off within its ELF header/],
    ['half written', good.subarray(0, good.length - 100), /cut off or damaged: the section table/],
    ['big-endian', changed(5, 2), /big-endian/],
    ['32 bits', changed(4, 1), /no 64-bit/],
    ['for x86-64', changed(18, 62, 0), /for x86-64, not for BPF/],
    ['for an unknown machine', changed(18, 0x39, 0x30), /machine 12345, not for BPF/],
    ['an executable', changed(16, 2), /no relocatable object/],
    ['no sections', changed(60, 0, 0), /section table is damaged/],
    ['a section table at 2^63', changed(40, 0, 0, 0, 0, 0, 0, 0, 128), /cut off or damaged/],
  ])('%s', (_, bytes, words) => {
    const error = failureOf(bytes);
    expect(error.message).toMatch(words);
    expect(error.status).toBe(2);
    expect(error.advice).not.toBe('');
  });

  it('with a map in .maps that libbpf keeps elsewhere: it would end the process', () => {
    const writer = new BtfWriter();
    const map = mapWith(writer, 'ops', { type: 26, max_entries: 1 }, {});
    writer.section('.maps', 16, [{ type: map, at: 0, size: 16 }]);
    const error = failureOf(objectOf(writer, [program('one', 'xdp')]));
    expect(error.message).toBe('x.bpf.o: map ops in .maps is of kind struct_ops');
    expect(error.advice).toBe('such maps are variables in the section .struct_ops');
  });

  it('without BTF, without programs, with BTF that is none', () => {
    const sections = [{ name: 'xdp', bytes: code, executable: true }];
    expect(failureOf(writeElf(sections, [program('one', 'xdp')])).message).toMatch(/no BTF/);
    expect(failureOf(objectOf(new BtfWriter(), [])).message).toMatch(/no program/);
    const bad = writeElf(
      [...sections, { name: '.BTF', bytes: new Uint8Array(40) }],
      [program('one', 'xdp')],
    );
    expect(failureOf(bad).message).toMatch(/BTF is unusable/);
  });
});

describe('an object in place of ours', () => {
  const ours = ['network_monitor_xdp', 'network_monitor_tc_ingress', 'network_monitor_tc_egress'];

  function monitorObject(version: number | null, names: readonly string[] = ours): Uint8Array {
    const writer = new BtfWriter();
    const symbols = names.map((name) => program(name, name.endsWith('xdp') ? 'xdp' : 'tc'));
    if (version === null) return objectOf(writer, symbols);
    const variable = writer.variable('abi_version', writer.const(writer.int('unsigned int', 4)));
    // As clang leaves it: offset and size are for the loader to fill in from the symbol table.
    writer.section('.rodata', 0, [{ type: variable, at: 0, size: 4 }]);
    const symbol: SymbolSpec = { name: 'abi_version', section: '.rodata', kind: 1, offset: 4 };
    return objectOf(writer, [...symbols, symbol], bytesOf([4, 0xdead], [4, version]));
  }

  it('is known by its programs and the number of its records', () => {
    const file: ObjectFile = parseObjectFile(monitorObject(KNP_ABI_VERSION), 'x.bpf.o');
    expect(file.role).toBe('monitor');
  });

  it('is refused with another number, without one, or with a program missing', () => {
    expect(failureOf(monitorObject(77)).message).toContain(
      `ABI 77, this program reads ABI ${KNP_ABI_VERSION}`,
    );
    expect(failureOf(monitorObject(null)).message).toMatch(/no abi_version/);
    expect(failureOf(monitorObject(KNP_ABI_VERSION, ours.slice(0, 2))).message).toMatch(
      /tc_egress is missing/,
    );
  });

  it('has the maps of bpf/lib as ours', () => {
    const folder = join(import.meta.dirname, '../../../bpf/lib');
    const text = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'));
    const declared = text.flatMap((one) =>
      [...one.matchAll(/^(?:\}|struct \w+) (\w+) SEC\("\.maps"\)/gm)].map(([, name]) => name!),
    );
    expect([...new Set(declared)].sort()).toEqual(monitorMaps);
    const records = readFileSync(join(folder, '../include/records.h'), 'utf8');
    const control = /KNP_CONTROL_MAP "(.*)"/.exec(records)?.[1];
    expect(isMonitorMap(control ?? '')).toBe(true);
  });
});

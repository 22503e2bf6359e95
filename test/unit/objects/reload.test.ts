// Which maps survive a reload, how a watched file is seen, what of a verifier's log is told.
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Btf } from '../../../src/core/btf/btf.js';
import { sameLayout } from '../../../src/core/objects/layout-agreement.js';

import {
  refusedProgram,
  summarizeVerifierLog,
} from '../../../src/core/objects/verifier-summary.js';
import { WatchedObject } from '../../../src/core/objects/watched-object.js';
import { BtfWriter } from '../../support/btf-writer.js';
import { writeElf } from '../../support/elf-writer.js';

describe('layouts agree', () => {
  function counter(change: (writer: BtfWriter, u64: number) => number) {
    const writer = new BtfWriter();
    const id = change(writer, writer.int('unsigned long long', 8));
    return { btf: new Btf(writer.bytes()), id };
  }
  const plain = counter((writer, u64) =>
    writer.struct('count', 16, [
      { name: 'packets', type: u64, at: 0 },
      { name: 'bytes', type: u64, at: 64 },
    ]),
  );

  it('whatever the types are called, and in whatever place of the BTF', () => {
    const same = counter((writer, u64) => {
      writer.int('padding', 2);
      const alias = writer.typedef('__u64', u64);
      return writer.struct('renamed', 16, [
        { name: 'packets', type: writer.const(alias), at: 0 },
        { name: 'bytes', type: alias, at: 64 },
      ]);
    });
    expect(sameLayout(plain, same)).toBe(true);
  });

  it('but not with another member, width, sign or order', () => {
    const swapped = counter((writer, u64) =>
      writer.struct('count', 16, [
        { name: 'bytes', type: u64, at: 0 },
        { name: 'packets', type: u64, at: 64 },
      ]),
    );
    const signed = counter((writer, u64) =>
      writer.struct('count', 16, [
        { name: 'packets', type: writer.int('long', 8, 1), at: 0 },
        { name: 'bytes', type: u64, at: 64 },
      ]),
    );
    const longer = counter((writer, u64) =>
      writer.struct('count', 24, [
        { name: 'packets', type: u64, at: 0 },
        { name: 'bytes', type: u64, at: 64 },
        { name: 'drops', type: u64, at: 128 },
      ]),
    );
    for (const other of [swapped, signed, longer]) expect(sameLayout(plain, other)).toBe(false);
    expect(sameLayout(plain, { ...plain, id: 0 })).toBe(false);
  });
});

describe('a watched file', () => {
  let folder: string;
  let path: string;
  const good = () => writeElf([{ name: 'xdp', bytes: new Uint8Array(8), executable: true }]);

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'kl-watch-'));
    path = join(folder, 'x.bpf.o');
    writeFileSync(path, good());
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const other = () => writeElf([{ name: 'xdp', bytes: new Uint8Array(16), executable: true }]);
  const watch = () => {
    const watched = new WatchedObject(path, good());
    settle(watched);
    return watched;
  };
  /** What several looks in a row find, without those that find nothing. */
  function settle(watched: WatchedObject, looks = 10): string[] {
    return Array.from({ length: looks }, () => watched.look().kind).filter((one) => one !== 'same');
  }

  it('that is half written is left alone, and told once when it stays so', () => {
    const watched = watch();
    writeFileSync(path, other().subarray(0, 90));
    expect(settle(watched, 3)).toEqual([]);
    const found = Array.from({ length: 10 }, () => watched.look());
    expect(found.filter(({ kind }) => kind !== 'same')).toMatchObject([
      { kind: 'broken', error: { message: /cut off/ } },
    ]);
  });

  it('that grows from look to look is read when it is whole', () => {
    const watched = watch();
    const whole = objectBytes();
    for (let bytes = 70; bytes < whole.length; bytes += 40) {
      writeFileSync(path, whole.subarray(0, bytes));
      expect(watched.look().kind).toBe('same');
    }
    writeFileSync(path, whole);
    expect(settle(watched)).toEqual(['new']);
  });

  it('that was changed between reading and watching is seen', () => {
    const watched = new WatchedObject(path, new Uint8Array(5));
    writeFileSync(path, objectBytes());
    expect(settle(watched)).toEqual(['new']);
  });

  it('that is touched, or copied over itself, is the same', () => {
    writeFileSync(path, objectBytes());
    const watched = new WatchedObject(path, objectBytes());
    expect(settle(watched)).toEqual([]);
    utimesSync(path, 5, 5);
    expect(settle(watched)).toEqual([]);
    copyFileSync(path, `${path}.copy`);
    renameSync(`${path}.copy`, path);
    expect(settle(watched)).toEqual([]);
  });

  it('that is replaced by rename, with size and times kept, is another one', () => {
    writeFileSync(path, objectBytes(1));
    const watched = new WatchedObject(path, objectBytes(1));
    settle(watched);
    const { atime, mtime } = statSync(path);
    writeFileSync(`${path}.new`, objectBytes(2));
    utimesSync(`${path}.new`, atime, mtime);
    renameSync(`${path}.new`, path);
    expect(settle(watched)).toEqual(['new']);
  });

  it('behind a link to a folder that is turned, as Kubernetes does it, is another one', () => {
    const names = ['..first', '..second'];
    for (const [index, name] of names.entries()) {
      mkdirSync(join(folder, name));
      writeFileSync(join(folder, name, 'object.o'), objectBytes(index));
    }
    symlinkSync('..first', join(folder, '..data'));
    symlinkSync('..data/object.o', join(folder, 'object.o'));
    const watched = new WatchedObject(join(folder, 'object.o'), objectBytes(0));
    expect(settle(watched)).toEqual([]);
    symlinkSync('..second', join(folder, '..data_tmp'));
    renameSync(join(folder, '..data_tmp'), join(folder, '..data'));
    rmSync(join(folder, '..first'), { recursive: true });
    expect(settle(watched)).toEqual(['new']);
  });

  it('that has gone is told once, after a while, and taken when it is back', () => {
    const watched = watch();
    rmSync(path);
    expect(settle(watched, 3)).toEqual([]);
    expect(settle(watched)).toEqual(['gone']);
    writeFileSync(path, objectBytes());
    expect(settle(watched)).toEqual(['new']);
    rmSync(path);
    expect(settle(watched, 2)).toEqual([]);
    writeFileSync(path, objectBytes());
    expect(settle(watched)).toEqual([]);
  });
});

/** An object that can be read; `mark` makes it another one of the same size. */
function objectBytes(mark = 0): Uint8Array {
  const code = new Uint8Array(16);
  code[0] = mark;
  const btf = new BtfWriter();
  btf.int('int', 4);
  return writeElf(
    [
      { name: 'xdp', bytes: code, executable: true },
      { name: '.BTF', bytes: btf.bytes() },
    ],
    [{ name: 'count', section: 'xdp', kind: 2 }],
  );
}

describe('a verifier log', () => {
  const log = `libbpf: prog 'count_in': BPF program load failed: Permission denied
libbpf: prog 'count_in': -- BEGIN PROG LOAD LOG --
0: R1=ctx(off=0,imm=0) R10=fp0
; void *data = (void *)(long)buffer->data;
0: (61) r6 = *(u32 *)(r1 +76)
; kind.ether_type = bpf_ntohs(header->h_proto);
7: (71) r3 = *(u8 *)(r6 +13)
invalid access to packet, off=13 size=1, R6(id=0,off=13,r=0)
R6 offset is outside of the packet
processed 8 insns (limit 1000000) max_states_per_insn 0 total_states 0
-- END PROG LOAD LOG --
libbpf: failed to load object 'x'`;

  it('comes down to source line, instruction and verdict', () => {
    expect(summarizeVerifierLog(log)).toEqual([
      '; kind.ether_type = bpf_ntohs(header->h_proto);',
      '7: (71) r3 = *(u8 *)(r6 +13)',
      'invalid access to packet, off=13 size=1, R6(id=0,off=13,r=0)',
      'R6 offset is outside of the packet',
    ]);
    expect(refusedProgram(log)).toBe('count_in');
  });

  it("is libbpf's words where no verifier spoke", () => {
    expect(
      summarizeVerifierLog("libbpf: map 'x': failed to create: Invalid argument(-22)\n"),
    ).toEqual(["map 'x': failed to create: Invalid argument(-22)"]);
    expect(summarizeVerifierLog('')).toEqual([]);
  });
});

// Which maps survive a reload, how a watched file is seen, what of a verifier's log is told.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Btf } from '../../../src/core/btf/btf.js';
import { sameLayout } from '../../../src/core/objects/layout-agreement.js';
import { WatchedObject } from '../../../src/core/objects/object-reader.js';
import {
  refusedProgram,
  summarizeVerifierLog,
} from '../../../src/core/objects/verifier-summary.js';
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

  it('that is half written is left alone, and told once when it stays so', () => {
    const watched = new WatchedObject(path);
    expect(watched.look().kind).toBe('same');
    writeFileSync(path, good().subarray(0, 90));
    expect(watched.look().kind).toBe('same');
    expect(watched.look()).toMatchObject({ kind: 'broken', error: { message: /cut off/ } });
    expect(watched.look().kind).toBe('same');
  });

  it('that grows between two looks is not told', () => {
    const watched = new WatchedObject(path);
    for (const bytes of [70, 80, 90, 100]) {
      writeFileSync(path, good().subarray(0, bytes));
      expect(watched.look().kind).toBe('same');
    }
  });

  it('that has gone leaves the old version at work', () => {
    const watched = new WatchedObject(path);
    rmSync(path);
    expect(watched.look().kind).toBe('same');
    expect(watched.look().kind).toBe('same');
  });
});

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

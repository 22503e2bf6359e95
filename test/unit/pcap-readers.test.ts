// Capture file formats: what each reader delivers, and that a broken file gives everything before its fault.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CaptureFault, emptyRecord } from '../../src/core/sources/pcap/capture-record.js';
import { openCapture } from '../../src/core/sources/pcap/open-capture.js';
import { type CapturedPacket, classicCapture, PcapngWriter } from '../support/capture-writer.js';

interface Delivered {
  readonly bytes: string;
  readonly original: number;
  readonly time: string;
  readonly linkType: number;
  readonly name: string | null;
  readonly sent: boolean;
}

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pcap-readers-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function readAll(
  file: Uint8Array,
): Promise<{ packets: Delivered[]; fault: CaptureFault | null }> {
  const path = join(folder, 'file');
  writeFileSync(path, file);
  const capture = await openCapture(path);
  const { reader, window } = capture;
  const record = emptyRecord();
  const packets: Delivered[] = [];
  try {
    for (;;) {
      const step = reader.next(record);
      if (step === 'fault') return { packets, fault: reader.fault };
      if (step === 'more') {
        if (await window.fill(reader.need)) continue;
        return { packets, fault: reader.atEnd() };
      }
      packets.push({
        bytes: record.bytes.toString('latin1', record.offset, record.offset + record.available),
        original: record.originalLength,
        time: `${record.seconds}.${String(record.nanoseconds).padStart(9, '0')}`,
        linkType: record.interface.linkType,
        name: record.interface.name,
        sent: record.sent,
      });
    }
  } finally {
    await capture.file.close();
  }
}

const timeUs = 1_700_000_000_123_456;
function packet(text: string, more: Partial<CapturedPacket> = {}): CapturedPacket {
  return { bytes: Buffer.from(text), timeUs, ...more };
}
const plain = { linkType: 1, name: null, sent: false, time: '1700000000.123456000' };

describe('classic pcap', () => {
  for (const bigEndian of [false, true]) {
    it(`reads ${bigEndian ? 'big' : 'little'} endian microseconds`, async () => {
      const file = classicCapture([packet('one'), packet('two', { originalLength: 1500 })], {
        bigEndian,
      });
      expect(await readAll(file)).toEqual({
        packets: [
          { ...plain, bytes: 'one', original: 3 },
          { ...plain, bytes: 'two', original: 1500 },
        ],
        fault: null,
      });
    });

    it(`reads ${bigEndian ? 'big' : 'little'} endian nanoseconds`, async () => {
      const file = classicCapture([packet('one', { nanoseconds: 789 })], {
        bigEndian,
        nanoseconds: true,
        linkType: 276,
      });
      expect((await readAll(file)).packets).toEqual([
        { ...plain, linkType: 276, bytes: 'one', original: 3, time: '1700000000.123456789' },
      ]);
    });
  }

  it('takes the FCS bits off the link type', async () => {
    const file = classicCapture([packet('one')], { linkType: 0x2400_0001 });
    expect((await readAll(file)).packets[0]?.linkType).toBe(1);
  });

  it('reads the swapped lengths of files before version 2.3', async () => {
    const file = classicCapture([packet('three')], { minorVersion: 2 });
    file.writeUInt32LE(900, 24 + 8);
    file.writeUInt32LE(5, 24 + 12);
    expect((await readAll(file)).packets).toEqual([{ ...plain, bytes: 'three', original: 900 }]);
  });

  it('keeps the head of a packet of 256 KiB and its true length', async () => {
    const file = classicCapture([{ bytes: Buffer.alloc(262_144, 'x'), timeUs }, packet('next')]);
    const { packets, fault } = await readAll(file);
    expect(fault).toBeNull();
    expect(packets.map(({ bytes, original }) => [bytes.length, original])).toEqual([
      [3520, 262_144],
      [4, 4],
    ]);
  });

  it('delivers what comes before a cut, at every byte of a file', async () => {
    const file = classicCapture([packet('first'), packet('second')]);
    const ends = [24, 24 + 16 + 5, 24 + 16 + 5 + 16 + 6];
    for (let length = 4; length <= file.length; length += 1) {
      const { packets, fault } = await readAll(file.subarray(0, length));
      const whole = ends.filter((end) => end <= length).length;
      expect(packets.length, `${length} bytes`).toBe(Math.max(0, whole - 1));
      if (ends.includes(length)) expect(fault, `${length} bytes`).toBeNull();
      else expect(fault?.offset, `${length} bytes`).toBe(length < 24 ? 0 : ends[whole - 1]);
    }
  });

  it('names a record that claims too much, and where it is', async () => {
    const file = Buffer.concat([classicCapture([packet('first')]), Buffer.alloc(64, 0xff)]);
    const { packets, fault } = await readAll(file);
    expect(packets.length).toBe(1);
    expect(fault).toEqual({
      what: 'a record claims 4294967295 captured bytes, more than 262144',
      offset: 24 + 16 + 5,
    });
  });
});

describe('pcapng', () => {
  for (const bigEndian of [false, true]) {
    it(`reads enhanced, simple and obsolete packet blocks, ${bigEndian ? 'big' : 'little'} endian`, async () => {
      const file = new PcapngWriter(bigEndian)
        .interface({ name: 'eth0' })
        .interface({ name: 'wlan0', linkType: 127, resolution: 9 })
        .enhanced(packet('one', { originalLength: 99 }))
        .block(0x0bad, Buffer.from('unknown'))
        .enhanced(packet('two', { interfaceId: 1, nanoseconds: 7 }))
        .obsolete(packet('three', { interfaceId: 1 }))
        .simple(packet('four'))
        .take();
      const eth0 = { ...plain, name: 'eth0' };
      const wlan0 = { ...plain, name: 'wlan0', linkType: 127 };
      expect(await readAll(file)).toEqual({
        packets: [
          { ...eth0, bytes: 'one', original: 99 },
          { ...wlan0, bytes: 'two', original: 3, time: '1700000000.123456007' },
          { ...wlan0, bytes: 'three', original: 5 },
          { ...eth0, bytes: 'four', original: 4, time: 'NaN.000000000' },
        ],
        fault: null,
      });
    });
  }

  it('reads sections of different byte orders; interfaces begin anew', async () => {
    const file = new PcapngWriter(false)
      .interface({ name: 'a' })
      .enhanced(packet('one'))
      .section(true)
      .interface({ name: 'b', linkType: 113 })
      .enhanced(packet('two'))
      .take();
    expect((await readAll(file)).packets.map(({ name, linkType }) => [name, linkType])).toEqual([
      ['a', 1],
      ['b', 113],
    ]);
  });

  it('reads time in powers of two, in picoseconds, and with an offset', async () => {
    const file = new PcapngWriter()
      .interface({ resolution: 0x80 | 10 })
      .interface({ resolution: 11 })
      .interface({ resolution: 0, offsetSeconds: 1_000_000_000 })
      .interface({ resolution: 9 })
      .enhanced(packet('', { timeUs: 1_700_000_000_500_000 }))
      .enhanced(packet('', { interfaceId: 1, timeUs: 1_000_000_123_456, nanoseconds: 789 }))
      .enhanced(packet('', { interfaceId: 2, timeUs: 1_700_000_000_000_000 }))
      .enhanced(packet('', { interfaceId: 3, timeUs: 4_102_444_799_999_999, nanoseconds: 999 }))
      .take();
    expect((await readAll(file)).packets.map(({ time }) => time)).toEqual([
      '1700000000.500000000',
      '1000000.123456789',
      '1700000000.000000000',
      '4102444799.999999999',
    ]);
  });

  it('takes a time that can be none as missing', async () => {
    const file = new PcapngWriter().interface().enhanced(packet('one')).take();
    file.writeUInt32LE(0xffff_ffff, file.length - 4 - 4 - 20 + 4);
    expect((await readAll(file)).packets[0]?.time).toBe('NaN.000000000');
  });

  it('tells sent packets by their flags', async () => {
    const file = new PcapngWriter()
      .interface()
      .enhanced(packet('in', { flags: 1 }))
      .enhanced(packet('out', { flags: 2 }))
      .obsolete(packet('out', { flags: 0x1002 }))
      .enhanced(packet('unknown', { flags: 0 }))
      .take();
    expect((await readAll(file)).packets.map(({ sent }) => sent)).toEqual([
      false,
      true,
      true,
      false,
    ]);
  });

  it('cuts a simple packet at the snap length and ignores its padding', async () => {
    const file = new PcapngWriter()
      .interface({ snapLength: 3 })
      .simple(packet('abc', { originalLength: 70 }))
      .take();
    expect((await readAll(file)).packets).toEqual([
      { ...plain, bytes: 'abc', original: 70, time: 'NaN.000000000' },
    ]);
  });

  it('delivers what comes before a cut, at every byte of a file', async () => {
    const writer = new PcapngWriter().interface({ name: 'eth0' });
    const ends = [28, writer.take().length];
    writer.enhanced(packet('first', { flags: 1 }));
    ends.push(writer.take().length);
    writer.enhanced(packet('second'));
    const file = writer.take();
    ends.push(file.length);
    for (let length = 4; length <= file.length; length += 1) {
      const { packets, fault } = await readAll(file.subarray(0, length));
      const whole = ends.filter((end) => end <= length).length;
      expect(packets.length, `${length} bytes`).toBe(Math.max(0, whole - 2));
      if (ends.includes(length)) expect(fault, `${length} bytes`).toBeNull();
      else expect(fault?.offset, `${length} bytes`).toBe(whole === 0 ? 0 : ends[whole - 1]);
    }
  });

  it('skips a block of any size without reading it into memory, and names it when it is not all there', async () => {
    const start = new PcapngWriter().interface().enhanced(packet('one'));
    const offset = start.take().length;
    const file = start
      .block(0x0bad, Buffer.alloc(3 << 20))
      .enhanced(packet('two'))
      .take();
    expect((await readAll(file)).packets.length).toBe(2);
    const { packets, fault } = await readAll(file.subarray(0, offset + (2 << 20)));
    expect(packets.length).toBe(1);
    expect(fault).toEqual({
      what: `the file ends within a block: ${(1 << 20) + 12} bytes are missing`,
      offset,
    });
  });

  const good = () => new PcapngWriter().interface().enhanced(packet('one'));
  const offset = good().take().length;
  const faults: [string, Buffer, string][] = [
    [
      'an interface that is not described',
      good()
        .enhanced(packet('two', { interfaceId: 7 }))
        .take(),
      'a packet names interface 7, which is not described',
    ],
    ['a length that is no multiple of four', spoiled(4, 33), 'a block claims a length of 33 bytes'],
    ['a length of nothing', spoiled(4, 0), 'a block claims a length of 0 bytes'],
    [
      'captured bytes beyond the block',
      spoiled(20, 99),
      'a packet claims 99 captured bytes in a block of 36',
    ],
    ['lengths that differ', spoiled(32, 40), "a block's two lengths differ (36 at its start)"],
    [
      'a section without byte order',
      spoiled(0, 0x0a0d0d0a),
      'a section header has no byte order magic',
    ],
  ];
  function spoiled(at: number, value: number): Buffer {
    const file = good().enhanced(packet('two')).take();
    file.writeUInt32LE(value, offset + at);
    return file;
  }
  for (const [name, file, what] of faults) {
    it(`names ${name}`, async () => {
      const result = await readAll(file);
      expect(result.packets.length).toBe(1);
      expect(result.fault).toEqual({ what, offset });
    });
  }

  it('takes control characters out of interface names', async () => {
    const file = new PcapngWriter()
      .interface({ name: 'e\u001b[31mth\u202e0\0x' })
      .enhanced(packet('a'))
      .take();
    expect((await readAll(file)).packets[0]?.name).toBe('e\ufffd[31mth\ufffd0');
  });
});

describe('other files', () => {
  const others: [string, Uint8Array, RegExp][] = [
    ['an empty file', Buffer.alloc(0), /empty/],
    ['two bytes', Buffer.from('ab'), /too short/],
    ['text', Buffer.from('#!/bin/sh\n'), /neither a pcap nor a pcapng/],
    ['a gzip file', Buffer.from([0x1f, 0x8b, 8, 0, 0]), /gunzip/],
  ];
  for (const [name, file, what] of others) {
    it(`names ${name}`, async () => {
      await expect(readAll(file)).rejects.toMatchObject({
        name: 'ExpectedError',
        status: 1,
        message: expect.stringMatching(what),
      });
    });
  }

  it('reads any bytes as a capture without failing', async () => {
    let state = 1;
    const random = () => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
      return state >>> 16;
    };
    const seeds = [
      classicCapture([packet('first'), packet('second')]),
      new PcapngWriter()
        .interface({ name: 'a' })
        .enhanced(packet('x', { flags: 1 }))
        .simple(packet('y'))
        .take(),
    ];
    for (let round = 0; round < 400; round += 1) {
      const file = Buffer.from(seeds[round % 2] as Buffer);
      // The first four bytes say that it is a capture at all.
      for (let count = 0; count < 3; count += 1)
        file[4 + (random() % (file.length - 4))] = random();
      const { packets, fault } = await readAll(file);
      expect(fault?.offset ?? 0).toBeLessThanOrEqual(file.length);
      for (const { bytes } of packets) expect(bytes.length).toBeLessThanOrEqual(3520);
    }
  });
});

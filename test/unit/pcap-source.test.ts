// The capture source: which frames reach the programs and how, and where ticks begin and end in capture time.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { NativeSession } from '../../src/core/native/contract.js';
import { CaptureSource } from '../../src/core/sources/pcap.js';
import type { SourceTick } from '../../src/core/sources/source.js';
import { captureFrameLayout, linkKind } from '../../src/core/wire/layout.generated.js';
import { type CapturedPacket, classicCapture, PcapngWriter } from '../support/capture-writer.js';
import { linkPackets } from '../support/crafted/link-packets.js';
import {
  ethernet,
  etherType,
  filler,
  ipProtocol,
  ipv4,
  tcp,
  u16,
} from '../support/packet-builder.js';

interface RunFrame {
  readonly timeNs: bigint;
  readonly originalLength: number;
  readonly interfaceIndex: number;
  readonly sent: boolean;
  readonly linkLengthDelta: number;
  readonly bytes: Buffer;
}

const place = captureFrameLayout.offset;

/** Keeps what it was told and given; a drain is an empty batch. */
class RecordingSession {
  readonly interfaces = new Map<number, { slot: number; kind: number }>();
  readonly frames: RunFrame[] = [];
  /** Frames that had been run when each drain came. */
  readonly drains: number[] = [];
  closed = false;
  kernelEvents = 0;
  readonly mapBytes = 0;
  private busy = false;

  setInterface(index: number, slot: number, kind: number): void {
    this.interfaces.set(index, { slot, kind });
  }
  setFeatures(): void {}

  async runFrames(
    buffer: ArrayBuffer,
    length: number,
  ): Promise<{ events: ArrayBuffer; lost: number }> {
    expect(this.busy).toBe(false);
    this.busy = true;
    await new Promise((resolve) => setImmediate(resolve));
    const view = new DataView(buffer);
    for (let at = 0; at < length; ) {
      const captured = view.getUint32(at + place.capturedLength, true);
      const data = at + captureFrameLayout.size;
      this.frames.push({
        timeNs: view.getBigUint64(at + place.timeNs, true),
        originalLength: view.getUint32(at + place.originalLength, true),
        interfaceIndex: view.getUint32(at + place.interfaceIndex, true),
        sent: view.getUint16(at + place.direction, true) === 1,
        linkLengthDelta: view.getInt16(at + place.linkLengthDelta, true),
        bytes: Buffer.from(buffer.slice(data, data + captured)),
      });
      at = (data + captured + 7) & ~7;
    }
    this.busy = false;
    return { events: new ArrayBuffer(this.kernelEvents), lost: 0 };
  }

  async drain(): Promise<ArrayBuffer> {
    expect(this.busy).toBe(false);
    this.drains.push(this.frames.length);
    return new ArrayBuffer(8);
  }

  close(): void {
    this.closed = true;
  }
}

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pcap-source-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Run {
  readonly session: RecordingSession;
  readonly source: CaptureSource;
  readonly ticks: SourceTick[];
  readonly startUs: number;
}

async function run(file: Uint8Array, intervalSeconds = 1, name = 'office.pcap'): Promise<Run> {
  const path = join(folder, name);
  writeFileSync(path, file);
  const session = new RecordingSession();
  const source = new CaptureSource({
    path,
    createSession: () => session as unknown as NativeSession,
  });
  const { timeUs } = await source.start();
  const ticks: SourceTick[] = [];
  for (
    let tick = await source.pull(intervalSeconds, undefined);
    tick;
    tick = await source.pull(intervalSeconds, undefined)
  ) {
    ticks.push(tick);
  }
  await source.close();
  return { session, source, ticks, startUs: timeUs };
}

const frame = ethernet(etherType.ipv4, ipv4(ipProtocol.tcp, tcp(1, 2, filler(8))));
const base = 1_700_000_000_000_000;
const at = (seconds: number, more: Partial<CapturedPacket> = {}): CapturedPacket => ({
  bytes: frame,
  timeUs: base + Math.round(seconds * 1e6),
  ...more,
});

describe('ticks in capture time', () => {
  it('ends a tick where its interval ends, and jumps over intervals without packets', async () => {
    const { ticks, session, startUs } = await run(
      classicCapture([at(0), at(0.999999), at(1), at(10.5), at(10.6)]),
    );
    expect(startUs).toBe(base);
    expect(session.drains).toEqual([2, 3, 5]);
    expect(ticks.map(({ timeUs }) => (timeUs - base) / 1e6)).toEqual([1, 2, 10.6]);
    expect(ticks.map(({ intervalSeconds }) => intervalSeconds)).toEqual([1, 1, 1]);
  });

  it('keeps to the interval that is asked for at each pull', async () => {
    const { session } = await run(classicCapture([at(0), at(0.15), at(0.25), at(0.26)]), 0.1);
    expect(session.drains).toEqual([1, 2, 4]);
  });

  it('keeps packets that run backwards in the current tick, with one warning', async () => {
    const { ticks, session } = await run(
      classicCapture([at(0), at(5), at(2), at(5.5), at(4), at(7)]),
    );
    expect(session.drains).toEqual([1, 5, 6]);
    expect(ticks.map(({ warnings }) => warnings.map(({ code }) => code))).toEqual([
      [],
      ['time_backwards'],
      [],
    ]);
    expect(session.frames.map(({ timeNs }) => Number(timeNs / 1_000_000n) - base / 1000)).toEqual([
      0, 5000, 2000, 5500, 4000, 7000,
    ]);
  });

  it('begins a new segment where time jumps back by more than a minute', async () => {
    const { ticks, session } = await run(
      classicCapture([
        at(3600),
        at(3601.5),
        at(3541.4),
        at(0),
        at(0.5),
        at(1.2),
        at(7200),
        at(7199),
      ]),
    );
    // 3541.4 is 60.1 s before 3601.5, and 0 is an hour before that.
    expect(session.drains).toEqual([1, 2, 3, 5, 6, 8]);
    expect(
      ticks.map(({ timeUs, segmentStartUs }) => [
        (timeUs - base) / 1e6,
        segmentStartUs === undefined ? null : (segmentStartUs - base) / 1e6,
      ]),
    ).toEqual([
      [3601, null],
      [3601.5, null],
      [3541.4, 3541.4],
      [1, 0],
      [2, null],
      [7200, null],
    ]);
    expect(ticks.map(({ warnings }) => warnings.map(({ code }) => code))).toEqual([
      [],
      [],
      ['time_backwards'],
      ['time_backwards'],
      [],
      ['time_backwards'],
    ]);
    expect(ticks[3]!.warnings[0]).toMatchObject({
      timeUs: base + 0.5e6,
      message: expect.stringContaining('back by 3541.4 s'),
    });
  });

  it('says so sixteen times, and no more, of a file that jumps all the time', async () => {
    const packets = Array.from({ length: 100 }, (_, i) => at(i % 2 === 0 ? 1e6 : 0));
    const { ticks, session } = await run(classicCapture(packets));
    expect(session.frames).toHaveLength(100);
    const messages = ticks.flatMap(({ warnings }) => warnings.map(({ message }) => message));
    expect(messages).toHaveLength(16);
    expect(messages.at(-1)).toContain('further jumps are not reported');
  });

  it('costs nothing in a gap of centuries', async () => {
    const { ticks } = await run(
      classicCapture([
        { bytes: frame, timeUs: 0 },
        { bytes: frame, timeUs: 4e15 },
      ]),
    );
    expect(ticks.length).toBe(2);
  });

  it('gives a packet without time the time of the one before it', async () => {
    const file = new PcapngWriter().interface().enhanced(at(3)).simple({ bytes: frame }).take();
    const { ticks, session } = await run(file);
    expect(session.frames[1]?.timeNs).toBe(session.frames[0]?.timeNs);
    expect(ticks[0]?.warnings.map(({ code }) => code)).toEqual(['time_missing']);
  });

  it('hands over the nanoseconds of the capture', async () => {
    const { session } = await run(
      classicCapture([at(0, { nanoseconds: 7 }), at(4.294967, { nanoseconds: 999 })], {
        nanoseconds: true,
      }),
    );
    expect(session.frames.map(({ timeNs }) => timeNs)).toEqual([
      BigInt(base) * 1000n + 7n,
      BigInt(base) * 1000n + 4_294_967_999n,
    ]);
  });
});

describe('frames', () => {
  it('hands over every packet of a large file once, in order', async () => {
    const packets = Array.from({ length: 20_000 }, (_, index) =>
      at(index / 1e4, { originalLength: index }),
    );
    const { session } = await run(classicCapture(packets), 60);
    expect(session.frames.map(({ originalLength }) => originalLength)).toEqual(
      packets.map((_, index) => index),
    );
  });

  it('makes an Ethernet frame of every link type that is decoded', async () => {
    for (const { name, bytes, linkType = 1 } of linkPackets) {
      const { session } = await run(classicCapture([{ bytes }], { linkType }));
      const [seen] = session.frames;
      expect(seen?.originalLength, name).toBe(bytes.length);
      const kind = session.interfaces.get(seen?.interfaceIndex ?? -1)?.kind;
      if (kind === linkKind.other) expect(seen?.bytes.length, name).toBe(0);
      else expect(seen?.bytes.length, name).toBe(bytes.length + (seen?.linkLengthDelta ?? 0));
    }
  });

  it('puts the protocol of a cooked capture where Ethernet has its type', async () => {
    const inside = frame.subarray(14);
    const cooked = Buffer.concat([
      u16(4, 1, 6),
      Buffer.from('020000000009', 'hex'),
      u16(0, 0x0800),
      inside,
    ]);
    const { session } = await run(classicCapture([{ bytes: cooked }], { linkType: 113 }));
    expect(session.frames[0]).toEqual({
      timeNs: 0n,
      originalLength: cooked.length,
      interfaceIndex: 1,
      sent: true,
      linkLengthDelta: -2,
      bytes: Buffer.concat([Buffer.from('000000000000020000000009', 'hex'), u16(0x0800), inside]),
    });
  });

  it('lets a frame end where its bytes do, when its original length is below that', async () => {
    const { session } = await run(classicCapture([{ bytes: frame, originalLength: 0 }]));
    expect(session.frames).toMatchObject([{ originalLength: 0, linkLengthDelta: frame.length }]);
  });

  it('hands over nothing of a link header that is cut off', async () => {
    for (const [linkType, length] of [
      [113, 15],
      [276, 19],
      [0, 3],
      [9, 0],
      [101, 0],
    ] as const) {
      const { session } = await run(
        classicCapture([{ bytes: Buffer.alloc(length) }], { linkType }),
      );
      expect(
        session.frames.map(({ bytes, originalLength }) => [bytes.length, originalLength]),
      ).toEqual([[0, length]]);
    }
  });
});

describe('interfaces', () => {
  it("is the file's name in classic captures", async () => {
    const { source } = await run(classicCapture([at(0)]));
    expect(source.interfaces()).toMatchObject([
      {
        name: 'office.pcap',
        index: 1,
        slot: 0,
        ingress: { hook: 'test_run' },
        egress: { hook: 'none' },
      },
    ]);
  });

  it('is if_name in pcapng, the same over sections, each on its slot', async () => {
    const file = new PcapngWriter()
      .interface({ name: 'eth0' })
      .interface({ name: 'eth1', linkType: 113 })
      .interface()
      .enhanced(at(0))
      .enhanced(at(0, { interfaceId: 2 }))
      .section(true)
      .interface({ name: 'eth1' })
      .enhanced(at(0))
      .take();
    const { source, session } = await run(file, 1, 'two.pcapng');
    expect(source.interfaces().map(({ name, slot }) => [name, slot])).toEqual([
      ['eth0', 0],
      ['eth1', 1],
      ['two.pcapng', 2],
    ]);
    expect(
      session.frames.map(({ interfaceIndex }) => session.interfaces.get(interfaceIndex)?.slot),
    ).toEqual([0, 2, 1]);
  });

  it('names a link type that is not decoded; one name can have both kinds', async () => {
    const file = new PcapngWriter()
      .interface({ name: 'wlan0' })
      .interface({ name: 'wlan0', linkType: 127 })
      .interface({ name: 'wlan0', linkType: 105 })
      .enhanced(at(0))
      .enhanced(at(0, { interfaceId: 1 }))
      .enhanced(at(0, { interfaceId: 2 }))
      .take();
    const { source, session } = await run(file);
    expect(source.interfaces().map(({ name, linkTypeName }) => [name, linkTypeName])).toEqual([
      ['wlan0', 'IEEE802_11_RADIOTAP'],
      ['wlan0 (IEEE802_11)', 'IEEE802_11'],
    ]);
    expect(
      session.frames.map(({ interfaceIndex }) => session.interfaces.get(interfaceIndex)),
    ).toEqual([
      { slot: 0, kind: linkKind.ethernet },
      { slot: 0, kind: linkKind.other },
      { slot: 1, kind: linkKind.other },
    ]);
  });

  it('counts the last ones together when there are too many, and says so', async () => {
    const writer = new PcapngWriter();
    for (let index = 0; index < 100; index += 1) {
      writer.interface({ name: `eth${index}` });
      writer.enhanced(at(0, { interfaceId: index }));
    }
    const { source, session, ticks } = await run(writer.take());
    expect(session.frames.length).toBe(100);
    expect(source.interfaces().length).toBe(64);
    expect(source.interfaces().at(-1)?.name).toBe('further interfaces');
    expect(ticks[0]?.warnings.map(({ code }) => code)).toEqual(['interfaces_exceeded']);
  });
});

describe('ends and faults', () => {
  it('ends without a tick where a capture has no packet', async () => {
    const { ticks, session } = await run(classicCapture([]));
    expect(ticks).toEqual([]);
    expect(session.closed).toBe(true);
  });

  it('delivers what comes before a fault and names it, with exit status 1', async () => {
    const { ticks, session } = await run(classicCapture([at(0), at(5), at(5)]).subarray(0, -3));
    expect(session.frames.length).toBe(2);
    expect(ticks.map(({ fault }) => fault === undefined)).toEqual([true, false]);
    expect(ticks[1]?.fault).toMatchObject({
      status: 1,
      message: expect.stringMatching(
        /office\.pcap: the file ends within a record: .* at byte 180$/,
      ),
    });
  });

  it('names the fault of a file that is no capture', async () => {
    await expect(run(Buffer.from('hello, world'))).rejects.toMatchObject({
      name: 'ExpectedError',
      status: 1,
      message: expect.stringMatching(/office\.pcap: this is neither a pcap nor a pcapng file$/),
    });
  });

  it('rejects with 5 where there is no such file, and for a folder', async () => {
    for (const path of [join(folder, 'absent'), folder]) {
      const source = new CaptureSource({
        path,
        createSession: () => new RecordingSession() as never,
      });
      await expect(source.start()).rejects.toMatchObject({ name: 'ExpectedError', status: 5 });
    }
  });

  it('fails where the programs fail', async () => {
    const session = new RecordingSession();
    session.runFrames = () => Promise.reject(new Error('EFAULT'));
    const path = join(folder, 'broken.pcap');
    writeFileSync(path, classicCapture([at(0)]));
    const source = new CaptureSource({ path, createSession: () => session as never });
    await source.start();
    await expect(source.pull(1, undefined)).rejects.toThrow('EFAULT');
    await source.close();
    expect(session.closed).toBe(true);
  });

  it('reports how far it has come', async () => {
    const file = classicCapture([at(0), at(5)]);
    const path = join(folder, 'progress.pcap');
    writeFileSync(path, file);
    const reports: { readBytes: number; totalBytes: number | null; packets: number }[] = [];
    const source = new CaptureSource({
      path,
      createSession: () => new RecordingSession() as never,
      onProgress: (progress) => reports.push(progress),
    });
    await source.start();
    while (await source.pull(1, undefined));
    await source.close();
    expect(reports.at(-1)).toEqual({ readBytes: file.length, totalBytes: file.length, packets: 2 });
  });
});

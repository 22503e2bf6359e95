// Segments put in order: any order, overlap, repetition and cut of a stream gives the stream; what contradicts it stays apart.
import { describe, expect, it } from 'vitest';
import { isWholeMessage } from '../../../src/core/protocols/message-end.js';
import {
  MESSAGE_BYTES_MAX,
  SegmentRun,
  sequenceDistance,
} from '../../../src/core/protocols/segment-run.js';
import { Random } from '../../support/random.js';

const bytesOf = (text: string): Uint8Array => Buffer.from(text, 'latin1');

describe('a run of segments', () => {
  it('is the stream, in whatever order its segments come, repeated and overlapping, over a wrapped sequence number', () => {
    const random = new Random(11);
    for (let round = 0; round < 400; round += 1) {
      const stream = Uint8Array.from({ length: 2 + random.below(900) }, () => random.below(256));
      const start = random.pick([0, 1, 4_294_967_290, 2_147_483_640, random.below(2 ** 32)]);
      const segments: { at: number; bytes: Uint8Array }[] = [];
      for (let at = 0; at < stream.length; ) {
        const length = 1 + random.below(120);
        segments.push({ at, bytes: stream.subarray(at, at + length) });
        at += 1 + random.below(length);
      }
      // Late by a few places, as in a network, and some twice.
      const arrival = [...segments, ...segments.filter(() => random.below(4) === 0)]
        .map((segment, index) => ({ segment, place: index + random.below(6) }))
        .sort((a, b) => a.place - b.place)
        .map(({ segment }) => segment);
      const [first, ...rest] = arrival;
      const run = new SegmentRun((start + first!.at) >>> 0, first!.bytes);
      for (const { at, bytes } of rest)
        expect(run.add((start + at) >>> 0, bytes)).not.toBe('apart');
      expect(run.sequence).toBe(start);
      expect(Buffer.from(run.head).equals(Buffer.from(stream))).toBe(true);
      expect([...run.rest()]).toEqual([]);
    }
  });

  it('keeps what follows a gap as a piece of its own', () => {
    const run = new SegmentRun(100, bytesOf('USER '));
    expect(run.add(110, bytesOf('PASS'))).toBe('joined');
    expect(Buffer.from(run.head).toString()).toBe('USER ');
    expect(
      [...run.rest()].map(({ sequence, bytes }) => [sequence, Buffer.from(bytes).toString()]),
    ).toEqual([[110, 'PASS']]);
  });

  it('leaves apart what says something else of the same bytes, and what is far away', () => {
    const run = new SegmentRun(100, bytesOf('GET /a'));
    expect(run.add(100, bytesOf('GET /a'))).toBe('repeated');
    expect(run.add(104, bytesOf('/b'))).toBe('apart');
    expect(run.add(98, bytesOf('xxxx'))).toBe('apart');
    expect(run.add(100 + MESSAGE_BYTES_MAX, bytesOf('far'))).toBe('apart');
    expect(run.add(100 - MESSAGE_BYTES_MAX, bytesOf('far'))).toBe('apart');
    expect(Buffer.from(run.head).toString()).toBe('GET /a');
  });

  it('never holds more than its cap, in no more than sixteen pieces, on anything', () => {
    const random = new Random(12);
    for (let round = 0; round < 200; round += 1) {
      const run = new SegmentRun(random.below(2 ** 32), new Uint8Array(1 + random.below(4000)));
      for (let times = 0; times < 60; times += 1) {
        const sequence = (run.sequence + random.below(6000) - 3000) >>> 0;
        run.add(sequence, new Uint8Array(random.below(300)));
        const rest = [...run.rest()];
        expect(rest.length).toBeLessThanOrEqual(16);
        const total = rest.reduce((sum, { bytes }) => sum + bytes.length, run.head.length);
        expect(total).toBeLessThanOrEqual(MESSAGE_BYTES_MAX);
        const distances = rest.map(({ sequence: at }) => sequenceDistance(run.sequence, at));
        expect(distances).toEqual([...distances].sort((a, b) => a - b));
      }
    }
  });
});

describe('the end of a message', () => {
  const whole: readonly (readonly [string, string])[] = [
    ['an FTP line', 'USER alice\r\n'],
    ['a request', 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['a form', 'POST / HTTP/1.1\r\nContent-Length: 4\r\n\r\na=bc'],
    ['an answer', 'HTTP/1.1 401 Unauthorized\r\nContent-Length: 9000\r\n\r\n'],
    ['an LDAP bind', '\x30\x0c\x02\x01\x01\x60\x07\x02\x01\x03\x04\x00\x80\x00'],
    ['a TLS record', '\x16\x03\x01\x00\x03abc'],
    ['a Redis command', '*2\r\n$4\r\nAUTH\r\n$6\r\nsecret\r\n'],
    ['an RDP request', '\x03\x00\x00\x08\x03\xe0\x00\x00'],
    ['an SMB answer', '\x00\x00\x00\x05\xfeSMBx'],
  ];
  it.each(whole)('%s: seen at its last byte, not before', (_name, text) => {
    const bytes = bytesOf(text);
    for (let length = 1; length < bytes.length; length += 1) {
      const isPrefixOfBinary = bytes[0] === 0 && length < 5;
      if (!isPrefixOfBinary)
        expect([length, isWholeMessage(bytes.subarray(0, length))]).toEqual([length, false]);
    }
    expect(isWholeMessage(bytes)).toBe(true);
  });

  it('is where the packet ends, for what nobody knows', () => {
    expect(isWholeMessage(Uint8Array.from([0x80, 1, 2]))).toBe(true);
    expect(isWholeMessage(bytesOf('E\x00\x00\x00\x20SFATAL\x00'))).toBe(true);
    expect(isWholeMessage(bytesOf('YWxpY2U='))).toBe(true);
    expect(isWholeMessage(bytesOf('YWxpY2U'))).toBe(false);
    expect(isWholeMessage(new Uint8Array(0))).toBe(true);
  });
});

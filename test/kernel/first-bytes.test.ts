// Which payload becomes kernel events: the first 2 KB of each direction, whatever the segments, by BPF_PROG_TEST_RUN. Needs the right to load BPF.
import { strict as assert } from 'node:assert';
import { describe, it } from 'node:test';
import { loadNative } from '../../src/core/native/load.js';
import { controlFeature } from '../../src/core/wire/layout.generated.js';
import { kernelEventsOf, openFrames, runFrames } from '../support/frame-events.js';
import {
  ethernet,
  etherType,
  filler,
  ipProtocol,
  ipv4,
  tcp,
  tcpFlag,
  udp,
} from '../support/packet-builder.js';

const CLIENT = '10.0.0.1';
const SERVER = '10.0.0.2';
const PAYLOAD_MAX = 2048;
const SYN_OPTIONS_LONGEST = 40;
/** Of 54 bytes of headers without options. */
const PADDING_LONGEST = 6;
const remembers = loadNative().probe()['compareAndSwap'] === true;

const segment = (flags: number, payload = filler(0), port = 9443) =>
  ethernet(
    etherType.ipv4,
    ipv4(ipProtocol.tcp, tcp(40_000, port, payload, { flags }), {
      source: CLIENT,
      destination: SERVER,
    }),
  );
const answer = (flags: number, payload = filler(0), port = 9443) =>
  ethernet(
    etherType.ipv4,
    ipv4(ipProtocol.tcp, tcp(port, 40_000, payload, { flags }), {
      source: SERVER,
      destination: CLIENT,
    }),
  );
const datagram = (port: number, length: number) =>
  ethernet(etherType.ipv4, ipv4(ipProtocol.udp, udp(40_000, port, filler(length))));
const { syn, ack, psh } = tcpFlag;
const times = (count: number, frame: Uint8Array): Uint8Array[] => Array(count).fill(frame);
const lengthsOf = async (...frames: Uint8Array[]): Promise<number[]> =>
  (await kernelEventsOf(controlFeature.payloadFirstBytes, ...frames)).map(
    ({ payload }) => payload.length,
  );

describe('first bytes', () => {
  it('are up to 2,048 of a segment of TCP and of a datagram of QUIC, 512 of other datagrams', async () => {
    for (const port of [80, 443, 9443]) {
      assert.deepEqual(await lengthsOf(segment(ack, filler(1200), port)), [1200]);
      const [event] = await kernelEventsOf(
        controlFeature.payloadFirstBytes,
        segment(ack, filler(15_000), port),
      );
      assert.equal(event!.payload.length, PAYLOAD_MAX);
      assert.equal(event!.packetPayloadLength, 15_000);
      assert.ok(event!.payload.every((byte) => byte === 0xa5));
    }
    assert.deepEqual(await lengthsOf(datagram(443, 2400), datagram(9000, 1200)), [
      PAYLOAD_MAX,
      512,
    ]);
  });

  it('end after 2 KB of each direction, in segments of any size', async () => {
    for (const size of [50, 200, 700]) {
      const count = Math.ceil((2 * PAYLOAD_MAX) / size);
      const frames = [segment(syn), answer(syn | ack)];
      for (let sent = 0; sent < count; sent += 1) frames.push(segment(ack | psh, filler(size)));
      const answers = times(count, answer(ack | psh, filler(size)));
      const lengths = await lengthsOf(...frames, ...answers);
      // A segment is reported if fewer than 2 KB came before it. Frames may be padded to 60 bytes, a SYN has more options: that much is
      // not counted as payload.
      const counted = size - PADDING_LONGEST;
      const least = 2 * Math.ceil(PAYLOAD_MAX / size);
      const most = 2 * Math.ceil((PAYLOAD_MAX + SYN_OPTIONS_LONGEST) / counted);
      assert.ok(
        lengths.length >= least && lengths.length <= most,
        `${size}: ${lengths.length} of ${2 * count}`,
      );
    }
  });

  it('are not used up by bare acknowledgements, nor by many segments of one byte', async () => {
    const handshake = [segment(syn), answer(syn | ack)];
    assert.deepEqual(
      await lengthsOf(...handshake, ...times(500, segment(ack)), segment(ack | psh, filler(300))),
      [300],
    );
    const single = await lengthsOf(...handshake, ...times(300, segment(ack | psh, filler(1))));
    assert.equal(single.length, 300);
  });

  it('are those of a buffer, however long it is', async () => {
    const request = segment(ack | psh, filler(15_000));
    assert.deepEqual(await lengthsOf(segment(syn), answer(syn | ack), request, request), [
      PAYLOAD_MAX,
    ]);
  });

  it('go on in the epoch after the handshake, behind a bare acknowledgement too', {
    skip: !remembers,
  }, async () => {
    const session = openFrames(controlFeature.payloadFirstBytes);
    try {
      await runFrames(session, [segment(syn), answer(syn | ack), segment(ack)], 1000);
      await session.drain();
      const second = await runFrames(
        session,
        [segment(ack), ...times(20, segment(ack | psh, filler(50)))],
        2000,
      );
      assert.equal(second.length, 20);
      await session.drain();
      const third = await runFrames(session, times(20, segment(ack | psh, filler(50))), 3000);
      assert.ok(third.length <= 1, `${third.length}`);
    } finally {
      session.close();
    }
  });
});

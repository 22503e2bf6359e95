// Frames whose headers lie in the pages of a buffer, as some drivers bring them: TC says the same of them as a capture does.
import { strict as assert } from 'node:assert';
import { after, before, describe, it } from 'node:test';
import type { NativeSession } from '../../src/core/native/contract.js';
import { loadNative } from '../../src/core/native/load.js';
import { openBatch } from '../../src/core/wire/batch.js';
import { readCounters, readTotals, VALUES_A_ROW } from '../../src/core/wire/counters.js';
import { captureFrameLayout, counterRow, linkKind } from '../../src/core/wire/layout.generated.js';
import { compiledTool } from '../support/compiled-tool.js';
import { linkPackets } from '../support/crafted/link-packets.js';
import { malformedPackets } from '../support/crafted/malformed-packets.js';
import { networkPackets } from '../support/crafted/network-packets.js';
import { tunnelPackets } from '../support/crafted/tunnel-packets.js';
import { Namespace, run, uniqueName } from '../support/namespaces.js';
import { openSession } from '../support/native-session.js';
import {
  ethernet,
  etherType,
  filler,
  ipProtocol,
  ipv6,
  ipv6Extension,
  tcp,
  udp,
} from '../support/packet-builder.js';

const INTERFACE = 7;
const tool = compiledTool('paged_frame');
let near: Namespace;
let far: Namespace;
let captured: NativeSession;
const live: NativeSession[] = [];
const wires = [
  ['clsact', 'n0', 'f0'],
  ['xdp-generic', 'n1', 'f1'],
] as const;

const longOptions = (units: number, behind: number, payload: Uint8Array) =>
  ethernet(
    etherType.ipv6,
    ipv6(ipProtocol.destinationOptions, ipv6Extension(behind, payload, units)),
  );
const frames: { name: string; bytes: Uint8Array }[] = [
  {
    name: 'TCP behind 600 bytes of options',
    bytes: longOptions(74, ipProtocol.tcp, tcp(1, 2, filler(40))),
  },
  {
    name: 'UDP behind 2,048 bytes of options',
    bytes: longOptions(255, ipProtocol.udp, udp(1, 2, filler(40))),
  },
  ...[...linkPackets, ...networkPackets, ...tunnelPackets, ...malformedPackets].filter(
    ({ bytes, linkType, originalLength }) =>
      linkType === undefined && originalLength === undefined && bytes.length > 14,
  ),
];

before(() => {
  [near, far] = [new Namespace(uniqueName('kb-pn')), new Namespace(uniqueName('kb-pf'))];
  // A wire for each: generic XDP makes a buffer linear before TC sees it.
  for (const [, leg, other] of wires) {
    run(
      'ip',
      ...['link', 'add', leg, 'netns', near.name, 'type', 'veth'],
      ...['peer', 'name', other, 'netns', far.name],
    );
    for (const [side, name] of [
      [near, leg],
      [far, other],
    ] as const) {
      // Nothing is said on this wire but what we send; arp off: nor is anything answered.
      side.ip('link', 'set', name, 'addrgenmode', 'none');
      side.ip('link', 'set', name, 'arp', 'off', 'mtu', '9000', 'up');
    }
  }
  loadNative().enterNetworkNamespace(`/run/netns/${near.name}`);
  captured = openSession({ capture: true });
  captured.setInterface(INTERFACE, 0, linkKind.ethernet, false);
  for (const [hook, leg] of wires) {
    const { index } = loadNative()
      .links()
      .find(({ name }) => name === leg)!;
    const session = openSession();
    session.setInterface(index, 0, linkKind.ethernet, false);
    session.attach(index, 'ingress', hook);
    live.push(session);
  }
});

after(() => {
  for (const session of [captured, ...live]) session?.close();
  for (const side of [near, far]) side?.remove();
});

/** What XDP counts in rows of its own is TC's row here. */
const rowOfTc = (row: number) =>
  row >= counterRow.healthXdp && row < counterRow.cost
    ? row - counterRow.healthXdp + counterRow.health
    : row;

/** Every row of totals and counters that isn't 0, but for those that tell of cost. */
async function rowsOf(session: NativeSession): Promise<Map<string, string>> {
  const batch = openBatch(await session.drain());
  const rows = new Map<string, string>();
  for (const { protocol, traffic } of readTotals(batch)) {
    rows.set(`protocol ${protocol}`, traffic.join(' '));
  }
  const counters = new Float64Array(counterRow.rows * VALUES_A_ROW);
  readCounters(batch, 0, counterRow.rows, counters);
  for (let row = 0; row < counterRow.rows; row++) {
    const text = counters.subarray(row * VALUES_A_ROW, (row + 1) * VALUES_A_ROW).join(' ');
    const isCost = row >= counterRow.cost && row < counterRow.untracked;
    if (text !== '0 0 0 0' && !isCost) rows.set(`counter ${rowOfTc(row)}`, text);
  }
  return rows;
}

async function runCaptured(frame: Uint8Array): Promise<void> {
  const place = captureFrameLayout.offset;
  const buffer = new ArrayBuffer(captureFrameLayout.size + Math.ceil(frame.length / 8) * 8);
  const view = new DataView(buffer);
  view.setUint32(place.originalLength, frame.length, true);
  view.setUint32(place.capturedLength, frame.length, true);
  view.setUint32(place.interfaceIndex, INTERFACE, true);
  new Uint8Array(buffer).set(frame, captureFrameLayout.size);
  await captured.runFrames(buffer, buffer.byteLength);
}

describe('frames in pages', () => {
  for (const { name, bytes } of frames) {
    it(name, async () => {
      await runCaptured(bytes);
      const expected = await rowsOf(captured);
      assert.ok(expected.size > 0);
      for (const [wire, [hook, , other]] of wires.entries()) {
        const sent = far.run(tool, other, Buffer.from(bytes).toString('hex'));
        assert.equal(sent.status, 0, sent.stderr);
        assert.deepEqual(await rowsOf(live[wire]!), expected, hook);
      }
    });
  }
});

// Crafted packets through the real program, one in each tick: what every single one counts as.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { PcapngWriter } from '../support/capture-writer.js';
import type { CraftedPacket, ExpectedFlow } from '../support/crafted/crafted-packet.js';
import { linkPackets } from '../support/crafted/link-packets.js';
import { malformedPackets } from '../support/crafted/malformed-packets.js';
import { networkPackets } from '../support/crafted/network-packets.js';
import { tunnelPackets } from '../support/crafted/tunnel-packets.js';
import { type Line, startProgram } from '../support/program.js';

const folder = mkdtempSync(join(tmpdir(), 'conformance-crafted-'));
after(() => rmSync(folder, { recursive: true }));

/** A packet a second, on an interface for each link type. */
function writeCapture(packets: readonly CraftedPacket[]): string {
  const writer = new PcapngWriter();
  const linkTypes = [...new Set(packets.map(({ linkType = 1 }) => linkType))];
  for (const linkType of linkTypes) writer.interface({ name: `link${linkType}`, linkType });
  packets.forEach(({ bytes, originalLength, linkType = 1 }, index) => {
    writer.enhanced({
      bytes,
      originalLength: originalLength ?? bytes.length,
      timeUs: (1_700_000_000 + index) * 1e6,
      interfaceId: linkTypes.indexOf(linkType),
    });
  });
  const path = join(folder, 'crafted.pcapng');
  writeFileSync(path, writer.take());
  return path;
}

type Counts = Map<string, number>;

/** All counters of a tick that a packet can change, by name. */
function counters(tick: Line | undefined): Counts {
  const counts: Counts = new Map();
  const add = (name: string, row: Line): void => {
    counts.set(name, row.received.packets + row.sent.packets);
  };
  for (const row of tick?.protocols ?? []) add(`protocol ${row.protocol}`, row);
  for (const row of tick?.encapsulations ?? []) add(`encapsulation ${row.encapsulation}`, row);
  for (const [reason, packets] of Object.entries(tick?.malformedReasons ?? {})) {
    counts.set(`malformed ${reason}`, packets as number);
  }
  counts.set('fragments', tick?.fragments.packets ?? 0);
  return counts;
}

/** What a tick added: each name as often as it grew. */
function growth(before: Counts, now: Counts): string[] {
  return [...now]
    .flatMap(([name, count]) => Array(count - (before.get(name) ?? 0)).fill(name))
    .sort();
}

interface SeenFlow extends ExpectedFlow {
  readonly bytes: number;
}

const endpoint = ({ address, port }: { address: string; port: number | null }): string =>
  port === null ? address : `${address} ${port}`;

function flowKey(flow: Line): string {
  return JSON.stringify([
    flow.interface,
    flow.protocol,
    [endpoint(flow.source), endpoint(flow.destination)].sort(),
    flow.vlan,
    flow.tunnel?.type,
    flow.tunnel?.id,
  ]);
}

/** Which flow the packet went to, as its sender and receiver. */
function flowsThatGrew(before: Line | undefined, now: Line): SeenFlow[] {
  const known = new Map<string, Line>();
  for (const flow of before?.flows ?? []) known.set(flowKey(flow), flow);
  return now.flows.flatMap((flow: Line) => {
    const previous = known.get(flowKey(flow));
    // The source may have been turned by this packet: directions are named by the sender's address.
    const sentBy = (row: Line | undefined, source: string): number => {
      if (!row) return 0;
      return endpoint(row.source) === source ? row.forward.bytes : row.reverse.bytes;
    };
    return [
      [flow.source, flow.destination],
      [flow.destination, flow.source],
    ].flatMap(([from, to]) => {
      const bytes = sentBy(flow, endpoint(from)) - sentBy(previous, endpoint(from));
      if (bytes === 0) return [];
      return [
        {
          protocol: flow.protocol,
          from: endpoint(from),
          to: endpoint(to),
          bytes,
          ...(flow.vlan && { vlan: flow.vlan }),
          ...(flow.tunnel && { tunnel: { type: flow.tunnel.type, id: flow.tunnel.id } }),
        },
      ];
    });
  });
}

function expectedGrowth({ expect }: CraftedPacket): string[] {
  return [
    `protocol ${expect.protocol}`,
    ...(expect.encapsulations ?? []).map((name) => `encapsulation ${name}`),
    ...(expect.malformed ? [`malformed ${expect.malformed}`] : []),
    ...(expect.fragment ? ['fragments'] : []),
  ].sort();
}

const hostOf = (text: string): string => text.split(' ')[0] ?? '';

function checkFlow(packet: CraftedPacket, flows: readonly SeenFlow[]): void {
  const { flow, malformed } = packet.expect;
  if (flow === null) {
    assert.deepEqual(flows, [], 'no flow');
    return;
  }
  assert.equal(flows.length, 1, `one flow, not ${JSON.stringify(flows)}`);
  const [{ bytes, ...seen }] = flows as [SeenFlow];
  assert.equal(bytes, packet.originalLength ?? packet.bytes.length, 'bytes of the flow');
  if (malformed) assert.deepEqual([hostOf(seen.from), hostOf(seen.to)], [flow.from, flow.to]);
  else assert.deepEqual(seen, flow);
}

describe('crafted packets', async () => {
  const packets = [...linkPackets, ...networkPackets, ...tunnelPackets, ...malformedPackets];
  const program = startProgram(['--pcap', writeCapture(packets), '--json', '--limit', 'all']);
  const ended = program.exit(60_000);
  const ticks = async (): Promise<Line[]> => {
    await ended;
    return program.lines.filter(({ type }) => type === 'tick');
  };

  test('each is a tick, and the sums agree', async () => {
    assert.deepEqual((await ended).status, 0, program.stderr);
    assert.equal((await ticks()).length, packets.length);
    const sum = (rows: Line[]): [number, number] => [
      rows.reduce((all, { received }) => all + received.packets, 0),
      rows.reduce((all, { received }) => all + received.bytes, 0),
    ];
    const bytes = packets.reduce(
      (all, packet) => all + (packet.originalLength ?? packet.bytes.length),
      0,
    );
    assert.deepEqual(sum(program.summary.protocols), [packets.length, bytes]);
    assert.deepEqual(sum(program.summary.interfaces), [packets.length, bytes]);
  });

  packets.forEach((packet, index) => {
    test(packet.name, async () => {
      const all = await ticks();
      const [before, now] = [all[index - 1], all[index]];
      assert.ok(now, `no tick ${index}`);
      assert.deepEqual(growth(counters(before), counters(now)), expectedGrowth(packet));
      checkFlow(packet, flowsThatGrew(before, now));
    });
  });
});

// Capture files as they come: cut off, empty, none at all, from a pipe; what the program says and how it ends.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { classicCapture, PcapngWriter } from '../support/capture-writer.js';
import { ethernet, etherType, filler, ipProtocol, ipv4, tcp } from '../support/packet-builder.js';
import { type Line, programPath } from '../support/program.js';

const folder = mkdtempSync(join(tmpdir(), 'conformance-files-'));
after(() => rmSync(folder, { recursive: true }));

const frame = ethernet(etherType.ipv4, ipv4(ipProtocol.tcp, tcp(40_000, 443, filler(6))));
const base = 1_700_000_000_000_000;
const at = (seconds: number) => ({ bytes: frame, timeUs: base + seconds * 1e6 });

function runFile(
  file: Uint8Array | null,
  ...options: string[]
): { status: number | null; lines: Line[]; stderr: string } {
  const path = join(folder, 'file.pcap');
  if (file === null) rmSync(path, { force: true });
  else writeFileSync(path, file);
  return runProgram(['--pcap', path, '--json', ...options]);
}

function runProgram(
  args: string[],
  input?: Uint8Array,
): { status: number | null; lines: Line[]; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [programPath, ...args], {
    encoding: 'utf8',
    timeout: 60_000,
    ...(input && { input }),
  });
  const lines = stdout.split('\n').filter((line) => line !== '');
  return { status, lines: lines.map((line) => JSON.parse(line)), stderr };
}

const packetsOf = (line: Line | undefined): number =>
  (line?.interfaces ?? []).reduce((sum: number, { received }: Line) => sum + received.packets, 0);

describe('capture files', () => {
  test('a file that is cut off: all before is counted, the fault is named, exit 1', () => {
    const { status, lines, stderr } = runFile(
      classicCapture([at(0), at(1), at(2)]).subarray(0, -5),
    );
    assert.equal(status, 1);
    assert.equal(lines.at(-1)?.type, 'summary');
    assert.equal(packetsOf(lines.at(-1)), 2);
    assert.match(stderr, /file\.pcap: the file ends within a record: .* at byte 176\n {2}\S/);
    assert.doesNotMatch(stderr, /\n {4}at /);
  });

  test('a file that is no capture, and an empty one: one error before anything is printed', () => {
    for (const [file, what] of [
      [Buffer.from('no capture at all'), /neither a pcap nor a pcapng/],
      [Buffer.alloc(0), /is empty/],
    ] as const) {
      const { status, lines, stderr } = runFile(file);
      assert.equal(status, 1);
      assert.match(stderr, what);
      assert.deepEqual(lines, []);
    }
  });

  test('many interfaces, each with a link type that is decoded and one that is not', () => {
    const file = new PcapngWriter();
    const count = 40;
    for (let i = 0; i < count; i += 1) {
      file.interface({ name: `eth${i}` }).interface({ name: `eth${i}`, linkType: 105 });
    }
    for (let i = 0; i < count * 2; i += 1) file.enhanced({ ...at(0), interfaceId: i });
    const { status, lines, stderr } = runFile(file.take());
    assert.equal(status, 0, stderr);
    const { interfaces, protocols } = lines.at(-1) ?? {};
    assert.deepEqual(
      interfaces.map(({ received }: Line) => received.packets),
      Array<number>(count).fill(2),
    );
    assert.deepEqual(
      protocols.map(({ protocol, received }: Line) => [protocol, received.packets]).sort(),
      [
        ['IEEE802_11', count],
        ['TCP', count],
      ],
    );
  });

  test('a capture without packets: start and summary, exit 0', () => {
    const { status, lines } = runFile(classicCapture([]));
    assert.equal(status, 0);
    assert.equal(lines[0]?.type, 'start');
    assert.equal(lines.at(-1)?.type, 'summary');
    assert.deepEqual(
      lines.filter(({ type }) => type === 'tick'),
      [],
    );
  });

  test('no such file: exit 5, before anything is printed', () => {
    const { status, lines, stderr } = runFile(null);
    assert.equal(status, 5);
    assert.deepEqual(lines, []);
    assert.match(stderr, /no such capture file/);
  });

  test('from a pipe', () => {
    const { status, lines } = runProgram(['--pcap', '-', '--json'], classicCapture([at(0), at(5)]));
    assert.equal(status, 0);
    assert.equal(packetsOf(lines.at(-1)), 2);
  });

  test('ticks in capture time: empty intervals print nothing, time running backwards warns once', () => {
    const { lines } = runFile(classicCapture([at(0), at(0.5), at(86_400), at(86_399), at(86_398)]));
    const ticks = lines.filter(({ type }) => type === 'tick');
    assert.deepEqual(
      ticks.map((tick) => [tick.elapsed, packetsOf(tick)]),
      [
        [1, 2],
        [86_400, 5],
      ],
    );
    assert.deepEqual(
      lines.filter(({ type }) => type === 'warning').map(({ code }) => code),
      ['time_backwards'],
    );
    assert.equal(lines[0]?.interfaces[0].ingress.hook, 'test_run');
    assert.equal(lines[0]?.interfaces[0].name, 'file.pcap');
    assert.equal(lines[0]?.time, '2023-11-14T22:13:20.000000Z');
  });

  test('sent and received, by interface, as the capture says', () => {
    const file = new PcapngWriter()
      .interface({ name: 'eth0' })
      .interface({ name: 'eth1' })
      .enhanced({ ...at(0), flags: 2 })
      .enhanced({ ...at(0), flags: 1 })
      .enhanced({ ...at(0), interfaceId: 1, originalLength: 1514 })
      .take();
    const summary = runFile(file).lines.at(-1);
    const of = (packets: number, bytes: number): Line => ({ packets, bytes });
    assert.deepEqual(summary?.interfaces, [
      { name: 'eth0', received: of(1, frame.length), sent: of(1, frame.length) },
      { name: 'eth1', received: of(1, 1514), sent: of(0, 0) },
    ]);
    assert.deepEqual(
      summary?.flows.map((flow: Line) => [flow.interface, flow.forward.packets]).sort(),
      [
        ['eth0', 2],
        ['eth1', 1],
      ],
    );
  });
});

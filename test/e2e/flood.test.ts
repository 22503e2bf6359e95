// Ten million packets of a million flows into a table for 65,536: every packet is counted once, the rest is named, memory stays flat.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { makePair, type Pair } from '../support/namespaces.js';
import { type Line, projectRoot, startProgram } from '../support/program.js';

const packets = 10_000_000;
const flows = 1_000_000;
const frameBytes = 64;

let pair: Pair;
let folder: string;

before(() => {
  pair = makePair('fl');
  folder = mkdtempSync(join(tmpdir(), 'flood-'));
  execFileSync('clang', [
    '-O2',
    '-Wall',
    '-o',
    join(folder, 'flood'),
    join(projectRoot(), 'test/support/flood.c'),
  ]);
});

after(() => {
  pair?.remove();
  if (folder) rmSync(folder, { recursive: true });
});

function residentMebibytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) / 1024;
}

test('a flood beyond the table: sums agree with what was sent, untracked names the rest', async () => {
  const program = startProgram(['veth0', '--json', '--limit', '5', '--flow-timeout', '0'], {
    namespace: pair.right,
  });
  await program.waitFor('start', (line) => line.type === 'start');
  const links = JSON.parse(pair.right.ip('-j', 'link', 'show', 'veth0')) as { address: string }[];
  const mac = links[0]?.address.replaceAll(':', '') ?? '';

  const sender = pair.left.start(
    join(folder, 'flood'),
    'veth0',
    mac,
    String(packets),
    String(flows),
  );
  let sent = '';
  sender.stdout?.setEncoding('utf8').on('data', (text: string) => {
    sent += text;
  });
  const ended = new Promise((resolve) => sender.once('close', resolve));
  const resident: number[] = [];
  const watch = setInterval(
    () => resident.push(residentMebibytes(program.child.pid as number)),
    250,
  );
  await ended;
  await program.counted();
  clearInterval(watch);
  assert.equal(Number(sent), packets);
  program.child.kill('SIGTERM');
  assert.equal((await program.exit()).status, 0, program.stderr);

  const { summary } = program;
  const udp = summary.protocols.find((each: Line) => each.protocol === 'UDP');
  // The kernel's own neighbour traffic is the only other thing on this link, and none of it is UDP.
  assert.deepEqual(udp.received, { packets, bytes: packets * frameBytes });
  for (const figure of ['packets', 'bytes'] as const) {
    const total = (rows: Line[]) =>
      rows.reduce((sum, row) => sum + row.received[figure] + row.sent[figure], 0);
    assert.equal(total(summary.protocols), total(summary.interfaces));
  }
  assert.ok(summary.untracked.packets > 0, 'a million flows do not fit');
  const named = Object.values(summary.untrackedProtocols as Record<string, Line>);
  assert.equal(
    named.reduce((sum, each) => sum + each.packets, 0),
    summary.untracked.packets,
  );
  assert.ok(summary.flowsTracked <= 4 * 65_536, `${summary.flowsTracked} flows are held`);

  const half = resident.length >> 1;
  const early = Math.max(...resident.slice(0, half));
  const late = Math.max(...resident.slice(half));
  assert.ok(
    late < early * 1.25,
    `resident memory grew from ${early.toFixed(0)} to ${late.toFixed(0)} MiB`,
  );
});

// What the programs say that they cost: samples that stand for all packets, on one interface and one processor as on all.
import { strict as assert } from 'node:assert';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { openBatch } from '../../src/core/wire/batch.js';
import { readCounters, VALUES_A_ROW } from '../../src/core/wire/counters.js';
import { costRow, counterRow, linkKind } from '../../src/core/wire/layout.generated.js';
import { enterPair, openSession, sumsReader } from '../support/native-session.js';
import { projectRoot } from '../support/program.js';

const watched = enterPair('kb-co');
// Runs are read as they stand, frames as of the drain's epoch: what IPv6 says by itself in between would be in one figure only.
watched.peer.run('sysctl', '-qw', 'net.ipv6.conf.all.disable_ipv6=1');
const folder = mkdtempSync(join(tmpdir(), 'knp-cost-'));
const flood = join(folder, 'flood');
execFileSync('clang', ['-O2', '-o', flood, join(projectRoot(), 'test/support/flood.c')]);
/** What the arithmetic makes of a clock and a chance of the test's own, as lines of "ok" and "not ok". */
function runArithmetic(): readonly string[] {
  const source = join(projectRoot(), 'test/kernel/cost_sampling.c');
  const program = join(folder, 'cost_sampling');
  const headers = execFileSync('gcc', ['-print-multiarch'], { encoding: 'utf8' }).trim();
  const folders = ['bpf/include', 'bpf'].flatMap((name) => ['-I', join(projectRoot(), name)]);
  execFileSync('clang', [
    ...['-O1', '-Wno-unused-function', '-isystem', `/usr/include/${headers}`, ...folders],
    ...[source, '-o', program],
  ]);
  const { stdout } = spawnSync(program, { encoding: 'utf8' });
  return stdout.split('\n').filter((line) => line !== '');
}

describe('the arithmetic of samples', () => {
  const lines = runArithmetic();
  it('is tried to its end', () => assert.equal(lines.length, 8));
  for (const line of lines) {
    it(line.replace(/^(not )?ok /, ''), () => assert.match(line, /^ok /));
  }
});

after(() => {
  watched.remove();
  rmSync(folder, { recursive: true });
});

/** `block`: of the program that is attached; XDP has its own. */
function readCost(buffer: ArrayBuffer, block: number) {
  const rows = new Float64Array(costRow.rowCount * VALUES_A_ROW);
  readCounters(openBatch(buffer), block, costRow.rowCount, rows);
  const run = costRow.run * VALUES_A_ROW;
  const clock = costRow.clock * VALUES_A_ROW;
  return {
    packets: rows[run]!,
    sentPackets: rows[run + 1]!,
    nanoseconds: rows[run + 2]! - rows[clock + 2]!,
    samples: rows[clock]!,
    runs: rows[costRow.calls * VALUES_A_ROW]!,
    sentRuns: rows[costRow.calls * VALUES_A_ROW + 1]!,
  };
}

function send(packets: number): void {
  const mac = watched.pair.left
    .ip('-o', 'link', 'show', watched.pair.leftInterface)
    .match(/link\/ether (\S+)/)![1]!
    .replaceAll(':', '');
  const sent = watched.peer.run(
    flood,
    ...[watched.pair.rightInterface, mac, String(packets), String(100)],
  );
  assert.equal(sent.status, 0, sent.stderr);
}

for (const [hook, block, otherBlock] of [
  ['clsact', counterRow.cost, counterRow.costXdp],
  ['xdp-generic', counterRow.costXdp, counterRow.cost],
] as const) {
  describe(`cost at ${hook}`, () => {
    it('is measured from the first packet on, and samples stand for all packets', async () => {
      const session = openSession({ features: 0 });
      session.setInterface(watched.index, 0, linkKind.ethernet, false);
      session.attach(watched.index, 'ingress', hook);
      const readSums = sumsReader();
      let received = 0;
      const drain = async () => {
        const batch = await session.drain();
        received = readSums(batch).received;
        return batch;
      };
      // The first packet is timed; on a slow machine it may take longer than a sample may, and then the next one is.
      let first = readCost(await drain(), block);
      for (let sent = 0; sent < 100 && first.samples === 0; sent += 1) {
        send(1);
        first = readCost(await drain(), block);
      }
      assert.ok(first.samples >= 1 && first.packets >= 1, JSON.stringify(first));

      send(200_000);
      const batch = await drain();
      const cost = readCost(batch, block);
      // Samples that an interrupt or the hypervisor spoilt are left out with what they stand for: on a busy host, many.
      assert.ok(received >= 200_000);
      assert.ok(cost.packets <= received, `${cost.packets} of ${received}`);
      assert.ok(cost.packets >= received / 2, `${cost.packets} of ${received}`);
      assert.ok(cost.samples >= 50 && cost.samples < received / 50, `${cost.samples} samples`);
      assert.ok(cost.nanoseconds > 0);
      assert.equal(cost.sentPackets, 0);
      // Each run is counted, timed or not: here each is one frame. The other program hasn't run.
      assert.deepEqual([cost.runs, cost.sentRuns], [received, 0]);
      const { samples, runs } = readCost(batch, otherBlock);
      assert.deepEqual([samples, runs], [0, 0]);
      session.close();
    });

    it('is as seldom measured where packets are not counted', async () => {
      const session = openSession({ features: 0 });
      // No setInterface: the program runs, and finds that the interface is none of ours.
      session.attach(watched.index, 'ingress', hook);
      send(200_000);
      const { runs, samples, packets } = readCost(await session.drain(), block);
      assert.ok(runs >= 200_000, `${runs} runs`);
      // Each sample that isn't ended makes the next run read the clock again: then there would be none.
      assert.ok(samples >= 50 && samples < runs / 50, `${samples} samples`);
      assert.ok(packets <= runs && packets >= runs / 2, `${packets} of ${runs}`);
      session.close();
    });
  });
}

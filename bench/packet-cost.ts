// Compares the programs' own cost measurement with the kernel's statistics, on the same packets.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PacketCost } from '../src/core/monitor/packet-cost.js';
import { openBatch } from '../src/core/wire/batch.js';
import { enterPair, openSession } from '../test/support/native-session.js';
import { projectRoot } from '../test/support/program.js';

const rounds = Number(process.env.BENCH_ROUNDS ?? 7);
const packets = 400_000;
const switchFile = '/proc/sys/kernel/bpf_stats_enabled';
const before = readFileSync(switchFile, 'latin1');
const folder = mkdtempSync(join(tmpdir(), 'knp-bench-'));
const flood = join(folder, 'flood');
execFileSync('clang', ['-O2', '-o', flood, join(projectRoot(), 'test/support/flood.c')]);
const watched = enterPair('kb-pc');
const { pair } = watched;
const mac = /link\/ether (\S+)/
  .exec(pair.left.ip('-o', 'link', 'show', pair.leftInterface))![1]!
  .replaceAll(':', '');
const median = (values: number[]) => values.sort((a, b) => a - b)[values.length >> 1]!;
const spread = (values: number[]) =>
  `${Math.min(...values).toFixed(0)} / ${median(values).toFixed(0)}`.padEnd(13);

async function measure(flows: number, statistics: boolean) {
  const own: number[] = [];
  const kernel: number[] = [];
  const samples: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    writeFileSync(switchFile, statistics ? '1' : '0');
    const session = openSession({ maxFlows: 65_536, interfaceSlots: 1 });
    session.setInterface(watched.index, 0, 0, false);
    session.attach(watched.index, 'ingress', 'clsact');
    const cost = new PacketCost();
    watched.peer.run(flood, pair.rightInterface, mac, String(packets), String(flows));
    cost.update(openBatch(await session.drain()));
    own.push(cost.meanNanosecondsPerPacket ?? Number.NaN);
    samples.push(cost.samples);
    const program = session.programs().find(({ name }) => name === 'network_monitor_tc_ingress');
    if (program) kernel.push(program.runTimeNs / program.runCount);
    session.close();
  }
  return { own, kernel, samples };
}

try {
  console.log(`ns a packet, least / median of ${rounds} rounds of ${packets} packets at clsact`);
  console.log('flows   own samples  (how many)  own, statistics on  the kernel’s statistics');
  for (const flows of [1, 1000, 50_000]) {
    const alone = await measure(flows, false);
    const beside = await measure(flows, true);
    console.log(
      `${String(flows).padEnd(7)} ${spread(alone.own)}${String(median(alone.samples)).padEnd(12)}` +
        `${spread(beside.own).padEnd(20)}${spread(beside.kernel)}`,
    );
  }
} finally {
  writeFileSync(switchFile, before);
  watched.remove();
  rmSync(folder, { recursive: true });
}

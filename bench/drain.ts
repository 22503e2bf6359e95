// The time of a drain, in the kernel, off the main thread and on it, and its memory.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { openBatch } from '../src/core/wire/batch.js';
import { enterPair, openSession } from '../test/support/native-session.js';
import { projectRoot } from '../test/support/program.js';

const rounds = Number(process.env.BENCH_ROUNDS ?? 7);
const folder = mkdtempSync(join(tmpdir(), 'knp-bench-'));
const flood = join(folder, 'flood');
execFileSync('clang', ['-O2', '-o', flood, join(projectRoot(), 'test/support/flood.c')]);

const residentMegabytes = () =>
  Math.round(Number(/VmRSS:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))![1]) / 1024);
const median = (values: number[]) => values.sort((a, b) => a - b)[values.length >> 1]!;

const watched = enterPair('nb-dr');
const { pair } = watched;
const nearMac = /link\/ether (\S+)/
  .exec(pair.left.ip('-o', 'link', 'show', pair.leftInterface))![1]!
  .replaceAll(':', '');

try {
  console.log(
    'flows      table MB  drain ms (min median max)  empty ms  loop blocked ms  batch MB  resident MB',
  );
  for (const flows of [1_000, 65_536, 1_048_576]) {
    const session = openSession({ maxFlows: Math.max(65_536, flows), interfaceSlots: 1 });
    session.setInterface(watched.index, 0, 0, false);
    session.attach(watched.index, 'ingress', 'clsact');
    const full: number[] = [];
    const empty: number[] = [];
    let reuse: ArrayBuffer | undefined;
    let bytes = 0;
    let worstBlockMs = 0;
    for (let round = 0; round < rounds; round++) {
      watched.peer.run(flood, pair.rightInterface, nearMac, String(flows), String(flows));
      const delay = monitorEventLoopDelay({ resolution: 1 });
      delay.enable();
      const batch = openBatch(await session.drain(reuse));
      delay.disable();
      worstBlockMs = Math.max(worstBlockMs, delay.max / 1e6);
      full.push(batch.drainMilliseconds);
      bytes = batch.bytes.byteLength;
      const quiet = await session.drain(batch.words.buffer as ArrayBuffer);
      empty.push(openBatch(quiet).drainMilliseconds);
      reuse = quiet;
    }
    const megabytes = (value: number) => (value / 1e6).toFixed(0);
    console.log(
      `${String(flows).padEnd(10)} ${megabytes(session.mapBytes).padEnd(9)} ` +
        `${Math.min(...full).toFixed(1)} ${median(full).toFixed(1)} ${Math.max(...full).toFixed(1)}`.padEnd(
          27,
        ) +
        `${median(empty).toFixed(1).padEnd(9)} ${worstBlockMs.toFixed(1).padEnd(16)} ` +
        `${megabytes(bytes).padEnd(9)} ${residentMegabytes()}`,
    );
    session.close();
  }
} finally {
  watched.remove();
  rmSync(folder, { recursive: true });
}

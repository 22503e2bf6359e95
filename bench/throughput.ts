// A veth's TCP throughput with the program attached in the mode that `auto` selects, relative to without: alternating pairs, median of ratios.
import { once } from 'node:events';
import { makePair } from '../test/support/namespaces.js';
import { startProgram } from '../test/support/program.js';

const pairs = Number(process.env.BENCH_PAIRS ?? 7);
const seconds = 3;

function median(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[sorted.length >> 1] as number;
}

const pair = makePair('bt');
try {
  const server = pair.right.start('iperf3', '-s', '--forceflush');
  await once(server.stdout as NodeJS.ReadableStream, 'data');

  const measure = (): number => {
    const result = pair.left.run('iperf3', '-c', pair.rightAddress, '-t', String(seconds), '-J');
    if (result.status !== 0) throw new Error(`iperf3: ${result.stdout}${result.stderr}`);
    return (JSON.parse(result.stdout) as { end: { sum_received: { bits_per_second: number } } }).end
      .sum_received.bits_per_second;
  };

  measure();
  const ratios: number[] = [];
  const without: number[] = [];
  let hooks = '';
  for (let round = 0; round < pairs; round++) {
    const bare = measure();
    const program = startProgram(['veth0', '--json', '--interval', '1'], { namespace: pair.right });
    const start = await program.waitFor('start', (line) => line.type === 'start');
    const { ingress, egress } = start.interfaces[0];
    // Starting is a one-time cost, not measured here.
    await program.waitFor('the second tick', (line) => line.type === 'tick' && line.elapsed > 1.5);
    hooks = `${ingress.hook} in, ${egress.hook} out`;
    const watched = measure();
    program.child.kill('SIGTERM');
    await program.exit();
    without.push(bare);
    ratios.push(watched / bare);
    process.stderr.write(`${round + 1}/${pairs}: ${(watched / bare).toFixed(3)}\n`);
  }
  console.log(`iperf3 TCP over veth, ${hooks}, ${pairs} alternating pairs of ${seconds} s`);
  console.log('| without us, Gbit/s | with us / without (median) | min | max |');
  console.log('| --- | --- | --- | --- |');
  console.log(
    `| ${(median(without) / 1e9).toFixed(1)} | ${median(ratios).toFixed(3)} | ${Math.min(...ratios).toFixed(3)} | ${Math.max(...ratios).toFixed(3)} |`,
  );
} finally {
  pair.remove();
}

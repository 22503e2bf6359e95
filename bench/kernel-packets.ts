// What does a packet cost in the kernel, over a program that returns at once, by XDP and by TC?
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from '../test/support/program.js';

const root = projectRoot();
const folder = mkdtempSync(join(tmpdir(), 'knp-bench-'));
const run = (file: string, ...args: string[]) => execFileSync(file, args, { stdio: 'inherit' });
const runs = process.env.BENCH_ROUNDS ?? '15';

try {
  const object = join(folder, 'packets.bpf.o');
  const program = join(folder, 'packets');
  const headers = execFileSync('gcc', ['-print-multiarch'], { encoding: 'utf8' }).trim();
  run(
    'clang',
    ...['-target', 'bpf', '-mcpu=v3', '-O2', '-g', '-isystem', `/usr/include/${headers}`],
    ...['-I', join(root, 'bpf/include'), '-I', join(root, 'bpf')],
    ...['-c', join(root, 'bench/kernel/packets.bpf.c'), '-o', object],
  );
  const source = join(root, 'bench/kernel/packets.c');
  run('cc', '-O2', '-o', program, source, '-lbpf', '-lelf', '-lz', '-lm');
  // On one processor: times of different ones are not to be compared.
  run('taskset', '-c', '1', program, object, runs);
} finally {
  rmSync(folder, { recursive: true });
}

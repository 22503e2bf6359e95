// The cost of a packet in the kernel, compared with a program that returns at once, at XDP and at TC.
// BENCH_BEFORE=REVISION alternates with that revision's programs; BENCH_ROW=WORDS selects rows that contain these words.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from '../test/support/program.js';

const root = projectRoot();
const folder = mkdtempSync(join(tmpdir(), 'knp-bench-'));
const run = (file: string, ...args: string[]) => execFileSync(file, args, { stdio: 'inherit' });
const rounds = process.env.BENCH_ROUNDS ?? '60';
const before = process.env.BENCH_BEFORE;
const headers = execFileSync('gcc', ['-print-multiarch'], { encoding: 'utf8' }).trim();

/** Compiles the programs of a checkout with its own wrapper; returns the object. */
function compilePrograms(checkout: string, object: string): string {
  run(
    'clang',
    ...['-target', 'bpf', '-mcpu=v3', '-O2', '-g', '-isystem', `/usr/include/${headers}`],
    ...['-I', join(checkout, 'bpf/include'), '-I', join(checkout, 'bpf')],
    ...['-c', join(checkout, 'bench/kernel/packets.bpf.c'), '-o', object],
  );
  return object;
}

/** Extracts a revision's programs and wrapper beside the temporary objects. */
function checkOut(revision: string): string {
  const checkout = join(folder, 'before');
  const archive = join(folder, 'before.tar');
  mkdirSync(checkout);
  run('git', '-C', root, 'archive', '-o', archive, revision, 'bpf', 'bench/kernel');
  run('tar', '-xf', archive, '-C', checkout);
  return checkout;
}

try {
  const program = join(folder, 'packets');
  const source = join(root, 'bench/kernel/packets.c');
  run('cc', '-O2', '-o', program, source, '-lbpf', '-lelf', '-lz', '-lm');
  const objects = [compilePrograms(root, join(folder, 'packets.bpf.o'))];
  if (before) objects.unshift(compilePrograms(checkOut(before), join(folder, 'before.bpf.o')));
  // On one processor: times of different processors can't be compared.
  run('taskset', '-c', '1', program, rounds, ...objects);
} finally {
  rmSync(folder, { recursive: true });
}

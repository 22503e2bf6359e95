// What does a packet cost in the kernel, over a program that returns at once, by XDP and by TC?
// BENCH_BEFORE=REVISION measures that revision's programs beside these, in turn; BENCH_ROW=WORDS only rows with these words.
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

/** The programs of a checkout behind its own wrapper; returns the object. */
function compilePrograms(checkout: string, object: string): string {
  run(
    'clang',
    ...['-target', 'bpf', '-mcpu=v3', '-O2', '-g', '-isystem', `/usr/include/${headers}`],
    ...['-I', join(checkout, 'bpf/include'), '-I', join(checkout, 'bpf')],
    ...['-c', join(checkout, 'bench/kernel/packets.bpf.c'), '-o', object],
  );
  return object;
}

/** A revision's programs and wrapper, laid out beside the temporary objects. */
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
  // On one processor: times of different ones are not to be compared.
  run('taskset', '-c', '1', program, rounds, ...objects);
} finally {
  rmSync(folder, { recursive: true });
}

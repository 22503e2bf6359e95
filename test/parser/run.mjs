// The parser in user space, under ASan and UBSan: crafted frames, a fuzzer, and the kernel's own word on the same frames.
// `run.mjs RESULT [SECONDS]`: writes {passed, failed, skipped}; fuzzes 30 s, nightly 600.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = dirname(fileURLToPath(import.meta.url));
const root = join(folder, '../..');
const build = join(root, 'build/parser');
const seeds = join(build, 'seeds');
const object = join(root, 'build/bpf/network_monitor.o');
const counts = { passed: 0, failed: 0, skipped: 0 };

const sanitizers = ['-fsanitize=address,undefined', '-fno-sanitize-recover=all'];
const warnings = ['-Wall', '-Wextra', '-Werror', '-Wno-missing-field-initializers'];
const includes = ['-I', join(root, 'bpf/include'), '-I', join(root, 'bpf/lib')];

function run(file, args) {
  const { status, error } = spawnSync(file, args, { cwd: build, stdio: 'inherit' });
  if (error) process.stdout.write(`${file}: ${error.message}\n`);
  return status === 0;
}

function check(name, passed) {
  counts[passed ? 'passed' : 'failed'] += 1;
  process.stdout.write(`${passed ? 'ok' : 'not ok'} ${name}\n`);
}

function compile(name, ...flags) {
  const output = join(build, name);
  const source = join(folder, `${name}.c`);
  return run('clang', ['-g', '-O1', ...warnings, ...includes, source, '-o', output, ...flags]);
}

/** Frames of the corpus where it lies beside the checkout: Ethernet, classic pcap, little endian, a few of each. */
function seedFromCorpus() {
  const corpus = join(root, '../shared/corpus/pcap');
  if (!existsSync(corpus)) return 0;
  let frames = 0;
  for (const name of readdirSync(corpus)) {
    const bytes = readFileSync(join(corpus, name));
    const magic = bytes.readUInt32LE(0);
    if ((magic !== 0xa1b2c3d4 && magic !== 0xa1b23c4d) || bytes.readUInt32LE(20) !== 1) continue;
    let at = 24;
    for (let taken = 0; taken < 150 && at + 16 <= bytes.length; taken += 1) {
      const length = bytes.readUInt32LE(at + 8);
      const frame = bytes.subarray(at + 16, at + 16 + Math.min(length, 1500));
      writeFileSync(join(seeds, `corpus-${frames}`), Buffer.concat([Buffer.of(0), frame]));
      frames += 1;
      at += 16 + length;
    }
  }
  return frames;
}

function main() {
  const [result, seconds = '30'] = process.argv.slice(2);
  mkdirSync(seeds, { recursive: true });
  check(
    'crafted frames are what their builder made them',
    compile('crafted', ...sanitizers) && run(join(build, 'crafted'), [seeds]),
  );
  process.stdout.write(`${seedFromCorpus()} frames of the corpus as seeds\n`);
  const limits = [
    `-max_total_time=${seconds}`,
    '-max_len=2048',
    '-verbosity=0',
    '-print_final_stats=1',
  ];
  check(
    `${seconds} s of any bytes: no fault, and both ways through the parser agree`,
    compile('fuzz', '-fsanitize=fuzzer', ...sanitizers) &&
      run(join(build, 'fuzz'), [...limits, `-artifact_prefix=${build}/`, seeds]),
  );
  const kernel = 'kernel and user space say the same of every frame';
  if (process.getuid() !== 0 || !existsSync(object)) {
    counts.skipped += 1;
    process.stdout.write(`skipped ${kernel}: needs root and ${object}\n`);
  } else {
    check(
      kernel,
      compile('against_kernel', '-lbpf', '-lelf', '-lz') &&
        run(join(build, 'against_kernel'), [object, seeds]),
    );
  }
  if (result) writeFileSync(result, JSON.stringify(counts));
  process.exitCode = counts.failed ? 1 : 0;
}

main();

// Runs one kernel of the matrix: a machine for its features, then a machine for all test files, whose counts arrive file by file.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { parseCounts } from '../test-counts.mjs';
import { root } from '../toolchain.mjs';
import { prepareKernel } from './kernel-image.mjs';
import { runOnKernel } from './machine.mjs';

const secondsForFacts = 120;
const secondsForFile = 900;
const mark = 'KNP-FILE';

async function readFacts(kernel, folder) {
  const options = { seconds: secondsForFacts };
  const facts = await runOnKernel(kernel, folder, ['node', 'test/kernels/facts.mjs'], options);
  if (facts.status !== 0) {
    return { release: kernel.release, features: {}, failure: `${facts.output}\n${facts.errors}` };
  }
  return JSON.parse(facts.output);
}

/** Runs in the machine: a process per file, so that one that hangs or dies costs only its own tests. */
const script = `for word in "$@"; do
  file=\${word%%=*} only=\${word#*=}
  began=$SECONDS; rm -f /tmp/counts.json
  timeout -k 10 ${secondsForFile} node --test --test-concurrency=1 --test-reporter=spec --test-reporter-destination=stdout \\
    --test-reporter=./scripts/count-reporter.mjs --test-reporter-destination=/tmp/counts.json \\
    \${only:+--test-name-pattern="$only"} "build/test/$file"
  status=$?
  echo "${mark} $file $status $((SECONDS - began)) $(cat /tmp/counts.json 2>/dev/null)"
done`;

const nameOf = (file) => file.replace(/\.test\.mjs$/, '');

const broken = { passed: 0, failed: 1, skipped: 0 };

function readMark(line) {
  const found = line.match(new RegExp(`^${mark} (\\S+) (\\d+) (\\d+) ?(.*)$`));
  const [, file, status, seconds, counts] = found;
  const parsed = counts ? parseCounts(counts) : { ...broken };
  if (status !== '0' && parsed.failed === 0) parsed.failed = 1;
  return { file, ...parsed, seconds: Number(seconds) };
}

const today = () => new Date().toISOString().slice(0, 10);

const words = ({ passed, failed, skipped, seconds }) =>
  `${passed} passed, ${failed} failed, ${skipped} skipped in ${seconds} s`;

/** Prints the reasons of skipped tests and the tests' remarks about this kernel; the whole output if a test failed. */
function report(kernel, result, output) {
  const log = join(root, 'build/kernels', kernel, result.file.replace(/\.mjs$/, '.log'));
  mkdirSync(dirname(log), { recursive: true });
  writeFileSync(log, output);
  process.stdout.write(`${kernel} ${result.file}: ${words(result)}\n`);
  const counts = 'tests|suites|pass|fail|cancelled|skipped|todo|duration_ms';
  const said = new RegExp(`^.*# (?!test name does not match).*$|^\\s*ℹ (?!(${counts}) ).*$`, 'gm');
  const lines = result.failed > 0 ? [output] : (output.match(said) ?? []);
  if (lines.length > 0) process.stdout.write(`${lines.join('\n')}\n`);
  if (result.failed > 0) process.stdout.write(`log: ${relative(root, log)}\n`);
}

/** Splits the output at the marks as it arrives; the text before a mark belongs to that mark's file. */
function followFiles(onFile) {
  let rest = '';
  let output = [];
  const follow = (part) => {
    const lines = (rest + part).split('\n');
    rest = lines.pop();
    for (const line of lines) {
      if (!line.startsWith(`${mark} `)) {
        output.push(line);
        continue;
      }
      onFile(readMark(line), output.join('\n'));
      output = [];
    }
  };
  return { follow, remaining: () => [...output, rest].join('\n') };
}

/** Runs all files in one machine; if it dies, the current file has failed and the rest gets a new machine. */
async function runFiles(kernel, folder, files, keep) {
  const results = {};
  let waiting = files;
  const take = (output, result) => {
    const { only } = waiting.find(({ file }) => file === result.file);
    waiting = waiting.filter(({ file }) => file !== result.file);
    report(kernel.name, result, output);
    const { file, ...counts } = result;
    results[nameOf(file)] = { ...counts, date: today(), ...(only !== '' && { only }) };
    keep({ [nameOf(file)]: results[nameOf(file)] });
  };
  while (waiting.length > 0) {
    const words = waiting.map(({ file, only }) => `${file}=${only}`);
    const { follow, remaining } = followFiles((result, output) => take(output, result));
    const end = await runOnKernel(kernel, folder, ['bash', '-c', script, 'bash', ...words], {
      seconds: secondsForFile * waiting.length,
      follow,
    });
    if (end.errors.trim() !== '') process.stdout.write(`${kernel.name}, stderr: ${end.errors}\n`);
    if (waiting.length > 0) {
      const seconds = Math.round(end.seconds);
      take(`${remaining()}\n${end.errors}`, { file: waiting[0].file, ...broken, seconds });
    }
  }
  return results;
}

/**
 * Resolves with {name, release, features, refusals, verified, date, results, seconds}. `keep` gets results as they arrive, file
 * by file: a failure at the end of an hour's run doesn't lose the earlier results.
 */
export async function runKernel(name, folder, files, keep) {
  const kernel = prepareKernel(name);
  const began = process.hrtime.bigint();
  const facts = { name, date: today(), ...(await readFacts(kernel, folder)) };
  process.stdout.write(`== ${name}: ${facts.release}\n`);
  if (facts.failure) process.stdout.write(`${name}: no facts: ${facts.failure}\n`);
  keep(facts, {});
  const results = await runFiles(kernel, folder, files, (some) => keep(facts, some));
  const seconds = Math.round(Number(process.hrtime.bigint() - began) / 1e9);
  process.stdout.write(`== ${name}: ${seconds} s\n`);
  return { ...facts, results, seconds };
}

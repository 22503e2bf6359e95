// One kernel of the matrix: one machine for what it is, one for all test files, whose counts come back file by file.
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

/** Runs inside: every file by itself, so that one that hangs or dies costs only its own tests. */
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
  const told = counts ? parseCounts(counts) : { ...broken };
  if (status !== '0' && told.failed === 0) told.failed = 1;
  return { file, ...told, seconds: Number(seconds) };
}

const today = () => new Date().toISOString().slice(0, 10);

const words = ({ passed, failed, skipped, seconds }) =>
  `${passed} passed, ${failed} failed, ${skipped} skipped in ${seconds} s`;

/** Reasons of skipped tests, and what tests have to say of this kernel; all of the output where a test failed. */
function tell(kernel, result, output) {
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

/** Splits the output at the marks as it comes; what stands before one is that file's. */
function followFiles(told) {
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
      told(readMark(line), output.join('\n'));
      output = [];
    }
  };
  return { follow, untold: () => [...output, rest].join('\n') };
}

/** All files in one machine; where that dies, its file has failed and the rest gets another one. */
async function runFiles(kernel, folder, files, keep) {
  const results = {};
  let waiting = files;
  const take = (output, result) => {
    const { only } = waiting.find(({ file }) => file === result.file);
    waiting = waiting.filter(({ file }) => file !== result.file);
    tell(kernel.name, result, output);
    const { file, ...counts } = result;
    results[nameOf(file)] = { ...counts, date: today(), ...(only !== '' && { only }) };
    keep({ [nameOf(file)]: results[nameOf(file)] });
  };
  while (waiting.length > 0) {
    const words = waiting.map(({ file, only }) => `${file}=${only}`);
    const { follow, untold } = followFiles((result, output) => take(output, result));
    const end = await runOnKernel(kernel, folder, ['bash', '-c', script, 'bash', ...words], {
      seconds: secondsForFile * waiting.length,
      follow,
    });
    if (end.errors.trim() !== '') process.stdout.write(`${kernel.name}, stderr: ${end.errors}\n`);
    if (waiting.length > 0) {
      const seconds = Math.round(end.seconds);
      take(`${untold()}\n${end.errors}`, { file: waiting[0].file, ...broken, seconds });
    }
  }
  return results;
}

/**
 * Resolves with {name, release, features, refusals, verified, date, results, seconds}. `keep` gets what is known as it comes, results file
 * by file: an hour's work is not lost with its last minute.
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

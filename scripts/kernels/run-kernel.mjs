// One kernel of the matrix: one machine for what it is, one for all test files, whose counts come back file by file.
import { prepareKernel } from './kernel-image.mjs';
import { runOnKernel } from './machine.mjs';

const secondsForFacts = 120;
const secondsForFile = 600;
const secondsForAll = 3600;
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
  const told = counts ? JSON.parse(counts) : { ...broken };
  if (status !== '0' && told.failed === 0) told.failed = 1;
  return { file, ...told, seconds: Number(seconds) };
}

const words = ({ passed, failed, skipped, seconds }) =>
  `${passed} passed, ${failed} failed, ${skipped} skipped in ${seconds} s`;

/** Reasons of skipped tests, and what tests have to say of this kernel; all of the output where a test failed. */
function tell(name, result, output) {
  process.stdout.write(`${name} ${result.file}: ${words(result)}\n`);
  const counts = 'tests|suites|pass|fail|cancelled|skipped|todo|duration_ms';
  const said = new RegExp(`^.*# (?!test name does not match).*$|^\\s*ℹ (?!(${counts}) ).*$`, 'gm');
  const lines = result.failed > 0 ? [output] : (output.match(said) ?? []);
  if (lines.length > 0) process.stdout.write(`${lines.join('\n')}\n`);
}

/** Splits the output at the marks as it comes; what stands before one is that file's. */
function followFiles(name, results) {
  let rest = '';
  let output = [];
  return (part) => {
    const lines = (rest + part).split('\n');
    rest = lines.pop();
    for (const line of lines) {
      if (!line.startsWith(`${mark} `)) {
        output.push(line);
        continue;
      }
      const { file, ...result } = readMark(line);
      results[nameOf(file)] = result;
      tell(name, { file, ...result }, output.join('\n'));
      output = [];
    }
  };
}

async function runFiles(kernel, folder, files) {
  const results = {};
  const words = files.map(({ file, only }) => `${file}=${only}`);
  const end = await runOnKernel(kernel, folder, ['bash', '-c', script, 'bash', ...words], {
    seconds: secondsForAll,
    follow: followFiles(kernel.name, results),
  });
  for (const { file, only } of files) {
    if (only !== '' && results[nameOf(file)]) results[nameOf(file)].only = only;
  }
  const untold = files.map(({ file }) => nameOf(file)).filter((name) => !results[name]);
  for (const file of untold) results[file] = { ...broken, seconds: 0 };
  if (untold.length > 0) {
    process.stdout.write(
      `${kernel.name}: no result of ${untold.join(', ')}\n${end.output.slice(-8000)}\n`,
    );
  }
  if (end.errors.trim() !== '') process.stdout.write(`${kernel.name}, stderr: ${end.errors}\n`);
  return results;
}

/** Resolves with {name, date, release, features, refusals, verified, results, seconds}. */
export async function runKernel(name, folder, files) {
  const kernel = prepareKernel(name);
  const began = process.hrtime.bigint();
  const facts = await readFacts(kernel, folder);
  process.stdout.write(`== ${name}: ${facts.release}\n`);
  if (facts.failure) process.stdout.write(`${name}: no facts: ${facts.failure}\n`);
  const results = files.length > 0 ? await runFiles(kernel, folder, files) : {};
  const seconds = Math.round(Number(process.hrtime.bigint() - began) / 1e9);
  process.stdout.write(`== ${name}: ${seconds} s\n`);
  return { name, date: new Date().toISOString().slice(0, 10), ...facts, results, seconds };
}

// `npm run test:kernels [kernel..] [--file=NAME..] [--write]`: kernel, addon and end-to-end tests on other kernels, in QEMU.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { build } from './build.mjs';
import { nodeTestFiles } from './bundle.mjs';
import { kernels, prepareKernel } from './kernels/kernel-image.mjs';
import { runOnKernel } from './kernels/machine.mjs';
import { writeKernelTables } from './kernels/tables.mjs';
import { BuildError, reportAndExit, root, run } from './toolchain.mjs';

/** Emulated, JavaScript is 16 times slower: what tests no kernel (captures by the hundred, screens, registries) stays outside. */
const suites = [
  'kernel/',
  'addon/',
  'e2e/main-job',
  'e2e/neighbours',
  'e2e/devices',
  'e2e/following',
  'e2e/privileges',
  'e2e/network-namespace',
];
const secondsForFacts = 240;
const secondsForFile = 900;

function wantedFiles(named) {
  const names = nodeTestFiles().map((file) => relative(join(root, 'test'), file));
  const wanted = named.length > 0 ? named : suites;
  return names
    .filter((name) => wanted.some((word) => name.includes(word)))
    .map((name) => name.replace(/\.ts$/, '.mjs'));
}

/** Compiled out here: clang is seven times slower inside. */
function buildTools() {
  const folder = join(root, 'build/tools');
  mkdirSync(folder, { recursive: true });
  const source = join(root, 'test/support/neighbour.c');
  run('clang', ['-O1', '-o', join(folder, 'neighbour'), source]);
}

async function readFacts(kernel) {
  const facts = await runOnKernel(kernel, ['node', 'test/kernels/facts.mjs'], {
    seconds: secondsForFacts,
  });
  if (facts.status !== 0) throw new BuildError(`${kernel.name}: no facts\n${facts.errors}`);
  return JSON.parse(facts.output);
}

async function runFile(kernel, file) {
  const script = `node --test --test-concurrency=1 --test-reporter=spec --test-reporter-destination=stdout \\
--test-reporter=./scripts/count-reporter.mjs --test-reporter-destination=/tmp/counts.json build/test/${file}
status=$?; echo "KNP-COUNTS $(cat /tmp/counts.json)"; exit $status`;
  const result = await runOnKernel(kernel, ['bash', '-c', script], { seconds: secondsForFile });
  const counts = result.output.match(/^KNP-COUNTS (\{.*\})$/m)?.[1];
  const told = counts ? JSON.parse(counts) : { passed: 0, failed: 1, skipped: 0 };
  if (result.status !== 0 && told.failed === 0) told.failed = 1;
  const seconds = Math.round(result.seconds);
  const line = `${told.passed} passed, ${told.failed} failed, ${told.skipped} skipped in ${seconds} s`;
  process.stdout.write(`${kernel.name} ${file}: ${line}\n`);
  if (told.failed > 0) process.stdout.write(`${result.output}\n${result.errors}\n`);
  return { ...told, seconds };
}

async function testKernel(name, files) {
  const kernel = prepareKernel(name);
  const facts = await readFacts(kernel);
  process.stdout.write(`\n== ${name}: ${facts.release}\n`);
  const results = {};
  for (const file of files) results[file.replace(/\.test\.mjs$/, '')] = await runFile(kernel, file);
  return { name, ...facts, results };
}

async function main() {
  const words = process.argv.slice(2);
  const names = words.filter((word) => !word.startsWith('-'));
  const named = words.flatMap((word) => word.match(/^--file=(.+)$/)?.[1] ?? []);
  await build(['bpf', 'addon', 'bundle', 'tests']);
  buildTools();
  const files = wantedFiles(named);
  if (files.length === 0) throw new BuildError('no test file has such a name');
  const reports = [];
  for (const name of names.length > 0 ? names : kernels.keys()) {
    reports.push(await testKernel(name, files));
  }
  const folder = join(root, 'build/results');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'kernels.json'), `${JSON.stringify(reports, null, 2)}\n`);
  if (words.includes('--write')) writeKernelTables(reports);
  const results = reports.flatMap((report) => Object.values(report.results));
  const sum = (key) => results.reduce((total, one) => total + one[key], 0);
  const unloaded = reports.filter((report) => !Array.isArray(report.live));
  for (const { name, live } of unloaded) {
    process.stdout.write(`${name}: ${live.failed}: ${live.code}\n${live.words}\n`);
  }
  process.stdout.write(
    `\n${sum('passed')} passed, ${sum('failed')} failed, ${sum('skipped')} skipped\n`,
  );
  process.exitCode = sum('failed') > 0 || unloaded.length > 0 ? 1 : 0;
}

main().catch(reportAndExit);

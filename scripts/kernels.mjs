// `npm run test:kernels -- [kernel..] [--file=NAME..] [--machines=N] [--write] [--quick]`: tests on other kernels, in QEMU.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { build } from './build.mjs';
import { copyCheckout, makePlaceForMachines } from './kernels/checkout.mjs';
import { compileWith, loadOn, otherCompilersHere } from './kernels/compilers.mjs';
import { kernels } from './kernels/kernel-image.mjs';
import { whyNoMachine } from './kernels/requirements.mjs';
import { runKernel } from './kernels/run-kernel.mjs';
import { chooseFiles } from './kernels/suites.mjs';
import { writeKernelTables } from './kernels/tables.mjs';
import { buildTestTools } from './kernels/test-tools.mjs';
import { compareVerified, readVerified } from './kernels/verified.mjs';
import { addCounts, noCounts } from './test-counts.mjs';
import { BuildError, reportAndExit, root } from './toolchain.mjs';

const addonFile = join(root, 'build/addon/Release/kubenetprobe_top.node');
const resultFolder = join(root, 'build/kernels');
const resultFile = (name) => join(resultFolder, `${name}.json`);

/** Two emulated processors each: more machines than half the processors only wait for each other. */
const defaultMachines = 2;

/** New results replace the previous ones of the same files; others stay, each with its date and programs. */
function keepResults(facts, results) {
  const file = resultFile(facts.name);
  const before = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).results : {};
  const { objectSha256 } = facts;
  for (const [name, result] of Object.entries(results)) before[name] = { ...result, objectSha256 };
  writeFileSync(file, `${JSON.stringify({ ...facts, results: before }, null, 2)}\n`);
}

/** The tables hold the latest result of each file on each kernel. Written when a kernel has finished: other kernels' cells stay. */
function writeTables() {
  const reports = [...kernels.keys()]
    .filter((name) => existsSync(resultFile(name)))
    .map((name) => JSON.parse(readFileSync(resultFile(name), 'utf8')));
  const { objectSha256 } = createRequire(import.meta.url)(addonFile);
  writeKernelTables(reports, objectSha256);
}

async function runAll({ names, files, machines, isQuick, writes }) {
  const checkout = await copyCheckout();
  const waiting = [...names];
  const reports = new Map();
  const takeTurns = async () => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
      const keep = isQuick ? () => {} : keepResults;
      reports.set(name, await runKernel(name, checkout.folder, files, keep));
      if (writes) writeTables();
    }
  };
  try {
    await Promise.all(Array.from({ length: machines }, takeTurns));
  } finally {
    checkout.remove();
  }
  return names.map((name) => reports.get(name));
}

const sum = (results, key) => results.reduce((total, result) => total + result[key], 0);

/** Prints the programs that a kernel refused, with its message, and compares verified instructions with the record. */
function reportPrograms(reports, known) {
  let failed = 0;
  for (const report of reports) {
    if (report.failure) failed++;
    for (const { capture, what, code, words } of report.refusals ?? []) {
      failed++;
      const use = capture ? 'for captures' : 'live';
      process.stdout.write(`${report.name}, ${use}: ${what}: ${code}\n${words}\n`);
    }
    const log = Object.entries(report.verified ?? {}).map(([name, { log }]) => `${name}\n${log}`);
    writeFileSync(join(resultFolder, `${report.name}-verifier.log`), log.join('\n'));
  }
  const differences = compareVerified(known, reports);
  const summary = differences.length > 0 ? differences.join('\n') : 'as recorded';
  process.stdout.write(
    `\nVerified instructions against docs/verified-instructions.json:\n${summary}\n`,
  );
  return failed;
}

/** Programs of other compilers than this machine's: each object on each kernel counts as one test. */
async function tryOtherCompilers(names) {
  const counts = noCounts();
  const compilers = otherCompilersHere();
  if (compilers.length === 0) return counts;
  const place = makePlaceForMachines();
  const compiled = compileWith(compilers, place.folder);
  for (const kernel of names) {
    for (const { name, object, isTaken, words } of await loadOn(kernel, compiled, place.folder)) {
      process.stdout.write(`${kernel} ${isTaken ? 'takes' : 'REFUSES'} ${object} of ${name}\n`);
      if (!isTaken) process.stdout.write(words);
      counts[isTaken ? 'passed' : 'failed']++;
    }
  }
  return counts;
}

/** The part that `npm test` runs: some tests on the oldest and the newest kernel. */
const quickKernels = ['5.10', 'newest'];

function readWords(words) {
  const option = (name) =>
    words.flatMap((word) => word.match(new RegExp(`^--${name}=(.+)$`))?.[1] ?? []);
  const isQuick = words.includes('--quick');
  const named = words.filter((word) => !word.startsWith('-'));
  const all = isQuick ? quickKernels : [...kernels.keys()];
  const asked = option('file');
  return {
    isQuick,
    names: named.length > 0 ? named : all,
    files: chooseFiles({ words: asked, isQuick }),
    machines: Number(option('machines')[0] ?? defaultMachines),
    countsFile: option('counts')[0],
    writes: words.includes('--write'),
  };
}

function close({ countsFile }, counts) {
  const { passed, failed, skipped } = counts;
  if (countsFile) writeFileSync(countsFile, `${JSON.stringify(counts)}\n`);
  process.stdout.write(`\n${passed} passed, ${failed} failed, ${skipped} skipped\n`);
  process.exitCode = failed > 0 ? 1 : 0;
}

async function main() {
  const plan = readWords(process.argv.slice(2));
  if (plan.files.length === 0) throw new BuildError('no test file has such a name');
  const why = await whyNoMachine(plan.names);
  if (why !== null) {
    if (!plan.isQuick) throw new BuildError(why);
    process.stdout.write(`skipped: no other kernel is tried here: ${why}\n`);
    close(plan, { passed: 0, failed: 0, skipped: plan.names.length });
    return;
  }
  await build(['bpf', 'addon', 'bundle', 'tests']);
  buildTestTools();
  mkdirSync(resultFolder, { recursive: true });
  const known = readVerified();
  const reports = await runAll(plan);
  const refused = reportPrograms(reports, known);
  const results = reports.flatMap((report) => Object.values(report.results));
  const [passed, failed, skipped] = ['passed', 'failed', 'skipped'].map((key) => sum(results, key));
  const total = { passed, failed: failed + refused, skipped };
  if (plan.isQuick) addCounts(total, await tryOtherCompilers(plan.names));
  close(plan, total);
}

main().catch(reportAndExit);

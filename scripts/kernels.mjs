// `npm run test:kernels -- [kernel..] [--file=NAME..] [--machines=N] [--write] [--quick]`: tests on other kernels, in QEMU.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from './build.mjs';
import { copyCheckout } from './kernels/checkout.mjs';
import { kernels } from './kernels/kernel-image.mjs';
import { whyNoMachine } from './kernels/requirements.mjs';
import { runKernel } from './kernels/run-kernel.mjs';
import { chooseFiles } from './kernels/suites.mjs';
import { writeKernelTables } from './kernels/tables.mjs';
import { buildTestTools } from './kernels/test-tools.mjs';
import { compareVerified, readVerified } from './kernels/verified.mjs';
import { BuildError, reportAndExit, root } from './toolchain.mjs';

const resultFolder = join(root, 'build/kernels');
const resultFile = (name) => join(resultFolder, `${name}.json`);

/** Two emulated processors each: more machines than half the processors only wait for each other. */
const defaultMachines = 2;

/** Files that were named take the place of their own last results; the others' stay. A part of a file's tests is no result. */
function keepReport(report) {
  const file = resultFile(report.name);
  const before = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).results : {};
  const whole = { ...report, results: { ...before, ...report.results } };
  writeFileSync(file, `${JSON.stringify(whole, null, 2)}\n`);
}

async function runAll({ names, files, machines, isQuick }) {
  const checkout = await copyCheckout();
  const waiting = [...names];
  const reports = new Map();
  const takeTurns = async () => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
      const report = await runKernel(name, checkout.folder, files);
      reports.set(name, report);
      // Each as it ends: an hour's work is not lost with its last minute.
      if (!isQuick) keepReport(report);
    }
  };
  try {
    await Promise.all(Array.from({ length: machines }, takeTurns));
  } finally {
    checkout.remove();
  }
  return names.map((name) => reports.get(name));
}

const sum = (results, key) => results.reduce((total, one) => total + one[key], 0);

/** Programs that a kernel refused, in its own words; what the verifier walks through, against the record. */
function tellPrograms(reports) {
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
  const differences = compareVerified(readVerified(), reports);
  const told = differences.length > 0 ? differences.join('\n') : 'as recorded';
  process.stdout.write(
    `\nVerified instructions against docs/verified-instructions.json:\n${told}\n`,
  );
  return failed;
}

/** The tables hold every kernel's latest whole run, each with its date. */
function latestReports() {
  return [...kernels.keys()]
    .filter((name) => existsSync(resultFile(name)))
    .map((name) => JSON.parse(readFileSync(resultFile(name), 'utf8')));
}

/** What `npm test` runs: a part of the tests on the oldest and the newest kernel. */
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
  const reports = await runAll(plan);
  const refused = tellPrograms(reports);
  if (plan.writes) writeKernelTables(latestReports());
  const results = reports.flatMap((report) => Object.values(report.results));
  const [passed, failed, skipped] = ['passed', 'failed', 'skipped'].map((key) => sum(results, key));
  close(plan, { passed, failed: failed + refused, skipped });
}

main().catch(reportAndExit);

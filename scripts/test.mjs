// `npm test`: sets up, builds, runs every suite, and ends with one line: N passed, N failed.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { build } from './build.mjs';
import { nodeSuites, nodeTestFiles } from './bundle.mjs';
import { nodeTestArguments } from './node-test.mjs';
import { setup } from './setup.mjs';
import { addCounts, countsText, noCounts, parseCounts } from './test-counts.mjs';
import { reportAndExit, root } from './toolchain.mjs';

const resultFolder = join(root, 'build/results');

/** A suite that ends without its counts has failed, whatever it printed. */
const broken = { passed: 0, failed: 1, skipped: 0 };

function runCounted(name, file, args, readCounts) {
  process.stdout.write(`\n== ${name}\n`);
  const began = process.hrtime.bigint();
  const env = { ...process.env, FORCE_COLOR: '0', NO_COLOR: '1' };
  const result = spawnSync(file, args, { cwd: root, env, stdio: ['ignore', 'inherit', 'inherit'] });
  const seconds = Number((process.hrtime.bigint() - began) / 1_000_000n) / 1000;
  let counts;
  try {
    counts = readCounts();
  } catch (error) {
    process.stdout.write(`${name}: no result (${error.message})\n`);
    counts = broken;
  }
  // No failed test but a bad exit status: something died after the tests.
  if (result.status !== 0 && counts.failed === 0) counts = { ...counts, failed: 1 };
  process.stdout.write(`== ${name}: ${countsText(counts)} in ${seconds.toFixed(1)} s\n`);
  return counts;
}

function runVitest() {
  const output = join(resultFolder, 'vitest.json');
  const args = [
    join(root, 'node_modules/vitest/vitest.mjs'),
    'run',
    '--reporter=dot',
    '--reporter=json',
    `--outputFile.json=${output}`,
  ];
  return runCounted('unit and screen', process.execPath, args, () => {
    const report = JSON.parse(readFileSync(output, 'utf8'));
    // A file that can't be loaded reports no tests.
    const brokenFiles = report.testResults.filter(
      (file) => file.status === 'failed' && file.assertionResults.length === 0,
    ).length;
    return {
      passed: report.numPassedTests,
      failed: report.numFailedTests + brokenFiles,
      skipped: report.numPendingTests + report.numTodoTests,
    };
  });
}

/** C programs have their own runner, which writes its counts to the given file. */
function runParser() {
  const runner = join(root, 'test/parser/run.mjs');
  if (!existsSync(runner)) return null;
  const output = join(resultFolder, 'parser.json');
  return runCounted('parser', process.execPath, [runner, output], () =>
    JSON.parse(readFileSync(output, 'utf8')),
  );
}

/** More failing files than this are not a matter of load. */
const maximumFilesAgain = 2;

/**
 * Live traffic shares two cores with nmap, sshd and other load: one or two files that failed run once more, alone.
 * The log has both outputs, and the file is reported as unsteady; a second failure counts.
 */
function runNodeSuite(suite) {
  const files = nodeTestFiles()
    .map((file) => relative(join(root, 'test'), file))
    .filter((file) => file.startsWith(`${suite}/`))
    .map((file) => join(root, 'build/test', file.replace(/\.ts$/, '.mjs')));
  if (files.length === 0) return null;
  const output = join(resultFolder, `${suite}.json`);
  let failedFiles = [];
  const run = (name, wanted) =>
    runCounted(name, process.execPath, nodeTestArguments(wanted, output), () => {
      const text = readFileSync(output, 'utf8');
      ({ failedFiles } = JSON.parse(text));
      return parseCounts(text);
    });
  const first = run(suite, files);
  const again = files.filter((file) => failedFiles.includes(file));
  if (again.length === 0 || again.length > maximumFilesAgain) return first;
  const second = run(`${suite} again, alone`, again);
  if (second.failed > 0) return first;
  for (const file of again) process.stdout.write(`unsteady: ${relative(root, file)}\n`);
  return { ...first, passed: first.passed + first.failed, failed: 0 };
}

/** The oldest supported kernel and the newest, in QEMU; skipped with a reason if no machine can be started. */
function runKernels() {
  const output = join(resultFolder, 'kernels.json');
  const args = [join(root, 'scripts/kernels.mjs'), '--quick', `--counts=${output}`];
  return runCounted('kernels', process.execPath, args, () =>
    JSON.parse(readFileSync(output, 'utf8')),
  );
}

async function main() {
  const named = process.argv.slice(2).filter((word) => !word.startsWith('-'));
  const wanted = (suite) => named.length === 0 || named.includes(suite);
  setup('tests');
  await build(['bpf', 'addon', 'bundle', 'tests']);
  rmSync(resultFolder, { recursive: true, force: true });
  mkdirSync(resultFolder, { recursive: true });
  const results = [
    wanted('unit') ? runVitest() : null,
    wanted('parser') ? runParser() : null,
    ...nodeSuites.map((suite) => (wanted(suite) ? runNodeSuite(suite) : null)),
    wanted('kernels') ? runKernels() : null,
  ].filter((counts) => counts !== null);
  const total = noCounts();
  for (const counts of results) addCounts(total, counts);
  process.stdout.write(`\n${countsText(total)}\n`);
  process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;
}

main().catch(reportAndExit);

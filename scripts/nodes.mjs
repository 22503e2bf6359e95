// `npm run test:nodes [version..] [--file=NAME..] [--smoke] [--write]`: runs the prebuilt tests on the release with every supported Node.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { build } from './build.mjs';
import { nodeSuites, nodeTestFiles } from './bundle.mjs';
import { nodeRelease, nodeVersions } from './node-releases.mjs';
import { nodeTestArguments } from './node-test.mjs';
import { stageRelease } from './package/released.mjs';
import { recordProofs } from './platforms-page.mjs';
import { setup } from './setup.mjs';
import { addCounts, noCounts, parseCounts } from './test-counts.mjs';
import { BuildError, reportAndExit, root } from './toolchain.mjs';

/** The areas most likely to differ between Node versions: loading, threads and their end, workers, streams, signals, the terminal. */
const smokeFiles = ['addon/life', 'addon/errors', 'e2e/main-job', 'e2e/privileges'];

/** {files, isWhole}: isWhole(suite) is true if all of its files are run. */
function wantedFiles(words) {
  const named = words.flatMap((word) => word.match(/^--file=(.+)$/)?.[1] ?? []);
  const wanted = words.includes('--smoke') ? smokeFiles : named;
  const all = nodeTestFiles().map((file) =>
    relative(join(root, 'test'), file).replace(/\.ts$/, '.mjs'),
  );
  const isWanted = (name) => wanted.length === 0 || wanted.some((word) => name.includes(word));
  const files = all.filter(isWanted);
  if (files.length === 0) throw new BuildError('no test file has such a name');
  const isWhole = (suite) => all.filter((name) => name.startsWith(`${suite}/`)).every(isWanted);
  return { files, isWhole };
}

function runSuite(stage, binary, files, results) {
  rmSync(results, { force: true });
  const began = process.hrtime.bigint();
  const { status } = spawnSync(
    binary,
    nodeTestArguments(
      files.map((file) => join(stage, 'build/test', file)),
      results,
    ),
    {
      cwd: stage,
      env: { ...process.env, FORCE_COLOR: '0', NO_COLOR: '1' },
      stdio: ['ignore', 'inherit', 'inherit'],
    },
  );
  const seconds = Math.round(Number(process.hrtime.bigint() - began) / 1e9);
  const counts = existsSync(results)
    ? parseCounts(readFileSync(results, 'utf8'))
    : { passed: 0, failed: 1, skipped: 0 };
  if (status !== 0 && counts.failed === 0) counts.failed = 1;
  return { ...counts, seconds };
}

async function main() {
  const words = process.argv.slice(2);
  const smoke = words.includes('--smoke');
  // "22" means the release of that line: the record has a row for each.
  const versions = words
    .filter((word) => !word.startsWith('-'))
    .map((word) => nodeVersions.find((one) => one.startsWith(`${word}.`)) ?? word);
  setup('tests');
  await build(['bpf', 'tests']);
  const { files, isWhole } = wantedFiles(words);
  const stage = stageRelease();
  const folder = join(root, 'build/results');
  mkdirSync(folder, { recursive: true });
  const total = noCounts();
  for (const version of versions.length > 0 ? versions : nodeVersions) {
    const binary = nodeRelease(version);
    const results = {};
    for (const suite of nodeSuites) {
      const own = files.filter((file) => file.startsWith(`${suite}/`));
      if (own.length === 0) continue;
      process.stdout.write(`\n== Node ${version}, ${suite}\n`);
      const counts = runSuite(stage, binary, own, join(folder, `node-${version}-${suite}.json`));
      // Of whole suites or the smoke: named files would look like the whole.
      if (smoke) results[`${suite}, smoke`] = counts;
      else if (isWhole(suite)) results[suite] = counts;
      addCounts(total, counts);
      const { passed, failed, skipped, seconds } = counts;
      process.stdout.write(
        `== Node ${version}, ${suite}: ${passed} passed, ${failed} failed, ${skipped} skipped in ${seconds} s\n`,
      );
    }
    if (words.includes('--write')) recordProofs('nodes', { [version]: results });
  }
  process.stdout.write(
    `\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped\n`,
  );
  process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;
}

main().catch(reportAndExit);

// `npm run test:all`: runs every check and suite in turn; lists at the end the failures and the time of each.
import { spawnSync } from 'node:child_process';
import { root } from './toolchain.mjs';

/** The quickest and most informative first; steps after the release need its file. */
const parts = [
  ['run', 'check'],
  ['test'],
  ['run', 'release'],
  ['run', 'test:package'],
  ['run', 'test:container'],
  ['run', 'test:nodes'],
  ['run', 'test:platforms', '--', '--clone'],
  ['run', 'test:compilers'],
  ['run', 'test:kernels'],
  ['run', 'test:fuzz'],
];

const rows = parts.map((words) => {
  const began = process.hrtime.bigint();
  const { status } = spawnSync('npm', words, {
    cwd: root,
    // The stress tests of reloads and interfaces run at full length here.
    env: {
      ...process.env,
      KNP_RELOAD_SECONDS: '60',
      KNP_CHURN_INTERFACES: '300',
      KNP_CHURN_SECONDS: '60',
    },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const minutes = Number(process.hrtime.bigint() - began) / 6e10;
  return { name: words.join(' '), passed: status === 0, minutes };
});
process.stdout.write('\n');
for (const { name, passed, minutes } of rows)
  process.stdout.write(`${passed ? 'passed' : 'FAILED'}  npm ${name}: ${minutes.toFixed(1)} min\n`);
const failed = rows.filter((row) => !row.passed).length;
process.stdout.write(`\n${rows.length - failed} passed, ${failed} failed\n`);
process.exitCode = failed > 0 ? 1 : 0;

// What CI runs on a clean checkout: the checks, the README's test command, the release and its proof. Closes with one line for all: N passed, N failed.
import { spawn } from 'node:child_process';
import { mirrors } from './debian.mjs';
import { setup } from './setup.mjs';
import { answers, BuildError, root } from './toolchain.mjs';

const closingLine = /^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$/gm;

/** A step that prints no counts is one test; what it prints is printed as it comes. */
async function runStep(name, args) {
  const child = spawn('npm', args, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
  let tail = '';
  child.stdout.on('data', (chunk) => {
    process.stdout.write(chunk);
    tail = (tail + chunk).slice(-4096);
  });
  const status = await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  const counts = [...tail.matchAll(closingLine)].at(-1)?.slice(1);
  const [passed, failed, skipped] = counts?.map((word) => Number(word ?? 0)) ?? [0, 0, 0];
  if (status !== 0 && failed === 0) {
    process.stdout.write(`${name} failed (${status})\n`);
    return { passed, failed: 1, skipped };
  }
  return counts ? { passed, failed, skipped } : { passed: 1, failed: 0, skipped: 0 };
}

/** null: the older Debian that releases are built in can be fetched. */
function releaseObstacle() {
  try {
    // wget comes with debootstrap.
    setup('release');
    const url = `${mirrors().main.replace(/\/$/, '')}/dists/bullseye/Release`;
    return answers('wget', ['-q', '--spider', '--timeout=20', url]) ? null : `no answer of ${url}`;
  } catch (error) {
    if (error instanceof BuildError) return error.message;
    throw error;
  }
}

const total = { passed: 0, failed: 0, skipped: 0 };
const add = (counts) => {
  for (const key of Object.keys(total)) total[key] += counts[key];
};

add(await runStep('check', ['run', 'check']));
add(await runStep('test', ['test']));
const obstacle = releaseObstacle();
if (obstacle === null) {
  const release = await runStep('release', ['run', 'release']);
  add(release);
  if (release.failed === 0) add(await runStep('package proof', ['run', 'test:package']));
} else {
  process.stdout.write(`release and its proof skipped: ${obstacle}\n`);
  add({ passed: 0, failed: 0, skipped: 2 });
}
const { passed, failed, skipped } = total;
process.stdout.write(
  `\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`,
);
process.exitCode = failed > 0 ? 1 : 0;

// What CI runs on a clean checkout: the checks, the README's test command, the release and its proof. Ends with one line for all: N passed, N failed.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mirrors } from './debian.mjs';
import { setup } from './setup.mjs';
import { addCounts, countsText, lastCounts, noCounts } from './test-counts.mjs';
import { answers, BuildError, root } from './toolchain.mjs';

/** A step that prints no counts counts as one test; its output is passed through. */
async function runStep(name, args, env = process.env) {
  const child = spawn('npm', args, { cwd: root, env, stdio: ['ignore', 'pipe', 'inherit'] });
  let tail = '';
  child.stdout.on('data', (chunk) => {
    process.stdout.write(chunk);
    tail = (tail + chunk).slice(-4096);
  });
  const status = await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  const counts = lastCounts(tail);
  if (status !== 0 && !counts?.failed) {
    process.stdout.write(`${name} failed (${status})\n`);
    return { ...(counts ?? noCounts()), failed: 1 };
  }
  return counts ?? { passed: 1, failed: 0, skipped: 0 };
}

/** Why the Debian root that releases are built in can't be fetched; null if it can. */
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

/** A release as on a new machine: a cache would hide that a source is no longer available. */
async function releaseFromEmptyCache() {
  const cache = mkdtempSync(join(tmpdir(), 'knp-release-cache-'));
  try {
    return await runStep('release', ['run', 'release'], { ...process.env, XDG_CACHE_HOME: cache });
  } finally {
    rmSync(cache, { recursive: true, force: true });
  }
}

const total = noCounts();

addCounts(total, await runStep('check', ['run', 'check']));
addCounts(total, await runStep('test', ['test']));
const obstacle = releaseObstacle();
if (obstacle === null) {
  const release = await releaseFromEmptyCache();
  addCounts(total, release);
  if (release.failed === 0)
    addCounts(total, await runStep('package proof', ['run', 'test:package']));
} else {
  process.stdout.write(`release and its proof skipped: ${obstacle}\n`);
  addCounts(total, { passed: 0, failed: 0, skipped: 2 });
}
process.stdout.write(`\n${countsText(total)}\n`);
process.exitCode = total.failed > 0 ? 1 : 0;

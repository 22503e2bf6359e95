// A lock: one build at a time in a checkout, one release at a time in a build root. Two at once would write the same files.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { BuildError, root } from './toolchain.mjs';

const buildFolder = join(root, 'build');
const buildLimitMs = 5 * 60 * 1000;

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

function tryLock(lockFile) {
  try {
    writeFileSync(lockFile, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    return false;
  }
}

function holder(lockFile) {
  try {
    return Number(readFileSync(lockFile, 'utf8'));
  } catch (error) {
    if (error.code === 'ENOENT') return 0;
    throw error;
  }
}

/** Runs `work` under the lock; resolves when it has ended. `what`: named in the message of those who wait. */
export async function withLock({ lockFile, what, limitMs }, work) {
  const deadline = Date.now() + limitMs;
  let reported = false;
  while (!tryLock(lockFile)) {
    const pid = holder(lockFile);
    // A file without a process id is still being written.
    if (pid && !isAlive(pid)) {
      rmSync(lockFile, { force: true });
      continue;
    }
    if (!reported) process.stderr.write(`waiting for the ${what} of process ${pid}\n`);
    reported = true;
    if (Date.now() > deadline) {
      throw new BuildError(
        `process ${pid} has been at its ${what} for minutes; if it isn't: rm ${lockFile}`,
      );
    }
    await sleep(100);
  }
  try {
    await work();
  } finally {
    rmSync(lockFile, { force: true });
  }
}

export async function withBuildLock(work) {
  mkdirSync(buildFolder, { recursive: true });
  const lockFile = join(buildFolder, 'lock');
  await withLock({ lockFile, what: 'build', limitMs: buildLimitMs }, work);
}

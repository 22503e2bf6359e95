// One build at a time in one checkout: two at once would write the same files.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { BuildError, root } from './toolchain.mjs';

const folder = join(root, 'build');
const lockFile = join(folder, 'lock');
const waitLimitMs = 5 * 60 * 1000;

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

function tryLock() {
  try {
    writeFileSync(lockFile, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    return false;
  }
}

function holder() {
  try {
    return Number(readFileSync(lockFile, 'utf8'));
  } catch (error) {
    if (error.code === 'ENOENT') return 0;
    throw error;
  }
}

export async function withBuildLock(work) {
  mkdirSync(folder, { recursive: true });
  const deadline = Date.now() + waitLimitMs;
  let told = false;
  while (!tryLock()) {
    const pid = holder();
    // A file without a number is one that is being written at this moment.
    if (pid && !isAlive(pid)) {
      rmSync(lockFile, { force: true });
      continue;
    }
    if (!told) process.stderr.write(`waiting for the build of process ${pid}\n`);
    told = true;
    if (Date.now() > deadline) {
      throw new BuildError(
        `process ${pid} has been building for minutes; if it isn't: rm ${lockFile}`,
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

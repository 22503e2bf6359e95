// The root file system that addons are built in: Debian bullseye, with glibc 2.31 and gcc 10, old enough for every server's Node.
import { existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from '../cache.mjs';
import { mirrors } from '../debian.mjs';
import { answers, BuildError, run } from '../toolchain.mjs';

const suite = 'bullseye';
const packages = [
  ...['g++', 'make', 'cmake', 'm4', 'gettext', 'bzip2', 'file', 'pkg-config', 'patchelf'],
  'g++-aarch64-linux-gnu',
];

export function buildRoot() {
  const folder = join(cacheFolder('release'), `root-${suite}`);
  if (existsSync(folder)) return folder;
  if (process.getuid() !== 0)
    throw new BuildError('the build root is made by debootstrap: run as root');
  if (!answers('debootstrap', ['--version'])) {
    throw new BuildError(
      'debootstrap is missing; install it: apt-get install debootstrap dpkg-dev',
    );
  }
  const unfinished = `${folder}.unfinished`;
  rmSync(unfinished, { recursive: true, force: true });
  process.stdout.write(`making the build root ${folder} (debootstrap ${suite})\n`);
  run('debootstrap', [
    '--variant=minbase',
    `--include=${packages.join(',')}`,
    suite,
    unfinished,
    mirrors().main,
  ]);
  renameSync(unfinished, folder);
  return folder;
}

/** Runs a shell line inside the root, in `cwd` there, with a clean environment. */
export function runInRoot(folder, cwd, line, { capture = true } = {}) {
  const path = 'PATH=/usr/local/bin:/usr/bin:/usr/sbin:/bin:/sbin';
  const script = `cd '${cwd}' && { ${line}\n}`;
  return run(
    'chroot',
    [folder, '/usr/bin/env', '-i', path, 'LC_ALL=C.UTF-8', 'HOME=/root', '/bin/sh', '-ec', script],
    {
      capture,
    },
  );
}

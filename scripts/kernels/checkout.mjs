// Copies the files that the machines need from this checkout, so that a concurrent build can't change them during a run.
import { chmodSync, cpSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { withBuildLock } from '../build-lock.mjs';
import { cacheFolder } from '../cache.mjs';
import { BuildError, root } from '../toolchain.mjs';

const parts = [
  'package.json',
  'dist',
  'build/addon/Release/kubenetprobe_top.node',
  'build/bpf',
  'build/test',
  'build/tools',
  'bpf',
  'examples',
  'scripts/count-reporter.mjs',
  'test/kernels',
  'test/support',
];

/** The machines see only the root file system, without the mounts below it. */
function requireRootFileSystem(path, what) {
  if (statSync(path).dev === statSync('/').dev) return;
  throw new BuildError(
    `${what} (${path}) is not on the root file system, which is all that a machine of the matrix sees`,
  );
}

/** A folder that the machines see. Tests run as other users, who can't read below root's home. */
export function makePlaceForMachines() {
  requireRootFileSystem('/var/tmp', 'the place of the copy');
  const folder = mkdtempSync('/var/tmp/kubenetprobe-top-kernels-');
  chmodSync(folder, 0o755);
  const remove = () => rmSync(folder, { recursive: true, force: true });
  // A signal ends the process without running finally blocks.
  process.once('exit', remove);
  return { folder, remove };
}

/** Resolves with {folder, remove}. Copied under the build lock, else half of a build could be copied. */
export async function copyCheckout() {
  requireRootFileSystem(cacheFolder('kernels'), 'the cache');
  requireRootFileSystem(process.execPath, 'Node');
  const place = makePlaceForMachines();
  await withBuildLock(async () => {
    for (const part of parts)
      cpSync(join(root, part), join(place.folder, part), { recursive: true });
  });
  return place;
}

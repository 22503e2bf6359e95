// The packed release, and a folder in which the prebuilt tests run against its bundle and addon.
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { join } from 'node:path';
import { BuildError, root, run } from '../toolchain.mjs';

export function releasedTarball() {
  const folder = join(root, 'release');
  const name = existsSync(folder) && readdirSync(folder).find((file) => file.endsWith('.tgz'));
  if (!name) throw new BuildError('there is no release/*.tgz: run npm run release first');
  return join(folder, name);
}

/** Files of the repository that tests use: sources that they compile, pages that they check, objects that they load, a compiler. */
const linked = [
  ...['bpf', 'docs', 'test', 'scripts', 'build/bpf', 'build/tools', 'src'],
  'node_modules',
];
/** Modules resolve their package by their real path. */
const copied = ['build/test', 'examples'];

const stagedFolder = join(root, 'build/staged');

/** The package as npm would install it, in a separate folder. */
export function unpackRelease() {
  rmSync(stagedFolder, { recursive: true, force: true });
  mkdirSync(stagedFolder, { recursive: true });
  run('tar', ['xzf', releasedTarball()], { cwd: stagedFolder });
  return join(stagedFolder, 'package');
}

export function stageRelease() {
  const stage = unpackRelease();
  mkdirSync(join(stage, 'build'));
  for (const name of linked) {
    if (existsSync(join(root, name))) symlinkSync(join(root, name), join(stage, name));
  }
  for (const name of copied) cpSync(join(root, name), join(stage, name), { recursive: true });
  const beside = join(root, '../shared');
  if (existsSync(beside)) symlinkSync(realpathSync(beside), join(stagedFolder, 'shared'));
  return stage;
}

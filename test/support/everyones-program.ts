// Copies the built program and Node.js to a place that every user can read: other users can't read a checkout in root's home.
import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { programPath, projectRoot } from './program.js';

export const nobody = 65534;

/** The start of a command line that runs as an unprivileged user. */
export const asUser = (id: number): [command: string, ...args: string[]] => [
  'setpriv',
  `--reuid=${id}`,
  `--regid=${id}`,
  '--clear-groups',
];

const [setpriv, ...words] = asUser(nobody);

const isReachable = (file: string): boolean =>
  spawnSync(setpriv, [...words, 'test', '-r', file]).status === 0;

/** Files of the package that the program needs. */
const parts = ['package.json', 'dist', 'build/addon/Release', `prebuilds/linux-${process.arch}`];

function copies(): readonly [node: string, program: string] {
  const folder = mkdtempSync(join(tmpdir(), 'knp-everyones-'));
  chmodSync(folder, 0o755);
  process.once('exit', () => rmSync(folder, { recursive: true }));
  for (const part of parts) {
    const from = join(projectRoot(), part);
    if (existsSync(from)) cpSync(from, join(folder, part), { recursive: true });
  }
  let node = process.execPath;
  if (!isReachable(node)) {
    node = join(folder, 'node');
    copyFileSync(process.execPath, node);
  }
  return [node, join(folder, 'dist/kubenetprobe-top.cjs')];
}

let found: readonly [node: string, program: string] | undefined;

/** Node.js and the program, as the start of a command line that any user may run: those of the checkout, or copies. */
export function everyonesProgram(): readonly [node: string, program: string] {
  const files = [process.execPath, programPath];
  found ??= files.every(isReachable) ? [process.execPath, programPath] : copies();
  return found;
}

// The built program, and Node.js, where every user can reach them: a checkout in root's home is closed to all others.
import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { programPath, projectRoot } from './program.js';

export const nobody = 65534;

/** As a command line begins that an ordinary user runs. */
export const asUser = (id: number): [command: string, ...args: string[]] => [
  'setpriv',
  `--reuid=${id}`,
  `--regid=${id}`,
  '--clear-groups',
];

const [setpriv, ...words] = asUser(nobody);

const isReachable = (file: string): boolean =>
  spawnSync(setpriv, [...words, 'test', '-r', file]).status === 0;

/** What the program needs of its package. */
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

/** Node.js and the program, as a command line begins that any user may run: those of the checkout, or copies. */
export function everyonesProgram(): readonly [node: string, program: string] {
  const files = [process.execPath, programPath];
  found ??= files.every(isReachable) ? [process.execPath, programPath] : copies();
  return found;
}

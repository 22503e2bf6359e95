// Compiles the C programs that tests run (test/support/NAME.c), once.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from './program.js';

/** Compiled beside the prebuilt tests, for machines without a compiler. */
export function compiledTool(name: string): string {
  const source = join(projectRoot(), `test/support/${name}.c`);
  const folder = join(projectRoot(), 'build/tools');
  const tool = join(folder, name);
  if (!existsSync(tool) || statSync(tool).mtimeMs < statSync(source).mtimeMs) {
    mkdirSync(folder, { recursive: true });
    execFileSync('clang', ['-O1', '-Wall', '-Wextra', '-Werror', '-o', tool, source]);
  }
  return tool;
}

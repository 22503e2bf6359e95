// Keeps only the type declarations reachable from the library's entry: internal ones aren't public, and need packages that users don't install.
import { existsSync, readdirSync, readFileSync, rmdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';

function reachable(file, seen = new Set()) {
  if (seen.has(file)) return seen;
  seen.add(file);
  const text = readFileSync(file, 'utf8');
  for (const [, specifier] of text.matchAll(/(?:\bfrom|\bimport\()\s*['"](\.[^'"]+)['"]/g)) {
    const target = join(dirname(file), specifier.replace(/\.js$/, '.d.ts'));
    if (!existsSync(target)) throw new Error(`${file} needs ${target}, which is missing`);
    reachable(target, seen);
  }
  return seen;
}

function prune(folder, wanted) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) prune(path, wanted);
    else if (!wanted.has(path)) rmSync(path);
  }
  if (readdirSync(folder).length === 0) rmdirSync(folder);
}

/** Returns the number of files kept. */
export function pruneTypes(folder) {
  const wanted = reachable(join(folder, 'index.d.ts'));
  prune(folder, wanted);
  return wanted.size;
}

// Keeps the declarations that the library's entry leads to: those of its inner rooms are nobody's to see, and need packages that nobody has.
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

/** Returns how many files stay. */
export function pruneTypes(folder) {
  const wanted = reachable(join(folder, 'index.d.ts'));
  prune(folder, wanted);
  return wanted.size;
}

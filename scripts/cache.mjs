// Cache folders for what the release builder and the kernel matrix fetch: outside the repository, safe to delete.
import { mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { BuildError, root } from './toolchain.mjs';

/** A folder below XDG_CACHE_HOME (default: ~/.cache), created if missing. */
export function cacheFolder(...names) {
  const parent = resolve(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'));
  const folder = join(parent, 'kubenetprobe-top', ...names);
  const inside = relative(root, folder);
  if (!inside.startsWith('..')) {
    throw new BuildError(
      `the cache ${folder} lies inside the repository; set XDG_CACHE_HOME to a folder outside`,
    );
  }
  mkdirSync(folder, { recursive: true });
  return folder;
}

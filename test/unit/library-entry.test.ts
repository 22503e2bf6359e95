// The library's entry: whoever imports it loads neither the screen nor the command line, and gets what it promises.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { expect, it } from 'vitest';
import { NewestValue } from '../../src/library/newest-value.js';

const root = join(import.meta.dirname, '../..');

/** Every file and package that `file` imports, directly or not; types vanish at compile time and don't count. */
function reachable(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  const text = readFileSync(file, 'utf8');
  for (const [statement, specifier] of text.matchAll(
    /^(?:import|export)\b[^;'"]*?from\s*'([^']+)'/gm,
  )) {
    if (/^(import|export) type\b/.test(statement)) continue;
    if (specifier!.startsWith('.'))
      reachable(join(dirname(file), specifier!.replace(/\.js$/, '.ts')), seen);
    else seen.add(specifier!);
  }
  return seen;
}

it('reaches no file of the screen or the command line, and no package but Node’s own and what is bundled', () => {
  const all = [...reachable(join(root, 'src/index.ts'))].map((one) =>
    one.startsWith('/') ? relative(root, one) : one,
  );
  expect(all).toContain('src/library/network-monitor.ts');
  expect(all.filter((one) => /^src\/(ui|cli)\//.test(one))).toEqual([]);
  expect(
    all.filter(
      (one) =>
        !one.startsWith('src/') &&
        !one.startsWith('node:') &&
        !['yaml', 'zod', 'zod/mini', 'leven'].includes(one),
    ),
  ).toEqual([]);
});

it('exports everything that the screen is told: a screen of one’s own could be built on it', () => {
  const entry = readFileSync(join(root, 'src/index.ts'), 'utf8');
  const exported = new Set(entry.match(/\b[A-Z]\w+/g));
  const used = new Set<string>();
  for (const file of readdirSync(join(root, 'src/ui'), { recursive: true }).map(String)) {
    if (!/\.tsx?$/.test(file)) continue;
    const text = readFileSync(join(root, 'src/ui', file), 'utf8');
    for (const [, names] of text.matchAll(
      /import(?: type)? \{([^}]*)\} from '[^']*core\/model\/[^']*'/g,
    ))
      for (const [type] of names!.matchAll(/\b[A-Z]\w+/g)) used.add(type);
  }
  expect(used).toContain('MonitorPort');
  expect([...used].filter((name) => !exported.has(name))).toEqual([]);
});

it('is what the package exports, with types', () => {
  const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    exports: { '.': Record<string, string> };
  };
  expect(exports['.']).toEqual({ types: './dist/types/index.d.ts', default: './dist/index.mjs' });
});

it('hands out the newest value, counts what was replaced, and ends with what ended it', async () => {
  const slot = new NewestValue<number>();
  const first = slot.take();
  slot.put(1);
  expect(await first).toBe(1);
  slot.put(2);
  slot.put(3);
  expect(await slot.take()).toBe(3);
  expect(slot.skipped).toBe(1);
  slot.put(4);
  slot.end(null);
  expect(await slot.take()).toBe(4);
  expect(await slot.take()).toBeUndefined();
  const failed = new NewestValue<number>();
  const waiting = failed.take();
  failed.end(new Error('gone'));
  await expect(waiting).rejects.toThrow('gone');
});

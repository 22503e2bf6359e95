// The import rules of docs/architecture.md, read off the source files themselves.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..');

/** Rooms from the ground up: a room may import those of lower rank, and itself. Rooms of one rank don't know each other. */
const ranks: Record<string, number> = {
  'core/model': 0,
  'core/errors': 0,
  'core/format': 1,
  'core/wire': 1,
  'core/native': 1,
  'core/btf': 1,
  'core/protocols': 1,
  'core/flows': 2,
  'core/detect': 2,
  'core/enrich': 2,
  'core/options': 2.5,
  'core/sources': 3,
  'core/export': 3,
  'core/doctor': 3,
  'core/monitor': 4,
  'core/objects': 3.5,
  library: 4.5,
  'ui/terminal': 5,
  'ui/widgets': 5.1,
  'ui/state': 5.2,
  'ui/table': 5.3,
  'ui/panels': 5.4,
  'ui/commands': 5.5,
  'ui/app': 5.6,
  cli: 6,
  package: 7,
};

/** What the ranks alone would allow. */
const forbidden: Record<string, string[]> = {
  ui: ['core/native', 'core/wire', 'core/sources', 'core/enrich'],
  cli: ['library'],
};

/** Rooms that are made of rooms. */
const houses = new Set(['core', 'ui']);

const systemModules = new Set([
  'fs',
  'net',
  'child_process',
  'dgram',
  'tls',
  'http',
  'https',
  'dns',
]);
const systemRooms = new Set([
  'core/native',
  'core/sources',
  'core/enrich',
  'core/export',
  'core/doctor',
  'core/objects',
  'cli',
]);

/** Clock, timers and the end of the process are handed in by the command line or the library; methods of that name are what is handed in. */
const clockWords =
  /\b(?:Date\.now\(|performance\.now\(|new Date\(\)|process\.(?:exit\(|exitCode|hrtime))|(?<![.\w])(?:setTimeout|setInterval|setImmediate)\((?![^()]*\)\s*[:{])/g;
const clockRooms = new Set(['cli', 'library']);

interface SourceFile {
  /** From src/, with slashes: core/flows/rates.ts */
  readonly path: string;
  readonly text: string;
}

function roomOf(path: string): string {
  const [first, second] = path.split('/');
  if (!path.includes('/')) return 'package';
  return houses.has(first!) ? `${first}/${second}` : first!;
}

/** Comments go, strings stay; good enough for files that biome has formatted. */
function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|[^:'"`\\])\/\/.*$/gm, '$1');
}

function importsOf(text: string): string[] {
  const found: string[] = [];
  const patterns = [
    /^\s*(?:import|export)\b[^;'"]*?\bfrom\s*['"]([^'"]+)['"]/gm,
    /^\s*import\s*['"]([^'"]+)['"]/gm,
    /\bimport\(\s*['"]([^'"]+)['"]/g,
    /\brequire\(\s*['"]([^'"]+)['"]/g,
  ];
  for (const pattern of patterns) for (const match of text.matchAll(pattern)) found.push(match[1]!);
  return found;
}

function violationsIn(file: SourceFile): string[] {
  const text = withoutComments(file.text);
  const room = roomOf(file.path);
  const rank = ranks[room];
  if (rank === undefined) return [`${file.path}: no room is called ${room}`];
  const found: string[] = [];
  for (const specifier of importsOf(text)) {
    if (specifier.startsWith('.')) {
      const target = join(dirname(file.path), specifier);
      const targetRoom = roomOf(target);
      if (target.startsWith('..')) {
        found.push(`${file.path} leaves src/: ${specifier}`);
      } else if (targetRoom !== room) {
        const targetRank = ranks[targetRoom] ?? Number.POSITIVE_INFINITY;
        if (targetRank >= rank || forbidden[room.split('/')[0]!]?.includes(targetRoom)) {
          found.push(`${file.path}: ${room} must not import ${targetRoom}`);
        }
      }
      if (!specifier.endsWith('.js')) found.push(`${file.path}: ${specifier} must end in .js`);
      continue;
    }
    const module = specifier.replace(/^node:/, '').split('/')[0]!;
    if (systemModules.has(module) && !systemRooms.has(room)) {
      found.push(`${file.path}: ${room} must not use ${specifier}`);
    }
    if (room.startsWith('core/') && ['ink', 'react', 'yargs'].includes(module)) {
      found.push(`${file.path}: core must not use ${specifier}`);
    }
  }
  if (/\.node['"`]/.test(text) && room !== 'core/native') {
    found.push(`${file.path}: only core/native loads the .node file`);
  }
  if (!clockRooms.has(room)) {
    for (const [word] of text.matchAll(clockWords))
      found.push(`${file.path}: ${room} uses ${word}`);
  }
  if (!file.text.startsWith('// ') && !file.text.startsWith('/**')) {
    found.push(`${file.path}: the first line must say what the file is for`);
  }
  return found;
}

function readSources(): SourceFile[] {
  const folder = join(root, 'src');
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => ({ path: relative(folder, path), text: readFileSync(path, 'utf8') }));
}

/** Files that can't be read one before the other: groups that import each other, by type or not. */
function circlesIn(files: readonly SourceFile[]): string[][] {
  const texts = new Map(files.map(({ path, text }) => [path, text]));
  const open: string[] = [];
  const numbers = new Map<string, number>();
  const circles: string[][] = [];
  /** The lowest number that is reached from here (Tarjan). */
  const visit = (path: string): number => {
    const number = numbers.size;
    let lowest = number;
    numbers.set(path, number);
    open.push(path);
    for (const specifier of importsOf(withoutComments(texts.get(path)!))) {
      if (!specifier.startsWith('.')) continue;
      const stem = join(dirname(path), specifier).replace(/\.js$/, '');
      const target = [`${stem}.ts`, `${stem}.tsx`].find((name) => texts.has(name));
      if (!target) continue;
      if (!numbers.has(target)) lowest = Math.min(lowest, visit(target));
      else if (open.includes(target)) lowest = Math.min(lowest, numbers.get(target)!);
    }
    if (lowest === number) {
      const group = open.splice(open.indexOf(path));
      if (group.length > 1) circles.push(group.sort());
    }
    return lowest;
  };
  for (const { path } of files) if (!numbers.has(path)) visit(path);
  return circles;
}

describe('import rules', () => {
  const sources = readSources();

  it('finds the sources', () => {
    expect(sources.length).toBeGreaterThan(10);
  });

  it('are kept by every file of src/', () => {
    expect(sources.flatMap(violationsIn)).toEqual([]);
  });

  it('no files import each other in a circle, types included', () => {
    expect(circlesIn(sources)).toEqual([]);
  });

  it('no file has more than 400 lines', () => {
    const long = sources.filter(
      (file) => !file.path.includes('.generated.') && file.text.split('\n').length > 401,
    );
    expect(long.map((file) => file.path)).toEqual([]);
  });
});

describe('the scanner sees', () => {
  const comment = '// A crafted file.\n';
  const cases: [string, string, string][] = [
    [
      'core/flows/x.ts',
      "import { A } from '../../ui/app/app.js';",
      'core/flows must not import ui',
    ],
    ['core/model/x.ts', "import type { A } from '../format/bytes.js';", 'core/model must not'],
    [
      'core/wire/x.ts',
      "export * from '../native/load.js';",
      'core/wire must not import core/native',
    ],
    [
      'ui/panels/x.tsx',
      "const a = await import('../../core/wire/decode.js');",
      'ui/panels must not import core/wire',
    ],
    [
      'ui/panels/x.tsx',
      "import {\n  A,\n  B,\n} from '../../core/enrich/names.js';",
      'ui/panels must not import',
    ],
    [
      'ui/state/x.ts',
      "import { a } from '../panels/header.js';",
      'ui/state must not import ui/panels',
    ],
    ['core/flows/x.ts', "import { readFileSync } from 'node:fs';", 'must not use node:fs'],
    ['core/flows/x.ts', 'const now = Date.now();', 'uses Date.now('],
    ['ui/panels/x.ts', '  setTimeout(draw, 250);', 'uses setTimeout('],
    ['core/monitor/x.ts', 'process.exit(1);', 'uses process.exit('],
    ['core/flows/x.ts', "require('./addon.node');", 'only core/native loads'],
    ['core/flows/x.ts', "import { a } from './a';", 'must end in .js'],
    ['core/flows/x.ts', "import { Box } from 'ink';", 'core must not use ink'],
    ['kitchen/x.ts', '', 'no room is called kitchen'],
  ];
  it.each(cases)('%s: %s', (path, text, message) => {
    expect(violationsIn({ path, text: comment + text }).join('\n')).toContain(message);
  });

  it('a circle of three files, by type', () => {
    const file = (name: string, other: string): SourceFile => ({
      path: `core/model/${name}.ts`,
      text: `${comment}import type { A } from './${other}.js';`,
    });
    const files = [file('a', 'b'), file('b', 'c'), file('c', 'a'), file('d', 'a')];
    const circle = ['core/model/a.ts', 'core/model/b.ts', 'core/model/c.ts'];
    expect(circlesIn(files)).toEqual([circle]);
  });

  it('what is allowed', () => {
    const text = `${comment}/* Date.now() */ import { a } from '../../core/model/flow.js'; // setTimeout(
clock.setTimeout(a, 5);
  setInterval(seconds: number): void {`;
    expect(violationsIn({ path: 'ui/panels/x.ts', text })).toEqual([]);
  });
});

// An option is one entry of the schema: command line, environment, settings file, library, help, completion and manual page follow.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { readCommandLine } from '../../../src/cli/command-line.js';
import { completionScript, shells } from '../../../src/cli/completion.js';
import { helpText } from '../../../src/cli/help.js';
import { manualPage } from '../../../src/cli/manual.js';
import { choicesOf } from '../../../src/core/options/describe.js';
import { checkLibraryOptions } from '../../../src/core/options/library-options.js';
import { environmentSource, resolveOptions } from '../../../src/core/options/resolve.js';
import { options } from '../../../src/core/options/schema.js';
import { readSettingsFile } from '../../../src/core/options/settings-file.js';
import { columnNames } from '../../../src/ui/table/flow-columns.js';
import { themes } from '../../../src/ui/widgets/theme.js';

const root = join(import.meta.dirname, '../../..');

const schema = {
  ...options,
  ringPages: {
    group: 'What to watch',
    schema: z.int().check(z.gte(1), z.lte(64)),
    default: 16,
    help: 'pages of a ring that no other option has',
    flag: 'ring-pages',
    placeholder: 'N',
    environment: 'KUBENETPROBE_RING_PAGES',
    settings: 'monitor.ringPages',
    library: true,
  },
} as const;

const ringPages = (argv: readonly string[], environment = {}, file = ''): number =>
  resolveOptions(
    [
      readCommandLine(argv, schema).source,
      environmentSource(environment, schema),
      readSettingsFile(file, 'config.yaml', schema).source,
    ],
    schema,
  ).values.ringPages;

describe('one entry more', () => {
  it('is read from everywhere', () => {
    expect(ringPages([])).toBe(16);
    expect(ringPages([], {}, 'monitor: { ringPages: 1 }')).toBe(1);
    expect(ringPages([], { KUBENETPROBE_RING_PAGES: '2' }, 'monitor: { ringPages: 1 }')).toBe(2);
    expect(ringPages(['--ring-pages', '3'], { KUBENETPROBE_RING_PAGES: '2' })).toBe(3);
  });

  it('is checked everywhere', () => {
    expect(() => ringPages(['--ring-pages=65'])).toThrow('--ring-pages 65: out of range');
    expect(() => ringPages([], { KUBENETPROBE_RING_PAGES: 'x' })).toThrow(
      '$KUBENETPROBE_RING_PAGES x: not a number',
    );
    expect(readSettingsFile('monitor: { ringPages: 0 }', 'c', schema).faults[0]?.why).toBe(
      'must be a whole number from 1 to 64',
    );
    expect(() => checkLibraryOptions({ ringPages: 65 }, schema)).toThrow('ringPages is 65');
    expect(() => checkLibraryOptions({ ringPage: 6 }, schema)).toThrow('no option "ringPage"');
  });

  it('is in help, the manual page and completion', () => {
    const help = helpText(schema, 100).replace(/\s+/g, ' ');
    expect(help).toContain(
      '--ring-pages N pages of a ring that no other option has [1 to 64; default: 16; $KUBENETPROBE_RING_PAGES; monitor.ringPages]',
    );
    expect(manualPage('1', schema)).toContain('ring\\-pages');
    for (const shell of shells) expect(completionScript(shell, schema)).toContain('ring-pages');
  });
});

describe('the schema', () => {
  const entries = Object.values(options);
  const unique = (words: (string | undefined)[]): void => {
    const given = words.filter((word) => word !== undefined);
    expect(given).toEqual([...new Set(given)]);
  };

  it('gives no name twice', () => {
    unique(entries.map((entry) => ('flag' in entry ? entry.flag : undefined)));
    unique(entries.map((entry) => ('environment' in entry ? entry.environment : undefined)));
    unique(entries.map((entry) => ('settings' in entry ? entry.settings : undefined)));
  });

  it('has defaults that its own types accept', () => {
    for (const entry of entries) {
      if (!('default' in entry) || entry.default === null) continue;
      expect(entry.schema.safeParse(entry.default).success).toBe(true);
      if ('captureDefault' in entry)
        expect(entry.schema.safeParse(entry.captureDefault).success).toBe(true);
    }
  });

  it('knows the columns and themes of the screen', () => {
    expect(choicesOf(options.theme.schema)).toEqual(themes.map((theme) => theme.name));
    for (const name of columnNames)
      expect(options.columns.schema.safeParse([name]).success).toBe(true);
    expect(options.columns.schema.safeParse(['nothing']).success).toBe(false);
  });

  it('is the only file of src that says a flag, a range or a variable', () => {
    const folder = join(root, 'src');
    const files = readdirSync(folder, { recursive: true })
      .map(String)
      .filter((name) => /\.tsx?$/.test(name) && !name.includes('.generated.'));
    const saying = (word: string): string[] =>
      files.filter((name) => readFileSync(join(folder, name), 'utf8').includes(word));
    for (const word of ["'flow-timeout'", "'max-flows'", '4_194_304', 'KUBENETPROBE_FLOW_TIMEOUT'])
      expect(saying(word)).toEqual(['core/options/entries/watching.ts']);
  });
});

// What a new field of a flow costs: it is added to a copy of the sources, and must follow everywhere from its schema alone.
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { build } from 'esbuild';
import { afterAll, describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../../..');
const copied = ['src', 'test', 'bench', 'scripts', 'bpf/include', 'docs/filters.md'];
const copies: string[] = [];

/** What these tests alone would write. */
const isGenerated = (path: string): boolean =>
  path.includes('.generated.') || path === 'docs/filters.md';

class Copy {
  readonly folder = mkdtempSync(join(tmpdir(), 'new-field-'));

  constructor() {
    copies.push(this.folder);
    for (const path of copied)
      cpSync(join(root, path), join(this.folder, path), { recursive: true });
    for (const file of ['package.json', 'tsconfig.json', 'vitest.config.ts'])
      cpSync(join(root, file), join(this.folder, file));
    symlinkSync(join(root, 'node_modules'), join(this.folder, 'node_modules'));
  }

  edit(path: string, change: (text: string) => string): void {
    const file = join(this.folder, path);
    const text = readFileSync(file, 'utf8');
    const changed = change(text);
    expect(changed).not.toBe(text);
    writeFileSync(file, changed);
  }

  add(path: string, text: string): void {
    writeFileSync(join(this.folder, path), text);
  }

  /** '' where the program ended well, else what it said. */
  run(...args: string[]): string {
    const result = spawnSync(process.execPath, args, { cwd: this.folder, encoding: 'utf8' });
    return result.status === 0 ? '' : `${result.stdout}${result.stderr}`;
  }

  generate(): string {
    return this.run('scripts/generate.mjs');
  }

  types(): string {
    return this.run('node_modules/typescript/bin/tsc', '-p', '.');
  }

  /** Runs the new field's own test against this copy. */
  async test(path: string): Promise<string> {
    const outfile = join(this.folder, 'build/new-field.mjs');
    await build({
      absWorkingDir: this.folder,
      entryPoints: [path],
      outfile,
      bundle: true,
      platform: 'node',
      format: 'esm',
      jsx: 'automatic',
      logLevel: 'silent',
    });
    return this.run(outfile);
  }

  /** Files by hand that differ from the originals, new ones included. */
  changedByHand(): string[] {
    return ['src', 'test', 'bench', 'scripts', 'bpf']
      .flatMap((top) =>
        readdirSync(join(this.folder, top), { recursive: true, withFileTypes: true }),
      )
      .filter((entry) => entry.isFile())
      .map((entry) => relative(this.folder, join(entry.parentPath, entry.name)))
      .filter((path) => !isGenerated(path) && this.#differs(path))
      .sort();
  }

  #differs(path: string): boolean {
    try {
      return !readFileSync(join(root, path)).equals(readFileSync(join(this.folder, path)));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return true;
      throw error;
    }
  }
}

afterAll(() => {
  for (const folder of copies) rmSync(folder, { recursive: true, force: true });
});

const testOf = (field: object): string =>
  `// The new field.\nimport { fieldFollows } from '../../support/new-field.js';\n\nfieldFollows(${JSON.stringify(field)});\n`;
const withField =
  (entry: string) =>
  (text: string): string =>
    text.replace('  ...identityFields,\n', `  ...identityFields,\n${entry}`);

const everywhere = 'once: {}, screen: { width: 9, from: 100 }, sortMenu: {}, inHelp: true as const';

const retransmits = {
  ...{ name: 'retransmits', title: 'RTX', alias: 'rtx', values: [2, 9, 5], fromKernel: true },
};
const retransmitsEntry = `  { name: 'retransmits', aliases: ['rtx'], kind: 'count', title: 'RTX',
    description: 'TCP segments that were sent again, both directions',
    column: { storage: 'u32', count: 2, seenBy: 'queries', inRows: true, description: 'By direction.',
      record: { from: 'details.retransmits', add: 'sum', delta: 'deltaRetransmits' } },
    group: true, groupMenu: {}, ${everywhere} },
`;

const zoneEntry = `  { name: 'zone', aliases: ['area'], kind: 'label', title: 'ZONE', description: 'where the service is',
    dictionary: 'zone', column: { storage: 'u16', seenBy: 'rules', inRows: true, description: 'Code of its zone.' },
    group: true, groupMenu: {}, ${everywhere} },
`;
const zoneEnricher = `// Zones of flows, by the port that was called.
import type { FlowColumns } from '../model/flow-columns.generated.js';
import type { Enricher } from './enrichment.js';
import { LabelDictionary } from './label-dictionary.js';

export class ZoneLabels implements Enricher {
  readonly name = 'zone';
  readonly dictionary = new LabelDictionary(100, 'elsewhere');
  readonly #codes = ['inner', 'outer\\u001b'].map((zone) => this.dictionary.add(zone));

  codesIn({ zone }: FlowColumns): Uint16Array {
    return zone;
  }

  codeOf({ highPort }: FlowColumns, slot: number): number {
    return this.#codes[highPort[slot]! % 2]!;
  }

  forgotten(): void {}
}
`;
/** Through the whole pipeline, as a snapshot has it. */
const zoneTest = `// The new label.
import { strict as assert } from 'node:assert';
import { flowObject } from '../../../src/core/export/flow-object.generated.js';
import { compileView, defaultView } from '../../../src/core/monitor/compiled-view.js';
import { Pipeline } from '../../../src/core/monitor/pipeline.js';
import { flowColumns } from '../../../src/ui/table/flow-columns.js';
import { CRAFTED_TIME_US as timeUs, craftBatch } from '../../support/batch-builder.js';
import { craftedInterface } from '../../support/fake-source.js';

const pipeline = new Pipeline({ maxFlows: 1024, flowTimeoutSeconds: 0, detector: null });
pipeline.start({ timeUs, wallUs: timeUs }, [craftedInterface]);
const batch = craftBatch({ flows: [{ highPort: 1 }, { highPort: 2 }, { highPort: 3 }] });
const clock = { timeUs, wallUs: timeUs, intervalSeconds: 1 };
pipeline.tick({ batch, kernelEvents: [], kernelEventsLost: 0, warnings: [], ...clock }, [craftedInterface]);
const shown = (filter: string, groupBy: string[] = []) => {
  const view = compileView({ ...defaultView, filter, groupBy, sort: { field: 'zone', descending: false } });
  if (!view.ok) throw new Error(view.error.message);
  const views = [view.compiled];
  return pipeline.views({ final: false, cost: null, consumers: [], views }).snapshot(view.compiled);
};
const zones = (filter: string) => shown(filter).flows.map((row) => flowObject(row).zone);
assert.deepEqual(zones(''), ['inner', 'outer·', 'outer·']);
assert.deepEqual(zones('zone = inner'), ['inner']);
assert.deepEqual(zones('area ~ /^out/'), ['outer·', 'outer·']);
assert.deepEqual(shown('', ['zone']).groups.map((group) => [group.labels[0], group.flows]).sort(), [['inner', 1], ['outer·', 2]]);
const column = flowColumns.find(({ id }) => id === 'zone')!;
assert.equal(column.term(shown('').flows[0]!), 'zone = "inner"');
`;

const mean = {
  ...{ name: 'mean', title: 'MEAN', alias: 'meansize', values: [200, 60, 500], fromKernel: false },
  counts: [
    [1, 200],
    [10, 600],
    [2, 1000],
  ],
};
const meanEntry = `  { name: 'mean', aliases: ['meansize'], kind: 'bytes', title: 'MEAN', description: 'mean length of a packet',
    read: (columns) => (slot) => (columns.lowToHighBytes[slot]! + columns.highToLowBytes[slot]!) /
      (columns.lowToHighPackets[slot]! + columns.highToLowPackets[slot]!),
    row: { type: 'number', value: (columns, slot) => (columns.lowToHighBytes[slot]! + columns.highToLowBytes[slot]!) /
      (columns.lowToHighPackets[slot]! + columns.highToLowPackets[slot]!) },
    ${everywhere} },
`;

describe('a new field of a flow', () => {
  it('from the kernel: records.h, the schema, a test', { timeout: 300_000 }, async () => {
    const copy = new Copy();
    const test = 'test/unit/flows/retransmits.test.ts';
    copy.add(test, testOf(retransmits));
    expect(await copy.test(test), 'the test fails without the field').not.toBe('');
    copy.edit('bpf/include/records.h', (text) =>
      text.replace('\t__u32 rst[2];\n', '\t__u32 rst[2];\n\t__u32 retransmits[2];\n'),
    );
    copy.edit('src/core/flows/schema/fields.ts', withField(retransmitsEntry));
    expect(copy.generate()).toBe('');
    expect(copy.types()).toBe('');
    expect(await copy.test(test)).toBe('');
    expect(copy.changedByHand()).toEqual([
      'bpf/include/records.h',
      'src/core/flows/schema/fields.ts',
      test,
    ]);
  });

  it('that is derived: the schema, a test', { timeout: 300_000 }, async () => {
    const copy = new Copy();
    const test = 'test/unit/flows/mean.test.ts';
    copy.add(test, testOf(mean));
    expect(await copy.test(test), 'the test fails without the field').not.toBe('');
    copy.edit('src/core/flows/schema/fields.ts', withField(meanEntry));
    expect(copy.generate()).toBe('');
    expect(copy.types()).toBe('');
    expect(await copy.test(test)).toBe('');
    expect(copy.changedByHand()).toEqual(['src/core/flows/schema/fields.ts', test]);
  });

  it('that is a name: the schema, an enricher, the list of them, a test', {
    timeout: 300_000,
  }, async () => {
    const copy = new Copy();
    const test = 'test/unit/flows/zone.test.ts';
    copy.add(test, zoneTest);
    expect(await copy.test(test), 'the test fails without the field').not.toBe('');
    copy.edit('src/core/flows/schema/fields.ts', withField(zoneEntry));
    copy.add('src/core/enrich/zone-labels.ts', zoneEnricher);
    copy.edit('src/core/monitor/pipeline.ts', (text) =>
      text
        .replace(
          'new Enrichment([this.#interfaceLabels])',
          'new Enrichment([this.#interfaceLabels, new ZoneLabels()])',
        )
        .replace(/^import /m, "import { ZoneLabels } from '../enrich/zone-labels.js';\nimport "),
    );
    expect(copy.generate()).toBe('');
    expect(copy.types()).toBe('');
    expect(await copy.test(test)).toBe('');
    expect(copy.changedByHand()).toEqual([
      'src/core/enrich/zone-labels.ts',
      'src/core/flows/schema/fields.ts',
      'src/core/monitor/pipeline.ts',
      test,
    ]);
  });

  it('whose record field the kernel has not is refused by its name', { timeout: 300_000 }, () => {
    const copy = new Copy();
    copy.edit('src/core/flows/schema/fields.ts', withField(retransmitsEntry));
    expect(copy.generate()).toContain('details.retransmits');
  });
});

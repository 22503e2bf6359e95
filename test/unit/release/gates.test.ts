// The gates of a packed release: what it may hold, how large it may be, what it must tell about others' work.
import { describe, expect, it } from 'vitest';
// @ts-expect-error a build script without types
import * as gates from '../../../scripts/release/gates.mjs';

const contents = [
  'LICENSE',
  'README.md',
  'package.json',
  'dist/kubenetprobe-top.cjs',
  'dist/main.mjs',
  'dist/worker.mjs',
  'dist/index.mjs',
  'dist/chunk-ABC_12-3.mjs',
  'dist/types/index.d.ts',
  'dist/types/core/wire/layout.generated.d.ts',
  'dist/THIRD_PARTY.txt',
  'dist/sbom.cdx.json',
  'prebuilds/linux-x64/kubenetprobe_top.node',
  'prebuilds/linux-arm64/kubenetprobe_top.node',
];

describe('the contents of a release', () => {
  it('are the bundle, the addons, README and licences', () => {
    expect(gates.contentFaults(contents)).toEqual([]);
  });

  it.each([
    'src/cli/main.ts',
    'dist/main.mjs.map',
    'prebuilds/linux-x64/other.node',
    '.npmrc',
    'dist/types/../../.env',
  ])('are not %s', (path) => {
    expect(gates.contentFaults([...contents, path])).toEqual([`holds ${path}`]);
  });

  it('lack nothing: an addon that was not built is told', () => {
    const [missing] = contents.slice(-1);
    expect(gates.contentFaults(contents.slice(0, -1))).toEqual([`${missing} is missing`]);
  });
});

describe('what npm is asked for', () => {
  const manifest = { gypfile: false, scripts: { test: 'x' }, devDependencies: { ink: '8' } };

  it('is nothing', () => {
    expect(gates.manifestFaults(manifest)).toEqual([]);
  });

  it.each([
    [{ dependencies: { ink: '8' } }, 'package.json has dependencies'],
    [{ optionalDependencies: {} }, 'package.json has optionalDependencies'],
    [{ scripts: { install: 'node-gyp rebuild' } }, 'package.json has the script install'],
    [{ gypfile: undefined }, 'package.json lacks "gypfile": false'],
  ])('is told: %j', (change, fault) => {
    expect(gates.manifestFaults({ ...manifest, ...change })).toEqual([fault]);
  });
});

it('the size of a release has a limit', () => {
  expect(gates.sizeFaults({ packed: 1_500_000, unpacked: 4_600_000, addon: 1_400_000 })).toEqual(
    [],
  );
  expect(gates.sizeFaults({ packed: 9_000_000 })).toEqual([
    'packed: 9000000 bytes, more than 2500000',
  ]);
});

describe('the bill of materials', () => {
  const entry = (name: string, licence: string, more: object = {}) => ({
    type: 'library',
    'bom-ref': `pkg:npm/${name}@1.0.0`,
    name,
    version: '1.0.0',
    purl: `pkg:npm/${name}@1.0.0`,
    licenses: [/\s/.test(licence) ? { expression: licence } : { license: { id: licence } }],
    ...more,
  });
  const bill = (...components: object[]) => ({
    bomFormat: 'CycloneDX',
    specVersion: '1.5',
    components,
  });
  const rule = '='.repeat(78);
  const text = (name: string, licence: string, words = 'Permission is granted …') =>
    `${rule}\n\n${name} 1.0.0  (${licence})\n\n${rule}\n\n${words}\n`;

  it('is complete when every component has its text', () => {
    const own = bill(entry('ink', 'MIT'), entry('yargs', 'ISC'));
    expect(gates.billFaults(own, `head\n\n${text('ink', 'MIT')}\n${text('yargs', 'ISC')}`)).toEqual(
      [],
    );
  });

  it.each<[string, object, string, string]>([
    ['no text', bill(entry('ink', 'MIT')), 'head', 'no licence text of ink'],
    [
      'an empty text',
      bill(entry('ink', 'MIT')),
      text('ink', 'MIT', rule),
      'no licence text of ink',
    ],
    [
      'a licence that binds us',
      bill(entry('x', 'AGPL-3.0')),
      text('x', 'AGPL-3.0'),
      'x has the licence AGPL-3.0',
    ],
    [
      'no address',
      bill(entry('x', 'MIT', { purl: '' })),
      text('x', 'MIT'),
      "the bill's entry of x is incomplete",
    ],
    [
      'one named twice',
      bill(entry('x', 'MIT'), entry('x', 'MIT')),
      text('x', 'MIT'),
      'the bill names pkg:npm/x@1.0.0 twice',
    ],
    [
      'another form',
      { ...bill(), specVersion: '1.4' },
      '',
      'the bill of materials is not CycloneDX 1.5',
    ],
  ])('is refused with %s', (_, own, licenceText, fault) => {
    expect(gates.billFaults(own, `\n${licenceText}`)).toEqual([fault]);
  });
});

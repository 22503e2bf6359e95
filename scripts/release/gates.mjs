// Checks a packed release before publication: contents, size, addons, licences, bill of materials. Each fault is a line.
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { root, run } from '../toolchain.mjs';
import { addonNeeds, symbolFaults } from './symbols.mjs';
import { architectures } from './targets.mjs';

const addonOf = (architecture) => `prebuilds/linux-${architecture}/kubenetprobe_top.node`;

const required = [
  'LICENSE',
  'README.md',
  'package.json',
  'dist/kubenetprobe-top.cjs',
  'dist/main.mjs',
  'dist/worker.mjs',
  'dist/index.mjs',
  'dist/types/index.d.ts',
  'dist/THIRD_PARTY.txt',
  'dist/sbom.cdx.json',
  ...architectures.map(addonOf),
];

const optional = [/^dist\/chunk-[\w-]+\.mjs$/, /^dist\/types\/[\w./-]+\.d\.ts$/];

/** A third above today's sizes: growth beyond that needs a decision. */
const bytesMax = { packed: 2_500_000, unpacked: 8_200_000, addon: 1_900_000 };

/** Licences that may be linked or bundled into an MIT program distributed as a binary. */
const licences = new Set([
  'MIT',
  'ISC',
  'BSD-2-Clause',
  'BSD-3-Clause',
  '0BSD',
  'Apache-2.0',
  'Zlib',
  'LGPL-3.0-or-later',
  'GPL-3.0-or-later WITH GCC-exception-3.1',
]);

/** `paths`: the package's files. */
export function contentFaults(paths) {
  const missing = required.filter((path) => !paths.includes(path));
  const surplus = paths.filter(
    (path) => !required.includes(path) && !optional.some((pattern) => pattern.test(path)),
  );
  return [
    ...missing.map((path) => `${path} is missing`),
    ...surplus.map((path) => `holds ${path}`),
  ];
}

/** The package must have no dependencies and no install scripts. */
export function manifestFaults(manifest) {
  const faults = [];
  for (const name of [
    'dependencies',
    'optionalDependencies',
    'peerDependencies',
    'bundleDependencies',
  ])
    if (manifest[name] !== undefined) faults.push(`package.json has ${name}`);
  for (const name of ['preinstall', 'install', 'postinstall', 'prepare', 'prepublish'])
    if (manifest.scripts?.[name] !== undefined) faults.push(`package.json has the script ${name}`);
  if (manifest.gypfile !== false) faults.push('package.json lacks "gypfile": false');
  return faults;
}

export function sizeFaults(sizes) {
  return Object.entries(sizes).flatMap(([name, bytes]) =>
    bytes > bytesMax[name] ? [`${name}: ${bytes} bytes, more than ${bytesMax[name]}`] : [],
  );
}

/** `licenceText`: THIRD_PARTY.txt, which has to state the terms of every component of the bill of materials. */
export function billFaults(bill, licenceText) {
  const faults = [];
  if (bill.bomFormat !== 'CycloneDX' || bill.specVersion !== '1.5')
    faults.push('the bill of materials is not CycloneDX 1.5');
  const references = new Set();
  for (const { 'bom-ref': reference, name, version, purl, type, licenses } of bill.components) {
    const licence = licenses?.[0]?.license?.id ?? licenses?.[0]?.expression;
    if (type !== 'library' || !version || !/^pkg:(npm|deb)\//.test(purl))
      faults.push(`the bill's entry of ${name} is incomplete`);
    if (references.has(reference)) faults.push(`the bill names ${reference} twice`);
    references.add(reference);
    if (!licences.has(licence)) faults.push(`${name} has the licence ${licence}`);
    const text = licenceText.split(`\n${name} ${version}  (${licence})\n`)[1];
    // Below the heading's rule there must be text, not the next heading.
    if (!/^\n=+\n\n(?!\n*=)\S/.test(text ?? '')) faults.push(`no licence text of ${name}`);
  }
  return faults;
}

function sectionFaults(file) {
  const sections = run('readelf', ['--wide', '--section-headers', file], { capture: true });
  return ['.symtab', '.debug_info'].flatMap((name) =>
    sections.includes(` ${name} `) ? [`is not stripped: ${name}`] : [],
  );
}

function addonFaults(folder, architecture) {
  const file = join(folder, addonOf(architecture));
  return [
    ...symbolFaults(addonNeeds(file), architecture),
    ...sectionFaults(file),
    ...sizeFaults({ addon: statSync(file).size }),
  ].map((fault) => `${addonOf(architecture)} ${fault}`);
}

/** Every reason not to publish this tarball; empty if there is none. */
export function releaseFaults(tarball) {
  const folder = mkdtempSync(join(tmpdir(), 'knp-gates-'));
  try {
    run('tar', ['xzf', tarball, '--strip-components=1'], { cwd: folder });
    const files = readdirSync(folder, { withFileTypes: true, recursive: true })
      .filter((entry) => !entry.isDirectory())
      .map((entry) => join(entry.parentPath, entry.name));
    const paths = files.map((file) => relative(folder, file));
    const contents = contentFaults(paths);
    if (contents.length > 0) return contents;
    const read = (name) => readFileSync(join(folder, name), 'utf8');
    const unpacked = files.reduce((sum, file) => sum + statSync(file).size, 0);
    return [
      ...manifestFaults(JSON.parse(read('package.json'))),
      ...sizeFaults({ packed: statSync(tarball).size, unpacked }),
      ...billFaults(JSON.parse(read('dist/sbom.cdx.json')), read('dist/THIRD_PARTY.txt')),
      ...architectures.flatMap((architecture) => addonFaults(folder, architecture)),
      ...paths.flatMap((path) =>
        readFileSync(join(folder, path)).includes(root) ? [`${path} names ${root}`] : [],
      ),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

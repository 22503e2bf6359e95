// `npm run release`: addons for every platform, bundle, licences, and the package that npm would publish. `-- --last-resort`: as if
// none of the pinned sources were available.
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from './build.mjs';
import { withLock } from './build-lock.mjs';
import { cacheFolder } from './cache.mjs';
import { addonName, buildAddon } from './release/addon.mjs';
import { releaseFaults } from './release/gates.mjs';
import { buildLibraries } from './release/libraries.mjs';
import { buildRoot } from './release/root.mjs';
import { librarySources } from './release/sources.mjs';
import { highestGlibc } from './release/symbols.mjs';
import { architectures } from './release/targets.mjs';
import {
  billOfMaterials,
  bundledPackages,
  compiledParts,
  linkedLibraries,
  thirdPartyText,
} from './release/third-party.mjs';
import { setup } from './setup.mjs';
import { BuildError, reportAndExit, root, run } from './toolchain.mjs';

const generated = join(root, 'build/bpf');
const releaseFolder = join(root, 'release');

/** Without caches it takes four minutes on an idle machine. */
const releaseLimitMs = 15 * 60 * 1000;

function buildAddons(buildFolder, sources) {
  const object = readFileSync(join(generated, 'network_monitor.o'));
  const objectSha256 = createHash('sha256').update(object).digest('hex');
  rmSync(join(root, 'prebuilds'), { recursive: true, force: true });
  for (const architecture of architectures) {
    buildLibraries(buildFolder, architecture, sources);
    const target = join(root, 'prebuilds', `linux-${architecture}`, addonName);
    const needs = buildAddon(buildFolder, architecture, { generated, objectSha256, target });
    process.stdout.write(
      `linux-${architecture}: ${statSync(target).size} bytes, glibc ${highestGlibc(needs)}, needs ${needs.libraries.join(' ')}\n`,
    );
  }
}

function writeThirdParty(buildFolder, sources) {
  const inputs = JSON.parse(readFileSync(join(root, 'build/bundle-inputs.json'), 'utf8'));
  const { name, version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const components = [
    ...bundledPackages(inputs),
    ...linkedLibraries(sources),
    ...compiledParts(buildFolder),
  ];
  // The commit's time: two releases of one commit are equal.
  const seconds = Number(run('git', ['log', '-1', '--format=%ct'], { capture: true }));
  const timestamp = new Date(seconds * 1000).toISOString();
  writeFileSync(join(root, 'dist/THIRD_PARTY.txt'), thirdPartyText(components));
  const bill = billOfMaterials({ name, version, components, timestamp });
  writeFileSync(join(root, 'dist/sbom.cdx.json'), `${JSON.stringify(bill, null, 2)}\n`);
}

function pack() {
  rmSync(releaseFolder, { recursive: true, force: true });
  mkdirSync(releaseFolder, { recursive: true });
  const answer = run(
    'npm',
    ['pack', '--json', '--ignore-scripts', '--pack-destination', releaseFolder],
    { capture: true },
  );
  // npm 12 returns an object by name, earlier versions an array.
  const [packed] = Object.values(JSON.parse(answer));
  process.stdout.write(
    `release/${packed.filename}: ${packed.size} bytes, ${packed.unpackedSize} unpacked\n`,
  );
  cpSync(join(root, 'dist/sbom.cdx.json'), join(releaseFolder, 'sbom.cdx.json'));
  const tarball = join(releaseFolder, packed.filename);
  const faults = releaseFaults(tarball);
  if (faults.length > 0) {
    rmSync(tarball);
    throw new BuildError(`this may not be released:\n  ${faults.join('\n  ')}`);
  }
  const sum = createHash('sha256').update(readFileSync(tarball)).digest('hex');
  process.stdout.write(`gates passed, sha256 ${sum}\n`);
}

try {
  setup('release');
  // The commit is in the bundle but not among its inputs: rebuilt for each release.
  rmSync(join(root, 'build/bundle.stamp'), { force: true });
  await build(['bpf', 'bundle', 'types']);
  // The root is per user, not per clone: a concurrent release would replace the sources during compilation.
  const lockFile = join(cacheFolder('release'), 'lock');
  await withLock({ lockFile, what: 'release', limitMs: releaseLimitMs }, async () => {
    const buildFolder = buildRoot();
    const onlyLastResort = process.argv.includes('--last-resort');
    const sources = await librarySources(cacheFolder('release', 'sources'), { onlyLastResort });
    buildAddons(buildFolder, sources);
    writeThirdParty(buildFolder, sources);
  });
  pack();
} catch (error) {
  reportAndExit(error);
}

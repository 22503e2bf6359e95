// Third-party components of a release: their licences as text, and a CycloneDX bill of materials.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BuildError, root } from '../toolchain.mjs';

/** Packages of node_modules whose files are in a bundle. `inputs`: the paths of esbuild's metafile. */
export function bundledPackages(inputs) {
  const folders = new Set();
  for (const path of inputs) {
    const match = path.match(/^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//);
    if (match) folders.add(match[1]);
  }
  const components = new Map();
  for (const folder of [...folders].sort()) {
    const { name, version, license } = JSON.parse(
      readFileSync(join(root, folder, 'package.json'), 'utf8'),
    );
    const files = licenceFiles(join(root, folder), name);
    // npm may have installed the same version twice.
    components.set(`${name}@${version}`, component('npm', name, version, license, files));
  }
  return [...components.values()];
}

function licenceFiles(folder, name) {
  const files = readdirSync(folder).filter((file) => /^(licen[cs]e|copying|notice)/i.test(file));
  if (files.length > 0) return files.map((file) => join(folder, file));
  // For packages without the licence file that their sources refer to.
  const own = join(root, 'scripts/release/licences', `${name}.txt`);
  if (existsSync(own)) return [own];
  throw new BuildError(`${name} has no licence file: add its text as ${own}`);
}

function component(kind, name, version, license, files) {
  const path = name.replace(/^@/, '%40');
  const purl =
    kind === 'npm'
      ? `pkg:npm/${path}@${version}`
      : `pkg:deb/debian/${name}@${encodeURIComponent(version)}?arch=source`;
  return { name, version, license, purl, files };
}

/** Libraries that are linked into the addon; LGPL-3 refers to GPL-3, so both texts go with libelf. */
export function linkedLibraries(sources) {
  const licences = {
    zlib: { license: 'Zlib', files: ['LICENSE', 'debian/copyright'] },
    elfutils: { license: 'LGPL-3.0-or-later', files: ['COPYING-LGPLV3', 'COPYING'] },
    libbpf: { license: 'BSD-2-Clause', files: ['LICENSE.BSD-2-Clause'] },
  };
  return sources.map(({ name, version, folder }) => {
    const { license, files } = licences[name];
    const present = files.map((file) => join(folder, file)).filter((file) => existsSync(file));
    if (present.length === 0) throw new BuildError(`${folder} has no licence text`);
    return component('deb', name, version, license, present);
  });
}

/** Header-only and runtime parts added by the build root's compiler. */
export function compiledParts(buildRoot) {
  const folder = join(root, 'node_modules/node-addon-api');
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const headers = component(
    'npm',
    'node-addon-api',
    version,
    'MIT',
    licenceFiles(folder, 'node-addon-api'),
  );
  const status = readFileSync(join(buildRoot, 'var/lib/dpkg/status'), 'utf8');
  const runtimeVersion = status.match(
    /^Package: libstdc\+\+-10-dev\n(?:.+\n)*?Version: (.+)$/m,
  )?.[1];
  if (!runtimeVersion) throw new BuildError(`${buildRoot} has no libstdc++-10-dev`);
  const runtime = component(
    'deb',
    'gcc-10',
    runtimeVersion,
    'GPL-3.0-or-later WITH GCC-exception-3.1',
    // The first file has the exception; the text of the GPL is included with elfutils.
    [join(buildRoot, 'usr/share/doc/gcc-10-base/copyright')],
  );
  return [headers, runtime];
}

export function thirdPartyText(components) {
  const rule = '='.repeat(78);
  const blocks = components.map(({ name, version, license, files }) => {
    const texts = files.map((file) => readFileSync(file, 'utf8').trim());
    return [rule, `${name} ${version}  (${license})`, rule, ...texts].join('\n\n');
  });
  const head = `kubenetprobe-top contains the software below. The libraries linked into the addon can be replaced: its sources and the
script that links it (npm run release) are in the repository that package.json names.`;
  return `${[head, ...blocks].join('\n\n\n')}\n`;
}

export function billOfMaterials({ name, version, components, timestamp }) {
  return {
    bomFormat: 'CycloneDX',
    specVersion: '1.5',
    version: 1,
    metadata: {
      timestamp,
      component: { type: 'application', 'bom-ref': `pkg:npm/${name}@${version}`, name, version },
    },
    components: components.map((one) => ({
      type: 'library',
      'bom-ref': one.purl,
      name: one.name,
      version: one.version,
      purl: one.purl,
      licenses: [
        /\s/.test(one.license) ? { expression: one.license } : { license: { id: one.license } },
      ],
    })),
  };
}

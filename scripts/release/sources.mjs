// Unpacked sources of the linked libraries: pinned by checksum, from the cache or any mirror; else a Debian suite's version.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { mirrors, privateApt, unpackSource } from '../debian.mjs';
import { fetchByChecksum } from '../fetch-by-checksum.mjs';
import { BuildError, run } from '../toolchain.mjs';
import { libraryVersions } from './source-versions.mjs';

/** Addresses of a file of a Debian source package; a security mirror keeps updates in a separate pool. */
function addressesOf({ name, upstream }, pool, { main, security }) {
  const below = (mirror, folder) =>
    `${mirror.replace(/\/$/, '')}/${folder}/${encodeURIComponent(name)}`;
  const updates = pool.replace(/^pool\//, 'pool/updates/');
  return [
    below(main, pool),
    ...(security ? [below(security, updates), below(security, pool)] : []),
    ...(upstream ? [upstream] : []),
  ];
}

async function unpackPinned({ version, files }, { library, pool }, from, folder) {
  const paths = [];
  for (const file of files) {
    const addresses = addressesOf(file, pool, from);
    paths.push(await fetchByChecksum({ ...file, addresses }, join(folder, 'files')));
  }
  const target = join(folder, `${library}-${version}`);
  rmSync(target, { recursive: true, force: true });
  // Signed by a person's key; the checksum in this repository replaces that check.
  run('dpkg-source', ['--no-check', '-x', paths[0], target], { capture: true });
  return { name: library, version, folder: target };
}

function unpackFromSuite(library, suite, folder) {
  const apt = privateApt(join(folder, `apt-${suite}`), suite, {
    sources: true,
    mayBeExpired: true,
  });
  const target = join(folder, `${library}-of-${suite}`);
  rmSync(target, { recursive: true, force: true });
  return unpackSource(apt, library, target);
}

/** The library's sources from the first working origin; earlier failures are printed. */
export async function unpackLibrary(definition, { from, folder, onlyLastResort = false }) {
  const { library, versions, lastResort } = definition;
  const ways = [
    ...(onlyLastResort ? [] : versions).map((version) => ({
      what: version.version,
      take: () => unpackPinned(version, definition, from, folder),
    })),
    ...lastResort.map((suite) => ({
      what: `that of ${suite}`,
      take: () => unpackFromSuite(library, suite, folder),
    })),
  ];
  const failures = [];
  for (const { what, take } of ways) {
    try {
      const source = await take();
      if (failures.length > 0) process.stdout.write(`${library}: taking ${source.version}\n`);
      return source;
    } catch (error) {
      if (!(error instanceof BuildError)) throw error;
      failures.push(`${what}: ${error.message}`);
      process.stdout.write(`${library} ${what} can't be had: ${error.message}\n`);
    }
  }
  throw new BuildError(`no sources of ${library}:\n  ${failures.join('\n  ')}`);
}

/** Once for each pinned set of versions; returns [{name, version, folder}]. */
export async function librarySources(parent, { onlyLastResort = false } = {}) {
  const list = join(parent, onlyLastResort ? 'last-resort.json' : 'sources.json');
  const pinned = JSON.stringify(libraryVersions);
  if (existsSync(list)) {
    const kept = JSON.parse(readFileSync(list, 'utf8'));
    if (kept.pinned === pinned && kept.sources.every(({ folder }) => existsSync(folder))) {
      return kept.sources;
    }
  }
  mkdirSync(parent, { recursive: true });
  const from = mirrors();
  const sources = [];
  for (const definition of libraryVersions) {
    sources.push(await unpackLibrary(definition, { from, folder: parent, onlyLastResort }));
  }
  writeFileSync(list, JSON.stringify({ pinned, sources }, null, 2));
  return sources;
}

// Fetches packages of other Debian suites from the mirrors of this machine's apt, with signatures checked, without installing them.
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BuildError, run } from './toolchain.mjs';

export const debianKeyring = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** Main and security mirror of this machine. */
export function mirrors() {
  const text = run('apt-get', ['indextargets', '--format', '$(REPO_URI) $(CODENAME) $(SUITE)'], {
    capture: true,
  });
  const rows = text
    .split('\n')
    .filter(Boolean)
    .map((line) => ({ uri: line.split(' ')[0], isSecurity: /security/.test(line) }));
  const main = rows.find((row) => !row.isSecurity)?.uri;
  const security = rows.find((row) => row.isSecurity)?.uri;
  if (!main || !existsSync(debianKeyring)) {
    throw new BuildError(
      'no Debian mirror is configured here (apt-get indextargets, debian-archive-keyring): releases are built on Debian',
    );
  }
  return { main, security };
}

/**
 * A separate apt for one suite: configuration, lists and an empty status below `folder`. Returns the environment that
 * makes apt-get use it. `mayBeExpired`: accepts a mirror whose index has expired; its signatures are still checked.
 */
export function privateApt(
  folder,
  suite,
  { architecture, sources = false, mayBeExpired = false } = {},
) {
  for (const name of ['lists/partial', 'cache/archives/partial', 'parts', 'downloads']) {
    mkdirSync(join(folder, name), { recursive: true });
  }
  const { main, security } = mirrors();
  const kind = sources ? 'deb-src' : 'deb';
  const options = `[signed-by=${debianKeyring}${architecture ? ` arch=${architecture}` : ''}]`;
  const lines = [`${kind} ${options} ${main} ${suite} main`];
  if (security && suite !== 'sid')
    lines.push(`${kind} ${options} ${security} ${suite}-security main`);
  writeFileSync(join(folder, 'sources.list'), `${lines.join('\n')}\n`);
  writeFileSync(join(folder, 'status'), '');
  const settings = {
    'Dir::Etc::sourcelist': join(folder, 'sources.list'),
    'Dir::Etc::sourceparts': join(folder, 'parts'),
    'Dir::Etc::preferencesparts': join(folder, 'parts'),
    'Dir::Etc::preferences': join(folder, 'none'),
    'Dir::State': folder,
    'Dir::State::lists': join(folder, 'lists'),
    'Dir::State::status': join(folder, 'status'),
    'Dir::Cache': join(folder, 'cache'),
    'APT::Sandbox::User': 'root',
    'Acquire::Languages': 'none',
    'Acquire::Check-Valid-Until': mayBeExpired ? 'false' : 'true',
    ...(architecture
      ? { 'APT::Architecture': architecture, 'APT::Architectures': architecture }
      : {}),
  };
  const text = Object.entries(settings).map(([name, value]) => `${name} "${value}";`);
  const file = join(folder, 'apt.conf');
  writeFileSync(file, `${text.join('\n')}\n`);
  const env = { ...process.env, APT_CONFIG: file };
  run('apt-get', ['-qq', 'update'], { env });
  return { suite, env, downloads: join(folder, 'downloads') };
}

function downloadSource(apt, name) {
  const download = (what) =>
    run('apt-get', ['-qq', '--download-only', 'source', what], {
      env: apt.env,
      cwd: apt.downloads,
      capture: true,
    });
  try {
    download(name);
  } catch (error) {
    if (!(error instanceof BuildError)) throw error;
    // Mirrors of the security archive often carry binaries only. The release's SBOM names the version used.
    process.stderr.write(
      `${name}: the newest source can't be had here, taking ${apt.suite}'s own\n`,
    );
    download(`${name}/${apt.suite}`);
  }
}

/** Downloads and unpacks a source package with its Debian patches (security fixes are patches); returns its folder and version. */
export function unpackSource(apt, name, target) {
  downloadSource(apt, name);
  const dsc = readdirSync(apt.downloads).find(
    (file) => file.startsWith(`${name}_`) && file.endsWith('.dsc'),
  );
  if (!dsc) throw new BuildError(`apt-get source ${name} brought no .dsc`);
  run('dpkg-source', ['--no-check', '-x', join(apt.downloads, dsc), target], { capture: true });
  return { name, version: dsc.slice(name.length + 1, -'.dsc'.length), folder: target };
}

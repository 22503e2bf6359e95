// Distributions whose bare root file systems debootstrap can make here, each with signatures checked.
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from '../cache.mjs';
import { debianKeyring, mirrors, privateApt } from '../debian.mjs';
import { run } from '../toolchain.mjs';

const debian = (suite) => ({
  suite,
  mirror: () => mirrors().main,
  keyring: () => debianKeyring,
  components: 'main',
  script: suite,
});

const ubuntu = (suite) => ({
  suite,
  mirror: () => process.env.UBUNTU_MIRROR || 'http://archive.ubuntu.com/ubuntu',
  keyring: ubuntuKeyring,
  components: 'main,universe',
  // All of Ubuntu's releases use this script; an older debootstrap lacks the newer names.
  script: 'gutsy',
});

export const distributions = {
  // Its clang 11 has no atomic operations for BPF: releases run there, clones aren't built.
  'Debian 11': { ...debian('bullseye'), isTooOldToBuild: true },
  'Debian 12': debian('bookworm'),
  'Debian 13': debian('trixie'),
  'Debian sid': debian('sid'),
  'Ubuntu 22.04': ubuntu('jammy'),
  'Ubuntu 24.04': ubuntu('noble'),
  'Ubuntu 26.04': ubuntu('resolute'),
};

/** Distributions that can build a clone. */
export const buildingDistributions = Object.keys(distributions).filter(
  (name) => !distributions[name].isTooOldToBuild,
);

/** Debian ships Ubuntu's keys: Ubuntu's index is trusted as much as Debian's. */
function ubuntuKeyring() {
  const folder = cacheFolder('ubuntu-keyring');
  const file = join(folder, 'tree/usr/share/keyrings/ubuntu-archive-keyring.gpg');
  if (existsSync(file)) return file;
  const apt = privateApt(join(folder, 'apt'), 'trixie');
  run('apt-get', ['-qq', 'download', 'ubuntu-keyring'], {
    env: apt.env,
    cwd: apt.downloads,
  });
  mkdirSync(join(folder, 'tree'), { recursive: true });
  run('sh', ['-c', 'dpkg-deb -x ubuntu-keyring_*.deb "$1"', 'sh', join(folder, 'tree')], {
    cwd: apt.downloads,
  });
  return file;
}

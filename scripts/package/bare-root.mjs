// A root file system with a distribution's minimal set and sudo; no compiler, no libbpf, no Node. Each caller gets a fresh copy.
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from '../cache.mjs';
import { BuildError, run } from '../toolchain.mjs';
import { distributions } from './distributions.mjs';

/** libatomic1: Node.js 26 itself doesn't start without. */
const packages = ['sudo', 'libatomic1'];

function template(name, additional) {
  const distribution = distributions[name];
  if (!distribution) {
    throw new BuildError(
      `no such distribution: ${name} (${Object.keys(distributions).join(', ')})`,
    );
  }
  const { suite, mirror, keyring, components, script } = distribution;
  const folder = join(cacheFolder('roots'), [suite, ...packages, ...additional].join('-'));
  if (existsSync(folder)) return folder;
  process.stdout.write(`making a bare root of ${name} (debootstrap)\n`);
  const unfinished = `${folder}.unfinished`;
  rmSync(unfinished, { recursive: true, force: true });
  const options = [
    '--variant=minbase',
    `--include=${[...packages, ...additional]}`,
    `--components=${components}`,
  ];
  run('debootstrap', [...options, `--keyring=${keyring()}`, suite, unfinished, mirror(), script], {
    capture: true,
  });
  // The downloaded archives are no longer needed.
  run('sh', ['-c', 'rm -rf "$1"/var/cache/apt/archives/*.deb', 'sh', unfinished]);
  renameSync(unfinished, folder);
  return folder;
}

/** A copy of the distribution's bare root, with an ordinary user who may use sudo; `additional`: packages beside the minimal set. */
export function makeRoot(name, additional = []) {
  const from = template(name, additional);
  const folder = mkdtempSync(join(cacheFolder('roots'), 'copy-'));
  run('cp', ['-a', '--reflink=auto', `${from}/.`, folder]);
  run('chroot', [folder, 'useradd', '-m', '-s', '/bin/bash', 'tester']);
  writeFileSync(join(folder, 'etc/sudoers.d/tester'), 'tester ALL=(ALL) NOPASSWD: ALL\n', {
    mode: 0o440,
  });
  return folder;
}

/** `node`: the binary; `npm`: the folder of its npm; `prefix`: /usr, or a version manager's folder. */
export function addNode(folder, { node, npm, prefix = 'usr' }) {
  const place = join(folder, prefix);
  mkdirSync(join(place, 'bin'), { recursive: true });
  mkdirSync(join(place, 'lib/node_modules'), { recursive: true });
  cpSync(node, join(place, 'bin/node'));
  cpSync(npm, join(place, 'lib/node_modules/npm'), { recursive: true });
  for (const name of ['npm', 'npx']) {
    symlinkSync(`../lib/node_modules/npm/bin/${name}-cli.js`, join(place, 'bin', name));
  }
}

const mounts = `mount -t proc proc "$1/proc" && mount -t sysfs sysfs "$1/sys" && mount --rbind /dev "$1/dev" &&
mount -t tmpfs tmpfs "$1/tmp" && mount -t bpf bpf "$1/sys/fs/bpf"`;

/**
 * The command that runs a shell line inside, with a system's usual mounts, as root or as another user. `prefix`: a command
 * before it (a network namespace); `readOnly`: only the mounts over the root are writable.
 */
export function insideRoot(folder, line, options = {}) {
  const { user = 'root', environment = {}, prefix = [], readOnly = false } = options;
  const home = user === 'root' ? '/root' : `/home/${user}`;
  const words = Object.entries({
    LANG: 'C.UTF-8',
    HOME: home,
    USER: user,
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    ...environment,
  })
    // Null: not there at all.
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name}=${value}`);
  // Bound on itself: `ip netns` needs its root to be a mount point.
  const ground = `mount --bind "$1" "$1" && ${readOnly ? 'mount -o remount,bind,ro "$1" &&' : ''}`;
  const script = `${ground} ${mounts} && root=$1 user=$2 home=$3 line=$4 && shift 4 &&
exec chroot --userspec="$user" "$root" /usr/bin/env -i "$@" /bin/sh -c "cd '$home'; $line"`;
  const unshare = ['unshare', '-m', '--propagation', 'private', 'sh', '-c', script, 'sh'];
  return [...prefix, ...unshare, folder, user, home, line, ...words];
}

/** Every file of a root, except those of a running system. */
export function filesOf(folder) {
  const list = run('find', [folder, '-xdev', '-mindepth', '1', '-printf', '%P\\n'], {
    capture: true,
  });
  return new Set(list.split('\n').filter((name) => name !== ''));
}

export function removeRoot(folder) {
  // Mounts below belonged to a mount namespace that has ended; another file system here is not ours to remove.
  rmSync(folder, { recursive: true, force: true });
}

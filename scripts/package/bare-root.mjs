// A root file system with Debian's smallest set, sudo, and one Node; no compiler, no libbpf. Each user gets a fresh copy.
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from '../cache.mjs';
import { mirrors } from '../debian.mjs';
import { run } from '../toolchain.mjs';

function template(suite) {
  const folder = join(cacheFolder('roots'), suite);
  if (existsSync(folder)) return folder;
  process.stdout.write(`making a bare root of Debian ${suite} (debootstrap)\n`);
  const unfinished = `${folder}.unfinished`;
  rmSync(unfinished, { recursive: true, force: true });
  run('debootstrap', ['--variant=minbase', '--include=sudo', suite, unfinished, mirrors().main], {
    capture: true,
  });
  renameSync(unfinished, folder);
  return folder;
}

/** `node`: the binary; `npm`: the folder of the npm that goes with it. */
export function makeRoot({ suite, node, npm }) {
  const folder = mkdtempSync(join(cacheFolder('roots'), 'copy-'));
  run('cp', ['-a', '--reflink=auto', `${template(suite)}/.`, folder]);
  cpSync(node, join(folder, 'usr/bin/node'));
  mkdirSync(join(folder, 'usr/lib/node_modules'), { recursive: true });
  cpSync(npm, join(folder, 'usr/lib/node_modules/npm'), { recursive: true });
  for (const name of ['npm', 'npx']) {
    symlinkSync(`../lib/node_modules/npm/bin/${name}-cli.js`, join(folder, 'usr/bin', name));
  }
  run('chroot', [folder, 'useradd', '-m', '-s', '/bin/bash', 'tester']);
  writeFileSync(join(folder, 'etc/sudoers.d/tester'), 'tester ALL=(ALL) NOPASSWD: ALL\n', {
    mode: 0o440,
  });
  return folder;
}

/** The command that runs a shell line inside, with what a system has mounted, as root or as somebody. */
export function insideRoot(folder, line, { user = 'root', environment = {}, prefix = [] } = {}) {
  const words = Object.entries({ LANG: 'C.UTF-8', ...environment }).map(
    ([name, value]) => `${name}=${value}`,
  );
  const home = user === 'root' ? '/root' : `/home/${user}`;
  const script = `mount -t proc proc "$1/proc" && mount -t sysfs sysfs "$1/sys" && mount --rbind /dev "$1/dev" && mount -t tmpfs tmpfs "$1/tmp" &&
exec chroot --userspec="$2" "$1" env -i HOME="$3" USER="$2" PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin ${words.join(' ')} sh -c "cd; $4"`;
  return [
    ...prefix,
    'unshare',
    '-m',
    '--propagation',
    'private',
    'sh',
    '-c',
    script,
    'sh',
    folder,
    user,
    home,
    line,
  ];
}

/** Every file of a root, without what a running system has there. */
export function filesOf(folder) {
  const list = run('find', [folder, '-xdev', '-mindepth', '1', '-printf', '%P\\n'], {
    capture: true,
  });
  return new Set(list.split('\n').filter((name) => name !== ''));
}

export function removeRoot(folder) {
  if (readdirSync(folder).length > 0) rmSync(folder, { recursive: true, force: true });
}

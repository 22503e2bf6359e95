// Tests the arm64 addon without an arm64 machine: under qemu-user (which has no bpf(2)), and in a virtual machine on Debian's arm64 kernel.
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { cacheFolder } from '../cache.mjs';
import { privateApt } from '../debian.mjs';
import { BuildError, run } from '../toolchain.mjs';

const suite = 'trixie';
/** The libraries of Node's binary, and a shell for the virtual machine. */
const packages = ['libc6', 'libstdc++6', 'libgcc-s1', 'libatomic1', 'busybox-static'];
const modules = ['veth', 'sch_ingress', 'cls_bpf', 'act_bpf'];

/** Debian's arm64 kernel and Node's libraries, unpacked, not installed. */
function prepareTree() {
  const folder = join(cacheFolder('arm64'), suite);
  const tree = join(folder, 'tree');
  if (existsSync(folder)) return tree;
  const unfinished = `${folder}.unfinished`;
  rmSync(unfinished, { recursive: true, force: true });
  const apt = privateApt(join(unfinished, 'apt'), suite, { architecture: 'arm64' });
  const meta = run('apt-cache', ['depends', 'linux-image-cloud-arm64'], {
    env: apt.env,
    capture: true,
  });
  const kernel = meta.match(/Depends: (linux-image-\S+)/)?.[1];
  if (!kernel) throw new BuildError(`Debian ${suite} has no cloud kernel for arm64`);
  run('apt-get', ['-qq', 'download', ...packages, kernel], { env: apt.env, cwd: apt.downloads });
  mkdirSync(join(unfinished, 'tree/usr/lib'), { recursive: true });
  symlinkSync('usr/lib', join(unfinished, 'tree/lib'));
  for (const file of readdirSync(apt.downloads)) {
    // Into the merged /usr: a package with a /lib folder must not replace the link.
    const archive = join(apt.downloads, file);
    const script = 'dpkg-deb --fsys-tarfile "$1" | tar -x --keep-directory-symlink -C "$2"';
    run('sh', ['-c', script, 'sh', archive, join(unfinished, 'tree')]);
  }
  rmSync(join(unfinished, 'apt'), { recursive: true });
  renameSync(unfinished, folder);
  return tree;
}

/** Runs Node's arm64 binary here: everything but bpf(2) is translated. */
export function runTranslated(node, args) {
  const result = spawnSync('qemu-aarch64-static', ['-L', prepareTree(), node, ...args], {
    encoding: 'utf8',
    timeout: 240_000,
  });
  if (result.error) throw new BuildError(`qemu-aarch64-static: ${result.error.message}`);
  return result;
}

function moduleFiles(tree) {
  const parent = join(tree, 'usr/lib/modules');
  const [release] = readdirSync(parent);
  const place = join(parent, release);
  const files = readdirSync(place, { recursive: true }).filter((name) => /\.ko(\.xz)?$/.test(name));
  return modules.flatMap((module) => {
    const found = files.find((name) => basename(name).startsWith(`${module}.ko`));
    // Built-in modules have no file.
    return found ? [join(place, found)] : [];
  });
}

const init = (lines) => `#!/bin/busybox sh
/bin/busybox --install -s /bin
export PATH=/bin HOME=/root LANG=C.UTF-8
mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t devtmpfs dev /dev; mount -t tmpfs tmp /tmp; mount -t tmpfs run /run
mkdir -p /dev/shm /dev/pts; mount -t tmpfs shm /dev/shm
for module in /modules/*; do insmod $module; done
ip link set lo up
( ${lines} ) >/tmp/output 2>/tmp/errors; status=$?
echo KNP-OUTPUT; cat /tmp/output; echo KNP-ERRORS; cat /tmp/errors; echo KNP-STATUS $status
poweroff -f
`;

function writeInitramfs(folder, tree, { node, release, lines }) {
  rmSync(folder, { recursive: true, force: true });
  for (const name of ['bin', 'proc', 'sys', 'dev', 'tmp', 'run', 'root', 'modules', 'usr/lib'])
    mkdirSync(join(folder, name), { recursive: true });
  cpSync(join(tree, 'usr/bin/busybox'), join(folder, 'bin/busybox'));
  cpSync(join(tree, 'usr/lib/aarch64-linux-gnu'), join(folder, 'usr/lib/aarch64-linux-gnu'), {
    recursive: true,
    verbatimSymlinks: true,
  });
  symlinkSync('usr/lib', join(folder, 'lib'));
  symlinkSync(
    'aarch64-linux-gnu/ld-linux-aarch64.so.1',
    join(folder, 'usr/lib/ld-linux-aarch64.so.1'),
  );
  cpSync(node, join(folder, 'bin/node'));
  cpSync(release, join(folder, 'package'), { recursive: true });
  for (const [index, file] of moduleFiles(tree).entries()) {
    const place = join(folder, 'modules', `${index}-${basename(file).replace(/\.xz$/, '')}`);
    const bytes = file.endsWith('.xz')
      ? spawnSync('xz', ['-dc', file], { maxBuffer: 64 * 1024 * 1024 }).stdout
      : readFileSync(file);
    writeFileSync(place, bytes);
  }
  writeFileSync(join(folder, 'init'), init(lines));
  chmodSync(join(folder, 'init'), 0o755);
  const image = `${folder}.cpio`;
  run('sh', ['-c', 'find . | cpio -o -H newc -R 0:0 --quiet >"$1"', 'sh', image], { cwd: folder });
  return image;
}

/** Runs shell lines (busybox) in a virtual arm64 machine; `release`: the unpacked package, as /package inside. */
export function runInMachine({ node, release, lines, seconds = 400 }) {
  const tree = prepareTree();
  const folder = join(cacheFolder('arm64'), 'initramfs');
  const image = writeInitramfs(folder, tree, { node, release, lines });
  const kernel = readdirSync(join(tree, 'boot')).find((name) => name.startsWith('vmlinuz-'));
  const result = spawnSync(
    'qemu-system-aarch64',
    [
      ...['-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot'],
      ...['-M', 'virt,gic-version=3', '-accel', 'tcg,thread=multi', '-cpu', 'cortex-a72'],
      ...['-smp', '2', '-m', '1536', '-serial', 'stdio'],
      ...['-kernel', join(tree, 'boot', kernel), '-initrd', image],
      ...['-append', 'console=ttyAMA0 panic=-1 loglevel=4 rdinit=/init'],
    ],
    { encoding: 'utf8', timeout: seconds * 1000, maxBuffer: 64 * 1024 * 1024 },
  );
  rmSync(folder, { recursive: true, force: true });
  rmSync(image, { force: true });
  if (result.error) throw new BuildError(`qemu-system-aarch64: ${result.error.message}`);
  const text = result.stdout.replaceAll('\r', '');
  const parts = text.match(/^KNP-OUTPUT\n([\s\S]*)^KNP-ERRORS\n([\s\S]*)^KNP-STATUS (\d+)$/m);
  if (!parts) throw new BuildError(`the arm64 machine died:\n${text.slice(-3000)}`);
  return {
    stdout: parts[1],
    stderr: parts[2],
    status: Number(parts[3]),
    kernel: kernel.replace('vmlinuz-', ''),
  };
}

// The initramfs of a machine of the matrix: busybox, the modules that the root file system needs, and a small init.
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { BuildError, run } from '../toolchain.mjs';

const bootModules = ['virtio_pci', 'virtio_mmio', 'virtio_console', 'virtiofs', 'overlay'];

/**
 * The host's root comes read-only by virtiofs, under an overlay in memory: the same Node and checkout are inside, and
 * all writes are discarded. PID 1 is then guest.sh of this folder.
 */
const init = `#!/bin/busybox sh
b=/bin/busybox
$b mount -t proc proc /proc; $b mount -t sysfs sys /sys; $b mount -t devtmpfs dev /dev
for m in $($b cat /modules/order); do $b insmod /modules/$m; done
for word in $($b cat /proc/cmdline); do case $word in
  knp.job=*) job=\${word#*=};; knp.modules=*) modules=\${word#*=};;
esac; done
$b mount -t virtiofs -o ro root /lower || { echo "no root file system"; $b poweroff -f; }
$b mount -t tmpfs -o size=80% memory /memory
$b mkdir /memory/upper /memory/work
$b mount -t overlay -o lowerdir=/lower,upperdir=/memory/upper,workdir=/memory/work root /root
for d in proc sys dev; do $b mount --move /$d /root/$d; done
$b mkdir -p /root/usr/lib/modules /root/dev/pts /root/dev/shm /root/run
$b mount -o bind "/root$modules" /root/usr/lib/modules
$b mount -t devpts pts /root/dev/pts; $b mount -t tmpfs shm /root/dev/shm; $b mount -t tmpfs run /root/run
$b mount -t bpf bpf /root/sys/fs/bpf; $b mount -t tracefs t /root/sys/kernel/tracing; $b mount -t cgroup2 c /root/sys/fs/cgroup
$b ip link set lo up
exec $b switch_root /root /bin/bash "$job/guest.sh"
`;

function moduleFiles(modules, release) {
  const files = new Set();
  for (const name of bootModules) {
    // Built-in modules have no file: modprobe says so, and there is nothing to load.
    const result = spawnSync('modprobe', ['-d', modules, '-S', release, '--show-depends', name], {
      encoding: 'utf8',
    });
    if (result.error) throw new BuildError(`modprobe: ${result.error.message}`);
    for (const [, file] of result.stdout.matchAll(/^insmod (\S+)/gm)) files.add(file);
  }
  return [...files];
}

export function writeInitramfs(kernel, modules, folder) {
  for (const name of ['bin', 'proc', 'sys', 'dev', 'lower', 'memory', 'root', 'modules']) {
    mkdirSync(join(folder, name), { recursive: true });
  }
  cpSync('/bin/busybox', join(folder, 'bin/busybox'));
  const order = [];
  for (const file of moduleFiles(modules, kernel.release)) {
    const name = basename(file).replace(/\.xz$/, '');
    const bytes = file.endsWith('.xz')
      ? spawnSync('xz', ['-dc', file], { maxBuffer: 64 * 1024 * 1024 }).stdout
      : readFileSync(file);
    writeFileSync(join(folder, 'modules', name), bytes);
    order.push(name);
  }
  writeFileSync(join(folder, 'modules/order'), `${order.join('\n')}\n`);
  writeFileSync(join(folder, 'init'), init);
  chmodSync(join(folder, 'init'), 0o755);
  run('sh', ['-c', 'find . | cpio -o -H newc -R 0:0 --quiet >"$1"', 'sh', kernel.initramfs], {
    cwd: folder,
  });
}

// Debian's cloud kernels for the matrix: fetched once by apt, unpacked, never installed; booted as bare vmlinux.
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { cacheFolder } from '../cache.mjs';
import { privateApt } from '../debian.mjs';
import { BuildError, run } from '../toolchain.mjs';
import { writeInitramfs } from './initramfs.mjs';

/** The kernel of each Debian suite: the oldest supported, two in wide use, the newest. */
export const kernels = new Map([
  ['5.10', 'bullseye'],
  ['6.1', 'bookworm'],
  ['6.12', 'trixie'],
  ['newest', 'sid'],
]);

/** The meta package depends on the real one; since 6.17 that is split into three more. */
function download(apt) {
  const wanted = ['linux-image-cloud-amd64'];
  for (const name of wanted) {
    const text = run('apt-cache', ['show', '--no-all-versions', name], {
      env: apt.env,
      capture: true,
    });
    const depends = text.match(/^Depends: (.+)$/m)?.[1] ?? '';
    for (const [, found] of depends.matchAll(/\b(linux-(?:image|base|binary|modules)-\d\S*)/g)) {
      if (!wanted.includes(found)) wanted.push(found);
    }
  }
  for (const name of wanted.slice(1)) {
    run('apt-get', ['-qq', 'download', name], { env: apt.env, cwd: apt.downloads });
  }
  return readdirSync(apt.downloads).map((file) => join(apt.downloads, file));
}

/** The compressed kernel inside a bzImage (Documentation/arch/x86/boot.rst): unpacked, QEMU needn't emulate the unpacking. */
function vmlinuxOf(image) {
  const bytes = readFileSync(image);
  const start = (bytes[0x1f1] + 1) * 512 + bytes.readUInt32LE(0x248);
  const payload = bytes.subarray(start, start + bytes.readUInt32LE(0x24c) - 4);
  const magic = payload.subarray(0, 4).toString('hex');
  if (magic.startsWith('1f8b')) return gunzipSync(payload);
  const tools = {
    '02214c18': ['lz4', '-dcq'],
    '28b52ffd': ['zstd', '-dcq'],
    fd377a58: ['xz', '-dc'],
  };
  const [tool, ...options] = tools[magic] ?? [];
  if (!tool) throw new BuildError(`${image}: compressed in an unknown way (${magic})`);
  // The archive's last four bytes are the kernel's own, cut off above, or its padding: exit status 1 or 2 is no fault.
  const result = spawnSync(tool, options, { input: payload, maxBuffer: 512 * 1024 * 1024 });
  if (result.error || result.stdout.subarray(1, 4).toString() !== 'ELF') {
    throw new BuildError(
      `${tool} can't unpack ${image}: ${result.error?.message ?? result.stderr}`,
    );
  }
  return result.stdout;
}

function modulesFolder(tree) {
  for (const parent of ['usr/lib/modules', 'lib/modules']) {
    const folder = join(tree, parent);
    if (existsSync(folder)) return join(folder, readdirSync(folder)[0]);
  }
  throw new BuildError(`${tree} holds no modules`);
}

/** Returns {name, release, vmlinux, initramfs, modules} of a kernel, fetched and prepared on first use. */
export function prepareKernel(name) {
  const suite = kernels.get(name);
  if (!suite)
    throw new BuildError(`no kernel is called ${name}: ${[...kernels.keys()].join(', ')}`);
  const folder = join(cacheFolder('kernels'), name);
  const facts = join(folder, 'kernel.json');
  if (existsSync(facts)) return JSON.parse(readFileSync(facts, 'utf8'));
  process.stderr.write(`fetching the kernel of Debian ${suite}\n`);
  rmSync(folder, { recursive: true, force: true });
  const work = join(folder, 'work');
  mkdirSync(join(work, 'tree'), { recursive: true });
  // Only tests run on it.
  const apt = privateApt(join(work, 'apt'), suite, { mayBeExpired: true });
  for (const file of download(apt)) run('dpkg-deb', ['-x', file, join(work, 'tree')]);

  const unpacked = modulesFolder(join(work, 'tree'));
  const release = unpacked.split('/').at(-1);
  const modules = join(folder, 'modules');
  mkdirSync(join(modules, 'lib/modules'), { recursive: true });
  renameSync(unpacked, join(modules, 'lib/modules', release));
  run('depmod', ['-b', modules, release]);
  const images = [
    join(work, 'tree/boot', `vmlinuz-${release}`),
    join(modules, 'lib/modules', release, 'vmlinuz'),
  ];
  const image = images.find((file) => existsSync(file));
  if (!image) throw new BuildError(`the package of ${release} holds no vmlinuz`);
  const kernel = {
    name,
    release,
    vmlinux: join(folder, 'vmlinux'),
    initramfs: join(folder, 'initramfs'),
    modules: join(modules, 'lib/modules'),
  };
  writeFileSync(kernel.vmlinux, vmlinuxOf(image));
  writeInitramfs(kernel, modules, join(work, 'initramfs'));
  rmSync(work, { recursive: true, force: true });
  writeFileSync(facts, JSON.stringify(kernel, null, 2));
  return kernel;
}

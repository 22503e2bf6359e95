// Installs packages that building (and testing) needs and this machine lacks. Prints them first; a second run finds nothing to do.
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { answers, BuildError, findBpftool, reportAndExit, root, run } from './toolchain.mjs';

const has =
  (command, ...args) =>
  () =>
    answers(command, args.length ? args : ['--version']);
const hasFile = (file) => () => existsSync(file);
/** Some tools have no version option, or need a network for it. */
const hasTool = (name) => () =>
  ['/usr/bin', '/usr/sbin', '/usr/local/bin'].some((folder) => existsSync(join(folder, name)));

const osRelease = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '';

const isDebian12 = /bookworm/.test(osRelease);
const isDebianFamily = /^ID(_LIKE)?=.*\b(debian|ubuntu)\b/m.test(osRelease);

const isUbuntuBefore = (version) =>
  /^ID=ubuntu$/m.test(osRelease) &&
  Number(osRelease.match(/^VERSION_ID="?([\d.]+)/m)?.[1]) < version;

/** Before 25.04 Ubuntu packages it with its kernel tools. */
const bpftoolPackage = isUbuntuBefore(25.04) ? 'linux-tools-generic' : 'bpftool';

/** Before 22.10 Ubuntu's libbpf is older than 1.0: scripts/own-libbpf.mjs builds a newer one. */
const libbpfPackages = isUbuntuBefore(22.1)
  ? {
      'libelf-dev': hasFile('/usr/include/libelf.h'),
      'zlib1g-dev': hasFile('/usr/include/zlib.h'),
    }
  : {};

/** Debian package → check whether its needed part is present. */
const buildPackages = {
  clang: () => answers('clang', ['--version']) && answers('clang++', ['--version']),
  [bpftoolPackage]: () => findBpftool() !== null,
  'libbpf-dev': hasFile('/usr/include/bpf/libbpf.h'),
  ...libbpfPackages,
  cmake: has('cmake'),
  make: has('make'),
};

const testPackages = {
  iproute2: has('ip', '-Version'),
  'iputils-ping': has('ping', '-V'),
  iperf3: has('iperf3'),
  tcpdump: has('tcpdump'),
  'netcat-openbsd': () => existsSync('/bin/nc.openbsd'),
  tshark: has('tshark'),
  tmux: has('tmux', '-V'),
  ethtool: has('ethtool'),
  procps: has('ps'),
  'util-linux': has('nsenter'),
  'openssh-client': has('ssh', '-V'),
  'openssh-server': hasFile('/usr/sbin/sshd'),
};

const checkPackages = { 'clang-format': has('clang-format') };

/** Attack and load tools of the detection tests; without a tool its tests are skipped, by name. */
const attackPackages = {
  nmap: hasTool('nmap'),
  hping3: hasTool('hping3'),
  masscan: hasTool('masscan'),
  hydra: hasTool('hydra'),
  medusa: hasTool('medusa'),
  sshpass: hasTool('sshpass'),
  slowhttptest: hasTool('slowhttptest'),
  dsniff: hasTool('arpspoof'),
  'ettercap-text-only': hasTool('ettercap'),
  iodine: hasTool('iodined'),
  'thc-ipv6': hasTool('atk6-flood_router26'),
  wrk: hasTool('wrk'),
};

/** A release is linked in a separate root file system, from source packages. */
const releasePackages = {
  debootstrap: has('debootstrap'),
  'dpkg-dev': has('dpkg-source'),
  binutils: has('readelf'),
  git: has('git'),
};

/** The package is tested in bare root file systems, and a network namespace with traffic. */
const proofPackages = {
  debootstrap: has('debootstrap'),
  iproute2: has('ip', '-Version'),
  'iputils-ping': has('ping', '-V'),
  'util-linux': has('nsenter'),
};

/** Other architectures: user-mode and system emulation. */
const platformPackages = {
  ...proofPackages,
  'qemu-user-static': has('qemu-aarch64-static'),
  'qemu-system-arm': has('qemu-system-aarch64'),
  cpio: has('cpio'),
  'xz-utils': has('xz'),
  'musl-tools': hasTool('musl-gcc'),
};

/** A container builder and runtime without a daemon. */
const containerPackages = {
  ...proofPackages,
  buildah: has('buildah'),
  podman: has('podman'),
  runc: has('runc'),
};

const hasVirtiofsd = () =>
  ['/usr/lib/qemu/virtiofsd', '/usr/libexec/virtiofsd'].some((file) => existsSync(file));

/** QEMU, and the tools that make a machine from a kernel package (scripts/kernels). */
const machinePackages = {
  'qemu-system-x86': has('qemu-system-x86_64'),
  // On Debian 12 it is in qemu-system-common, a dependency.
  ...(isDebian12 ? {} : { virtiofsd: hasVirtiofsd }),
  'busybox-static': hasFile('/bin/busybox'),
  kmod: has('depmod'),
  cpio: has('cpio'),
  zstd: has('zstd'),
  lz4: has('lz4'),
  'xz-utils': has('xz'),
};

/** Other BPF programs that tests run beside, where the distribution has them: elsewhere those tests are skipped. */
const neighbourPackages = {
  'wireguard-tools': has('wg', '--version'),
  'xdp-tools': hasFile('/usr/sbin/xdp-loader'),
};

/** A newer compiler than the oldest supported distribution's: its BPF programs must load, too (scripts/kernels/compilers.mjs). */
const compilerPackages = {
  'clang-19': hasTool('clang-19'),
};

function missingPackages(wanted) {
  return Object.entries(wanted)
    .filter(([, isThere]) => !isThere())
    .map(([name]) => name);
}

/** Tests start their own servers: no service of an installed package is started, now or at the next boot. */
function withoutServices(packages, install) {
  const policy = '/usr/sbin/policy-rc.d';
  const ours = !existsSync(policy);
  if (ours) writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    install();
  } finally {
    if (ours) rmSync(policy, { force: true });
  }
  if (packages.includes('openssh-server') && answers('systemctl', ['--version']))
    run('systemctl', ['--quiet', 'disable', 'ssh.service', 'ssh.socket'], { toStderr: true });
}

function installPackages(packages) {
  const command = `apt-get install -y --no-install-recommends ${packages.join(' ')}`;
  if (process.getuid?.() !== 0 || !isDebianFamily) {
    throw new BuildError(
      `These packages are missing (names of Debian and Ubuntu): ${packages.join(' ')}\n` +
        `Install them as root (Debian, Ubuntu: ${command}), then start again.`,
    );
  }
  process.stderr.write(`installing by apt-get: ${packages.join(' ')}\n`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const quiet = ['-qq', '-o', 'DPkg::Lock::Timeout=300', '-o', 'Dpkg::Use-Pty=0'];
  run('apt-get', [...quiet, 'update'], { env, toStderr: true });
  withoutServices(packages, () =>
    run('apt-get', [...quiet, 'install', '-y', '--no-install-recommends', ...packages], {
      env,
      toStderr: true,
    }),
  );
}

/** Whether all packages of the lock file are installed in their version. Packages of other platforms are optional, and may be absent. */
function nodeModulesAreCurrent() {
  const installedFile = join(root, 'node_modules/.package-lock.json');
  if (!existsSync(installedFile)) return false;
  const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
  const installed = JSON.parse(readFileSync(installedFile, 'utf8')).packages;
  return Object.entries(wanted).every(
    ([place, entry]) =>
      place === '' || entry.optional || installed[place]?.version === entry.version,
  );
}

/** Packages that each purpose needs beside the build. */
const packagesFor = {
  tests: testPackages,
  check: checkPackages,
  release: releasePackages,
  proof: proofPackages,
  platforms: platformPackages,
  containers: containerPackages,
  machines: machinePackages,
};

/** Their absence is not an error: an unprivileged user's tests need no root, and not every distribution has them. */
function installOptional() {
  const missing = missingPackages({
    ...neighbourPackages,
    ...attackPackages,
    ...compilerPackages,
  });
  if (process.getuid?.() !== 0 || !isDebianFamily) return;
  const packages = missing.filter((name) => answers('apt-cache', ['show', name]));
  if (packages.length > 0) installPackages(packages);
}

/** The sanitizer runtimes that the parser's tests link; clang only recommends them, in a package named after its version. */
const linksSanitizers = () =>
  answers('sh', ['-c', 'echo "int main(void){}" | clang -fsanitize=address -x c - -o /dev/null']);

function installSanitizers() {
  if (linksSanitizers()) return;
  const major = run('clang', ['--version'], { capture: true }).match(/version (\d+)/)?.[1];
  const name = `libclang-rt-${major}-dev`;
  if (answers('apt-cache', ['show', name])) installPackages([name]);
}

/** `purposes`: keys of packagesFor. */
export function setup(...purposes) {
  const wanted = Object.assign({}, buildPackages, ...purposes.map((name) => packagesFor[name]));
  const packages = missingPackages(wanted);
  if (packages.length) installPackages(packages);
  if (purposes.includes('tests')) {
    installSanitizers();
    installOptional();
  }
  const still = missingPackages(wanted);
  if (still.length) throw new BuildError(`installed, but not working: ${still.join(' ')}`);
  if (!nodeModulesAreCurrent()) {
    process.stderr.write('installing by npm: what package-lock.json lists\n');
    run('npm', ['ci', '--ignore-scripts', '--loglevel=error'], { toStderr: true });
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  try {
    setup(...Object.keys(packagesFor).filter((name) => process.argv.includes(`--${name}`)));
  } catch (error) {
    reportAndExit(error);
  }
}

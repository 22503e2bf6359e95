// Installs what building (and testing) needs and this machine lacks. Prints it first; a second run finds nothing to do.
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { answers, BuildError, findBpftool, reportAndExit, root, run } from './toolchain.mjs';

const has =
  (command, ...args) =>
  () =>
    answers(command, args.length ? args : ['--version']);
const hasFile = (file) => () => existsSync(file);
/** Some tools refuse to say their version, or want a network for it. */
const hasTool = (name) => () =>
  ['/usr/bin', '/usr/sbin', '/usr/local/bin'].some((folder) => existsSync(join(folder, name)));

const osRelease = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '';

const isDebian12 = /bookworm/.test(osRelease);
const isDebianFamily = /^ID(_LIKE)?=.*\b(debian|ubuntu)\b/m.test(osRelease);

const isUbuntuBefore = (version) =>
  /^ID=ubuntu$/m.test(osRelease) &&
  Number(osRelease.match(/^VERSION_ID="?([\d.]+)/m)?.[1]) < version;

/** Before 25.04 Ubuntu has it among the tools of its kernel. */
const bpftoolPackage = isUbuntuBefore(25.04) ? 'linux-tools-generic' : 'bpftool';

/** Before 22.10 Ubuntu's libbpf is older than 1.0: scripts/own-libbpf.mjs builds another one. */
const libbpfPackages = isUbuntuBefore(22.1)
  ? {
      'libelf-dev': hasFile('/usr/include/libelf.h'),
      'zlib1g-dev': hasFile('/usr/include/zlib.h'),
    }
  : {};

/** Debian package → is what we need of it there? */
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

/** What the detection tests attack with, and load with; without one of them its tests are skipped, by name. */
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

/** A release is linked in a root file system of its own, from source packages. */
const releasePackages = {
  debootstrap: has('debootstrap'),
  'dpkg-dev': has('dpkg-source'),
  binutils: has('readelf'),
  git: has('git'),
};

/** What the package is tried in: bare root file systems, and a network namespace with traffic. */
const proofPackages = {
  debootstrap: has('debootstrap'),
  iproute2: has('ip', '-Version'),
  'iputils-ping': has('ping', '-V'),
  'util-linux': has('nsenter'),
};

/** Machines that this one isn't: translated, and emulated. */
const platformPackages = {
  ...proofPackages,
  'qemu-user-static': has('qemu-aarch64-static'),
  'qemu-system-arm': has('qemu-system-aarch64'),
  cpio: has('cpio'),
  'xz-utils': has('xz'),
  'musl-tools': hasTool('musl-gcc'),
};

/** Builder and runtime that need no daemon. */
const containerPackages = {
  ...proofPackages,
  buildah: has('buildah'),
  podman: has('podman'),
  runc: has('runc'),
};

const hasVirtiofsd = () =>
  ['/usr/lib/qemu/virtiofsd', '/usr/libexec/virtiofsd'].some((file) => existsSync(file));

/** QEMU, and what makes a machine out of a kernel's package (scripts/kernels). */
const machinePackages = {
  'qemu-system-x86': has('qemu-system-x86_64'),
  // Debian 12 has it in qemu-system-common, which comes along.
  ...(isDebian12 ? {} : { virtiofsd: hasVirtiofsd }),
  'busybox-static': hasFile('/bin/busybox'),
  kmod: has('depmod'),
  cpio: has('cpio'),
  zstd: has('zstd'),
  lz4: has('lz4'),
  'xz-utils': has('xz'),
};

/** Neighbours that tests try, on distributions that have them: elsewhere those tests are skipped. */
const neighbourPackages = {
  'wireguard-tools': has('wg', '--version'),
  'xdp-tools': hasFile('/usr/sbin/xdp-loader'),
};

/** Newer than what the oldest of our distributions build by: its BPF programs must load, too (scripts/kernels/compilers.mjs). */
const compilerPackages = {
  'clang-19': hasTool('clang-19'),
};

function missingPackages(wanted) {
  return Object.entries(wanted)
    .filter(([, isThere]) => !isThere())
    .map(([name]) => name);
}

/** Tests start servers of their own: nothing that a package brings begins to listen on this machine, now or after the next boot. */
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

/** Are all packages of the lock file installed in their version? What other platforms need is optional, and may be absent. */
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

/** What each kind of work needs beside the build. */
const packagesFor = {
  tests: testPackages,
  check: checkPackages,
  release: releasePackages,
  proof: proofPackages,
  platforms: platformPackages,
  containers: containerPackages,
  machines: machinePackages,
};

/** Never a reason to stop: an ordinary user's tests need no root, and not every distribution has them. */
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

/** The parser's tests link them; clang brings them only as a recommendation, in a package named after its version. */
const linksSanitizers = () =>
  answers('sh', ['-c', 'echo "int main(void){}" | clang -fsanitize=address -x c - -o /dev/null']);

function installSanitizers() {
  if (linksSanitizers()) return;
  const major = run('clang', ['--version'], { capture: true }).match(/version (\d+)/)?.[1];
  const name = `libclang-rt-${major}-dev`;
  if (answers('apt-cache', ['show', name])) installPackages([name]);
}

/** `purposes`: names of packagesFor. */
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

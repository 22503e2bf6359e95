// `npm run test:platforms [NAME..] [--clone] [--suites[=NAME,..]] [--write]`: the release, and a clone by the README's commands, on bare distributions.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { nodeRelease, nodeVersions } from './node-releases.mjs';
import { runInMachine, runTranslated } from './package/arm64.mjs';
import { addNode, insideRoot, makeRoot, removeRoot } from './package/bare-root.mjs';
import { buildingDistributions, distributions } from './package/distributions.mjs';
import { loadInMusl } from './package/musl.mjs';
import { makeNetwork } from './package/network.mjs';
import { assertCounted, assertEnded, npmFolder, runTimed } from './package/proofs.mjs';
import { unpackRelease } from './package/released.mjs';
import { proveUnit } from './package/systemd-machine.mjs';
import { recordProofs } from './platforms-page.mjs';
import { setup } from './setup.mjs';
import { reportAndExit, root, run } from './toolchain.mjs';

const oldestNode = nodeVersions[0];
const arm64Node = nodeVersions[2];
const arm64 = 'arm64';
const musl = 'musl';
const systemd = 'systemd';
const count = 'veth0 --json --count 3';

function glibcOf(folder) {
  const words = run('chroot', [folder, 'ldd', '--version'], { capture: true });
  return `glibc ${words.split('\n')[0].split(' ').at(-1)}`;
}

/** The distribution's own C library loads the addon. */
function proveRelease(folder, network, name) {
  cpSync(unpackRelease(), join(folder, 'opt/kubenetprobe-top'), { recursive: true });
  const launcher = '/opt/kubenetprobe-top/dist/kubenetprobe-top.cjs';
  const inside = (line) => runTimed(insideRoot(folder, line, { prefix: network.prefix }));
  assertCounted(`${name}, the release`, inside(`node ${launcher} ${count}`));
  assertEnded(`${name}, doctor`, inside(`node ${launcher} doctor veth0`));
  return `counts to the byte, doctor finds no fault (${glibcOf(folder)})`;
}

/** A proxy before npm's registry may have its own certificate authority, which this machine trusts and a bare root doesn't. */
function ownAuthorities(folder) {
  const file = process.env.NODE_EXTRA_CA_CERTS;
  if (!file) return {};
  cpSync(file, join(folder, 'etc/extra-authorities.pem'));
  return { NODE_EXTRA_CA_CERTS: '/etc/extra-authorities.pem' };
}

/** The README's first command twice: the second time without any network, so that nothing can be fetched. */
function proveClone(folder, network, name) {
  const place = 'root/kubenetprobe-top';
  run('git', ['clone', '--quiet', root, join(folder, place)]);
  const environment = ownAuthorities(folder);
  const first = runTimed(
    insideRoot(folder, `cd /${place} && npm start -- --version`, { environment }),
  );
  assertEnded(`${name}, npm start in a fresh clone`, first);
  const installed = first.stderr.match(/^installing by apt-get: (.+)$/m)?.[1] ?? 'nothing';
  process.stdout.write(
    `${name}: installed ${installed}; ${first.seconds.toFixed(0)} s to the first start\n`,
  );
  const line = `cd /${place} && npm --silent start -- ${count}`;
  const second = runTimed(insideRoot(folder, line, { prefix: network.prefix }));
  const start = assertCounted(`${name}, the second npm start`, second);
  return `npm start installs \`${installed}\` and runs after ${first.seconds.toFixed(0)} s; the second time after ${start.toFixed(1)} s, without network`;
}

/** The README's second command, with all or some of its suites. */
function proveSuites(folder, name, suites) {
  const command = ['npm test', ...(suites.length > 0 ? ['--', ...suites] : [])].join(' ');
  const line = `cd /root/kubenetprobe-top && ${command} 2>&1`;
  const [file, ...args] = insideRoot(folder, line, { environment: ownAuthorities(folder) });
  const began = process.hrtime.bigint();
  const result = spawnSync(file, args, { encoding: 'utf8', maxBuffer: 256 * 1024 * 1024 });
  const seconds = Math.round(Number(process.hrtime.bigint() - began) / 1e9);
  const counts = result.stdout.match(/^\d+ passed, \d+ failed.*$/gm)?.at(-1) ?? 'no result';
  if (result.status !== 0) process.stdout.write(result.stdout);
  assertEnded(`${name}, npm test`, result);
  process.stdout.write(`${name}, ${command}: ${counts} in ${seconds} s\n`);
  return `${command}: ${counts} in ${seconds} s`;
}

const packaged = (words) => `node /package/dist/kubenetprobe-top.cjs ${words}`;

/** busybox lacks "peer name": the kernel names the other end veth0. */
const pingsInMachine = `
ip link add far type veth && unshare -n sleep 1000 & sleep 1; far=/proc/$!/ns/net
ip link set far netns $!; ip addr add 10.78.0.1/24 dev veth0; ip link set veth0 up
nsenter --net=$far ip addr add 10.78.0.2/24 dev far; nsenter --net=$far ip link set far up
( while :; do nsenter --net=$far ping -q -c 1 -W 1 10.78.0.1 >/dev/null; done ) &`;

/** By qemu-user: all but bpf(2). In a virtual machine: an arm64 kernel loads, attaches and counts. */
function proveArm64(write) {
  const node = nodeRelease(arm64Node, 'arm64');
  const release = unpackRelease();
  const translated = runTranslated(node, [join(release, 'dist/kubenetprobe-top.cjs'), '--version']);
  assertEnded('arm64 under qemu-user, --version', translated);
  assert.match(translated.stdout, /^libbpf [\d.]+, BPF object [0-9a-f]{64}$/m);
  assert.match(translated.stdout, /linux-arm64$/m);
  const lines = `${pingsInMachine}
${packaged('doctor veth0')} >&2 || exit 90
${packaged(count)}`;
  const machine = runInMachine({ node, release, lines, seconds: 550 });
  const name = `arm64, Linux ${machine.kernel}`;
  assertCounted(name, { ...machine, seconds: 3 });
  const proof = `Node ${arm64Node}, addon for arm64 in a virtual machine`;
  const outcome = 'loads, attaches, counts to the byte; doctor finds no fault';
  if (write) {
    recordProofs('platforms', {
      [name]: { proof, outcome },
      'arm64, qemu-user': {
        proof: '--version, doctor',
        outcome: 'the addon loads; there is no bpf(2)',
      },
    });
  }
}

function proveMusl(write) {
  loadInMusl(join(unpackRelease(), 'prebuilds/linux-x64/kubenetprobe_top.node'));
  process.stdout.write('musl: the addon loads\n');
  const proof = 'addon in a process of musl that has the names of Node-API';
  const outcome = 'loads: no library and no symbol is missing; not tried with a Node.js for musl';
  if (write) recordProofs('platforms', { 'musl, stand-in': { proof, outcome } });
}

/** Debian 12 on its own kernel. */
async function proveSystemd(write) {
  setup('machines');
  const folder = makeRoot('Debian 12', ['systemd']);
  try {
    addNode(folder, { node: nodeRelease(oldestNode), npm: npmFolder() });
    const outcome = await proveUnit(folder, unpackRelease(), '6.1');
    const proof = `docs/examples/kubenetprobe-top.service in a virtual machine, Node ${oldestNode}`;
    if (write) recordProofs('platforms', { 'systemd (Debian 12)': { proof, outcome } });
  } finally {
    removeRoot(folder);
  }
}

/** Platforms other than the distributions with bare roots. */
const others = { [arm64]: proveArm64, [musl]: proveMusl, [systemd]: proveSystemd };

function prove(name, network, { clone, suites, write }) {
  const folder = makeRoot(name);
  const record = (proof, outcome) => {
    if (write) recordProofs('platforms', { [`${name}, ${proof}`]: { proof, outcome } });
  };
  try {
    addNode(folder, { node: nodeRelease(oldestNode), npm: npmFolder() });
    record('release', proveRelease(folder, network, name));
    const builds = buildingDistributions.includes(name);
    if (builds && (clone || suites)) record('clone', proveClone(folder, network, name));
    if (builds && suites) record('clone, suites', proveSuites(folder, name, suites));
  } finally {
    removeRoot(folder);
  }
}

async function main() {
  const words = process.argv.slice(2);
  const suites = words.flatMap(
    (word) => word.match(/^--suites(?:=(.+))?$/)?.[1] ?? (word === '--suites' ? '' : []),
  )[0];
  const options = {
    clone: words.includes('--clone'),
    // Null: none; empty: all.
    suites: suites === undefined ? null : suites.split(',').filter((one) => one !== ''),
    write: words.includes('--write'),
  };
  const named = words.filter((word) => !word.startsWith('-'));
  setup('platforms');
  const network = makeNetwork();
  try {
    const all = [...Object.keys(distributions), ...Object.keys(others)];
    const names = named.length > 0 ? named : all;
    for (const name of names) {
      if (others[name]) await others[name](options.write);
      else prove(name, network, options);
    }
    process.stdout.write(`\n${names.length} passed, 0 failed\n`);
  } finally {
    network.remove();
  }
}

try {
  await main();
} catch (error) {
  reportAndExit(error);
}

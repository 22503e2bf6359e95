// `npm run test:container [--write]`: the Containerfile's image, built FROM a root file system of our own, run with three capabilities.
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from './cache.mjs';
import { nodeRelease, nodeVersions } from './node-releases.mjs';
import { addNode, makeRoot, removeRoot } from './package/bare-root.mjs';
import { makeNetwork } from './package/network.mjs';
import { assertCounted, assertEnded, npmFolder, runTimed } from './package/proofs.mjs';
import { recordProofs } from './platforms-page.mjs';
import { setup } from './setup.mjs';
import { reportAndExit, root, run } from './toolchain.mjs';

const base = 'localhost/knp-base';
const image = 'localhost/kubenetprobe-top';
const caps = ['--cap-drop=all', '--cap-add=BPF,NET_ADMIN,PERFMON'];
const count = ['veth0', '--json', '--count', '3'];

/** Separate storage without an overlay: works in containers and on any file system. */
function tools(folder, runFolder) {
  const storage = ['--root', join(folder, 'storage'), '--runroot', runFolder];
  const driver = ['--storage-driver', 'vfs'];
  const env = { ...process.env, BUILDAH_ISOLATION: 'chroot' };
  return {
    buildah: (...words) =>
      run('buildah', [...storage, ...driver, ...words], { capture: true, env }).trim(),
    podman: (...words) => [
      'podman',
      ...storage,
      ...driver,
      ...['--cgroup-manager', 'cgroupfs', '--runtime', 'runc'],
      ...words,
    ],
  };
}

function buildImage({ buildah }, folder) {
  const system = makeRoot('Debian 12');
  try {
    addNode(system, { node: nodeRelease(nodeVersions[1]), npm: npmFolder() });
    const container = buildah('from', 'scratch');
    buildah('add', '--quiet', container, system, '/');
    buildah('commit', '--quiet', '--rm', container, base);
  } finally {
    removeRoot(system);
  }
  const context = join(folder, 'context');
  for (const name of ['Containerfile', 'release'])
    cpSync(join(root, name), join(context, name), { recursive: true });
  buildah('build', '--build-arg', `BASE=${base}`, '--tag', image, context);
}

/** podman would raise the limits, which needs CAP_SYS_RESOURCE. */
const limits = ['--ulimit=nofile=1024:1024', '--ulimit=nproc=1024:1024'];

/** Profiles of older runtimes (Debian 12's podman) give bpf(2) to CAP_SYS_ADMIN only: the program has to say so. */
function profileFor(start) {
  const result = start(caps, count);
  if (result.status === 0) return [];
  assert.equal(result.status, 3, result.stderr);
  assert.match(result.stderr, /a seccomp filter refuses it/);
  assert.match(result.stderr, /--security-opt seccomp=unconfined/);
  process.stdout.write(`container, default profile: ${result.stderr.split('\n')[0]}\n`);
  return ['--security-opt=seccomp=unconfined'];
}

function prove({ podman }, network) {
  const where = [`--network=ns:${network.path}`, ...limits, '--rm'];
  const start = (options, words) => runTimed(podman('run', ...where, ...options, image, ...words));
  const profile = profileFor(start);
  const starting = (options, words) => start([...profile, ...options], words);
  const ways = {
    'root with three capabilities and no other': caps,
    'the same, read-only, no-new-privileges': [
      '--read-only',
      '--security-opt=no-new-privileges',
      ...caps,
    ],
    'an ordinary user with three ambient capabilities': [
      '--read-only',
      '--user=65534:65534',
      ...caps,
    ],
  };
  for (const [name, options] of Object.entries(ways))
    assertCounted(`container, ${name}`, starting(options, count));
  assertEnded('container, doctor', starting(caps, ['doctor', 'veth0']));
  const refused = starting(['--cap-drop=all'], count);
  assert.equal(refused.status, 3, refused.stderr);
  assert.match(refused.stderr, /CAP_BPF/);
  process.stdout.write(`container, no capability: ${refused.stderr.split('\n')[0]}\n`);
  const how = profile.length > 0 ? 'seccomp=unconfined' : 'the default seccomp profile';
  return { ways: Object.keys(ways), how };
}

function main() {
  setup('containers');
  const folder = mkdtempSync(join(cacheFolder('containers'), 'proof-'));
  // podman limits the length of this path.
  const runFolder = mkdtempSync('/run/knp-');
  const network = makeNetwork();
  try {
    const both = tools(folder, runFolder);
    buildImage(both, folder);
    const { ways, how } = prove(both, network);
    const proof = `image by buildah FROM scratch, run by podman and runc with ${how}`;
    const outcome = `counts to the byte as ${ways.join('; as ')}; without capabilities: status 3 and their names`;
    if (process.argv.includes('--write'))
      recordProofs('platforms', { 'container (Debian 12)': { proof, outcome } });
    process.stdout.write(`\n${ways.length + 2} passed, 0 failed\n`);
  } finally {
    network.remove();
    for (const one of [folder, runFolder]) rmSync(one, { recursive: true, force: true });
  }
}

try {
  main();
} catch (error) {
  reportAndExit(error);
}

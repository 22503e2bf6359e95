// `npm run test:package`: the packed release, from a registry on loopback, on a root with Node and nothing else, counts real traffic.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { filesOf, insideRoot, makeRoot, removeRoot } from './package/bare-root.mjs';
import { nodeRelease, startRegistry } from './package/registry.mjs';
import { BuildError, reportAndExit, root, run } from './toolchain.mjs';

const nodeVersions = ['20.19.6', '22.23.3', '24.21.0', '26.10.0'];
const port = 4873;

function tarball() {
  const folder = join(root, 'release');
  const name = existsSync(folder) && readdirSync(folder).find((file) => file.endsWith('.tgz'));
  if (!name) throw new BuildError('there is no release/*.tgz: run npm run release first');
  return join(folder, name);
}

const npmFolder = () => join(run('npm', ['root', '-g'], { capture: true }).trim(), 'npm');

/** Registry and program share a namespace whose veth carries the traffic that is counted. */
function makeNetwork() {
  const name = `pp${process.pid}`;
  run('ip', ['netns', 'add', name]);
  run('ip', ['netns', 'add', `${name}f`]);
  run('ip', [
    'link',
    'add',
    'veth0',
    'netns',
    name,
    'type',
    'veth',
    'peer',
    'name',
    'veth0',
    'netns',
    `${name}f`,
  ]);
  for (const [side, address] of [
    [name, '10.78.0.1/24'],
    [`${name}f`, '10.78.0.2/24'],
  ]) {
    run('ip', ['-n', side, 'link', 'set', 'lo', 'up']);
    run('ip', ['-n', side, 'addr', 'add', address, 'dev', 'veth0']);
    run('ip', ['-n', side, 'link', 'set', 'veth0', 'up']);
  }
  return {
    name,
    prefix: ['nsenter', `--net=/run/netns/${name}`, '--'],
    remove() {
      for (const one of [name, `${name}f`]) spawnSync('ip', ['netns', 'del', one]);
    },
  };
}

function startPings(network) {
  const script = 'while :; do ping -q -i 0.05 -c 100 10.78.0.1 >/dev/null; done';
  const args = [`--net=/run/netns/${network.name}f`, '--', 'sh', '-c', script];
  return run('sh', ['-c', 'setsid nsenter "$@" >/dev/null 2>&1 & echo $!', 'sh', ...args], {
    capture: true,
  }).trim();
}

function runTimed([file, ...args]) {
  const began = process.hrtime.bigint();
  const result = spawnSync(file, args, { encoding: 'utf8', timeout: 120_000 });
  const seconds = Number(process.hrtime.bigint() - began) / 1e9;
  return { ...result, seconds };
}

function checkRun(what, { status, stdout, stderr, seconds }, programSeconds) {
  assert.equal(status, 0, `${what}: ${stderr}`);
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.deepEqual(
    lines.map((line) => line.type).filter((type) => type !== 'alert' && type !== 'warning'),
    ['start', 'tick', 'tick', 'tick', 'summary'],
    what,
  );
  const icmp = lines.at(-1).protocols.find((row) => row.protocol === 'ICMP');
  assert.ok(icmp?.received.packets > 10, `${what}: real traffic is counted`);
  assert.deepEqual(icmp.received.bytes, icmp.received.packets * 98, `${what}: to the byte`);
  process.stdout.write(
    `${what}: ${seconds.toFixed(1)} s, of which ${programSeconds} s of ticks; ${icmp.received.packets} pings\n`,
  );
}

/** npm's cache and logs may stay; nothing else. */
function leftBehind(before, folder) {
  return [...filesOf(folder)].filter(
    (name) => !before.has(name) && !/^(root|home\/tester)\/\.npm(\/|$)/.test(name),
  );
}

async function prove(version, network, registry) {
  const folder = makeRoot({ suite: 'bookworm', node: nodeRelease(version), npm: npmFolder() });
  try {
    for (const tool of ['gcc', 'clang', 'make', 'bpftool'])
      assert.ok(!existsSync(join(folder, 'usr/bin', tool)));
    const environment = { npm_config_registry: registry.url, npm_config_update_notifier: 'false' };
    const options = { environment, prefix: network.prefix };
    const before = filesOf(folder);
    const command = 'npx --yes kubenetprobe-top veth0 --json --count 3';
    checkRun(`Node ${version}, cold`, runTimed(insideRoot(folder, command, options)), 3);
    checkRun(`Node ${version}, warm`, runTimed(insideRoot(folder, command, options)), 3);
    const sudo = `sudo npm_config_registry=${registry.url} ${command}`;
    checkRun(
      `Node ${version}, by sudo`,
      runTimed(insideRoot(folder, sudo, { ...options, user: 'tester' })),
      3,
    );
    assert.deepEqual(leftBehind(before, folder), [], 'nothing but npm’s cache is left');
    const refused = runTimed(
      insideRoot(folder, 'npx --yes kubenetprobe-top veth0 --json', {
        ...options,
        user: 'tester',
      }),
    );
    assert.equal(refused.status, 3, `an ordinary user is told what is missing: ${refused.stderr}`);
    const doctor = runTimed(insideRoot(folder, 'npx --yes kubenetprobe-top doctor veth0', options));
    assert.equal(doctor.status, 0, doctor.stdout + doctor.stderr);
    return { version, proven: true };
  } finally {
    removeRoot(folder);
  }
}

async function main() {
  const named = process.argv.slice(2);
  const file = tarball();
  const network = makeNetwork();
  const pings = startPings(network);
  let registry;
  try {
    registry = await startRegistry({ port, prefix: network.prefix });
    registry.publish(file);
    const results = [];
    for (const version of named.length > 0 ? named : nodeVersions) {
      results.push(await prove(version, network, registry));
    }
    writeFileSync(
      join(dirname(file), 'package-proof.json'),
      `${JSON.stringify(results, null, 2)}\n`,
    );
    process.stdout.write(`\n${results.length} passed, 0 failed\n`);
  } finally {
    registry?.stop();
    spawnSync('kill', ['--', `-${pings}`]);
    network.remove();
  }
}

main().catch(reportAndExit);

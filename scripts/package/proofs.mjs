// Checks of the package on a bare root: it counts, as root and by sudo, leaves nothing behind, and reports clearly when it can't run.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../toolchain.mjs';
import { filesOf, insideRoot } from './bare-root.mjs';

const ticks = 3;
const count = `veth0 --json --count ${ticks}`;
const pingFrameBytes = 98;

export function runTimed([file, ...args]) {
  const began = process.hrtime.bigint();
  const result = spawnSync(file, args, { encoding: 'utf8', timeout: 900_000 });
  const seconds = Number(process.hrtime.bigint() - began) / 1e9;
  return { ...result, seconds };
}

export const npmFolder = () => join(run('npm', ['root', '-g'], { capture: true }).trim(), 'npm');

export function assertEnded(what, { status, signal, stdout, stderr }) {
  assert.equal(status, 0, `${what}: ended with ${status ?? signal}\n${stdout}${stderr}`);
}

/** Packets received according to a summary, checked to the byte. */
export function countedPings(what, summary) {
  assert.equal(summary.type, 'summary', what);
  const { received } = summary.protocols.find((row) => row.protocol === 'ICMP') ?? {};
  assert.ok(received?.packets > 10, `${what}: real traffic is counted`);
  assert.equal(received.bytes, received.packets * pingFrameBytes, `${what}: to the byte`);
  return received.packets;
}

/** Checks NDJSON with three ticks that count the pings to the byte; returns the time beyond the ticks. */
export function assertCounted(what, result) {
  assertEnded(what, result);
  const { stdout, seconds } = result;
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  // Alerts, warnings and program costs may come at any time.
  const frame = lines
    .map((line) => line.type)
    .filter((type) => /^(start|tick|summary)$/.test(type));
  assert.deepEqual(frame, ['start', ...Array(ticks).fill('tick'), 'summary'], what);
  const pings = countedPings(what, lines.at(-1));
  const start = seconds - ticks;
  process.stdout.write(
    `${what}: ${start.toFixed(2)} s beside its ${ticks} ticks; ${pings} pings\n`,
  );
  return start;
}

/** npm's cache and logs may stay; nothing else. */
const leftBehind = (before, folder) =>
  [...filesOf(folder)].filter(
    (name) => !before.has(name) && !/^(root|home\/tester)\/\.npm(\/|$)/.test(name),
  );

/**
 * Ends with the line's status, and fails if the line leaves files that the copy of the root lacks. *.debug: the BPF file
 * system's own two; node-compile-cache: npm's, from Node 22 on.
 */
const leavingNothing = (line) =>
  `${line}; status=$?
left=$(find /tmp /sys/fs/bpf -mindepth 1 ! -name '*.debug' ! -path '/tmp/node-compile-cache*')
[ -z "$left" ] || { echo "left: $left" >&2; exit 99; }; exit $status`;

/** Cold and warm cache, without install scripts, without the registry, and by sudo; returns the table's text. */
export function proveUse({ folder, network, registry, name }) {
  for (const tool of ['gcc', 'clang', 'make', 'bpftool', 'python3'])
    assert.ok(!existsSync(join(folder, 'usr/bin', tool)), tool);
  const environment = { npm_config_registry: registry.url, npm_config_update_notifier: 'false' };
  const inside = (line, options = {}) =>
    runTimed(
      insideRoot(folder, leavingNothing(line), {
        prefix: network.prefix,
        ...options,
        environment: { ...environment, ...options.environment },
      }),
    );
  const before = { files: filesOf(folder), state: network.state() };
  const npx = `npx --yes kubenetprobe-top ${count}`;
  const scriptless = { environment: { npm_config_ignore_scripts: 'true' } };
  const cold = assertCounted(`${name}, cold, --ignore-scripts`, inside(npx, scriptless));
  const warm = assertCounted(`${name}, warm`, inside(npx));
  assertCounted(
    `${name}, without the registry`,
    inside(npx, {
      prefix: network.withoutRegistry,
      environment: { npm_config_fetch_retries: '0' },
    }),
  );
  const sudo = `sudo npm_config_registry=${registry.url} ${npx}`;
  const bySudo = assertCounted(`${name}, by sudo`, inside(sudo, { user: 'tester' }));
  proveSettingsOwner(inside, registry);
  assert.deepEqual(leftBehind(before.files, folder), [], 'nothing but npm’s cache is left');
  assert.deepEqual(network.state(), before.state, 'the network is as it was');
  const refused = inside('npx --yes kubenetprobe-top veth0 --json', { user: 'tester' });
  assert.equal(refused.status, 3, `an ordinary user is told what is missing: ${refused.stderr}`);
  const doctor = inside('npx --yes kubenetprobe-top doctor veth0');
  assert.equal(doctor.status, 0, doctor.stdout + doctor.stderr);
  const text = (seconds) => `${seconds.toFixed(1)} s`;
  return `counts to the byte; start cold ${text(cold)}, warm ${text(warm)}, by sudo ${text(bySudo)}; nothing left`;
}

/** `W` on the screen writes the settings to the home of the user who called sudo, as their file. */
function proveSettingsOwner(inside, registry) {
  const file = '.config/kubenetprobe-top/config.yaml';
  const program = `sudo npm_config_registry=${registry.url} npx --yes kubenetprobe-top veth0`;
  const line = `
mkfifo /tmp/keys; ( exec 3>/tmp/keys
  wait_for() { for i in $(seq 150); do "$@" && return; sleep 0.2; done; }
  wait_for grep -q veth0 /tmp/screen; printf W >&3; wait_for test -e ${file}; printf q >&3; sleep 1 ) &
timeout 90 script -qefc '${program}' /tmp/screen </tmp/keys >/dev/null; status=$?; wait
stat -c '%U:%G %a %n' .config ${file}; rm -r .config /tmp/keys /tmp/screen; (exit $status)`;
  const { status, stdout, stderr } = inside(line, {
    user: 'tester',
    environment: { TERM: 'xterm-256color' },
  });
  assert.equal(status, 0, stdout + stderr);
  assert.match(stdout, /^tester:tester \d+ \.config\ntester:tester 600 .*config\.yaml$/m);
}

/** The package in npx's cache, called by its path: without npm and its own requirements. */
function installedLauncher(folder) {
  const cache = 'root/.npm/_npx';
  const [hash] = readdirSync(join(folder, cache));
  return `/${cache}/${hash}/node_modules/kubenetprobe-top/dist/kubenetprobe-top.cjs`;
}

/** With a read-only root and no home folders. */
export function proveHostilePlaces({ folder, network, name }) {
  const launcher = installedLauncher(folder);
  const places = {
    'a read-only file system': { readOnly: true },
    'no HOME': { environment: { HOME: null, USER: null } },
    'a HOME and a TMPDIR that are not there': {
      environment: { HOME: '/nowhere', TMPDIR: '/nowhere' },
    },
    'a PATH with nothing in it': { environment: { PATH: '/nowhere' } },
  };
  for (const [what, options] of Object.entries(places)) {
    const line = `/usr/bin/node ${launcher} ${count}`;
    assertCounted(
      `${name}, ${what}`,
      runTimed(insideRoot(folder, line, { prefix: network.prefix, ...options })),
    );
  }
}

/** A version manager's Node is in the user's PATH and not in sudo's: the README's advice has to work. */
export function proveVersionManager({ folder, network, registry, name, bin }) {
  const inside = (line) =>
    runTimed(
      insideRoot(folder, `PATH=/${bin}:$PATH; ${line}`, { prefix: network.prefix, user: 'tester' }),
    );
  const refused = inside(`sudo npx --yes kubenetprobe-top ${count}`);
  assert.match(refused.stderr, /npx: command not found/);
  const counted = inside(
    `sudo env "PATH=$PATH" npm_config_registry=${registry.url} npx --yes kubenetprobe-top ${count}`,
  );
  assertCounted(`${name}, by sudo env "PATH=$PATH"`, counted);
  return 'counts to the byte by sudo env "PATH=$PATH" npx; without it sudo finds no npx';
}

/** A line with the problem and a line with the remedy, before any syntax that this Node can't parse; npm would only warn. */
export function proveOldNode(version, node, launcher) {
  const { status, stdout, stderr } = spawnSync(node, [launcher, '--version'], { encoding: 'utf8' });
  assert.equal(status, 4, `Node ${version}: ${stderr}`);
  assert.equal(stdout, '');
  const [what, advice, ...rest] = stderr.trimEnd().split('\n');
  assert.match(what, new RegExp(`needs Node\\.js 20\\.19 or newer; this is v${version} `));
  assert.match(advice, /Install a newer Node\.js/);
  assert.deepEqual(rest, []);
  process.stdout.write(`Node ${version}: ${what}\n`);
  return 'refused in one line, and how to mend it';
}

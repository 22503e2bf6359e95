// The doctor where something is in the way: it names that, says the fix, and ends as the program itself would. Needs root.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import { compiledTool } from '../support/compiled-tool.js';
import { asUser, everyonesProgram, nobody } from '../support/everyones-program.js';
import { listHooks } from '../support/hooked-programs.js';
import { makePair, type Pair } from '../support/namespaces.js';
import { Neighbour, neighbourTool } from '../support/neighbour.js';
import { programPath } from '../support/program.js';

let pair: Pair;

before(() => {
  neighbourTool();
  compiledTool('without-bpf');
  pair = makePair('dr');
});

after(() => pair.remove());

interface Finding {
  readonly check: string;
  readonly interface: string | null;
  readonly status: 'ok' | 'degraded' | 'broken';
  readonly found: string;
  readonly lost: string | null;
  readonly fix: string | null;
  readonly command: string | null;
}

interface Examination {
  readonly status: number | null;
  readonly findings: readonly Finding[];
  find(check: string): Finding;
}

/** Runs behind a launcher (words of its own, ending where a command is expected), inside the left namespace. */
function run(launcher: readonly string[], args: readonly string[]) {
  const [file, argv] = pair.left.command('env', ...launcher, ...everyonesProgram(), ...args);
  return spawnSync(file, argv, { encoding: 'utf8', timeout: 120_000 });
}

function examine(launcher: readonly string[], ...interfaces: string[]): Examination {
  const named = interfaces.length > 0 ? interfaces : [pair.leftInterface];
  const result = run(launcher, ['doctor', ...named, '--json']);
  assert.ok(result.stdout.startsWith('{'), `${result.stdout}${result.stderr}`);
  const { findings, works, exitStatus } = JSON.parse(result.stdout);
  assert.equal(exitStatus, result.status);
  assert.equal(works, result.status === 0);
  for (const finding of findings as Finding[]) {
    if (finding.status === 'degraded') assert.ok(finding.lost, finding.check);
    if (finding.status === 'broken') assert.ok(finding.fix, finding.check);
  }
  return {
    status: result.status,
    findings,
    find: (check) => {
      const found = (findings as Finding[]).filter((finding) => finding.check === check);
      const worst = found.find((finding) => finding.status !== 'ok') ?? found[0];
      assert.ok(worst, `nothing is said of ${check}: ${result.stdout}`);
      return worst;
    },
  };
}

/** What the doctor foresees is what the program does; returns its words. */
function endsLikeTheProgram(
  examined: Examination,
  launcher: readonly string[],
  name = pair.leftInterface,
) {
  const result = run(launcher, [name, '--json', '--count', '1', '--interval', '0.2']);
  assert.equal(result.status, examined.status, `${result.stdout}${result.stderr}`);
  return result.stderr;
}

/** A command line behind `unshare --mount`, after `script` has changed what is mounted. */
const mounted = (script: string): string[] => [
  ...['unshare', '--mount', '--propagation', 'private', 'sh', '-c'],
  ...[`${script} && exec "$@"`, 'sh'],
];

const capabilities = (...names: string[]): string[] => {
  const set = ['-all', ...names.map((name) => `+${name}`)].join(',');
  return [
    ...asUser(nobody),
    ...[`--inh-caps=${set}`, `--ambient-caps=${set}`, `--bounding-set=${set}`],
  ];
};

const features = () => listHooks(pair.left, pair.leftInterface).features;
const CAP_SYS_RESOURCE = 24n;

function mayRaiseLimits(): boolean {
  const status = readFileSync('/proc/self/status', 'latin1');
  const bounding = BigInt(`0x${/^CapBnd:\s*([0-9a-f]+)/m.exec(status)![1]}`);
  return ((bounding >> CAP_SYS_RESOURCE) & 1n) === 1n;
}

const isThrownAway = process.env['KNP_MACHINE'] === '1';

test('root: monitoring works, and nothing stays on the interface', () => {
  const examined = examine([]);
  assert.equal(examined.status, 0);
  endsLikeTheProgram(examined, []);
  assert.deepEqual(listHooks(pair.left, pair.leftInterface).programs, []);
});

test('no capability at all: sudo, status 3', () => {
  const launcher = asUser(nobody);
  const examined = examine(launcher);
  const { status, found, command } = examined.find('capabilities');
  assert.deepEqual([examined.status, status], [3, 'broken']);
  assert.match(found, /CAP_BPF, CAP_NET_ADMIN, CAP_PERFMON/);
  assert.match(command!, /^sudo .*npx kubenetprobe-top/);
  assert.match(endsLikeTheProgram(examined, launcher), /missing CAP_BPF.*\n.*sudo/);
});

test('one capability of three, and no way to the others: who starts it must give them', () => {
  const launcher = capabilities('net_admin');
  const examined = examine(launcher);
  const { found, command } = examined.find('capabilities');
  assert.equal(examined.status, 3);
  assert.match(found, /missing CAP_BPF, CAP_PERFMON \(/);
  assert.match(command!, /cap-add|AmbientCapabilities|securityContext/);
  assert.match(endsLikeTheProgram(examined, launcher), /missing CAP_BPF, CAP_PERFMON/);
});

test('CAP_PERFMON missing: the verifier would refuse, and that is told as a right', () => {
  const launcher = capabilities('bpf', 'net_admin');
  const examined = examine(launcher);
  assert.equal(examined.status, 3);
  assert.match(examined.find('capabilities').found, /missing CAP_PERFMON/);
  assert.match(endsLikeTheProgram(examined, launcher), /missing CAP_PERFMON/);
});

test('three capabilities: works; what more rights would give is told', () => {
  const old = features()['memoryAccounting'] !== true;
  const launcher = capabilities('bpf', 'net_admin', 'perfmon', ...(old ? ['sys_resource'] : []));
  const examined = examine(launcher);
  assert.equal(examined.status, 0);
  assert.equal(examined.find('capabilities').status, 'ok');
  assert.match(examined.find('statistics').lost!, /user's programs/);
  endsLikeTheProgram(examined, launcher);
});

test('a seccomp filter that refuses bpf(2) is told from missing capabilities', () => {
  const launcher = [compiledTool('without-bpf')];
  const examined = examine(launcher);
  const { status, found, command } = examined.find('bpf_syscall');
  assert.deepEqual([examined.status, status], [3, 'broken']);
  assert.match(found, /seccomp/);
  assert.match(command!, /seccomp|SystemCallFilter/);
  assert.equal(examined.find('capabilities').status, 'ok');
  assert.match(endsLikeTheProgram(examined, launcher), /seccomp/);
});

test('no bpf(2) at all, as under qemu-user: one line, status 4, whatever the rights', () => {
  const absent = [compiledTool('without-bpf'), '--absent'];
  for (const launcher of [absent, [...absent, ...asUser(nobody)]]) {
    const examined = examine(launcher);
    const bad = examined.findings.filter(({ status }) => status === 'broken');
    assert.deepEqual([examined.status, bad.map(({ check }) => check)], [4, ['bpf_syscall']]);
    assert.match(bad[0]!.found, /no bpf\(2\), or a seccomp filter hides it/);
    assert.match(endsLikeTheProgram(examined, launcher), /no bpf\(2\), or a seccomp filter/);
  }
});

test("a user namespace's capabilities are told from real ones", (t) => {
  const launcher = ['unshare', '--user', '--map-root-user'];
  if (run([...launcher, 'true'], []).status !== 0) {
    t.skip('no user namespace can be made here');
    return;
  }
  const examined = examine(launcher);
  const worst = examined.findings.find((finding) => finding.status === 'broken');
  assert.equal(examined.status, 3);
  assert.match(worst?.found ?? '', /user namespace/);
  assert.match(endsLikeTheProgram(examined, launcher), /user namespace/);
});

test('64 KiB of locked memory and 1 GiB asked: broken where the kernel counts maps, and only there', (t) => {
  const launcher = ['prlimit', '--memlock=65536:65536'];
  const poor = [...launcher, ...capabilities('bpf', 'net_admin', 'perfmon')];
  const examined = examine(poor);
  const line = examined.find('memory_lock');
  if (features()['memoryAccounting'] === true) {
    assert.deepEqual([examined.status, line.status], [0, 'ok']);
  } else {
    assert.deepEqual([examined.status, line.status], [3, 'broken']);
    assert.match(line.command!, /ulimit -l unlimited/);
    const asked = run(poor, [
      pair.leftInterface,
      '--json',
      '--count',
      '1',
      '--max-flows',
      '4194304',
    ]);
    assert.equal(asked.status, 3, asked.stderr);
    assert.match(asked.stderr, /64 KiB is the limit of locked memory/);
    assert.match(asked.stderr, /ulimit/);
  }
  endsLikeTheProgram(examined, poor);
  if (!mayRaiseLimits()) {
    t.diagnostic('CAP_SYS_RESOURCE is not ours to give here');
    return;
  }
  const rich = [...launcher, ...capabilities('bpf', 'net_admin', 'perfmon', 'sys_resource')];
  const raised = examine(rich);
  assert.deepEqual([raised.status, raised.find('memory_lock').status], [0, 'ok']);
  endsLikeTheProgram(raised, rich);
});

test('no /sys: works, and says what is not known', () => {
  const launcher = mounted('umount -l /sys');
  const examined = examine(launcher);
  assert.equal(examined.status, 0);
  assert.match(examined.find('sysfs').command!, /mount -t sysfs/);
  endsLikeTheProgram(examined, launcher);
});

test('no BTF of the kernel: works, for the network programs need none', (t) => {
  if (!existsSync('/sys/kernel/btf')) {
    t.skip('this kernel has none anyway');
    return;
  }
  const launcher = mounted('mount -t tmpfs none /sys/kernel/btf');
  const examined = examine(launcher);
  assert.deepEqual([examined.status, examined.find('kernel_btf').status], [0, 'degraded']);
  endsLikeTheProgram(examined, launcher);
});

test('a read-only root and no HOME: works, and settings are not kept', () => {
  const readOnly = mounted('mount -o remount,bind,ro /');
  const examined = examine(readOnly);
  assert.deepEqual([examined.status, examined.find('home').status], [0, 'degraded']);
  endsLikeTheProgram(examined, readOnly);
  const homeless = ['env', '-u', 'HOME'];
  const without = examine(homeless);
  assert.deepEqual([without.status, without.find('home').found], [0, 'HOME is not set']);
  endsLikeTheProgram(without, homeless);
});

test('others on the interface: by name, with the mode of XDP, and what that costs us', async () => {
  const { left, leftInterface } = pair;
  const hooks = features()['tcx'] === true ? (['xdp', 'tcx-egress'] as const) : (['xdp'] as const);
  const others: Neighbour[] = [];
  for (const hook of hooks) {
    others.push(await Neighbour.attach(left, hook, leftInterface, 'pass'));
  }
  const examined = examine([]);
  for (const other of others) other.remove();
  assert.equal(examined.status, 0);
  assert.match(examined.find('interface').found, /XDP native/);
  assert.match(examined.find('neighbours').found, /XDP: neighbour/);
  assert.match(examined.find('neighbours').lost!, /what it drops or redirects/);
  assert.match(examined.find('hooks').found, /(tcx|clsact) for both directions/);
  const all = examined.findings.filter(({ check }) => check === 'neighbours');
  assert.equal(all.length, hooks.length, 'one line for XDP, one for the rest');
});

test('an interface that does not exist: the one that was meant, status 5', () => {
  const examined = examine([], 'vteh0');
  const { fix, command } = examined.find('interface');
  assert.equal(examined.status, 5);
  assert.match(fix!, /did you mean veth0\? there are: lo, veth0/);
  assert.match(command!, /doctor veth0/);
  assert.match(endsLikeTheProgram(examined, [], 'vteh0'), /Did you mean veth0/);
});

test('--netns: the interfaces are those of that namespace', () => {
  const words = ['doctor', 'veth0', '--json', '--netns'];
  const examined = (name: string) =>
    spawnSync(process.execPath, [programPath, ...words, name], { encoding: 'utf8' });
  const inside = examined(pair.left.name);
  assert.equal(inside.status, 0, `${inside.stdout}${inside.stderr}`);
  const { findings } = JSON.parse(inside.stdout) as { findings: Finding[] };
  const line = findings.find((finding) => finding.check === 'interface');
  assert.match(line?.found ?? '', /^veth, MTU 1500/);
  assert.equal(examined('no-such-namespace').status, 5);
});

test('no addon for this platform: both name those that exist, status 4', () => {
  const folder = mkdtempSync(join(tmpdir(), 'knp-doctor-'));
  cpSync(dirname(programPath), join(folder, 'dist'), { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{"type": "module"}');
  const program = join(folder, 'dist/kubenetprobe-top.cjs');
  for (const args of [
    ['doctor', 'lo'],
    ['lo', '--json'],
  ]) {
    const result = spawnSync(process.execPath, [program, ...args], { encoding: 'utf8' });
    const words = result.stdout + result.stderr;
    assert.equal(result.status, 4, words);
    assert.match(words, /no addon for linux-\w+/);
    assert.match(words, /exist for linux-x64 and linux-arm64/);
  }
  rmSync(folder, { recursive: true });
});

test('as a person reads it: one screen, the worst first, the verdict last', () => {
  const { stdout, status } = run([compiledTool('without-bpf')], ['doctor', pair.leftInterface]);
  const lines = stdout.trimEnd().split('\n');
  assert.equal(status, 3);
  assert.ok(lines.length <= 24, `${lines.length} lines\n${stdout}`);
  assert.match(lines[0]!, /^BROKEN {3}bpf syscall/);
  assert.match(lines.at(-1)!, /does not work here \(exit status 3\).*BROKEN/);
});

test('kernel.unprivileged_bpf_disabled is told as it is', () => {
  const value = readFileSync('/proc/sys/kernel/unprivileged_bpf_disabled', 'utf8').trim();
  assert.ok(examine([]).find('unprivileged_bpf').found.includes(`= ${value})`));
});

function needsThrowAwayMachine(t: TestContext): boolean {
  if (isThrownAway) return true;
  t.skip('lockdown can not be taken back: only in a machine of the kernel matrix');
  return false;
}

test('lockdown=confidentiality: works, and says what BPF may not read', (t) => {
  if (!needsThrowAwayMachine(t)) return;
  spawnSync('mount', ['-t', 'securityfs', 'securityfs', '/sys/kernel/security']);
  const file = '/sys/kernel/security/lockdown';
  if (!existsSync(file)) {
    t.skip('this kernel has no lockdown');
    return;
  }
  writeFileSync(file, 'confidentiality');
  const examined = examine([]);
  assert.deepEqual([examined.status, examined.find('lockdown').status], [0, 'degraded']);
  endsLikeTheProgram(examined, []);
});

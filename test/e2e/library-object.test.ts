// A user's object on the command line: --object, --watch, and files that can't be used. Needs root and clang.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { findCgroupRoot } from '../../src/core/native/cgroup-root.js';
import { loadNative } from '../../src/core/native/load.js';
import { KNP_ABI_VERSION } from '../../src/core/wire/layout.generated.js';
import { compileObject } from '../support/compile-object.js';
import { makePair, type Pair } from '../support/namespaces.js';
import { type Line, programPath, projectRoot, startProgram } from '../support/program.js';

let pair: Pair;
let folder: string;
let counters: string;
let file: string;

before(() => {
  pair = makePair('ko');
  folder = mkdtempSync(join(tmpdir(), 'ko-'));
  counters = readFileSync(join(projectRoot(), 'examples/custom-counters.bpf.c'), 'utf8');
  file = join(folder, 'counters.bpf.o');
  writeFileSync(file, compileObject(counters));
});

after(() => {
  pair.remove();
  rmSync(folder, { recursive: true });
});

const boundsCheck = 'if ((void *)(header + 1) > data_end)\n\t\treturn;';

const incoming = { ether_type: 0x0800, reserved: 0, direction: 'DIRECTION_IN' };

/** Frames of IPv4 that came in, as the object's own map says. */
function ownCount(line: Line): number {
  const entries = line.entries as { key: object; value: { frames: number } }[];
  const key = JSON.stringify(incoming);
  return entries.find((one) => JSON.stringify(one.key) === key)?.value.frames ?? 0;
}

const isMap = (name: string) => (line: Line) => line.type === 'custom' && line.map === name;

function ping(count: number, ...flags: string[]): void {
  const result = pair.right.run('ping', '-q', '-c', String(count), ...flags, pair.leftAddress);
  assert.equal(result.status, 0, result.stderr);
}

function refused(object: string, ...more: string[]) {
  return pair.left.run(
    process.execPath,
    programPath,
    'veth0',
    '--json',
    '--count',
    '1',
    '--object',
    object,
    ...more,
  );
}

test('custom lines: programs, maps and events of the object, and the summary last', async () => {
  const program = startProgram(['veth0', '--json', '--interval', '0.2', '--object', file], {
    namespace: pair.left,
  });
  await program.waitFor('custom', isMap('frames_by_kind'));
  pair.right.ip('neigh', 'flush', 'all');
  ping(10, '-i', '0.01');
  await program.waitFor(
    'ten frames',
    (line) => isMap('frames_by_kind')(line) && ownCount(line) === 10,
  );
  await program.waitFor(
    'an event',
    (line) => line.type === 'custom' && line.event === 'odd_frames',
  );
  program.child.kill('SIGTERM');
  assert.equal((await program.exit()).status, 0, program.stderr);
  const icmp = program.summary.protocols.find((row: Line) => row.protocol === 'ICMP');
  assert.equal(icmp.received.packets, 10);
  const states = program.lines.filter((line) => line.type === 'custom' && line.programs);
  const [incomingProgram] = states.at(-1)!.programs;
  assert.equal(incomingProgram.name, 'count_incoming');
  assert.match(incomingProgram.attachedTo.join(), /^veth0 (tcx|clsact)$/);
  const event = program.lines.find((line) => line.event === 'odd_frames')!;
  assert.deepEqual(
    [event.data.length, event.data.ether_type, event.data.source.length],
    [42, 0x0806, 6],
  );
  const cpu = program.lines.findLast(isMap('frames_by_cpu'))!;
  assert.equal(cpu.entries.length, 2);
  assert.ok(cpu.entries[0].value.frames >= 10);
});

test('--watch: a new version takes over, a half-written one does not, and counts go on', async () => {
  const arguments_ = ['veth0', '--json', '--interval', '0.2', '--object', file, '--watch'];
  const program = startProgram(arguments_, { namespace: pair.left });
  await program.waitFor('custom', isMap('frames_by_kind'));
  ping(5, '-i', '0.01');
  const next = compileObject(
    counters.replace('__u64 events_refused;', '__u64 events_refused;\n__u64 another;'),
  );
  writeFileSync(file, next.subarray(0, next.length / 2));
  const failed = await program.waitFor('reload_failed', (line) => line.code === 'reload_failed');
  assert.match(failed.message, /the old version goes on: .*cut off or damaged/);
  writeFileSync(`${file}.new`, next);
  renameSync(`${file}.new`, file);
  const reloaded = await program.waitFor(
    'object_reloaded',
    (line) => line.code === 'object_reloaded',
  );
  assert.match(
    reloaded.message,
    /kept: frames_by_kind, frames_by_cpu, odd_frames; began empty: \.bss/,
  );
  ping(5, '-i', '0.01');
  await program.waitFor(
    'ten frames',
    (line) => isMap('frames_by_kind')(line) && ownCount(line) === 10,
  );
  const broken = counters.replace('if ((void *)(header + 1) > data_end)\n\t\treturn;', '');
  assert.notEqual(broken, counters);
  writeFileSync(file, compileObject(broken));
  await program.waitFor(
    'the verifier',
    (line) => line.code === 'reload_failed' && /verifier/.test(line.message),
  );
  ping(5, '-i', '0.01');
  await program.waitFor(
    'fifteen',
    (line) => isMap('frames_by_kind')(line) && ownCount(line) === 15,
  );
  program.child.kill('SIGTERM');
  assert.equal((await program.exit()).status, 0, program.stderr);
  assert.equal(
    program.summary.protocols.find((row: Line) => row.protocol === 'ICMP').received.packets,
    15,
  );
  writeFileSync(file, compileObject(counters));
});

test('--watch sees a turned link, and a file that has gone and come back, without waiting for a tick', async () => {
  const mount = join(folder, 'mount');
  for (const [name, bytes] of [
    ['..first', compileObject(counters)],
    ['..second', compileObject(counters.replace('__u64 events_refused;', '__u32 events_refused;'))],
  ] as const) {
    mkdirSync(join(mount, name), { recursive: true });
    writeFileSync(join(mount, name, 'counters.o'), bytes);
  }
  symlinkSync('..first', join(mount, '..data'));
  symlinkSync('..data/counters.o', join(mount, 'counters.o'));
  const path = join(mount, 'counters.o');
  const program = startProgram(
    ['veth0', '--json', '--interval', '60', '--object', path, '--watch'],
    { namespace: pair.left },
  );
  await program.waitFor('start', (line) => line.type === 'start');
  // The first one comes after 250 ms, the next one after a minute.
  await program.waitFor('the first tick', (line) => line.type === 'tick');
  ping(5, '-i', '0.01');
  symlinkSync('..second', join(mount, '..data_new'));
  renameSync(join(mount, '..data_new'), join(mount, '..data'));
  const reloaded = await program.waitFor('a reload', (line) => line.code === 'object_reloaded');
  assert.match(reloaded.message, /kept: frames_by_kind.*began empty: \.bss/);
  const bytes = readFileSync(path);
  rmSync(join(mount, '..second/counters.o'));
  await program.waitFor('gone', (line) => line.code === 'object_gone');
  writeFileSync(path, bytes);
  writeFileSync(path, compileObject(counters.replace('1024', '2048')));
  await program.waitFor(
    'another reload',
    (line) => line.code === 'object_reloaded' && /began empty: frames_by_kind/.test(line.message),
  );
  ping(5, '-i', '0.01');
  program.child.kill('SIGTERM');
  assert.equal((await program.exit()).status, 0, program.stderr);
  assert.equal(program.lines.filter(({ type }) => type === 'tick').length, 1, 'no other tick');
  assert.equal(
    program.summary.protocols.find((row: Line) => row.protocol === 'ICMP').received.packets,
    10,
  );
  assert.equal(ownCount(program.lines.findLast(isMap('frames_by_kind'))!), 5);
});

test('programs: a line for all of them, with every run and what it costs, before the summary too', async () => {
  const program = startProgram(['veth0', '--json', '--interval', '0.5'], { namespace: pair.left });
  await program.waitFor('start', (line) => line.type === 'start');
  ping(20, '-i', '0.05');
  await program.counted();
  program.child.kill('SIGTERM');
  assert.equal((await program.exit()).status, 0, program.stderr);
  const types = program.lines.map(({ type }) => type as string);
  assert.deepEqual(types.slice(-2), ['programs', 'summary']);
  assert.ok(types.filter((type) => type === 'programs').length >= 2, 'first and last');
  const last = program.lines.findLast(({ type }) => type === 'programs')!;
  // Nobody's statistics were switched on for it, though root could.
  assert.deepEqual([last.kernelStatistics, last.measuredSeconds], ['unused', 0]);
  const byName = (name: string) =>
    last.programs.find((one: Line) => one.name === `network_monitor_${name}`);
  assert.match(byName('tc_ingress').attachedTo.join(), /^veth0 (tcx|clsact) ingress$/);
  const [{ received, sent }] = program.summary.interfaces;
  assert.ok(received.packets >= 20);
  assert.deepEqual(
    [byName('tc_ingress').runCount, byName('tc_egress').runCount],
    [received.packets, sent.packets],
  );
  for (const name of ['tc_ingress', 'tc_egress']) {
    const { measuredBy, nanosecondsPerRun, runTimeNs } = byName(name);
    assert.equal(measuredBy, 'itself');
    assert.ok(nanosecondsPerRun > 0 && runTimeNs > 0, name);
  }
  assert.deepEqual([byName('clock').measuredBy, byName('clock').runCount], [null, null]);
  assert.deepEqual([byName('clock').attachedTo, byName('clock').errors], [[], {}]);
  const table = last.maps.find((one: Line) => /^flow_h/.test(one.map));
  assert.equal(table.maxEntries, 65_536);
});

test('programs after privileges are dropped: ours count and time themselves, the user’s are measured on', async () => {
  const program = startProgram(['veth0', '--json', '--interval', '0.2', '--object', file], {
    namespace: pair.left,
    env: { ...process.env, SUDO_UID: undefined, SUDO_GID: undefined },
  });
  const start = await program.waitFor('start', (line) => line.type === 'start');
  assert.equal(start.privileges.user, 65_534, 'nobody');
  const of = (line: Line, name: string) => line.programs.find((one: Line) => one.name === name);
  const runs = (line: Line) => [
    of(line, 'network_monitor_tc_ingress').runCount,
    of(line, 'count_incoming').runCount,
  ];
  // Longer than a measurement of one second in thirty.
  const first = await program.waitFor(
    'long measured',
    (line) => line.type === 'programs' && line.measuredSeconds > 2,
  );
  assert.equal(first.kernelStatistics, 'on');
  const before = runs(first);
  ping(20, '-i', '0.01');
  const after = await program.waitFor(
    'both to have run',
    (line) => line.type === 'programs' && runs(line).every((count, i) => count >= before[i] + 20),
  );
  assert.deepEqual(
    [of(after, 'network_monitor_tc_ingress').measuredBy, of(after, 'count_incoming').measuredBy],
    ['itself', 'kernel'],
  );
  // Of one interval: the last of ours to run may be read with the next drain, when the user's has not run again.
  const measured = program.lines.filter(
    (line) => line['type'] === 'programs' && of(line, 'count_incoming').nanosecondsPerRun > 0,
  );
  assert.ok(measured.length > 0);
  program.child.kill('SIGTERM');
  assert.equal((await program.exit()).status, 0, program.stderr);
});

const hostPrograms = `
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
__u64 sockets, starts, clocks, tasks;
SEC("cgroup/sock_create") int on_socket(struct bpf_sock *socket) { __sync_fetch_and_add(&sockets, 1); return 1; }
SEC("tp_btf/sched_process_exec") int on_start(unsigned long long *arguments) { __sync_fetch_and_add(&starts, 1); return 0; }
SEC("perf_event/499") int on_clock(struct bpf_perf_event_data *event) { __sync_fetch_and_add(&clocks, 1); return 0; }
struct seq_file;
struct bpf_iter_meta { struct seq_file *seq; } __attribute__((preserve_access_index));
struct bpf_iter__task { struct bpf_iter_meta *meta; void *task; } __attribute__((preserve_access_index));
SEC("iter/task") int on_task(struct bpf_iter__task *walk)
{
	static const char text[] = "walked";
	struct seq_file *seq = walk->meta->seq;

	if (walk->task)
		__sync_fetch_and_add(&tasks, 1);
	else
		bpf_seq_write(seq, text, sizeof(text) - 1);
	return 0;
}
SEC("tp_btf/no_such_tracepoint") int nowhere(unsigned long long *arguments) { return 0; }
SEC("kprobe/do_exit") int left_alone(void *registers) { return 0; }
char _license[] SEC("license") = "GPL";
`;

test('programs of the host attach by their sections and fire; what is refused is named', {
  skip:
    (loadNative().probe()['kernelBtf'] !== true && 'needs BTF of the kernel') ||
    (findCgroupRoot() === null && 'needs cgroup version 2'),
}, async () => {
  const path = join(folder, 'host.bpf.o');
  writeFileSync(path, compileObject(hostPrograms));
  const program = startProgram(['veth0', '--json', '--interval', '0.2', '--object', path], {
    namespace: pair.left,
  });
  await program.waitFor('start', (line) => line.type === 'start');
  assert.equal(program.lines[0]!.type, 'start', 'before any warning');
  // Privileges are given up by now.
  execFileSync('/bin/true');
  ping(1);
  const variables = (line: Line) => line.entries[0].value as Record<string, number>;
  await program.waitFor(
    'all four to run',
    (line) => isMap('.bss')(line) && Object.values(variables(line)).every((count) => count > 0),
  );
  const walked = await program.waitFor('a walk', (line) => line.output === 'walked');
  assert.deepEqual([walked.program, walked.complete], ['on_task', true]);
  const warnings = program.lines.filter(({ code }) => code === 'object_not_attached');
  const [kind, missing] = ['left_alone', 'nowhere'].map((name) =>
    warnings.find(({ message }) => message.includes(`${name} (`)),
  );
  assert.match(
    kind!.message,
    /left_alone \(kprobe\/do_exit\): programs of this kind are not attached/,
  );
  assert.match(missing!.message, /nowhere \(tp_btf\/no_such_tracepoint\): .*no_such_tracepoint/);
  const states = program.lines.findLast((line) => line.type === 'custom' && line.programs)!;
  const places = Object.fromEntries(
    states.programs.map((one: Line) => [one.name, one.attachedTo.join()]),
  );
  assert.deepEqual(places, {
    on_socket: `cgroup/sock_create at ${findCgroupRoot()}`,
    on_start: 'tp_btf/sched_process_exec',
    on_clock: 'cpu-clock 499 Hz',
    on_task: 'iter/task, each tick',
  });
  program.child.kill('SIGTERM');
  assert.equal((await program.exit()).status, 0, program.stderr);
});

test('an object of which nothing can run here ends with its reasons', () => {
  const path = join(folder, 'nothing.bpf.o');
  const begin = hostPrograms.indexOf('SEC("cgroup');
  const end = hostPrograms.indexOf('SEC("tp_btf/no_such');
  writeFileSync(path, compileObject(hostPrograms.slice(0, begin) + hostPrograms.slice(end)));
  const result = refused(path);
  assert.equal(result.status, 4, result.stderr);
  assert.match(
    result.stderr,
    /none of its programs can run here: nowhere \(tp_btf.*; left_alone \(kprobe/,
  );
});

test('a file that is no usable object: two lines, a status, no stack', () => {
  const bad = (name: string, bytes: Uint8Array | string) => {
    const path = join(folder, name);
    writeFileSync(path, bytes);
    return path;
  };
  const good = compileObject(counters);
  const patched = (at: number, ...bytes: number[]) => {
    const copy = good.slice();
    copy.set(bytes, at);
    return copy;
  };
  const broken = Buffer.from(good);
  broken.writeUInt32LE(0x7fffffff, broken.indexOf(Buffer.from([0x9f, 0xeb])) + 8);
  const include = '#include <linux/bpf.h>\n#include <bpf/bpf_helpers.h>\n';
  const short = (...lines: string[]) => compileObject(`${include}${lines.join('\n')}\n`);
  const entry =
    'SEC("xdp") int network_monitor_xdp(struct xdp_md *c) { return abi_version ? 2 : 1; }';
  const withoutLicense = counters
    .replace(/char _license.*\n/, '')
    .replaceAll('return TC_ACT_UNSPEC;', 'bpf_printk("x");\n\treturn TC_ACT_UNSPEC;');
  execFileSync('mkfifo', [join(folder, 'fifo.o')]);
  const cases: readonly (readonly [string, number, RegExp])[] = [
    [join(folder, 'nowhere.o'), 5, /cannot read .*nowhere\.o: no such file$/],
    [folder, 2, /: this is no file$/],
    [join(folder, 'fifo.o'), 2, /: this is no file$/],
    [bad('empty.o', ''), 2, /: the file is empty$/],
    [bad('text.o', 'hello'), 2, /: this is no ELF file$/],
    [process.execPath, 2, /too many|not for BPF/],
    [bad('arm.o', patched(18, 183, 0)), 2, /: this ELF file is for AArch64, not for BPF$/],
    [bad('big.o', patched(5, 2)), 2, /is for a big-endian machine, and this one is little-endian$/],
    [bad('narrow.o', patched(4, 1)), 2, /: this is no 64-bit little-endian ELF file$/],
    [bad('half.o', good.subarray(0, 900)), 2, /cut off or damaged: .* byte \d+ of 900$/],
    [bad('nobtf.o', compileObject(counters, [])), 2, /: it has no BTF/],
    [bad('btf.o', broken), 2, /: its BTF is unusable: BTF types end at byte/],
    [bad('noprogram.o', short('int x;')), 2, /: it has no program$/],
    [
      bad('kprobe.o', short('SEC("kprobe/do_exit") int k(void *c) { return 0; }')),
      2,
      /: none of its programs is of a kind that can be attached: k is kprobe\/do_exit$/,
    ],
    [
      bad('abi.o', short('const volatile __u32 abi_version = 99;', entry)),
      2,
      /: its records are ABI 99, this program reads ABI \d+$/,
    ],
    [
      bad('part.o', short(`const volatile __u32 abi_version = ${KNP_ABI_VERSION};`, entry)),
      2,
      /: program network_monitor_tc_ingress is missing$/,
    ],
    [
      bad('noabi.o', short(entry.replace('abi_version ? 2 : 1', '2'))),
      2,
      /: it has network_monitor_xdp but no abi_version, so its records are unknown$/,
    ],
    [
      bad('large.o', compileObject(counters.replace('entries, 1024', 'entries, 0x7fffffff'))),
      4,
      /: the kernel cannot make map frames_by_kind \(E\w+\)$/,
    ],
    [
      bad('kind.o', compileObject(counters.replace('BPF_MAP_TYPE_HASH', '999'))),
      4,
      /: the kernel cannot make map frames_by_kind \(EINVAL\)$/,
    ],
    [
      bad('nolicense.o', compileObject(withoutLicense)),
      4,
      /verifier refuses program count_incoming: .*cannot call GPL/,
    ],
    [
      bad('wrong.o', compileObject(counters.replace(boundsCheck, ''))),
      4,
      /verifier refuses program count_(in|out)\w+: .*\| invalid access to packet/,
    ],
  ];
  for (const [path, status, words] of cases) {
    const result = refused(path);
    assert.equal(result.status, status, `${path}: ${result.stderr}`);
    const lines = result.stderr.trimEnd().split('\n');
    assert.match(lines[0]!, words);
    assert.equal(lines.length, 2, result.stderr);
    assert.equal(result.stdout, '', 'before the first line of data');
  }
  const debug = refused(join(folder, 'wrong.o'), '--debug');
  assert.match(debug.stderr, /processed \d+ insns/);
});

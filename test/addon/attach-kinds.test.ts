// Kinds of attachment that belong to the host: cgroup, tracing, perf event, iterator. They fire, take another version, and leave nothing. Needs root and clang.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { findCgroupRoot } from '../../src/core/native/cgroup-root.js';
import type { NativeCompanionObject, NativePlace } from '../../src/core/native/contract.js';
import { loadNative } from '../../src/core/native/load.js';
import { compileObject } from '../support/compile-object.js';
import { uniqueName } from '../support/namespaces.js';
import { patience } from '../support/program.js';

const native = loadNative();
const hasBtf = native.probe()['kernelBtf'] === true;
const cgroupRoot = findCgroupRoot();
const skip =
  (!hasBtf && 'needs BTF of the kernel') || (cgroupRoot === null && 'needs cgroup version 2');

/** One program of each kind; each counts in a place of its own. `k` and `f`: kinds that are not attached, or not by every kernel. */
const source = `
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#define count(place) __sync_fetch_and_add(&(place), 1)
struct seq_file;
struct task_struct;
struct bpf_iter_meta { struct seq_file *seq; } __attribute__((preserve_access_index));
struct bpf_iter__task { struct bpf_iter_meta *meta; struct task_struct *task; } __attribute__((preserve_access_index));
const volatile __u32 version = 1;
__u64 counters[4];
#define sockets counters[0]
#define clocks counters[1]
#define tasks counters[2]
#define walks counters[3]
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, char[16]);
	__type(value, __u64);
} execs SEC(".maps");
SEC("cgroup/sock_create") int on_socket(struct bpf_sock *socket) { count(sockets); return 1; }
static __always_inline void count_exec(void)
{
	char command[16] = {};
	__u64 one = 1, *known;

	bpf_get_current_comm(command, sizeof(command));
	known = bpf_map_lookup_elem(&execs, command);
	if (known)
		count(*known);
	else
		bpf_map_update_elem(&execs, command, &one, BPF_NOEXIST);
}
SEC("tp_btf/sched_process_exec") int on_exec(unsigned long long *arguments) { count_exec(); return 0; }
SEC("perf_event") int on_clock(struct bpf_perf_event_data *event) { count(clocks); return 0; }
SEC("iter/task") int on_task(struct bpf_iter__task *walk)
{
	struct seq_file *seq = walk->meta->seq;

	if (!walk->task) {
		count(walks);
		BPF_SEQ
		return 0;
	}
	count(tasks);
	return 0;
}
SEC("fentry/tcp_v4_connect") int f(unsigned long long *arguments) { return 0; }
SEC("tp_btf/no_such_tracepoint") int g(unsigned long long *arguments) { return 0; }
char _license[] SEC("license") = "GPL";
`;

const output =
  'static const char text[] = "walked\\n"; bpf_seq_write(seq, text, sizeof(text) - 1);';
const programs = {
  required: ['on_socket', 'on_exec', 'on_clock', 'on_task'],
  optional: ['f', 'g'],
};
let bytes: Uint8Array;
let folder: string;
let cgroup: string;

const open = (choice = programs) => new native.CompanionObject(bytes, 'kinds', choice);

const places = (path: string, enabled = true): Readonly<Record<string, NativePlace>> => ({
  on_socket: { kind: 'cgroup', path },
  on_exec: { kind: 'tracing' },
  on_clock: { kind: 'perf_event', frequencyHertz: 499, enabled },
  on_task: { kind: 'iterator' },
});

function attachAll(object: NativeCompanionObject, path = cgroup, enabled = true) {
  const ids: Record<string, number> = {};
  for (const [program, place] of Object.entries(places(path, enabled)))
    ids[program] = object.attach(program, place);
  return ids;
}

/** In the order of the source's array. */
function counts(object: NativeCompanionObject) {
  const bss = object.maps().find(({ name }) => name.endsWith('.bss'))!;
  const row = new BigUint64Array(bss.lookup(new Uint8Array(4))!);
  const [sockets, clocks, tasks, walks] = [...row].map(Number);
  return { sockets: sockets!, clocks: clocks!, tasks: tasks!, walks: walks! };
}

/** How often a command of this name was started. */
function execs(object: NativeCompanionObject, command: string): number {
  const map = object.maps().find(({ name }) => name === 'execs')!;
  const key = new Uint8Array(16);
  key.set(Buffer.from(command));
  const row = map.lookup(key);
  return row ? Number(new DataView(row).getBigUint64(0, true)) : 0;
}

/** A command that nobody else starts. */
function ownCommand(): string {
  const name = uniqueName('kk');
  copyFileSync('/bin/true', join(folder, name));
  return name;
}

function start(command: string, times: number): void {
  for (let i = 0; i < times; i++) spawnSync(join(folder, command));
}

/** A process of the cgroup that makes as many sockets. */
function makeSockets(times: number, path = cgroup): void {
  const script = `echo $$ > ${path}/cgroup.procs; for i in $(seq ${times}); do exec 3<>/dev/udp/127.0.0.1/9; exec 3>&-; done`;
  const result = spawnSync('bash', ['-c', script], { encoding: 'utf8' });
  assert.equal(result.status, 0, result.stderr);
}

/** Both CPUs' clocks tick in idle ones, too. */
async function clockRuns(object: NativeCompanionObject): Promise<number> {
  const before = counts(object).clocks;
  await delay(300);
  return counts(object).clocks - before;
}

const isLoaded = (id: number) =>
  spawnSync('bpftool', ['prog', 'show', 'id', String(id)]).status === 0;

/** The kernel frees programs after a grace period. */
async function untilUnloaded(ids: readonly number[]): Promise<void> {
  for (let tries = 0; ids.some(isLoaded); tries++) {
    assert.ok(tries < 100 * patience, 'a program stays loaded');
    await delay(50);
  }
}

async function allFire(object: NativeCompanionObject, ids: Record<string, number>): Promise<void> {
  const command = ownCommand();
  const before = counts(object);
  makeSockets(3);
  start(command, 4);
  assert.equal(counts(object).sockets, before.sockets + 3);
  assert.equal(execs(object, command), 4);
  assert.ok((await clockRuns(object)) > 0);
  const walk = await object.walk(ids['on_task']!, 4096);
  assert.deepEqual([Buffer.from(walk.output).toString(), walk.complete], ['walked\n', true]);
  const now = counts(object);
  assert.equal(now.walks, before.walks + 1);
  assert.ok(now.tasks >= before.tasks + readdirSync('/proc/self/task').length);
}

async function noneFires(object: NativeCompanionObject): Promise<void> {
  const command = ownCommand();
  const { sockets } = counts(object);
  makeSockets(2);
  start(command, 2);
  assert.deepEqual([counts(object).sockets, execs(object, command)], [sockets, 0]);
  assert.equal(await clockRuns(object), 0);
}

/** In a process of its own: attaches, prints the programs' ids, and does what it is told on stdin. */
async function attachAndWait(path: string): Promise<void> {
  bytes = compileObject(source.replace('BPF_SEQ', output));
  const object = open();
  const ids = attachAll(object, path, false);
  process.stdout.write(`${JSON.stringify(object.programs().map(({ id }) => id))}\n`);
  for await (const chunk of process.stdin) {
    if (String(chunk) !== 'drop\n') continue;
    native.dropPrivileges({ uid: 65534, gid: 65534 }, []);
    object.setEnabled(ids['on_clock']!, true);
    const clocks = await clockRuns(object);
    const walk = await object.walk(ids['on_task']!, 100);
    const told = { ...counts(object), clocks, output: Buffer.from(walk.output).toString() };
    process.stdout.write(`${JSON.stringify(told)}\n`);
  }
}

function tests(): void {
  before(() => {
    if (skip) return;
    bytes = compileObject(source.replace('BPF_SEQ', output));
    folder = mkdtempSync(join(tmpdir(), 'kk-'));
    cgroup = join(cgroupRoot!, uniqueName('knp-test-'));
    mkdirSync(cgroup);
  });

  after(() => {
    if (skip) return;
    rmSync(folder, { recursive: true });
    rmdirSync(cgroup);
  });

  test('each kind fires, is silent after detach, and goes with close', { skip }, async () => {
    const object = open();
    const ids = attachAll(object);
    await allFire(object, ids);
    for (const id of Object.values(ids)) object.detach(id);
    await noneFires(object);
    assert.throws(() => object.detach(ids['on_exec']!), { code: 'ENOENT' });
    attachAll(object);
    const programIds = object.programs().map(({ id }) => id);
    object.close();
    await untilUnloaded(programIds);
  });

  test('what the kernel refuses is named with its reason, and the others go on', { skip }, () => {
    const object = open();
    const refused = new Map(object.refused().map((one) => [one.name, one]));
    assert.match(refused.get('g')?.detail ?? '', /no_such_tracepoint/);
    const loaded = object.programs().map(({ name }) => name);
    // fentry: this kernel may have it or not; either way it is in one of the lists.
    assert.equal(loaded.includes('f'), !refused.has('f'));
    assert.deepEqual(loaded.filter((name) => name !== 'f').sort(), [...programs.required].sort());
    assert.throws(() => object.attach('g', { kind: 'tracing' }), { code: 'ENOENT' });
    object.close();
    assert.throws(() => open({ required: ['g'], optional: [] }), /no_such_tracepoint/);
  });

  test('a place that is not there, or not of this kind, is refused by name', { skip }, () => {
    const object = open();
    const refuse = (program: string, place: NativePlace, code: string, words: RegExp) =>
      assert.throws(
        () => object.attach(program, place),
        (error: Error & { code?: string }) => error.code === code && words.test(error.message),
        `${program} ${JSON.stringify(place)}`,
      );
    refuse('on_socket', { kind: 'cgroup', path: '/no/such' }, 'ENOENT', /cgroup \/no\/such/);
    refuse('on_socket', { kind: 'cgroup', path: '/' }, 'EBADF', /no folder of a cgroup version 2/);
    const silly = { kind: 'perf_event', frequencyHertz: 0, enabled: true } as const;
    refuse('on_clock', silly, 'EINVAL', /frequencyHertz/);
    refuse('on_clock', { kind: 'tracing' }, 'EINVAL', /attach perf_event/);
    refuse('on_exec', { kind: 'iterator' }, 'EINVAL', /attach tp_btf/);
    refuse('on_exec', { kind: 'nowhere' } as never, 'EINVAL', /no attachment of kind nowhere/);
    const id = object.attach('on_exec', { kind: 'tracing' });
    assert.throws(() => object.setEnabled(id, true), { code: 'ENOTSUP' });
    assert.throws(() => object.walk(id, 100), { code: 'ENOTSUP' });
    object.close();
  });

  test('a new version takes every place over, with the map that it keeps', { skip }, async () => {
    const object = open();
    const ids = attachAll(object);
    const command = ownCommand();
    start(command, 2);
    const old = object.programs().map(({ id }) => id);
    await object.prepare(bytes, ['execs'], programs);
    object.commit();
    start(command, 2);
    assert.equal(execs(object, command), 4);
    await untilUnloaded(old);
    await allFire(object, ids);
    // A version without one of them is refused whole, and what runs goes on.
    await object.prepare(bytes, ['execs'], { ...programs, required: ['on_socket', 'on_exec'] });
    assert.throws(() => object.commit(), { code: 'ENOENT' });
    await allFire(object, ids);
    object.close();
  });

  test('perf events are opened silent, and switched', { skip }, async () => {
    const object = open();
    const { on_clock: id } = attachAll(object, cgroup, false);
    assert.equal(await clockRuns(object), 0);
    object.setEnabled(id!, true);
    assert.ok((await clockRuns(object)) > 0);
    await object.prepare(bytes, [], programs);
    object.commit();
    assert.ok((await clockRuns(object)) > 0, 'a new version is switched as the old one was');
    object.setEnabled(id!, false);
    assert.equal(await clockRuns(object), 0);
    object.close();
  });

  test('a walk longer than its room is cut, and said to be', { skip }, async () => {
    const object = open();
    const id = object.attach('on_task', { kind: 'iterator' });
    const { output, complete } = await object.walk(id, 3);
    assert.deepEqual([Buffer.from(output).toString(), complete], ['wal', false]);
    const walks = await Promise.all(Array.from({ length: 8 }, () => object.walk(id, 100)));
    assert.ok(walks.every((walk) => walk.complete));
    const closing = object.walk(id, 100);
    object.close();
    assert.equal((await closing).complete, true, 'a walk under way ends as if nothing were');
  });

  test('a thousand times attached and detached: no descriptor more', { skip }, () => {
    const object = open();
    const cycle = () => {
      for (const id of Object.values(attachAll(object))) object.detach(id);
    };
    const descriptors = () => readdirSync('/proc/self/fd').length;
    cycle();
    const before = descriptors();
    for (let turn = 0; turn < 1000; turn++) cycle();
    assert.equal(descriptors(), before);
    object.close();
    assert.ok(descriptors() < before);
  });

  async function child(
    context: TestContext,
  ): Promise<{ process: ChildProcess; line: () => Promise<unknown> }> {
    const started = spawn(process.execPath, [process.argv[1]!, 'attach', cgroup], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    context.after(() => started.kill('SIGKILL'));
    const line = async () => JSON.parse(String((await once(started.stdout, 'data'))[0])) as unknown;
    return { process: started, line };
  }

  const worksWithoutRights = !skip && native.mapsWorkWithoutCapabilities();

  test('without any capability perf events are switched, iterators walk, and counters grow', {
    skip: skip || (!worksWithoutRights && 'needs Linux 5.19'),
  }, async (context) => {
    const { process: other, line } = await child(context);
    await line();
    makeSockets(2);
    other.stdin!.write('drop\n');
    const told = (await line()) as ReturnType<typeof counts> & { output: string };
    assert.equal(told.sockets, 2);
    assert.ok(told.clocks > 0);
    assert.deepEqual([told.walks, told.output], [1, 'walked\n']);
    other.stdin!.end();
    await once(other, 'exit');
  });

  test('kill -9 leaves no program', { skip }, async (context) => {
    const { process: other, line } = await child(context);
    const ids = (await line()) as number[];
    assert.ok(ids.every(isLoaded));
    other.kill('SIGKILL');
    await once(other, 'exit');
    await untilUnloaded(ids);
  });
}

if (process.argv[2] === 'attach') await attachAndWait(process.argv[3]!);
else tests();

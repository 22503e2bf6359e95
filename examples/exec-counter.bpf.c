/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Programs that belong to the host, beside the monitor's: which commands are started (a tracepoint), how many of them are alive (an iterator), and an
 * event for each start.
 *
 *   clang -target bpf -O2 -g -I/usr/include/$(uname -m)-linux-gnu -c exec-counter.bpf.c -o exec-counter.bpf.o
 *   kubenetprobe-top eth0 --json --object exec-counter.bpf.o
 *
 * The kernel checks the types of tp_btf by its own BTF (/sys/kernel/btf/vmlinux): nothing of it is needed to compile.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define COMMAND_BYTES 16

struct command {
	char name[COMMAND_BYTES];
};

/* Names are as many as somebody makes: the least used ones give way. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, struct command);
	__type(value, __u64);
} starts_by_command SEC(".maps");

struct start {
	__u32 process;
	__u32 user;
	struct command command;
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 256 * 1024);
	__type(value, struct start);
} starts SEC(".maps");

__attribute__((btf_decl_tag("error:count_start"))) __u64 events_refused;

/* Of the last walk. */
__u64 tasks_alive;
static __u64 tasks_so_far;

static __always_inline void report(const struct command *command)
{
	struct start *event = bpf_ringbuf_reserve(&starts, sizeof(*event), 0);

	if (!event) {
		__sync_fetch_and_add(&events_refused, 1);
		return;
	}
	event->process = bpf_get_current_pid_tgid() >> 32;
	event->user = (__u32)bpf_get_current_uid_gid();
	event->command = *command;
	bpf_ringbuf_submit(event, 0);
}

/* After a successful execve(2): the process has its new name already. */
SEC("tp_btf/sched_process_exec")
int count_start(unsigned long long *arguments)
{
	struct command command = {};
	__u64 first = 1;
	__u64 *count;

	bpf_get_current_comm(command.name, sizeof(command.name));
	count = bpf_map_lookup_elem(&starts_by_command, &command);
	/* Another CPU may be first with a new name: then its entry is there, and we add to it. */
	if (!count && bpf_map_update_elem(&starts_by_command, &command, &first, BPF_NOEXIST))
		count = bpf_map_lookup_elem(&starts_by_command, &command);
	if (count)
		__sync_fetch_and_add(count, 1);
	report(&command);
	return 0;
}

struct task_struct;
struct bpf_iter_meta;

/* As the kernel hands it over: compile once, and libbpf finds the members in the running kernel. */
struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
} __attribute__((preserve_access_index));

/* Walked before each report; without a task: the end of the walk. */
SEC("iter/task")
int count_tasks(struct bpf_iter__task *walk)
{
	if (walk->task) {
		tasks_so_far++;
	} else {
		tasks_alive = tasks_so_far;
		tasks_so_far = 0;
	}
	return 0;
}

/* Helpers of tracing are for GPL-compatible programs. */
char _license[] SEC("license") = "Dual MIT/GPL";

// SPDX-License-Identifier: MIT
// A foreign BPF program on an interface, for tests: attaches, prints its id, answers each line on stdin with its packet count.
//   neighbour HOOK INTERFACE ACTION      HOOK: xdp xdp-unattached tcx-ingress tcx-ingress-first tcx-egress
//   tcx-egress-first
//   ACTION: pass | accept (ends the chain) | drop LENGTH (frames of that many bytes) | redirect INDEX LENGTH
// Attached by BPF link: detached when this process ends.
#include <errno.h>
#include <linux/bpf.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
	TCX_INGRESS = 46,
	TCX_EGRESS = 47,
	PLACE_FIRST = 1 << 3, // BPF_F_BEFORE
	ACTION_ACCEPT = 0,
	ACTION_SHOT = 2,
	XDP_ACTION_DROP = 1,
	XDP_ACTION_PASS = 2,
	TCX_CONTINUE = -1,
};

// Constants of Linux 6.6; the machine's headers may be older.
struct link_create {
	uint32_t program, target, type, flags;
	uint32_t rest[12];
};

static long bpf(int command, void *attributes, unsigned bytes)
{
	return syscall(SYS_bpf, command, attributes, bytes);
}

static void stop(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	exit(1);
}

static int make_map(void)
{
	union bpf_attr attributes = {.map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 8, .max_entries = 1};
	int fd = (int)bpf(BPF_MAP_CREATE, &attributes, sizeof(attributes));
	if (fd < 0)
		stop("map");
	return fd;
}

struct code {
	struct bpf_insn instructions[48];
	unsigned count;
};

static void add(struct code *code, uint8_t operation, uint8_t destination, uint8_t source, int16_t offset, int32_t immediate)
{
	code->instructions[code->count++] = (struct bpf_insn){operation, destination, source, offset, immediate};
}

static void call(struct code *code, int helper)
{
	add(code, BPF_JMP | BPF_CALL, 0, 0, 0, helper);
}
static void set(struct code *code, uint8_t to, int32_t value)
{
	add(code, BPF_ALU64 | BPF_MOV | BPF_K, to, 0, 0, value);
}
static void leave(struct code *code, int32_t value)
{
	set(code, 0, value);
	add(code, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

// r6 = context, r7 = length of the frame; the map's one entry counts every packet.
static void begin(struct code *code, int xdp, int map)
{
	add(code, BPF_ALU64 | BPF_MOV | BPF_X, 6, 1, 0, 0);
	if (xdp) {
		add(code, BPF_LDX | BPF_MEM | BPF_W, 7, 6, 4, 0); // data_end
		add(code, BPF_LDX | BPF_MEM | BPF_W, 2, 6, 0, 0); // data
		add(code, BPF_ALU64 | BPF_SUB | BPF_X, 7, 2, 0, 0);
	} else {
		add(code, BPF_LDX | BPF_MEM | BPF_W, 7, 6, 0, 0); // len
	}
	add(code, BPF_ST | BPF_MEM | BPF_W, 10, 0, -4, 0);
	add(code, BPF_LD | BPF_DW | BPF_IMM, 1, BPF_PSEUDO_MAP_FD, 0, map);
	add(code, 0, 0, 0, 0, 0);
	add(code, BPF_ALU64 | BPF_MOV | BPF_X, 2, 10, 0, 0);
	add(code, BPF_ALU64 | BPF_ADD | BPF_K, 2, 0, 0, -4);
	call(code, BPF_FUNC_map_lookup_elem);
	add(code, BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 2, 0);
	set(code, 1, 1);
	add(code, BPF_STX | BPF_DW | 0xc0, 0, 1, 0, 0); // atomic add
}

static int load(int xdp, int map, int argc, char **argv)
{
	struct code code = {.count = 0};
	begin(&code, xdp, map);
	if (strcmp(argv[0], "drop") == 0 && argc == 2) {
		add(&code, BPF_JMP | BPF_JNE | BPF_K, 7, 0, 2, atoi(argv[1]));
		leave(&code, xdp ? XDP_ACTION_DROP : ACTION_SHOT);
	} else if (strcmp(argv[0], "redirect") == 0 && argc == 3) {
		add(&code, BPF_JMP | BPF_JNE | BPF_K, 7, 0, 4, atoi(argv[2]));
		set(&code, 1, atoi(argv[1]));
		set(&code, 2, 0);
		call(&code, BPF_FUNC_redirect);
		add(&code, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
	} else if (strcmp(argv[0], "accept") == 0) {
		leave(&code, xdp ? XDP_ACTION_PASS : ACTION_ACCEPT);
	} else if (strcmp(argv[0], "pass") != 0) {
		fprintf(stderr, "unknown action\n");
		exit(2);
	}
	if (strcmp(argv[0], "accept") != 0)
		leave(&code, xdp ? XDP_ACTION_PASS : TCX_CONTINUE); // the verifier refuses unreachable code
	static char log[65536];
	union bpf_attr attributes = {
		.prog_type = xdp ? BPF_PROG_TYPE_XDP : BPF_PROG_TYPE_SCHED_CLS,
		.insns = (uintptr_t)code.instructions,
		.insn_cnt = code.count,
		.license = (uintptr_t) "GPL",
		.log_buf = (uintptr_t)log,
		.log_size = sizeof(log),
		.log_level = 1,
		.prog_name = "neighbour",
	};
	int fd = (int)bpf(BPF_PROG_LOAD, &attributes, sizeof(attributes));
	if (fd < 0) {
		fputs(log, stderr);
		stop("program");
	}
	return fd;
}

static void attach(const char *hook, int program, unsigned interface)
{
	struct link_create link = {.program = (uint32_t)program, .target = interface};
	if (strcmp(hook, "xdp") == 0)
		link.type = BPF_XDP;
	else if (strncmp(hook, "tcx-ingress", 11) == 0)
		link.type = TCX_INGRESS;
	else
		link.type = TCX_EGRESS;
	if (strstr(hook, "-first"))
		link.flags = PLACE_FIRST;
	if (bpf(BPF_LINK_CREATE, &link, sizeof(link)) < 0)
		stop("attach");
}

static unsigned id_of(int program)
{
	struct bpf_prog_info info = {0};
	union bpf_attr attributes = {.info = {.bpf_fd = (uint32_t)program, .info_len = sizeof(info), .info = (uintptr_t)&info}};
	if (bpf(BPF_OBJ_GET_INFO_BY_FD, &attributes, sizeof(attributes)) < 0)
		stop("id");
	return info.id;
}

static unsigned long long packets(int map)
{
	uint32_t key = 0;
	uint64_t value = 0;
	union bpf_attr attributes = {.map_fd = (uint32_t)map, .key = (uintptr_t)&key, .value = (uintptr_t)&value};
	if (bpf(BPF_MAP_LOOKUP_ELEM, &attributes, sizeof(attributes)) < 0)
		stop("count");
	return value;
}

int main(int argc, char **argv)
{
	if (argc < 4) {
		fprintf(stderr, "neighbour HOOK INTERFACE ACTION ...\n");
		return 2;
	}
	int map = make_map();
	int program = load(strncmp(argv[1], "xdp", 3) == 0, map, argc - 3, argv + 3);
	if (strcmp(argv[1], "xdp-unattached") != 0) // another tool attaches it, by its id
		attach(argv[1], program, if_nametoindex(argv[2]));
	printf("%u\n", id_of(program));
	fflush(stdout);
	char line[64];
	while (fgets(line, sizeof(line), stdin)) {
		printf("%llu\n", packets(map));
		fflush(stdout);
	}
	return 0;
}

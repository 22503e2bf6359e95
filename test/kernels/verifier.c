// SPDX-License-Identifier: MIT
// Loads every program of a BPF object as the addon would, and prints what the verifier said of each: its statistics, or its refusal.
//   verifier OBJECT      a line "== NAME" before each program's log
// The kernel tells the number of instructions by itself since 5.16 only; its log has it everywhere.
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

enum {
	LOG_BYTES = 1 << 20,
	LOG_STATISTICS = 4,
	PROGRAMS = 16,
};

static int quiet(enum libbpf_print_level level, const char *format, va_list arguments)
{
	return level == LIBBPF_WARN ? vfprintf(stderr, format, arguments) : 0;
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "verifier OBJECT\n");
		return 2;
	}
	struct rlimit unlimited = {RLIM_INFINITY, RLIM_INFINITY};
	setrlimit(RLIMIT_MEMLOCK, &unlimited);
	libbpf_set_print(quiet);
	struct bpf_object *object = bpf_object__open(argv[1]);
	if (!object)
		return 1;
	struct bpf_map *map;
	bpf_object__for_each_map(map, object)
	{
		// Kernels refuse the BTF types that a ring buffer's records have for tools.
		if (bpf_map__type(map) == BPF_MAP_TYPE_RINGBUF) {
			bpf_map__set_key_size(map, 0);
			bpf_map__set_value_size(map, 0);
		}
	}
	char *logs[PROGRAMS] = {NULL};
	unsigned count = 0;
	struct bpf_program *program;
	bpf_object__for_each_program(program, object)
	{
		if (count == PROGRAMS)
			return 2;
		logs[count] = calloc(1, LOG_BYTES);
		bpf_program__set_log_level(program, LOG_STATISTICS);
		bpf_program__set_log_buf(program, logs[count++], LOG_BYTES);
	}
	int failed = bpf_object__load(object);
	count = 0;
	bpf_object__for_each_program(program, object) printf("== %s\n%s", bpf_program__name(program), logs[count++]);
	return failed ? 1 : 0;
}

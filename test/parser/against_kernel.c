// SPDX-License-Identifier: MIT
// Each frame (a file: one byte, then the frame) through the loaded program and through the parser in user space: both say the same.
// Arguments: the object, then folders. Needs the right to load BPF.
#define _GNU_SOURCE
#include "user_space.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <dirent.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mman.h>

#define INTERFACE_INDEX 5
// As monitor_capture.bpf.c has it: such frames may have lengths of 0.
#define ETHERNET_FRAME_LENGTH_MAX 1522
// The longest that BPF_PROG_TEST_RUN takes everywhere, and the shortest that it takes whatever the EtherType.
#define FRAME_LENGTH_MAX 3520
#define FRAME_LENGTH_MIN 54
// What only the flow's table can say, behind the parser.
#define EVENTS_OF_FLOWS (FEATURE_EVENTS_SOURCE_MAC | FEATURE_EVENTS_UNTRACKED | FEATURE_PAYLOAD_FIRST_BYTES)

static int scratch, program, possibleCpus;
static size_t scratchBytes; // of one processor

static const char *compare(const uint8_t *data, uint32_t length)
{
	uint8_t padded[FRAME_LENGTH_MIN] = {0};
	struct __sk_buff context = {.mark = INTERFACE_INDEX};
	uint8_t *each = calloc((size_t)possibleCpus, scratchBytes);
	const struct frame_bytes frame = {
		.data = data, .length = length, .original = length, .large = length > ETHERNET_FRAME_LENGTH_MAX};
	struct packet expected = parse_in_user_space(&frame, 1), found;
	uint32_t zero = 0;

	context.cb[CAPTURE_CB_CAPTURED_LENGTH] = context.cb[CAPTURE_CB_ORIGINAL_LENGTH] = length;
	if (length < FRAME_LENGTH_MIN)
		memcpy(padded, data, length);
	LIBBPF_OPTS(bpf_test_run_opts, test, .data_in = length < FRAME_LENGTH_MIN ? padded : data,
	            .data_size_in = length < FRAME_LENGTH_MIN ? FRAME_LENGTH_MIN : length, .ctx_in = &context,
	            .ctx_size_in = sizeof(context));
	if (bpf_prog_test_run_opts(program, &test) || bpf_map_lookup_elem(scratch, &zero, each)) {
		perror("run a frame");
		exit(2);
	}
	memcpy(&found, each + (size_t)sched_getcpu() * scratchBytes + sizeof(struct run_counts), sizeof(found));
	free(each);
	// A later fragment takes ports and protocol from its first one, which only the kernel's table remembers.
	if (expected.rare & RARE_LATER_FRAGMENT) {
		found.ports = expected.ports;
		found.kind = expected.kind;
		found.protocol = expected.protocol;
	}
	found.events &= ~(uint32_t)EVENTS_OF_FLOWS;
	expected.events &= ~(uint32_t)EVENTS_OF_FLOWS;
	return first_difference(&expected, &found);
}

static int open_program(const char *path)
{
	struct bpf_object *object = bpf_object__open_file(path, NULL);
	struct bpf_program *each;

	if (!object)
		return -1;
	bpf_object__for_each_program(each, object)
		bpf_program__set_autoload(each, strcmp(bpf_program__name(each), "network_monitor_capture") == 0);
	if (bpf_object__load(object))
		return -1;
	program = bpf_program__fd(bpf_object__find_program_by_name(object, "network_monitor_capture"));
	scratch = bpf_map__fd(bpf_object__find_map_by_name(object, "scratch"));
	scratchBytes = (bpf_map__value_size(bpf_object__find_map_by_name(object, "scratch")) + 7) & ~7ul;
	possibleCpus = libbpf_num_possible_cpus();
	struct control *control = mmap(NULL, (sizeof(*control) + 4095) & ~4095ul, PROT_READ | PROT_WRITE, MAP_SHARED,
	                               bpf_map__fd(bpf_object__find_map_by_name(object, KNP_CONTROL_MAP)), 0);
	if (control == MAP_FAILED)
		return -1;
	control->flow_buckets = 256;
	control->interface_slots = 1;
	// Both seeds are 0: the first bucket is everybody's.
	control->interfaces[0].interface_index = INTERFACE_INDEX;
	return 0;
}

int main(int count, char **arguments)
{
	cpu_set_t cpu;
	int frames = 0, failures = 0;

	CPU_ZERO(&cpu);
	CPU_SET(0, &cpu);
	if (count < 3 || sched_setaffinity(0, sizeof(cpu), &cpu) || open_program(arguments[1])) {
		fprintf(stderr, "cannot load %s\n", count > 1 ? arguments[1] : "(no object)");
		return 2;
	}
	for (int i = 2; i < count; i++) {
		DIR *folder = opendir(arguments[i]);
		for (struct dirent *entry; folder && (entry = readdir(folder));) {
			static uint8_t data[FRAME_LENGTH_MAX + 1];
			char path[4096];
			snprintf(path, sizeof(path), "%s/%s", arguments[i], entry->d_name);
			FILE *file = entry->d_name[0] == '.' ? NULL : fopen(path, "r");
			if (!file)
				continue;
			size_t size = fread(data, 1, sizeof(data), file);
			fclose(file);
			const char *difference = size < 2 ? NULL : compare(data + 1, (uint32_t)size - 1);
			frames++;
			if (difference) {
				printf("not ok %s: kernel and user space differ in %s\n", path, difference);
				failures++;
			}
		}
		if (folder)
			closedir(folder);
	}
	printf("%d frames, %d differ\n", frames, failures);
	return failures != 0 || frames == 0;
}

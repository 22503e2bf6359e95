// SPDX-License-Identifier: MIT
// What account_flow says of a flow (new, known, refused), seen in the cell beside it: each object by BPF_PROG_TEST_RUN at TC egress.
//   flow_socket OBJECT    prints "ok WHAT" and "not ok WHAT" lines; needs the right to load BPF
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include "../../bpf/include/records.h"

#define LOOPBACK_INDEX 1 // test runs go out of lo
#define BUCKETS 1        // so that the ninth flow is refused
#define FLOWS_MAX (BUCKETS * KNP_FLOW_BUCKET_ENTRIES)
#define POISON 0x5ca1ab1eULL

static struct bpf_object *object;
static struct control *control;
static int program, sockets, hot[2], hash_flows, failures;

static void check(const char *what, int passed)
{
	printf("%s %s\n", passed ? "ok" : "not ok", what);
	failures += !passed;
}

static int map(const char *name)
{
	struct bpf_map *found = bpf_object__find_map_by_name(object, name);

	return found ? bpf_map__fd(found) : -1;
}

static void resize(const char *name, unsigned entries)
{
	struct bpf_map *found = bpf_object__find_map_by_name(object, name);

	if (found)
		bpf_map__set_max_entries(found, entries);
}

static int load(const char *path)
{
	struct bpf_program *each;
	struct bpf_map *one;

	object = bpf_object__open_file(path, NULL);
	if (!object)
		return -1;
	bpf_object__for_each_map(one, object)
	{
		// Kernels refuse the BTF types that a ring buffer's records have for tools.
		if (bpf_map__type(one) == BPF_MAP_TYPE_RINGBUF) {
			bpf_map__set_key_size(one, 0);
			bpf_map__set_value_size(one, 0);
		}
	}
	bpf_object__for_each_program(each, object)
		bpf_program__set_autoload(each, !strcmp(bpf_program__name(each), "network_monitor_tc_egress"));
	hash_flows = !!bpf_object__find_map_by_name(object, "flow_hash_even");
	const __u32 wanted = 1;

	bpf_map__set_initial_value(bpf_object__find_map_by_name(object, KNP_FLOW_SOCKETS_MAP), &wanted, sizeof(wanted));
	// Of both epochs. An LRU map that is much larger than what is put in evicts nothing.
	resize("flow_socket", hash_flows ? 1024 : 2 * FLOWS_MAX);
	resize("flow_hash_even", FLOWS_MAX);
	resize("flow_hash_odd", FLOWS_MAX);
	if (bpf_object__load(object))
		return -1;
	program = bpf_program__fd(bpf_object__find_program_by_name(object, "network_monitor_tc_egress"));
	sockets = map("flow_socket");
	hot[0] = map(hash_flows ? "flow_hash_even" : "flow_hot");
	hot[1] = map(hash_flows ? "flow_hash_odd" : "flow_hot");
	control = mmap(NULL, (sizeof(*control) + 4095) & ~4095ul, PROT_READ | PROT_WRITE, MAP_SHARED, map(KNP_CONTROL_MAP), 0);
	if (control == MAP_FAILED)
		return -1;
	control->flow_buckets = BUCKETS;
	control->interface_slots = 1;
	for (unsigned i = 0; i < sizeof(control->seed) / 8; i++)
		control->seed[i] = (__u64)random() << 33 ^ (__u64)random() << 11 ^ random();
	control->interfaces[LOOPBACK_INDEX].interface_index = LOOPBACK_INDEX;
	return 0;
}

// `number`: of the flow.
static void send(unsigned number)
{
	unsigned char frame[64] = {[12] = 8,  [14] = 0x45, [17] = 50,   [22] = 64,   [23] = 17, [26] = 10,
	                           [30] = 10, [33] = 2,    [34] = 0x9c, [36] = 0x23, [39] = 30};
	LIBBPF_OPTS(bpf_test_run_opts, test, .data_in = frame, .data_size_in = sizeof(frame), .repeat = 1);

	frame[29] = (unsigned char)(10 + number);
	if (bpf_prog_test_run_opts(program, &test)) {
		perror("run a frame");
		exit(2);
	}
}

struct cells {
	struct flow_socket cell[FLOWS_MAX];
	unsigned count; // cells that were written for a flow of this epoch
	unsigned flows; // of this epoch
	unsigned poisoned;
	unsigned with_cookie;
};

static void look_at(struct cells *cells, __u64 fingerprint, const void *key)
{
	struct flow_socket cell = {0};

	if (!fingerprint)
		return;
	cells->flows++;
	if (bpf_map_lookup_elem(sockets, key, &cell) || cell.fingerprint != fingerprint)
		return;
	cells->poisoned += cell.owner_id == POISON;
	cells->with_cookie += cell.socket_cookie != 0;
	cells->cell[cells->count++ % FLOWS_MAX] = cell;
}

static struct cells cells_of(__u32 epoch)
{
	struct cells cells = {0};
	__u64 key = 0, next;
	int begun = 0;

	for (__u32 index = epoch * FLOWS_MAX; !hash_flows && index < (epoch + 1) * FLOWS_MAX; index++) {
		struct flow_counters counters;

		if (!bpf_map_lookup_elem(hot[epoch], &index, &counters))
			look_at(&cells, counters.fingerprint, &index);
	}
	while (hash_flows && !bpf_map_get_next_key(hot[epoch], begun ? &key : NULL, &next)) {
		look_at(&cells, next, &next);
		key = next;
		begun = 1;
	}
	return cells;
}

// Marks the cells of an epoch's flows: whoever writes one again takes the mark away.
static void poison(__u32 epoch)
{
	const struct cells cells = cells_of(epoch);

	for (__u32 index = 0; index < 2 * FLOWS_MAX && !hash_flows; index++) {
		struct flow_socket cell;

		if (bpf_map_lookup_elem(sockets, &index, &cell) || !cell.fingerprint)
			continue;
		cell.owner_id = POISON;
		bpf_map_update_elem(sockets, &index, &cell, BPF_ANY);
	}
	for (unsigned i = 0; i < cells.count && hash_flows; i++) {
		struct flow_socket cell = cells.cell[i];

		cell.owner_id = POISON;
		bpf_map_update_elem(sockets, &cell.fingerprint, &cell, BPF_ANY);
	}
}

static __u64 untracked(__u32 epoch)
{
	struct traffic_counter rows[1024] = {0}; // of each possible processor
	__u32 row = epoch * COUNTER_ROWS + COUNTER_UNTRACKED + 17;
	__u64 sum = 0;

	if (libbpf_num_possible_cpus() > 1024 || bpf_map_lookup_elem(map("counters"), &row, rows))
		return 0;
	for (int cpu = 0; cpu < libbpf_num_possible_cpus(); cpu++)
		sum += rows[cpu].packets[DIRECTION_SENT];
	return sum;
}

int main(int count, char **arguments)
{
	struct rlimit unlimited = {RLIM_INFINITY, RLIM_INFINITY};
	struct cells cells;

	setrlimit(RLIMIT_MEMLOCK, &unlimited);
	if (count != 2 || load(arguments[1])) {
		fprintf(stderr, "cannot load %s\n", count > 1 ? arguments[1] : "(no object)");
		return 2;
	}
	send(0);
	cells = cells_of(0);
	check("nothing is written while nobody asks", cells.flows == 1 && cells.count == 0);

	control->features = FEATURE_FLOW_SOCKETS;
	send(0);
	cells = cells_of(0);
	check("a flow that is known is not written, though its cell is empty", cells.flows == 1 && cells.count == 0);

	send(1);
	cells = cells_of(0);
	check("a new flow's cell is written, with the socket of its packet",
	      cells.flows == 2 && cells.count == 1 && cells.with_cookie == 1 && cells.poisoned == 0);

	poison(0);
	for (unsigned again = 0; again < 100; again++)
		send(1);
	cells = cells_of(0);
	check("a hundred packets more write nothing", cells.count == 1 && cells.poisoned == 1);

	control->epoch = 1;
	send(1);
	cells = cells_of(1);
	check("in the next epoch the flow is new once more", cells.flows == 1 && cells.count == 1 && cells.poisoned == 0);
	poison(1);
	send(1);
	cells = cells_of(1);
	check("and known from its second packet on", cells.count == 1 && cells.poisoned == 1);

	for (unsigned flow = 2; flow < FLOWS_MAX + 5; flow++)
		send(flow);
	cells = cells_of(1);
	check("as many cells as the table has flows, one of them the known one",
	      cells.flows == FLOWS_MAX && cells.count == FLOWS_MAX && cells.poisoned == 1);
	check("the four that the table refuses are counted, and have no cell", untracked(1) == 4 && untracked(0) == 0);
	return failures != 0;
}

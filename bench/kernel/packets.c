// SPDX-License-Identifier: MIT
// Runs the programs of packets.bpf.o over crafted packets by BPF_PROG_TEST_RUN and prints nanoseconds a packet.
//   packets ROUNDS OBJECT [OBJECT]    two builds are measured alternately, under the same load
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include "../../bpf/include/records.h"

#define BUCKETS (2u << 18)
// Of one epoch, as --max-flows 65536 makes them.
#define DEFAULT_BUCKETS (65536 * 8 / 5 / KNP_FLOW_BUCKET_ENTRIES)
#define ENTRIES ((size_t)BUCKETS * KNP_FLOW_BUCKET_ENTRIES)
#define DRAWN (1u << 20)
#define ROUNDS_MAX 1000
#define BUILDS_MAX 2
#define REPEAT 20000
#define LOOPBACK_INDEX 1 // test runs come in on lo

struct knobs {
	__u32 choice, flow_mask, source_offset, turn;
};

struct build {
	struct bpf_object *object;
	struct control *control;
	struct knobs *knobs;
	struct flow_counters *hot;
	__u32 *drawn;
};

static struct build builds[BUILDS_MAX];
static unsigned build_count, rounds;
static unsigned char packet[2048];

static void put16(unsigned at, unsigned value)
{
	packet[at] = value >> 8;
	packet[at + 1] = value;
}

static unsigned ethernet(unsigned at, unsigned type)
{
	memset(packet + at, 2, 12);
	put16(at + 12, type);
	return at + 14;
}

static unsigned ipv4(unsigned at, unsigned protocol, unsigned payload)
{
	memset(packet + at, 0, 20);
	packet[at] = 0x45;
	put16(at + 2, 20 + payload);
	packet[at + 8] = 64;
	packet[at + 9] = protocol;
	memcpy(packet + at + 12, "\x0a\x00\x00\x01\x0a\x00\x00\x02", 8);
	return at + 20;
}

static unsigned ipv6(unsigned at, unsigned next, unsigned payload)
{
	memset(packet + at, 0, 40);
	packet[at] = 0x60;
	put16(at + 4, payload);
	packet[at + 6] = next;
	packet[at + 7] = 64;
	packet[at + 8] = packet[at + 24] = 0xfd;
	packet[at + 23] = 1;
	packet[at + 39] = 2;
	return at + 40;
}

static unsigned udp(unsigned at, unsigned port, unsigned payload)
{
	put16(at, 40000);
	put16(at + 2, port);
	put16(at + 4, 8 + payload);
	put16(at + 6, 0);
	return at + 8;
}

static unsigned tcp(unsigned at)
{
	memset(packet + at, 0, 20);
	put16(at, 40000);
	put16(at + 2, 443);
	packet[at + 12] = 0x50;
	packet[at + 13] = 0x10;
	return at + 20;
}

static unsigned udp64(void)
{
	udp(ipv4(ethernet(0, 0x0800), 17, 30), 9000, 22);
	return 64;
}

static unsigned tcp1500(void)
{
	tcp(ipv4(ethernet(0, 0x0800), 6, 1480));
	return 1514;
}

static unsigned ipv6udp(void)
{
	udp(ipv6(ethernet(0, 0x86dd), 17, 30), 9000, 22);
	return 84;
}

static unsigned vxlan(void)
{
	unsigned at = udp(ipv4(ethernet(0, 0x0800), 17, 8 + 8 + 50), 4789, 8 + 50);
	memcpy(packet + at, "\x08\0\0\0\0\0\x2a\0", 8);
	udp(ipv4(ethernet(at + 8, 0x0800), 17, 16), 9000, 8);
	return at + 8 + 50;
}

/* Ethernet, two tags, IPv6, hop-by-hop, destination options, GRE, IPv4, IPv4, UDP: ten. */
static unsigned nested(void)
{
	unsigned at = ethernet(0, 0x88a8);
	put16(at, 5), put16(at + 2, 0x8100), put16(at + 4, 6), put16(at + 6, 0x86dd);
	at = ipv6(at + 8, 0, 8 + 8 + 4 + 20 + 20 + 16);
	memset(packet + at, 0, 16);
	packet[at] = 60;
	packet[at + 8] = 47;
	put16(at + 16, 0), put16(at + 18, 0x0800);
	at = udp(ipv4(ipv4(at + 20, 4, 36), 17, 16), 9000, 8);
	return at + 8;
}

static int ascending(const void *left, const void *right)
{
	double a = *(const double *)left, b = *(const double *)right;
	return a < b ? -1 : a > b;
}

static double now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1e9 + now.tv_nsec;
}

// At XDP a test run first updates the kernel's dispatcher, which takes milliseconds: there the kernel's own duration is used, in whole
// nanoseconds.
static double nanoseconds(const struct build *build, const char *hook, const char *suffix, unsigned length, unsigned repeat)
{
	LIBBPF_OPTS(bpf_test_run_opts, test, .data_in = packet, .data_size_in = length, .repeat = (int)repeat);
	char name[40];
	double started;

	snprintf(name, sizeof(name), "bench_%s%s", hook, suffix);
	started = now_ns();
	if (bpf_prog_test_run_opts(bpf_program__fd(bpf_object__find_program_by_name(build->object, name)), &test)) {
		perror(name);
		exit(1);
	}
	return *hook == 't' ? (now_ns() - started) / repeat : test.duration;
}

static const char *const hooks[] = {"xdp", "tc"};

// A row: `program` of each build at each hook, alternating, minus `base` as measured in the same rounds.
static void measure(const char *row, unsigned length, const char *program, const char *base)
{
	const char *only = getenv("BENCH_ROW");

	if (only && !strstr(row, only))
		return;
	static double base_ns[BUILDS_MAX][2][ROUNDS_MAX], whole_ns[BUILDS_MAX][2][ROUNDS_MAX];

	for (unsigned round = 0; round < rounds; round++) {
		for (unsigned build = 0; build < build_count; build++) {
			for (unsigned hook = 0; hook < 2; hook++) {
				base_ns[build][hook][round] =
					base ? nanoseconds(&builds[build], hooks[hook], base, length, REPEAT) : 0;
				whole_ns[build][hook][round] =
					nanoseconds(&builds[build], hooks[hook], program, length, REPEAT);
			}
		}
	}
	printf("%-42s", row);
	for (unsigned build = 0; build < build_count; build++) {
		for (unsigned hook = 0; hook < 2; hook++) {
			qsort(base_ns[build][hook], rounds, sizeof(double), ascending);
			qsort(whole_ns[build][hook], rounds, sizeof(double), ascending);
			printf("  %6.1f %6.1f", whole_ns[build][hook][0] - base_ns[build][hook][0],
			       whole_ns[build][hook][rounds / 2] - base_ns[build][hook][rounds / 2]);
		}
	}
	printf("\n");
	fflush(stdout);
}

static void *mapped(const struct bpf_map *map, size_t length)
{
	void *memory = mmap(0, length, PROT_READ | PROT_WRITE, MAP_SHARED, bpf_map__fd(map), 0);

	if (memory == MAP_FAILED) {
		perror(bpf_map__name(map));
		exit(1);
	}
	return memory;
}

// Looked up by the names used in all compared versions.
static struct bpf_map *find_map(const struct build *build, const char *name)
{
	struct bpf_map *map;

	bpf_object__for_each_map(map, build->object)
	{
		const char *found = bpf_map__name(map);
		const char *section = strrchr(found, '.');

		if (!strcmp(section ? section + 1 : found, name))
			return map;
	}
	fprintf(stderr, "no map %s\n", name);
	exit(1);
}

static void load(struct build *build, const char *path)
{
	struct bpf_program *program;

	build->object = bpf_object__open_file(path, 0);
	if (!build->object)
		exit(1);
	bpf_map__set_max_entries(find_map(build, "flow_hot"), ENTRIES);
	bpf_map__set_max_entries(find_map(build, "flow_cold"), ENTRIES);
	bpf_object__for_each_program(program, build->object)
		bpf_program__set_autoload(program, !strncmp(bpf_program__name(program), "bench_", 6));
	if (bpf_object__load(build->object))
		exit(1);
	build->control = mapped(find_map(build, "control"), (sizeof(struct control) + 4095) & ~4095ul);
	build->knobs = mapped(find_map(build, "knobs"), 4096);
	build->hot = mapped(find_map(build, "flow_hot"), ENTRIES * sizeof(struct flow_counters));
	build->drawn = mapped(find_map(build, "drawn"), DRAWN * sizeof(__u32));
	build->control->flow_buckets = BUCKETS / 2;
	build->control->interface_slots = 1;
	srandom(2);
	for (unsigned i = 0; i < sizeof(build->control->seed) / 8; i++)
		build->control->seed[i] = (__u64)random() << 33 ^ (__u64)random() << 11 ^ random();
	build->control->interfaces[0].interface_index = LOOPBACK_INDEX;
}

static void draw_by_zipf(__u32 *table, __u32 flows)
{
	double *sum = malloc(sizeof(*sum) * (flows + 1));
	sum[0] = 0;
	for (__u32 i = 1; i <= flows; i++)
		sum[i] = sum[i - 1] + 1.0 / i;
	srandom(1);
	for (int i = 0; i < (int)DRAWN; i++) {
		double wanted = sum[flows] * random() / RAND_MAX;
		__u32 low = 0, high = flows;
		while (high - low > 1) {
			__u32 middle = (low + high) / 2;
			if (sum[middle] < wanted)
				low = middle;
			else
				high = middle;
		}
		table[i] = low * 2654435761u & 0xfffff;
	}
	free(sum);
}

static void set_features(__u32 features)
{
	for (unsigned build = 0; build < build_count; build++)
		builds[build].control->features = features;
}

static void measure_crowd(const char *row, __u32 choice, __u32 mask, __u32 buckets)
{
	for (unsigned build = 0; build < build_count; build++) {
		memset(builds[build].hot, 0, ENTRIES / 2 * sizeof(struct flow_counters));
		builds[build].control->flow_buckets = buckets;
		builds[build].knobs->choice = choice;
		builds[build].knobs->flow_mask = mask;
		builds[build].knobs->source_offset = 26;
		nanoseconds(&builds[build], "xdp", "", 64, 2000000); // creates the flows
	}
	measure(row, 64, "", "_wrapper");
}

static const struct shape {
	const char *row;
	unsigned (*make)(void);
} shapes[] = {
	{"UDP 64 B, one flow", udp64},     {"TCP 1500 B, one flow", tcp1500}, {"IPv6 UDP, one flow", ipv6udp},
	{"UDP in VXLAN, one flow", vxlan}, {"ten nested headers", nested},
};
#define SHAPES (sizeof(shapes) / sizeof(*shapes))

int main(int count, char **arguments)
{
	if (count < 3 || count > 2 + BUILDS_MAX) {
		fprintf(stderr, "packets ROUNDS OBJECT [OBJECT]\n");
		return 2;
	}
	rounds = (unsigned)atoi(arguments[1]) > ROUNDS_MAX ? ROUNDS_MAX : (unsigned)atoi(arguments[1]);
	build_count = (unsigned)count - 2;
	for (unsigned build = 0; build < build_count; build++)
		load(&builds[build], arguments[2 + build]);
	printf("%-42s", "ns a packet over the empty program");
	for (unsigned build = 0; build < build_count; build++)
		printf("  XDP min    med   TC min    med");
	printf("\n");
	measure("(the empty program itself)", udp64(), "_floor", NULL);
	for (unsigned shape = 0; shape < SHAPES; shape++)
		measure(shapes[shape].row, shapes[shape].make(), "", "_floor");
	set_features(~(__u32)(FEATURE_TUNNELS_OUTER | FEATURE_PACKET_SAMPLES | FEATURE_FLOW_SOCKETS));
	measure("UDP 64 B, one flow, all events on", udp64(), "", "_floor");
	measure("TCP 1500 B, one flow, all events on", tcp1500(), "", "_floor");
	set_features(FEATURE_FLOW_SOCKETS);
	measure("UDP 64 B, one flow, flow sockets on", udp64(), "", "_floor");
	set_features(0);
	for (unsigned build = 0; build < build_count; build++)
		builds[build].control->interfaces[0].interface_index = 0;
	measure("UDP 64 B, interface not watched", udp64(), "", "_floor");
	for (unsigned build = 0; build < build_count; build++) {
		builds[build].control->interfaces[0].interface_index = LOOPBACK_INDEX;
		draw_by_zipf(builds[build].drawn, 1 << 20);
	}
	udp64();
	measure_crowd("65,536 flows in turn", 1, 0xffff, DEFAULT_BUCKETS);
	measure_crowd("1,048,576 flows in turn", 1, 0xfffff, BUCKETS / 2);
	measure_crowd("1,048,576 flows by Zipf", 2, 0, BUCKETS / 2);
	return 0;
}

// SPDX-License-Identifier: MIT
// Runs the programs of packets.bpf.o over crafted packets by BPF_PROG_TEST_RUN and prints nanoseconds a packet.
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include "../../bpf/include/records.h"

#define BUCKETS (2u << 18)
// Of one epoch, as --max-flows 65536 makes them.
#define DEFAULT_BUCKETS (65536 * 8 / 5 / KNP_FLOW_BUCKET_ENTRIES)

static struct bpf_object *object;
static unsigned char packet[2048];
static int runs = 15, repeat = 1000000;

static int program(const char *name)
{
	return bpf_program__fd(bpf_object__find_program_by_name(object, name));
}

static int map(const char *name)
{
	return bpf_map__fd(bpf_object__find_map_by_name(object, name));
}

static int ascending(const void *left, const void *right)
{
	unsigned a = *(const unsigned *)left, b = *(const unsigned *)right;
	return a < b ? -1 : a > b;
}

struct spread {
	unsigned least, median;
};

static struct spread measure(const char *name, unsigned length)
{
	unsigned times[64];
	for (int run = 0; run < runs; run++) {
		LIBBPF_OPTS(bpf_test_run_opts, test, .data_in = packet, .data_size_in = length, .repeat = repeat);
		if (bpf_prog_test_run_opts(program(name), &test)) {
			perror(name);
			exit(1);
		}
		times[run] = test.duration;
	}
	qsort(times, runs, sizeof(*times), ascending);
	return (struct spread){times[0], times[runs / 2]};
}

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

static void *mapped(const char *name, size_t length)
{
	void *memory = mmap(0, length, PROT_READ | PROT_WRITE, MAP_SHARED, map(name), 0);
	if (memory == MAP_FAILED) {
		perror(name);
		exit(1);
	}
	return memory;
}

struct knobs {
	__u32 choice, flow_mask, source_offset, turn;
};

static void drawByZipf(__u32 flows)
{
	__u32 *table = mapped("drawn", (1 << 20) * 4);
	double *sum = malloc(sizeof(*sum) * (flows + 1));
	sum[0] = 0;
	for (__u32 i = 1; i <= flows; i++)
		sum[i] = sum[i - 1] + 1.0 / i;
	srandom(1);
	for (int i = 0; i < 1 << 20; i++) {
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

struct shape {
	const char *name;
	unsigned (*make)(void);
};

static void print(const char *what, struct spread xdp, struct spread tc)
{
	printf("%-34s %5u %5u   %5u %5u\n", what, xdp.least, xdp.median, tc.least, tc.median);
	fflush(stdout);
}

static struct spread less(struct spread whole, struct spread part)
{
	return (struct spread){whole.least - part.least, whole.median - part.median};
}

int main(int count, char **arguments)
{
	if (count > 2)
		runs = atoi(arguments[2]) > 64 ? 64 : atoi(arguments[2]);
	object = bpf_object__open_file(arguments[1], 0);
	if (!object)
		return 1;
	struct bpf_map *each;
	bpf_object__for_each_map(each, object)
	{
		const char *name = bpf_map__name(each);
		if (!strcmp(name, "flow_hot") || !strcmp(name, "flow_cold"))
			bpf_map__set_max_entries(each, 2 * BUCKETS * KNP_FLOW_BUCKET_ENTRIES / 2);
	}
	struct bpf_program *one;
	bpf_object__for_each_program(one, object) if (strncmp(bpf_program__name(one), "bench_", 6))
		bpf_program__set_autoload(one, false);
	if (bpf_object__load(object))
		return 1;
	struct control *control = mapped("control", (sizeof(struct control) + 4095) & ~4095ul);
	control->flow_buckets = BUCKETS / 2;
	control->interface_slots = 1;
	for (unsigned i = 0; i < sizeof(control->seed) / 8; i++)
		control->seed[i] = (__u64)random() << 33 ^ (__u64)random() << 11 ^ random();
	control->interfaces[1].interface_index = 1; // test runs come in on lo
	struct knobs *knobs = mapped("knobs", 4096);
	struct flow_counters *hot = mapped("flow_hot", (size_t)BUCKETS * KNP_FLOW_BUCKET_ENTRIES * sizeof(*hot));

	udp64();
	struct spread xdpFloor = measure("bench_xdp_floor", 64), tcFloor = measure("bench_tc_floor", 64);
	printf("ns a packet over the empty program     XDP min/med    TC min/med\n");
	print("(the empty program itself)", xdpFloor, tcFloor);
	const struct shape shapes[] = {
		{"UDP 64 B, one flow", udp64},     {"TCP 1500 B, one flow", tcp1500}, {"IPv6 UDP, one flow", ipv6udp},
		{"UDP in VXLAN, one flow", vxlan}, {"ten nested headers", nested},
	};
	for (unsigned i = 0; i < sizeof(shapes) / sizeof(*shapes); i++) {
		unsigned length = shapes[i].make();
		print(shapes[i].name, less(measure("bench_xdp", length), xdpFloor), less(measure("bench_tc", length), tcFloor));
	}
	control->features = ~(__u32)(FEATURE_TUNNELS_OUTER | FEATURE_PACKET_SAMPLES);
	for (unsigned i = 0; i < 2; i++) {
		unsigned length = shapes[i].make();
		char name[64];
		snprintf(name, sizeof(name), "%s, all events on", shapes[i].name);
		print(name, less(measure("bench_xdp", length), xdpFloor), less(measure("bench_tc", length), tcFloor));
	}
	control->features = 0;
	knobs->source_offset = 26;
	drawByZipf(1 << 20);
	const struct {
		const char *name;
		__u32 choice, mask, buckets;
	} crowds[] = {{"65,536 flows in turn", 1, 0xffff, DEFAULT_BUCKETS},
	              {"1,048,576 flows in turn", 1, 0xfffff, BUCKETS / 2},
	              {"1,048,576 flows by Zipf", 2, 0, BUCKETS / 2}};
	for (unsigned i = 0; i < 3; i++) {
		memset(hot, 0, (size_t)BUCKETS * KNP_FLOW_BUCKET_ENTRIES / 2 * sizeof(*hot));
		control->flow_buckets = crowds[i].buckets;
		knobs->choice = crowds[i].choice;
		knobs->flow_mask = crowds[i].mask;
		udp64();
		repeat = 2000000;
		measure("bench_xdp", 64); // the flows are there
		repeat = 1000000;
		struct spread xdp = less(measure("bench_xdp", 64), measure("bench_xdp_wrapper", 64));
		print(crowds[i].name, xdp, less(measure("bench_tc", 64), measure("bench_tc_wrapper", 64)));
	}
	return 0;
}

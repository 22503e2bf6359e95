// SPDX-License-Identifier: MIT
// The arithmetic of cost.h in user space, with a clock and a chance of the test's own: what the samples say must be what was spent.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <stdio.h>
#include <string.h>

static void *fake_lookup(const void *map, const void *key);
static unsigned long long fake_clock(void);
static unsigned fake_chance(void);
#define bpf_map_lookup_elem fake_lookup
#define bpf_ktime_get_ns fake_clock
#define bpf_get_prandom_u32 fake_chance
#include "../../bpf/lib/cost.h"

#define CLOCK_READ_NS 30
#define SPACING_NS 1000 // from packet to packet

static struct scratch_space space;
static struct traffic_counter rows[2 * COUNTER_ROWS];
static unsigned long long now_ns, reads;
static unsigned chance = 1;
static int failures;

static void *fake_lookup(const void *map, const void *key)
{
	return map == (const void *)&scratch ? (void *)&space : &rows[*(const __u32 *)key];
}

static unsigned long long fake_clock(void)
{
	unsigned long long read = now_ns;

	now_ns += CLOCK_READ_NS;
	reads++;
	return read;
}

static unsigned fake_chance(void)
{
	return (chance = chance * 1664525 + 1013904223) >> 8;
}

static void check(const char *what, int passed)
{
	printf("%s %s\n", passed ? "ok" : "not ok", what);
	failures += !passed;
}

static void begin(void)
{
	memset(&space, 0, sizeof(space));
	memset(rows, 0, sizeof(rows));
	now_ns = 1000000000;
	reads = 0;
}

static void run(__u32 program, unsigned long long nanoseconds)
{
	const struct frame frame = {.program = program};

	now_ns += SPACING_NS;
	begin_run(&space, program);
	now_ns += nanoseconds;
	end_run(&space, &frame);
}

static double mean(__u32 block, unsigned direction)
{
	const struct traffic_counter *runs = &rows[block + COST_RUN], *clock = &rows[block + COST_CLOCK];

	return (double)(runs->bytes[direction] - clock->bytes[direction]) / (double)runs->packets[direction];
}

int main(void)
{
	const struct traffic_counter *runs = &rows[COUNTER_COST + COST_RUN], *clock = &rows[COUNTER_COST + COST_CLOCK];

	begin();
	for (int i = 0; i < 100000; i++)
		run(PROGRAM_TC_INGRESS, 40);
	check("the clock's own time is taken off, to the nanosecond", mean(COUNTER_COST, 0) == 40);
	check("samples stand for all runs up to the last one",
	      runs->packets[0] == space.cost[PROGRAM_TC_INGRESS].sampled && runs->packets[0] > 100000 - 2 * COST_INTERVAL_MAX);
	check("under load one run in some 767 is timed", clock->packets[0] > 100 && clock->packets[0] < 200);
	check("three readings of the clock for each sample, none for others", reads == 3 * clock->packets[0]);
	check("the other direction and XDP have nothing", !runs->packets[1] && !rows[COUNTER_COST_XDP + COST_RUN].packets[0]);

	begin();
	for (int i = 0; i < 2000000; i++)
		run(PROGRAM_TC_EGRESS, i & 1 ? 400 : 40);
	check("traffic that alternates doesn't fool it", mean(COUNTER_COST, 1) > 210 && mean(COUNTER_COST, 1) < 230);

	begin();
	for (int i = 0; i < 2000000; i++)
		run(PROGRAM_XDP, i % 10 ? 40 : COST_NS_MAX + 1);
	check("what an interrupt took is left out, with what the sample stood for",
	      mean(COUNTER_COST_XDP, 0) == 40 && rows[COUNTER_COST_XDP + COST_RUN].packets[0] < 1950000 &&
	              rows[COUNTER_COST_XDP + COST_RUN].packets[0] > 1600000);

	begin();
	for (int i = 0; i < 100; i++) {
		now_ns += 2 * COST_SPACING_NS;
		run(PROGRAM_TC_INGRESS, 40);
	}
	check("on a quiet interface each run is timed", clock->packets[0] >= 98 && runs->packets[0] >= 98);
	return failures != 0;
}

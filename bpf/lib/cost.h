/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* What the programs cost, measured by themselves: now and then one packet is timed. No right is needed, no other program pays. */
#ifndef KNP_LIB_COST_H
#define KNP_LIB_COST_H

#include "frame.h"

/* One packet in so many at most: a clock call costs 30 ns in some virtual machines, three of them 0.1 ns a packet. */
#define COST_INTERVAL_MAX 1023
/* Closer samples than this make the interval longer, others shorter: a quiet interface has a figure, too. */
#define COST_SPACING_NS 8000000
/*
 * No packet takes so long, and no reading of the clock so much longer than the quickest one: it was an interrupt, or the hypervisor
 * had taken the processor. Such samples are left out.
 */
#define COST_NS_MAX 65536
#define COST_CLOCK_SLACK_NS 64

static __always_inline void count_run(struct scratch_space *space, __u32 program)
{
	space->counts.runs[program]++;
}

/* Two readings at the beginning: what lies between them is the clock's own share of what lies between the second and the end. */
static __always_inline void begin_run(struct scratch_space *space, __u32 program)
{
	struct cost_sampling *cost = &space->cost[program];

	if (__builtin_expect(space->counts.runs[program] >= cost->due, 0)) {
		cost->before_ns = bpf_ktime_get_ns();
		cost->began_ns = bpf_ktime_get_ns();
	}
	count_run(space, program);
}

static __always_inline void add_cost(__u32 program, __u32 epoch, __u32 cost_row, __u64 packets, __u64 nanoseconds)
{
	__u32 row = epoch * COUNTER_ROWS + (program == PROGRAM_XDP ? COUNTER_COST_XDP : COUNTER_COST) + cost_row;
	struct traffic_counter *counter = bpf_map_lookup_elem(&counters, &row);
	__u32 direction = program == PROGRAM_TC_EGRESS ? DIRECTION_SENT : DIRECTION_RECEIVED;

	if (counter) {
		counter->packets[direction] += packets;
		counter->bytes[direction] += nanoseconds;
	}
}

/*
 * Each sample stands for the runs since the one before, so that the mean is that of all runs at any interval. A global function, for
 * it is rare and long.
 */
__noinline int take_cost_sample(__u32 program, __u32 epoch)
{
	struct scratch_space *space = scratch_of_cpu();
	struct cost_sampling *cost;
	__u64 now = bpf_ktime_get_ns(), took, clock, runs, packets;

	if (!space)
		return 0;
	HIDE_FROM_COMPILER(space);
	_Static_assert(PROGRAM_COUNT == 4, "a mask, for the verifier");
	HIDE_FROM_COMPILER(program);
	program &= PROGRAM_COUNT - 1;
	cost = &space->cost[program];
	runs = space->counts.runs[program];
	packets = runs - cost->sampled;
	took = now - cost->began_ns;
	clock = cost->began_ns - cost->before_ns;
	if (!cost->least_clock_ns || clock < cost->least_clock_ns)
		cost->least_clock_ns = clock;
	if (took < COST_NS_MAX && clock <= 2 * cost->least_clock_ns + COST_CLOCK_SLACK_NS) {
		add_cost(program, epoch & 1, COST_RUN, packets, took * packets);
		add_cost(program, epoch & 1, COST_CLOCK, 1, clock * packets);
	}
	if (now - cost->sampled_ns < COST_SPACING_NS)
		cost->interval = (cost->interval << 1 | 1) & COST_INTERVAL_MAX;
	else
		cost->interval >>= 1;
	cost->sampled_ns = now;
	cost->sampled = runs;
	/* By chance, since traffic may alternate: large, small, large. */
	cost->due = runs + (cost->interval >> 1) + (bpf_get_prandom_u32() & cost->interval);
	return 0;
}

static __always_inline void end_run(struct scratch_space *space, const struct frame *frame)
{
	struct cost_sampling *cost = &space->cost[frame->program];

	if (__builtin_expect(space->counts.runs[frame->program] > cost->due, 0))
		take_cost_sample(frame->program, frame->epoch);
}

#endif

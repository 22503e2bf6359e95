/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Rows that only grow, per CPU: totals by protocol, and the counters of encapsulations, malformations and health. */
#ifndef KNP_LIB_TOTALS_H
#define KNP_LIB_TOTALS_H

#include "frame.h"

/* Programs of one CPU don't interrupt each other (softirqs are off in XDP and TC), so plain additions lose nothing. */
static __always_inline void add_traffic(struct traffic_counter *row, const struct frame *frame, __u64 times)
{
	__u32 direction = frame->direction & 1;

	row->packets[direction] += frame->frames * times;
	row->bytes[direction] += frame->bytes * times;
}

static __always_inline void count_protocol(const struct frame *frame, __u32 protocol)
{
	__u32 row = (frame->epoch * control.interface_slots + frame->slot) * KNP_PROTOCOL_ROWS + protocol;
	struct traffic_counter *counter = bpf_map_lookup_elem(&totals, &row);

	if (counter)
		add_traffic(counter, frame, 1);
}

static __always_inline void count_row_times(const struct frame *frame, __u32 counter_row, __u64 times)
{
	__u32 row = frame->epoch * COUNTER_ROWS + counter_row;
	struct traffic_counter *counter = bpf_map_lookup_elem(&counters, &row);

	if (counter)
		add_traffic(counter, frame, times);
}

static __always_inline void count_row(const struct frame *frame, __u32 counter_row)
{
	count_row_times(frame, counter_row, 1);
}

static __always_inline __u32 row_of_health(const struct frame *frame, __u32 health_row)
{
	return (frame->program == PROGRAM_XDP ? COUNTER_HEALTH_XDP : COUNTER_HEALTH) + health_row;
}

/* By frames. */
static __always_inline void count_health_row(const struct frame *frame, __u32 health_row)
{
	count_row(frame, row_of_health(frame, health_row));
}

/* What happened once, however many frames the buffer is. */
static __always_inline void count_health(const struct frame *frame, __u32 health_row)
{
	__u32 row = frame->epoch * COUNTER_ROWS + row_of_health(frame, health_row);
	struct traffic_counter *counter = bpf_map_lookup_elem(&counters, &row);

	if (counter)
		counter->packets[frame->direction & 1]++;
}

#endif

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

/* Something that is true of each frame of the buffer. */
static __always_inline void count_health_frames(const struct frame *frame, __u32 health_row)
{
	count_row(frame, row_of_health(frame, health_row));
}

/* Row of each protocol in slot_totals, plus one; 0: it has none. */
static const __u8 dense_rows[512] = {
	[6] = DENSE_TCP + 1,
	[17] = DENSE_UDP + 1,
	[1] = DENSE_ICMP + 1,
	[58] = DENSE_ICMPV6 + 1,
	[PROTOCOL_ARP] = DENSE_ARP + 1,
	[2] = DENSE_IGMP + 1,
	[47] = DENSE_GRE + 1,
	[50] = DENSE_ESP + 1,
	[89] = DENSE_OSPF + 1,
	[112] = DENSE_VRRP + 1,
	[132] = DENSE_SCTP + 1,
	[PROTOCOL_LLDP] = DENSE_LLDP + 1,
	[PROTOCOL_STP] = DENSE_STP + 1,
	[PROTOCOL_ETHERNET_OTHER] = DENSE_ETHERNET_OTHER + 1,
	[PROTOCOL_MALFORMED] = DENSE_MALFORMED + 1,
	[PROTOCOL_OTHER] = DENSE_OTHER + 1,
};

static __always_inline struct traffic_counter *find_rest(__u32 epoch, const __u32 *key)
{
	if (epoch)
		return bpf_map_lookup_elem(&protocol_rest_odd, key);
	return bpf_map_lookup_elem(&protocol_rest_even, key);
}

/* Another CPU may be quicker with the same row: then its entry is the one that both find. */
static __always_inline struct traffic_counter *insert_rest(__u32 epoch, const __u32 *key)
{
	struct traffic_counter none = {};

	if (epoch)
		bpf_map_update_elem(&protocol_rest_odd, key, &none, BPF_NOEXIST);
	else
		bpf_map_update_elem(&protocol_rest_even, key, &none, BPF_NOEXIST);
	return find_rest(epoch, key);
}

/* Returns 0 where there is no room for another row. All CPUs share a row, unlike those of the commonest protocols. */
static __noinline int count_rest(__u32 key, __u32 epoch, __u64 frames, __u64 bytes, __u32 direction)
{
	struct traffic_counter *counter = find_rest(epoch, &key);

	if (!counter)
		counter = insert_rest(epoch, &key);
	if (!counter)
		return 0;
	direction &= 1;
	ADD_ATOMICALLY(&counter->packets[direction], frames);
	ADD_ATOMICALLY(&counter->bytes[direction], bytes);
	return 1;
}

/* Exactly one row for each frame. */
static __always_inline void count_protocol(const struct frame *frame, __u32 protocol)
{
	__u32 key = frame->epoch * control.interface_slots + frame->slot;
	struct slot_totals *slot = bpf_map_lookup_elem(&totals, &key);
	__u32 row = dense_rows[protocol & 511];

	if (!slot)
		return;
	if (__builtin_expect(!row, 0)) {
		if (count_rest(frame->slot << 16 | protocol, frame->epoch, frame->frames, frame->bytes, frame->direction))
			return;
		count_health_frames(frame, HEALTH_PROTOCOL_ROWS_FULL);
		row = DENSE_OTHER + 1;
	}
	row--;
	HIDE_FROM_COMPILER(row);
	add_traffic(&slot->rows[row & (KNP_DENSE_ROWS - 1)], frame, 1);
}

/* Something that happened once, however many frames the buffer is. */
static __always_inline void count_health_event(const struct frame *frame, __u32 health_row)
{
	__u32 row = frame->epoch * COUNTER_ROWS + row_of_health(frame, health_row);
	struct traffic_counter *counter = bpf_map_lookup_elem(&counters, &row);

	if (counter)
		counter->packets[frame->direction & 1]++;
}

#endif

/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* How many events of a class a CPU may tell: a rate and a burst, kept as the time when the next one is due (GCRA). */
#ifndef KNP_LIB_EVENT_RATES_H
#define KNP_LIB_EVENT_RATES_H

#include "totals.h"

#define NANOSECONDS_PER_SECOND 1000000000ULL
#define EVENT_CLASSES 16

struct event_rate {
	__u32 per_second;
	__u32 burst;
};

/*
 * By the index of the class's bit in control.features. A event is 112 to 2,160 bytes: all classes at their rate are some 12 MB/s, and
 * detection reads a event in 2 µs. sample_rate stands in for the packets' own.
 */
static const struct event_rate event_rates[EVENT_CLASSES] = {
	{200, 400},           /* malformed */
	{2000, 2000},         /* TCP flags */
	{2000, 2000},         /* ARP */
	{2000, 2000},         /* neighbour */
	{2000, 2000},         /* ICMP errors */
	{2000, 4000},         /* fragments */
	{200, 400},           /* IP options */
	{3000, 3000},         /* first bytes */
	{2000, 4000},         /* DNS */
	{2000, 2000},         /* DHCP */
	{1, 1},       {1, 1}, /* packets */
	{200, 400},           /* ICMP echo */
	{4000, 4000},         /* source MAC */
	{1000, 1000},         /* untracked */
	{50, 100},            /* low TTL */
};

/* Key: class. Value: when the next event is due if they came evenly, in the clock of the entry. Written here only, CPU by CPU. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, EVENT_CLASSES);
	__type(key, __u32);
	__type(value, __u64);
} event_due SEC(".maps");

static __always_inline int take_token(const struct frame *frame, __u32 class)
{
	__u64 *due = bpf_map_lookup_elem(&event_due, &class);
	__u64 now = frame->time_is_ns ? frame->time : bpf_ktime_get_ns();
	const struct event_rate *rate = &event_rates[class & (EVENT_CLASSES - 1)];
	__u64 per_second = rate->per_second, next;

	if (!due)
		return 0;
	if ((1U << class) == FEATURE_PACKET_SAMPLES)
		per_second = control.sample_rate;
	if (!per_second)
		return 0;
	next = *due < now ? now : *due;
	if (next - now > NANOSECONDS_PER_SECOND * rate->burst / per_second)
		return 0;
	*due = next + NANOSECONDS_PER_SECOND / per_second;
	return 1;
}

#endif

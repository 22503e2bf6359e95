/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The flow table where BPF has no compare-and-swap (before 5.12): two of the kernel's hash maps, by epoch. */
#ifndef KNP_LIB_FLOW_TABLE_HASH_H
#define KNP_LIB_FLOW_TABLE_HASH_H

#include "flow_entry.h"

static __always_inline struct flow_record *find_flow(const struct frame *frame, const __u64 *fingerprint)
{
	if (frame->epoch)
		return bpf_map_lookup_elem(&flow_hash_odd, fingerprint);
	return bpf_map_lookup_elem(&flow_hash_even, fingerprint);
}

/* Another CPU may be quicker with the same flow: then its entry is the one that both find. */
static __always_inline void insert_flow(const struct frame *frame, const struct packet *packet,
                                        const struct flow_identity *flow, const __u64 *fingerprint)
{
	__u32 zero = 0;
	struct flow_record *fresh = bpf_map_lookup_elem(&flow_new, &zero);

	if (!fresh)
		return;
	__builtin_memset(fresh, 0, sizeof(*fresh));
	fresh->counters.fingerprint = *fingerprint;
	fresh->counters.first_seen = frame->time;
	fill_flow_key(&fresh->key, frame, packet, flow);
	fill_flow_details(&fresh->details, packet);
	if (frame->epoch)
		bpf_map_update_elem(&flow_hash_odd, fingerprint, fresh, BPF_NOEXIST);
	else
		bpf_map_update_elem(&flow_hash_even, fingerprint, fresh, BPF_NOEXIST);
}

/* Returns 0 where the map is full. */
static __always_inline int account_flow(const struct frame *frame, struct packet *packet, const struct flow_identity *flow)
{
	__u64 fingerprint = flow->fingerprint;
	struct flow_record *record = find_flow(frame, &fingerprint);

	if (!record) {
		packet->events |= FEATURE_EVENTS_SOURCE_MAC;
		insert_flow(frame, packet, flow, &fingerprint);
		record = find_flow(frame, &fingerprint);
		if (!record)
			return 0;
	}
	add_to_flow(&record->counters, frame, packet, flow);
	if (packet->tcp_flags & TCP_COUNTED_FLAGS)
		count_tcp_flags(&record->key, &record->details, packet, flow);
	return 1;
}

#endif

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

/* Returns 0 where another CPU was quicker with the same flow, whose entry is the one that both find, or where the map is full. */
static __always_inline int insert_flow(const struct frame *frame, const struct packet *packet, const struct flow_identity *flow,
                                       const __u64 *fingerprint)
{
	__u32 zero = 0;
	struct flow_draft *draft = bpf_map_lookup_elem(&flow_new, &zero);
	struct flow_record *fresh;

	if (!draft)
		return 0;
	fresh = &draft->record;
	__builtin_memset(fresh, 0, sizeof(*fresh));
	fresh->counters.fingerprint = *fingerprint;
	fresh->counters.first_seen = frame->time;
	fill_flow_key(&fresh->key, frame, packet, flow);
	fill_flow_details(&fresh->details, packet);
	if (frame->epoch)
		return !bpf_map_update_elem(&flow_hash_odd, fingerprint, fresh, BPF_NOEXIST);
	return !bpf_map_update_elem(&flow_hash_even, fingerprint, fresh, BPF_NOEXIST);
}

static __always_inline struct flow_place account_flow(const struct frame *frame, struct packet *packet,
                                                      const struct flow_identity *flow)
{
	__u64 fingerprint = flow->fingerprint;
	struct flow_record *record = find_flow(frame, &fingerprint);
	struct flow_place place = {.novelty = FLOW_KNOWN};

	if (!record) {
		packet->events |= FEATURE_EVENTS_SOURCE_MAC;
		if (insert_flow(frame, packet, flow, &fingerprint))
			place.novelty = FLOW_NEW;
		record = find_flow(frame, &fingerprint);
		if (!record) {
			place.novelty = FLOW_REFUSED;
			return place;
		}
	}
	add_to_flow(&record->counters, frame, packet, flow);
	if (packet->tcp_flags & TCP_COUNTED_FLAGS)
		count_tcp_flags(&record->key, &record->details, packet, flow);
	return place;
}

#endif

/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The flow table: two halves (epochs) of buckets in a mapped array, entries found by fingerprint, inserted by compare-and-swap. */
#ifndef KNP_LIB_FLOW_TABLE_H
#define KNP_LIB_FLOW_TABLE_H

#include "flow_entry.h"

/*
 * All entries of the first bucket, then of the second, then of the third, each chosen by other bits of the fingerprint. Simulated:
 * at half load none of 131,072 flows is refused, at 0.63 0.02 % (two buckets: 0.03 % and 0.2 %).
 */
#define FLOW_BUCKET_CHOICES 3
#define FLOW_PROBES (FLOW_BUCKET_CHOICES * KNP_FLOW_BUCKET_ENTRIES)

static __always_inline __u32 first_of_bucket(__u32 epoch, __u64 fingerprint, __u32 choice)
{
	__u32 buckets = control.flow_buckets;
	__u32 bits = fingerprint >> (32 - 16 * choice);
	__u32 bucket = (__u64)bits * buckets >> 32;

	return (epoch * buckets + bucket) * KNP_FLOW_BUCKET_ENTRIES;
}

/* Of packets with payload in flows that are known of old, one in so many is still told: it may be a log-in on a connection that stays. */
#define OLD_FLOWS_TOLD_ONE_IN 8

enum flow_memory {
	MEMORY_NONE = 0,
	MEMORY_OF_DATA = 1,
	MEMORY_OF_SYN = 2,
};

/* What this entry's last epoch says of the flow: user space clears no keys. */
static __always_inline __u32 memory_of_flow(__u32 index, __u64 fingerprint)
{
	const struct flow_cold_entry *cold = bpf_map_lookup_elem(&flow_cold, &index);

	if (!cold || cold->key.fingerprint_bits != (__u32)fingerprint)
		return MEMORY_NONE;
	return cold->key.first_syn_direction == NO_SYN ? MEMORY_OF_DATA : MEMORY_OF_SYN;
}

/* Of a connection whose SYN is not in this epoch, its bare ACKs too: payload may follow. */
static __always_inline int may_have_begun_before(const struct packet *packet)
{
	return control.features & FEATURE_PAYLOAD_FIRST_BYTES && (packet->kind & KIND_PROTOCOL_MASK) == IP_TCP &&
	       !(packet->tcp_flags & TCP_SYN);
}

/*
 * Whether the flow was there in one of the last epochs, or even earlier, and is past its handshake: in either half it comes to lie
 * at the same place. No more than a hint: where a place has been another's since, the flow is new again.
 */
static __always_inline void recall_flow(struct flow_counters *entry, const struct frame *frame, struct packet *packet,
                                        __u32 index, __u64 fingerprint)
{
	__u32 half = control.flow_buckets * KNP_FLOW_BUCKET_ENTRIES;
	__u32 memory = memory_of_flow(frame->epoch ? index - half : index + half, fingerprint);
	__u32 older = memory_of_flow(index, fingerprint);

	/* The epoch of the handshake was the last one in which there was anything. */
	if ((memory ? memory : older) == MEMORY_OF_SYN)
		add_seen_bits(entry, SEEN_FIRST_BYTES);
	else if ((memory | older) == MEMORY_OF_DATA && bpf_get_prandom_u32() % OLD_FLOWS_TOLD_ONE_IN)
		packet->events |= EVENTS_OF_OLD_FLOW;
}

/* Details are user space's to zero: another CPU may have counted a SYN there before this one has written the key. */
static __always_inline void write_cold(__u32 index, const struct frame *frame, const struct packet *packet,
                                       const struct flow_identity *flow)
{
	struct flow_cold_entry *cold = bpf_map_lookup_elem(&flow_cold, &index);

	if (!cold)
		return;
	fill_flow_key(&cold->key, frame, packet, flow);
	fill_flow_details(&cold->details, packet);
}

/* index << 1, the lowest bit set where the flow is new; or this. */
#define NO_FLOW_ENTRY (-1)

/*
 * Nothing is removed within an epoch, so the first free entry in probing order ends the search, and all CPUs agree which it is:
 * a flow has one entry. A global function: the verifier walks through the loop once, not with every way that leads here.
 */
__noinline int find_flow_entry(__u64 fingerprint, __u32 epoch)
{
	__u32 first = 0;

	epoch &= 1;
	for (__u32 probe = 0; probe < FLOW_PROBES; probe++) {
		struct flow_counters *entry;
		__u64 found;
		__u32 index;

		if (probe % KNP_FLOW_BUCKET_ENTRIES == 0)
			first = first_of_bucket(epoch, fingerprint, probe / KNP_FLOW_BUCKET_ENTRIES);
		index = first + ((fingerprint + probe) & (KNP_FLOW_BUCKET_ENTRIES - 1));
		entry = bpf_map_lookup_elem(&flow_hot, &index);
		if (!entry)
			return NO_FLOW_ENTRY;
		found = entry->fingerprint;
		if (!found) {
			found = __sync_val_compare_and_swap(&entry->fingerprint, 0, fingerprint);
			if (!found)
				return index << 1 | 1;
		}
		if (found == fingerprint)
			return index << 1;
	}
	return NO_FLOW_ENTRY;
}

static __always_inline void begin_flow(struct flow_counters *entry, __u32 index, const struct frame *frame,
                                       struct packet *packet, const struct flow_identity *flow)
{
	entry->first_seen = frame->time;
	packet->events |= FEATURE_EVENTS_SOURCE_MAC;
	if (may_have_begun_before(packet))
		recall_flow(entry, frame, packet, index, flow->fingerprint);
	write_cold(index, frame, packet, flow);
}

static __always_inline struct flow_place account_flow(const struct frame *frame, struct packet *packet,
                                                      const struct flow_identity *flow)
{
	__u64 fingerprint = flow->fingerprint;
	struct flow_place place = {.novelty = FLOW_KNOWN};
	struct flow_counters *entry;

	/* Most flows lie where the search begins. */
	place.index = first_of_bucket(frame->epoch, fingerprint, 0) + (fingerprint & (KNP_FLOW_BUCKET_ENTRIES - 1));
	entry = bpf_map_lookup_elem(&flow_hot, &place.index);
	if (entry && entry->fingerprint != fingerprint) {
		int found = find_flow_entry(fingerprint, frame->epoch);

		place.index = found >> 1;
		entry = bpf_map_lookup_elem(&flow_hot, &place.index);
		if (entry && found & 1) {
			place.novelty = FLOW_NEW;
			begin_flow(entry, place.index, frame, packet, flow);
		}
	}
	if (!entry) {
		place.novelty = FLOW_REFUSED;
		return place;
	}
	add_to_flow(entry, frame, packet, flow);
	if (packet->tcp_flags & TCP_COUNTED_FLAGS) {
		struct flow_cold_entry *cold = bpf_map_lookup_elem(&flow_cold, &place.index);

		if (cold)
			count_tcp_flags(&cold->key, &cold->details, packet, flow);
	}
	return place;
}

#endif

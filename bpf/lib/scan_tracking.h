/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* What must be remembered, or looked at once more, before a class of events is worth telling. */
#ifndef KNP_LIB_SCAN_TRACKING_H
#define KNP_LIB_SCAN_TRACKING_H

#include "event_rates.h"
#include "flow_entry.h"

#define SOURCE_MAC_CELLS 4096
#define UNTRACKED_CELLS 16384
/* A source that the full table refused so often, each time with another target, is looking for something. */
#define UNTRACKED_TARGETS 4

/* Key: keyed hash of source MAC and interface. Value: the rest of that hash; the latest of each cell. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, SOURCE_MAC_CELLS);
	__type(key, __u32);
	__type(value, __u64);
} source_macs SEC(".maps");

struct untracked_source {
	__u32 tag;
	__u16 targets;
	__u16 last_target;
};

/* Key: keyed hash of a source that the flow table refused. Value: how many targets in a row; the latest source of each cell. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, UNTRACKED_CELLS);
	__type(key, __u32);
	__type(value, struct untracked_source);
} untracked_sources SEC(".maps");

static __always_inline int is_new_source_mac(const struct frame *frame, const struct packet *packet)
{
	struct flow_hash hash = {0, 0};
	const __u64 *seed = control.seed;
	__u64 *cell;
	__u32 index;

	hash_word(&hash, seed + SEED_ADDRESSES, *(const __u32 *)&packet->macs[8] | (__u64)frame->interface_index << 32);
	hash_word(&hash, seed + SEED_PORTS, *(const __u16 *)&packet->macs[6]);
	index = hash.left >> 32 & (SOURCE_MAC_CELLS - 1);
	cell = bpf_map_lookup_elem(&source_macs, &index);
	if (!cell || *cell == hash.right)
		return 0;
	*cell = hash.right;
	return 1;
}

/* Spoofed sources that come once, and a flood on one service, are nobody's search. Races cost a hint, never a count. */
static __always_inline int is_searching_source(const struct packet *packet)
{
	struct flow_hash source = {0, 0}, target = {0, 0};
	const __u64 *seed = control.seed;
	__u32 protocol = packet->kind & KIND_PROTOCOL_MASK, index, tag;
	struct untracked_source *cell;
	__u16 last;

	if (protocol == IP_TCP && (packet->tcp_flags & (TCP_SYN | TCP_ACK)) != TCP_SYN)
		return 0;
	if (packet_family(packet) == FAMILY_IPV6) {
		hash_word(&source, seed + SEED_ADDRESSES, packet->addresses[0]);
		hash_word(&source, seed + SEED_PORTS, packet->addresses[1]);
		hash_word(&target, seed + SEED_ADDRESSES, packet->addresses[2]);
		hash_word(&target, seed + SEED_PORTS, packet->addresses[3]);
	} else {
		hash_word(&source, seed + SEED_ADDRESSES, (__u32)packet->addresses[0]);
		hash_word(&target, seed + SEED_ADDRESSES, packet->addresses[0] >> 32);
	}
	hash_word(&target, seed + SEED_TUNNEL, packet->ports >> 16);
	index = source.left >> 32 & (UNTRACKED_CELLS - 1);
	tag = source.right >> 32;
	last = target.left >> 32;
	cell = bpf_map_lookup_elem(&untracked_sources, &index);
	if (!cell)
		return 0;
	if (cell->tag != tag) {
		cell->tag = tag;
		cell->targets = 1;
		cell->last_target = last;
		return 0;
	}
	if (cell->last_target == last)
		return 0;
	cell->last_target = last;
	if (cell->targets < UNTRACKED_TARGETS)
		cell->targets++;
	return cell->targets >= UNTRACKED_TARGETS;
}

#define PORT_BGP 179
#define PORT_BFD 3784

/* Link-local and multicast traffic, and what is sent with few hops on purpose, goes no further anyway. */
static __always_inline int is_low_ttl_odd(const struct packet *packet)
{
	__u32 destination = packet->ports >> 16, source = packet->ports & 0xffff;
	const __u8 *first;

	if (destination == __builtin_bswap16(PORT_BGP) || source == __builtin_bswap16(PORT_BGP) ||
	    destination == __builtin_bswap16(PORT_BFD))
		return 0;
	if (packet_family(packet) == FAMILY_IPV6) {
		first = (const __u8 *)&packet->addresses[2];
		return first[0] != 0xff && !(first[0] == 0xfe && (first[1] & 0xc0) == 0x80);
	}
	first = (const __u8 *)&packet->addresses[0] + 4;
	return first[0] < 224;
}

enum ipv4_option {
	IPV4_OPTION_END = 0,
	IPV4_OPTION_NOTHING = 1,
	IPV4_OPTION_RECORD_ROUTE = 7,
	IPV4_OPTION_SECURITY = 130,
	IPV4_OPTION_LOOSE_ROUTE = 131,
	IPV4_OPTION_STRICT_ROUTE = 137,
};
/* As many as a header holds, when all but the last are no-operations: what hides behind those is worth the search. */
#define IPV4_OPTIONS_READ 40

/* The first option that says where a packet goes or has been; 0: none. Router alert and timestamps are everyday. */
static __always_inline __u32 find_ipv4_option(struct cursor *cursor, struct packet *packet, __u32 opaque_zero)
{
	__u32 position = packet->network_position + IPV4_HEADER_LENGTH;

	for (int round = 0; round < IPV4_OPTIONS_READ; round++) {
		const __u8 *option;

		/* As in the parser: one state at the loop's head. */
		position ^= opaque_zero;
		HIDE_FROM_COMPILER(position);
		position &= POSITION_BITS;
		if (position >= *(volatile __u32 *)&packet->transport_position)
			return 0;
		option = bytes_at(cursor, packet, position, 2);
		if (!option || option[0] == IPV4_OPTION_END)
			return 0;
		if (option[0] == IPV4_OPTION_RECORD_ROUTE || option[0] == IPV4_OPTION_SECURITY ||
		    option[0] == IPV4_OPTION_LOOSE_ROUTE || option[0] == IPV4_OPTION_STRICT_ROUTE)
			return option[0];
		position += option[0] == IPV4_OPTION_NOTHING || option[1] < 2 ? 1 : option[1];
	}
	return 0;
}

/* Whether the class, at a second look, is to be told. */
static __always_inline int is_worth_telling(const struct frame *frame, const struct packet *packet, __u32 class)
{
	__u32 feature = 1U << class;

	if (feature == FEATURE_EVENTS_SOURCE_MAC)
		return frame->link_kind == LINK_ETHERNET && is_new_source_mac(frame, packet);
	if (feature == FEATURE_EVENTS_UNTRACKED)
		return is_searching_source(packet);
	if (feature == FEATURE_EVENTS_LOW_TTL)
		return is_low_ttl_odd(packet);
	if (feature == FEATURE_EVENTS_IP_OPTION)
		return packet->option != 0;
	return 1;
}

#endif

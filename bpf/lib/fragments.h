/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Fragments: the first one's ports, for the later ones that have none. */
#ifndef KNP_LIB_FRAGMENTS_H
#define KNP_LIB_FRAGMENTS_H

#include "frame.h"
#include "packet.h"

struct fragment_key {
	__u64 addresses[4];
	__u32 interface_index;
	__u32 identification;
	__u32 kind; /* without the protocol in IPv6: a later fragment need not know it */
	__u32 tunnel_id;
};

struct fragment_value {
	__u32 ports;
	__u32 kind;
};

/* Filled by first fragments; the least recently used go: it is a hint, no count depends on it. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, KNP_FRAGMENT_ENTRIES);
	__type(key, struct fragment_key);
	__type(value, struct fragment_value);
} fragments SEC(".maps");

static __always_inline void follow_first_fragment(const struct frame *frame, struct packet *packet)
{
	struct fragment_key key = {
		.addresses = {packet->addresses[0], 0, 0, 0},
		.interface_index = frame->interface_index,
		.identification = packet->fragment_identification,
		.kind = packet->kind & ~KIND_HAS_PORTS,
		.tunnel_id = packet->tunnel_id,
	};

	if (packet_family(packet) == FAMILY_IPV6) {
		key.addresses[1] = packet->addresses[1];
		key.addresses[2] = packet->addresses[2];
		key.addresses[3] = packet->addresses[3];
		key.kind &= ~KIND_PROTOCOL_MASK;
	}
	if (packet->rare & RARE_FIRST_FRAGMENT) {
		struct fragment_value first = {.ports = packet->ports, .kind = packet->kind};

		if (!(packet->rare & RARE_MALFORMED_MASK))
			bpf_map_update_elem(&fragments, &key, &first, BPF_ANY);
	} else {
		const struct fragment_value *first = bpf_map_lookup_elem(&fragments, &key);

		if (first) {
			packet->ports = first->ports;
			packet->kind = first->kind;
			packet->protocol = first->kind & KIND_PROTOCOL_MASK;
		}
	}
}

#endif

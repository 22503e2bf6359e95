/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Which conversation a packet belongs to: canonical endpoints, and the keyed fingerprint that stands for the key. */
#ifndef KNP_LIB_FLOW_IDENTITY_H
#define KNP_LIB_FLOW_IDENTITY_H

#include "frame.h"
#include "parse.h"

struct flow_identity {
	__u64 fingerprint; /* never 0 */
	__u64 low[2];      /* IPv4 and ARP: only low[0], the address as it lies in memory */
	__u64 high[2];
	__u32 ports;     /* low | high << 16 */
	__u32 direction; /* enum flow_direction */
};

/*
 * Pair-multiply-shift (Thorup, "High speed hashing for integers and strings", 2.4): the upper half of the sum of
 * (a + x)(b + y) over 32-bit words x, y with 64-bit random a, b is strongly universal, so without the seed no one can choose
 * two keys that collide more often than 2^-32. Two such sums with keys of their own give 64 bits.
 */
struct flow_hash {
	__u64 left;
	__u64 right;
};

static __always_inline void hash_word(struct flow_hash *hash, const __u64 *seed, __u64 word)
{
	__u64 x = (__u32)word, y = word >> 32;

	hash->left += (seed[0] + x) * (seed[1] + y);
	hash->right += (seed[2] + x) * (seed[3] + y);
}

/* Where in control.seed each word's four begin: both addresses of IPv4 are one word, those of IPv6 four. */
enum { SEED_ADDRESSES = 0, SEED_PORTS = 16, SEED_KIND = 20, SEED_TAGS = 24, SEED_COUNT = 28 };

/* 1 where the source is the higher endpoint: by address, as bytes, then by port. */
static __always_inline __u32 source_is_higher(const struct packet *packet)
{
	__u64 source = (__u32)packet->addresses[0], destination = packet->addresses[0] >> 32;

	if (packet_family(packet) == FAMILY_IPV6) {
		source = packet->addresses[0];
		destination = packet->addresses[2];
		if (source == destination) {
			source = packet->addresses[1];
			destination = packet->addresses[3];
		}
	}
	if (source == destination) {
		source = packet->ports & 0xffff;
		destination = packet->ports >> 16;
	}
	return __builtin_bswap64(source) > __builtin_bswap64(destination);
}

static __always_inline void order_endpoints(struct flow_identity *flow, const struct packet *packet)
{
	__u32 source_port = __builtin_bswap16(packet->ports), destination_port = __builtin_bswap16(packet->ports >> 16);

	if (packet_family(packet) == FAMILY_IPV6) {
		flow->low[0] = packet->addresses[flow->direction ? 2 : 0];
		flow->low[1] = packet->addresses[flow->direction ? 3 : 1];
		flow->high[0] = packet->addresses[flow->direction ? 0 : 2];
		flow->high[1] = packet->addresses[flow->direction ? 1 : 3];
	} else {
		flow->low[0] = (__u32)(packet->addresses[0] >> (flow->direction ? 32 : 0));
		flow->high[0] = (__u32)(packet->addresses[0] >> (flow->direction ? 0 : 32));
		flow->low[1] = flow->high[1] = 0;
	}
	flow->ports = flow->direction ? destination_port | source_port << 16 : source_port | destination_port << 16;
}

static __always_inline void identify_flow(struct flow_identity *flow, const struct packet *packet, const struct frame *frame)
{
	struct flow_hash hash = {0, 0};
	const __u64 *seed = frame->control->seed;
	__u32 kind = packet->kind;

	flow->direction = source_is_higher(packet) ^ frame->unknown_zero;
	HIDE_FROM_COMPILER(flow->direction);
	order_endpoints(flow, packet);
	/* Words that a family lacks are left out: `kind` is always hashed, so no two keys of different shape are alike. */
	if (packet_family(packet) == FAMILY_IPV6) {
		hash_word(&hash, seed + SEED_ADDRESSES, flow->low[0]);
		hash_word(&hash, seed + SEED_ADDRESSES + 4, flow->low[1]);
		hash_word(&hash, seed + SEED_ADDRESSES + 8, flow->high[0]);
		hash_word(&hash, seed + SEED_ADDRESSES + 12, flow->high[1]);
	} else {
		hash_word(&hash, seed + SEED_ADDRESSES, flow->low[0] | flow->high[0] << 32);
	}
	hash_word(&hash, seed + SEED_PORTS, flow->ports | (__u64)frame->interface_index << 32);
	if (packet_tag_count(packet)) {
		kind |= KIND_HAS_TAGS;
		hash_word(&hash, seed + SEED_TAGS, packet->tags);
	}
	hash_word(&hash, seed + SEED_KIND, packet->tunnel_id | (__u64)kind << 32);
	flow->fingerprint = (hash.left & 0xffffffff00000000ULL) | hash.right >> 32;
	if (!flow->fingerprint)
		flow->fingerprint = 1;
}

#endif

/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Which conversation a packet belongs to: canonical endpoints, and the keyed fingerprint that stands for the key. */
#ifndef KNP_LIB_FLOW_IDENTITY_H
#define KNP_LIB_FLOW_IDENTITY_H

#include "frame.h"
#include "parse.h"

struct flow_identity {
	__u64 fingerprint; /* never 0 */
	__u32 ports;       /* low | high << 16 */
	__u32 direction;   /* enum flow_direction */
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
enum { SEED_ADDRESSES = 0, SEED_PORTS = 16, SEED_TUNNEL = 20, SEED_TAGS = 24, SEED_COUNT = 28 };

/* 1 where the source is the higher endpoint: by address, as bytes, then by port. Without a branch: which it is, nobody can foretell. */
static __always_inline __u32 source_is_higher_ipv4(const struct packet *packet)
{
	__u64 source = (__u64)__builtin_bswap32(packet->addresses[0]) << 16 | __builtin_bswap16(packet->ports);
	__u64 destination = (__u64)__builtin_bswap32(packet->addresses[0] >> 32) << 16 | __builtin_bswap16(packet->ports >> 16);

	return (destination - source) >> 63;
}

static __always_inline __u32 source_is_higher_ipv6(const struct packet *packet)
{
	__u64 source = packet->addresses[0], destination = packet->addresses[2];

	if (source == destination) {
		source = packet->addresses[1];
		destination = packet->addresses[3];
	}
	if (source == destination) {
		source = packet->ports & 0xffff;
		destination = packet->ports >> 16;
	}
	return __builtin_bswap64(source) > __builtin_bswap64(destination);
}

/* Ports in host order, low | high << 16. */
static __always_inline __u32 order_ports(__u32 ports, __u32 source_is_higher)
{
	__u32 destination_first = __builtin_bswap32(ports), source_first = destination_first << 16 | destination_first >> 16;

	return source_first ^ ((source_first ^ destination_first) & -source_is_higher);
}

/* Both endpoints of IPv4 and ARP as one word, low | high << 32. */
static __always_inline __u64 order_ipv4(__u64 addresses, __u32 source_is_higher)
{
	__u64 swapped = addresses << 32 | addresses >> 32;

	return addresses ^ ((addresses ^ swapped) & -(__u64)source_is_higher);
}

/* Without a branch and without an index that isn't a constant: addresses may lie in registers. */
static __always_inline __u64 choose(__u32 second, __u64 if_first, __u64 if_second)
{
	return if_first ^ ((if_first ^ if_second) & -(__u64)second);
}

static __always_inline void identify_flow(struct flow_identity *flow, const struct packet *packet, const struct frame *frame)
{
	struct flow_hash hash = {0, 0};
	const __u64 *seed = control.seed;
	__u32 kind = packet->kind;

	/* Words that a key lacks are left out: `kind` is always hashed, so no two keys of different shape are alike. */
	if (packet_family(packet) == FAMILY_IPV6) {
		flow->direction = source_is_higher_ipv6(packet) ^ frame->opaque_zero;
		HIDE_FROM_COMPILER(flow->direction);
		flow->direction &= 1;
		hash_word(&hash, seed + SEED_ADDRESSES, choose(flow->direction, packet->addresses[0], packet->addresses[2]));
		hash_word(&hash, seed + SEED_ADDRESSES + 4,
		          choose(flow->direction, packet->addresses[1], packet->addresses[3]));
		hash_word(&hash, seed + SEED_ADDRESSES + 8,
		          choose(flow->direction, packet->addresses[2], packet->addresses[0]));
		hash_word(&hash, seed + SEED_ADDRESSES + 12,
		          choose(flow->direction, packet->addresses[3], packet->addresses[1]));
	} else {
		flow->direction = source_is_higher_ipv4(packet);
		hash_word(&hash, seed + SEED_ADDRESSES, order_ipv4(packet->addresses[0], flow->direction));
	}
	flow->ports = order_ports(packet->ports, flow->direction);
	if (packet_tag_count(packet)) {
		kind |= KIND_HAS_TAGS;
		hash_word(&hash, seed + SEED_TAGS, packet->tags);
	}
	if (packet_tunnel(packet))
		hash_word(&hash, seed + SEED_TUNNEL, packet->tunnel_id);
	/* A slot is one interface's for as long as its epoch lasts: flows of a later one are told apart by interface_index in the key. */
	hash_word(&hash, seed + SEED_PORTS, flow->ports | (__u64)(kind | frame->slot << 16) << 32);
	flow->fingerprint = (hash.left & 0xffffffff00000000ULL) | hash.right >> 32;
	if (!flow->fingerprint)
		flow->fingerprint = 1;
}

#endif

/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* One packet on its way through the parser: where its bytes are, how far it has been read, and what it turned out to be. */
#ifndef KNP_LIB_PACKET_H
#define KNP_LIB_PACKET_H

#include "bytes.h"
#include "records.h"

/* Headers beyond this offset are not followed; a power of two less one. */
#define PARSE_POSITION_MASK 0x3fff

/* What lies at `position`: an EtherType (0x0600..0xffff), an IP protocol, or one of these. */
enum next_header {
	NEXT_PROTOCOL = 0x10000, /* + IP protocol number */
	NEXT_DONE = 0x20000,
	NEXT_ETHERNET,
	NEXT_LLC,
	NEXT_IP_BY_VERSION, /* IPv4 or IPv6 by the first nibble; anything else: unknown */
	NEXT_VXLAN,
	NEXT_GENEVE,
	NEXT_GTP_U,
	NEXT_GTP_U_EXTENSION,
	NEXT_ERSPAN_2,
	NEXT_ERSPAN_3,
};

struct packet {
	const __u8 *data;
	const __u8 *data_end;
	__u32 unknown_zero; /* 0, but the verifier can't know: makes all states at the loop's head alike */
	__u32 position;
	__u32 limit; /* where the frame ends, as the innermost header says */
	__u32 next;  /* enum next_header */

	__u32 protocol; /* row of the totals, should nothing behind what has been read be understood */
	__u32 rare; /* RARE_… bits, malformed_reason, tags: 0 on an ordinary frame, so that it costs one test */
	__u64 tags; /* flow_key.vlan as one word */

	/* The innermost conversation. IPv4: addresses[0] = source | destination << 32; IPv6: source 0, 1, destination 2, 3. */
	__u32 kind; /* IP protocol, KIND_FAMILY, KIND_TUNNEL, KIND_HAS_PORTS; no family: no flow */
	__u32 source_port; /* host order; 0 without */
	__u32 destination_port;
	__u64 addresses[4];
	__u32 tcp_flags;
	__u32 icmp; /* type | code << 8 */
	__u32 fragment_identification;

	/* The innermost tunnel around it. */
	__u32 tunnel_id;
	__u32 tunnel_family;
	__u64 tunnel_addresses[4];
	__u32 pending_tunnel_type; /* of the header just read: becomes the tunnel when a conversation is found inside */
	__u32 pending_tunnel_id;

	__u32 network_position;
	__u32 transport_position;
	__u32 header_end; /* behind the innermost transport header: what each segment of a large buffer repeats; 0 = none */

	__u8 large;   /* one buffer of many frames: lengths of 0 are legal */
	__u8 frozen;  /* flows by the outer conversation, and its tunnel has begun: the rest only counts encapsulations */
	__u8 ran_out; /* bytes are missing here that are on the wire */
	__u8 jumbo_header; /* a jumbo payload option stands in for the length of an IPv6 buffer */
};

/* packet.kind, as it is hashed. */
#define KIND_FAMILY_SHIFT 8
#define KIND_TUNNEL_SHIFT 16
#define KIND_HAS_PORTS (1 << 24)
#define KIND_HAS_TAGS (1 << 28)

/* packet.rare: bits 0..15 encapsulations, 16..21 malformed_reason, 22..23 fragment_kind, 24.. and tags above. */
#define RARE_MALFORMED_SHIFT 16
#define RARE_MALFORMED_MASK (0x3f << RARE_MALFORMED_SHIFT)
#define RARE_FIRST_FRAGMENT (1 << 22)
#define RARE_LATER_FRAGMENT (1 << 23)
#define RARE_FRAGMENT (RARE_FIRST_FRAGMENT | RARE_LATER_FRAGMENT)
#define RARE_DEPTH_EXCEEDED (1 << 24)
#define RARE_TAG (1 << 25) /* a count: one per tag */
#define RARE_TAG_SHIFT 25

/*
 * The header at the current position, if the frame and these bytes of it hold `length` bytes of it; else NULL. The position is
 * masked last, so that the verifier sees a small offset whatever the compiler knows.
 */
static __always_inline const __u8 *header_at_position(struct packet *packet, __u32 length)
{
	__u64 position = packet->position;
	const __u8 *header;

	if (packet->position + length > packet->limit)
		return 0;
	HIDE_FROM_COMPILER(position);
	position &= PARSE_POSITION_MASK;
	header = packet->data + position;
	if (header + length > packet->data_end) {
		packet->ran_out = 1;
		return 0;
	}
	return header;
}

static __always_inline void packet_malformed(struct packet *packet, __u32 reason)
{
	packet->rare = (packet->rare & ~RARE_MALFORMED_MASK) | reason << RARE_MALFORMED_SHIFT;
	packet->next = NEXT_DONE;
}

/* Nothing here is understood: the frame counts as what carries it. */
static __always_inline void packet_unknown(struct packet *packet)
{
	packet->next = NEXT_DONE;
}

#endif

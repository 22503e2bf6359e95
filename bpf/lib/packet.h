/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* One packet on its way through the parser: where its bytes are, how far it has been read, and what it turned out to be. */
#ifndef KNP_LIB_PACKET_H
#define KNP_LIB_PACKET_H

#include "bytes.h"
#include "records.h"

/* Headers that begin beyond this offset are not followed: none does, but in attacks. */
#define PARSE_POSITION_MAX 0x3000
/* Any offset that is read while a header begins there; a power of two less one. */
#define PARSE_POSITION_MASK 0x3fff
/* All that the two can be when a header has been read. */
#define POSITION_BITS 0xffff
#define NEXT_BITS 0x3ffff

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
	NEXT_WCCP,
	NEXT_PPP,
};

/* The part of the parser's state that lives in registers. */
struct cursor {
	const __u8 *data;
	const __u8 *data_end;
	__u32 padded; /* the data may be longer than the frame: packet.available counts, too; a constant of the entry */
	__u32 position;
	__u32 next; /* enum next_header */
};

/*
 * The rest lives in a map's memory (per CPU), not on the stack: of what it loads from there the verifier knows nothing, so all
 * ways through the parser leave it in one state, and each header is verified once a round.
 */
struct packet {
	__u64 tags;     /* flow_key.vlan as one word */
	__u32 limit;    /* where the frame ends, as the innermost header says */
	__u32 protocol; /* row of the totals, should nothing behind what has been read be understood */
	__u32 events;   /* enum control_feature: what this packet could be told as */
	__u8 outer;     /* flows by the outer conversation … */
	__u8 time_to_live;
	__u8 ip_version; /* of the header read last, whether or not the conversation is frozen */
	__u8 reserved;
	__u32 first;          /* enum next_header: what the long way begins with … */
	__u32 first_position; /* … and where */
	__u32 opaque_zero;    /* frame.opaque_zero */
	__u32 available;      /* bytes of the data that are the frame's: a short capture is padded to be handed over */

	/* From here on all begins as 0, in whole words of 64 bits. */
	__u32 rare;  /* RARE_… bits: 0 on an ordinary frame, so that it costs one test */
	__u32 kind;  /* of the innermost conversation: IP protocol, KIND_… bits; no family: no flow */
	__u32 ports; /* as on the wire: source | destination << 16, big endian each; 0 without */
	__u32 tcp_flags;
	__u32 tunnel_id;
	__u32 icmp;       /* type | code << 8 */
	__u32 header_end; /* behind the innermost transport header: what each segment of a large buffer repeats; 0 = none */
	__u32 payload_position;      /* behind the conversation's own transport header */
	__u32 pending_tunnel;        /* of the header just read: enum tunnel_type, … */
	__u32 pending_encapsulation; /* … and its bit in `rare`, which counts once an IP header has been found inside */
	__u32 option;                /* the option, extension header or ARP operation that a event names */
	__u32 tcp_sequence;
	__u32 fragment_identification;
	__u16 fragment_offset; /* bytes */
	__u8 more_fragments;
	__u8 large;        /* one buffer of many frames: lengths of 0 are legal */
	__u8 frozen;       /* … and its tunnel has begun: the rest only counts encapsulations */
	__u8 ran_out;      /* bytes are missing here that are on the wire */
	__u8 jumbo_header; /* a jumbo payload option stands in for the length of an IPv6 buffer */
	__u8 still_reserved[5];

	/* Written before they are read. IPv4: addresses[0] = source | destination << 32; IPv6: source 0, 1, destination 2, 3. */
	__u64 addresses[4];
	__u64 tunnel_addresses[4];
	__u32 tunnel_family; /* of the conversation around the tunnel */
	__u32 pending_tunnel_id;
	__u32 network_position;
	__u32 transport_position;
	__u32 extensions; /* of the IPv6 header at hand: how many in the low byte, bits of those seen above */
	__u8 macs[12];    /* destination, source; read when a event wants them */
};

/* packet.kind, as it is hashed: 16 bits, so that it goes into one word with the ports. */
#define KIND_PROTOCOL_MASK 0xff
#define KIND_FAMILY_SHIFT 8
#define KIND_FAMILY_MASK 7
#define KIND_TUNNEL_SHIFT 11
#define KIND_TUNNEL_MASK (7 << KIND_TUNNEL_SHIFT)
#define KIND_HAS_PORTS (1 << 14)
#define KIND_HAS_TAGS (1 << 15)
_Static_assert(FAMILY_IPV6 <= KIND_FAMILY_MASK && TUNNEL_6IN4 <= KIND_TUNNEL_MASK >> KIND_TUNNEL_SHIFT, "three bits each");

/* packet.rare: bits 0..15 encapsulations, 16..21 malformed_reason, then: */
#define RARE_ENCAPSULATIONS 0xffff
#define RARE_MALFORMED_SHIFT 16
#define RARE_MALFORMED_MASK (0x3f << RARE_MALFORMED_SHIFT)
#define RARE_FIRST_FRAGMENT (1 << 22) /* of the innermost conversation */
#define RARE_LATER_FRAGMENT (1 << 23)
#define RARE_FRAGMENT (RARE_FIRST_FRAGMENT | RARE_LATER_FRAGMENT)
#define RARE_OUTER_FRAGMENT (1 << 24) /* of one around it */
#define RARE_DEPTH_EXCEEDED (1 << 25)
#define RARE_TAG (1 << 26) /* a count: one for each tag */
#define RARE_TAG_SHIFT 26

static __always_inline __u32 packet_family(const struct packet *packet)
{
	return packet->kind >> KIND_FAMILY_SHIFT & KIND_FAMILY_MASK;
}

static __always_inline __u32 packet_tunnel(const struct packet *packet)
{
	return (packet->kind & KIND_TUNNEL_MASK) >> KIND_TUNNEL_SHIFT;
}

static __always_inline __u32 packet_malformed_reason(const struct packet *packet)
{
	return packet->rare >> RARE_MALFORMED_SHIFT & 0x3f;
}

static __always_inline __u32 packet_tag_count(const struct packet *packet)
{
	return packet->rare >> RARE_TAG_SHIFT;
}

/*
 * `length` bytes at `position`, if the frame and what is here of it hold them; else NULL. The position is masked last, so that
 * the verifier sees a small offset whatever the compiler knows.
 */
static __always_inline const __u8 *bytes_at(struct cursor *cursor, struct packet *packet, __u32 position, __u32 length)
{
	__u64 offset = position;
	const __u8 *header;

	if (position + length > packet->limit)
		return 0;
	HIDE_FROM_COMPILER(offset);
	offset &= PARSE_POSITION_MASK;
	header = cursor->data + offset;
	if (header + length > cursor->data_end || (cursor->padded && position + length > packet->available)) {
		packet->ran_out = 1;
		return 0;
	}
	return header;
}

static __always_inline const __u8 *header_at_cursor(struct cursor *cursor, struct packet *packet, __u32 length)
{
	return bytes_at(cursor, packet, cursor->position, length);
}

static __always_inline void malformed(struct cursor *cursor, struct packet *packet, __u32 reason)
{
	packet->rare = (packet->rare & ~RARE_MALFORMED_MASK) | reason << RARE_MALFORMED_SHIFT;
	cursor->next = NEXT_DONE;
}

/* The innermost conversation's protocol: what the last of its headers says lies behind it. */
static __always_inline void set_protocol(struct packet *packet, __u32 protocol)
{
	if (packet->frozen)
		return;
	packet->protocol = protocol;
	packet->kind = (packet->kind & ~KIND_PROTOCOL_MASK) | protocol;
}

/* What lies inside belongs to a conversation of its own, unless the outer one is wanted. */
static __always_inline void enter_tunnel(struct packet *packet, __u32 tunnel, __u32 id)
{
	if (packet->outer)
		packet->frozen = 1;
	packet->pending_tunnel = tunnel;
	packet->pending_tunnel_id = id;
}

#endif

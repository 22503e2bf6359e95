/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Between IP and transport: IPv6 extension headers, its fragment header, and AH in both versions. */
#ifndef KNP_LIB_PARSE_EXTENSION_H
#define KNP_LIB_PARSE_EXTENSION_H

#include "parse_network.h"

#define IPV6_OPTION_JUMBO_PAYLOAD 0xc2
#define AH_HEADER_LENGTH 12

static __always_inline void follow_protocol(struct cursor *cursor, struct packet *packet, __u32 protocol)
{
	cursor->next = NEXT_PROTOCOL | protocol;
	packet->transport_position = cursor->position;
	set_protocol(packet, protocol);
}

enum extension_bit {
	EXTENSION_COUNT_MASK = 0xff,
	EXTENSION_HOP_BY_HOP = 1 << 8,
	EXTENSION_ROUTING = 1 << 9,
	EXTENSION_DESTINATION = 1 << 10, /* twice is legal: before a routing header and at the end */
	EXTENSION_DESTINATION_AGAIN = 1 << 11,
};
#define EXTENSIONS_MANY 8
#define OPTION_HOP_BY_HOP_NOT_FIRST 0x100
/* Options of a mobile host or a tunnel have some 24 bytes; what is longer carries something else (thc-ipv6 covert_send6: 1,384). */
#define OPTIONS_LONGEST 256

/* What RFC 8200 (4.1) doesn't foresee, and the routing header that RFC 5095 forbids. */
static __always_inline void note_extension(struct packet *packet, __u32 protocol, __u32 routing_type, __u32 length)
{
	__u32 seen = packet->extensions, bit = 0, odd = 0;

	if (protocol == IP_HOP_BY_HOP) {
		bit = EXTENSION_HOP_BY_HOP;
		if (seen)
			odd = OPTION_HOP_BY_HOP_NOT_FIRST;
	} else if (protocol == IP_ROUTING) {
		bit = EXTENSION_ROUTING;
		if (routing_type == 0 || seen & bit)
			odd = IP_ROUTING;
	} else if (protocol == IP_DESTINATION_OPTIONS) {
		bit = seen & EXTENSION_DESTINATION ? EXTENSION_DESTINATION_AGAIN : EXTENSION_DESTINATION;
		if (seen & EXTENSION_DESTINATION_AGAIN)
			odd = IP_DESTINATION_OPTIONS;
	}
	packet->extensions = (seen | bit) + 1;
	if ((seen & EXTENSION_COUNT_MASK) >= EXTENSIONS_MANY || (length > OPTIONS_LONGEST && protocol != IP_ROUTING))
		odd = protocol;
	if (odd) {
		packet->option = odd;
		packet->events |= FEATURE_EVENTS_IP_OPTION;
	}
}

/* Hop-by-hop, routing and destination options, shim6. In IPv4 these numbers are protocols like any other. */
static __always_inline void parse_options(struct cursor *cursor, struct packet *packet)
{
	const __u8 *header;
	__u32 length;

	if (packet->ip_version != 6) {
		cursor->next = NEXT_DONE;
		return;
	}
	header = header_at_cursor(cursor, packet, 8);
	if (!header) {
		malformed(cursor, packet, MALFORMED_IPV6_EXTENSION_TRUNCATED);
		return;
	}
	length = (header[1] + 1) * 8;
	if (cursor->position + length > packet->limit) {
		malformed(cursor, packet, MALFORMED_IPV6_EXTENSION_TRUNCATED);
		return;
	}
	if (cursor->next == (NEXT_PROTOCOL | IP_HOP_BY_HOP) && header[2] == IPV6_OPTION_JUMBO_PAYLOAD)
		packet->jumbo_header = 1;
	if (!packet->frozen)
		note_extension(packet, cursor->next - NEXT_PROTOCOL, header[2], length);
	cursor->position += length;
	follow_protocol(cursor, packet, header[0]);
}

static __always_inline void parse_fragment(struct cursor *cursor, struct packet *packet)
{
	const __u8 *header;
	__u32 fragment;

	if (packet->ip_version != 6) {
		cursor->next = NEXT_DONE;
		return;
	}
	header = header_at_cursor(cursor, packet, 8);
	if (!header) {
		malformed(cursor, packet, MALFORMED_IPV6_EXTENSION_TRUNCATED);
		return;
	}
	cursor->position += 8;
	follow_protocol(cursor, packet, header[0]);
	fragment = load_big_endian_16(header + 2);
	/* Neither an offset nor more to come: an atomic fragment (RFC 6946) is a whole packet. */
	if (!(fragment & 0xfff9))
		return;
	if (fragment & 0xfff8)
		cursor->next = NEXT_DONE;
	if (packet->frozen)
		return;
	packet->rare |= fragment & 0xfff8 ? RARE_LATER_FRAGMENT : RARE_FIRST_FRAGMENT;
	packet->fragment_identification = load_32(header + 4);
	packet->fragment_offset = fragment & 0xfff8;
	packet->more_fragments = fragment & 1;
	packet->events |= FEATURE_EVENTS_FRAGMENT;
}

static __always_inline void parse_ah(struct cursor *cursor, struct packet *packet)
{
	const __u8 *header = header_at_cursor(cursor, packet, AH_HEADER_LENGTH);
	__u32 length;

	if (!header) {
		malformed(cursor, packet, MALFORMED_AH_TRUNCATED);
		return;
	}
	length = (header[1] + 2) * 4;
	if (cursor->position + length > packet->limit) {
		malformed(cursor, packet, MALFORMED_AH_TRUNCATED);
		return;
	}
	cursor->position += length;
	follow_protocol(cursor, packet, header[0]);
}

#endif

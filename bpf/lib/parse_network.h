/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Layer 3: ARP, IPv4 with options, IPv6. From a whole header on, the frame belongs to a conversation. */
#ifndef KNP_LIB_PARSE_NETWORK_H
#define KNP_LIB_PARSE_NETWORK_H

#include "packet.h"

enum ip_protocol_number {
	IP_HOP_BY_HOP = 0,
	IP_ICMP = 1,
	IP_IPIP = 4,
	IP_TCP = 6,
	IP_UDP = 17,
	IP_DCCP = 33,
	IP_IPV6 = 41,
	IP_ROUTING = 43,
	IP_FRAGMENT = 44,
	IP_GRE = 47,
	IP_AH = 51,
	IP_ICMPV6 = 58,
	IP_DESTINATION_OPTIONS = 60,
	IP_SCTP = 132,
	IP_UDP_LITE = 136,
	IP_SHIM6 = 140,
};

#define IPV4_HEADER_LENGTH 20
#define IPV6_HEADER_LENGTH 40
#define IPV4_MORE_FRAGMENTS 0x2000
#define IPV4_FRAGMENT_OFFSET_MASK 0x1fff
#define LENGTH_16_MAX 0xffff
/* So few hops are left to a packet only where somebody counts them, or routes run in circles. */
#define LOW_TIME_TO_LIVE 3

/* The conversation so far becomes the tunnel around the one that begins. */
static __always_inline void move_conversation_outwards(struct packet *packet)
{
	packet->tunnel_family = packet_family(packet);
	packet->kind = packet->pending_tunnel << KIND_TUNNEL_SHIFT;
	packet->tunnel_id = packet->pending_tunnel_id;
	packet->tunnel_addresses[0] = packet->addresses[0];
	packet->tunnel_addresses[1] = packet->addresses[1];
	packet->tunnel_addresses[2] = packet->addresses[2];
	packet->tunnel_addresses[3] = packet->addresses[3];
	packet->pending_tunnel = TUNNEL_NONE;
	if (packet->rare & RARE_FRAGMENT) {
		packet->rare &= ~RARE_FRAGMENT;
		packet->rare |= RARE_OUTER_FRAGMENT;
	}
}

/* Returns whether the conversation is this header's: not so inside a tunnel whose outer conversation is wanted. */
static __always_inline int begin_conversation(struct cursor *cursor, struct packet *packet, __u32 family, __u32 protocol)
{
	packet->rare |= packet->pending_encapsulation;
	packet->pending_encapsulation = 0;
	if (packet->frozen)
		return 0;
	if (packet->pending_tunnel)
		move_conversation_outwards(packet);
	packet->network_position = cursor->position;
	packet->protocol = protocol;
	packet->kind = protocol | family << KIND_FAMILY_SHIFT | (packet->kind & KIND_TUNNEL_MASK);
	packet->ports = 0;
	packet->events &= FEATURE_PACKET_SAMPLES;
	return 1;
}

/* Lengths of addresses are the sender's own: endpoints are kept only where they are IPv4's. */
static __always_inline void parse_arp(struct cursor *cursor, struct packet *packet)
{
	const __u8 *header = header_at_cursor(cursor, packet, 8);
	__u32 hardware_length, protocol_length;

	if (!header) {
		malformed(cursor, packet, MALFORMED_ARP_TRUNCATED);
		return;
	}
	hardware_length = header[4];
	protocol_length = header[5];
	if (cursor->position + 8 + 2 * (hardware_length + protocol_length) > packet->limit) {
		malformed(cursor, packet, MALFORMED_ARP_TRUNCATED);
		return;
	}
	cursor->next = NEXT_DONE;
	if (!begin_conversation(cursor, packet, FAMILY_ARP, 0))
		return;
	packet->protocol = PROTOCOL_ARP;
	packet->events |= FEATURE_EVENTS_ARP;
	packet->option = load_big_endian_16(header + 6);
	packet->addresses[0] = 0;
	if (protocol_length != 4)
		return;
	header = bytes_at(cursor, packet, cursor->position + 8 + hardware_length, 4);
	if (header)
		packet->addresses[0] = load_32(header);
	header = bytes_at(cursor, packet, cursor->position + 12 + 2 * hardware_length, 4);
	if (header)
		packet->addresses[0] |= (__u64)load_32(header) << 32;
}

/* 0, or the reason why this isn't an IPv4 header; cuts the limit to the packet's own length. */
static __always_inline __u32 check_ipv4(struct cursor *cursor, struct packet *packet, const __u8 *header)
{
	__u32 header_length = (header[0] & 15) * 4;
	__u32 total_length = load_big_endian_16(header + 2);
	__u32 available = packet->limit - cursor->position;

	if (header[0] != 0x45) {
		if (header[0] >> 4 != 4)
			return MALFORMED_IPV4_VERSION;
		if (header_length < IPV4_HEADER_LENGTH)
			return MALFORMED_IPV4_HEADER_LENGTH;
		if (header_length > available)
			return MALFORMED_IPV4_TRUNCATED;
	}
	if (total_length < header_length) {
		/* BIG TCP: a length that 16 bits can't hold is 0. */
		if (total_length || !(packet->large || available > LENGTH_16_MAX))
			return MALFORMED_IPV4_TOTAL_LENGTH;
	} else if (total_length < available) {
		packet->limit = cursor->position + total_length;
	}
	return MALFORMED_NONE;
}

static __always_inline void parse_ipv4(struct cursor *cursor, struct packet *packet)
{
	const __u8 *header = header_at_cursor(cursor, packet, IPV4_HEADER_LENGTH);
	__u32 reason = header ? check_ipv4(cursor, packet, header) : MALFORMED_IPV4_TRUNCATED;
	__u32 fragment;

	/* Said twice, because the compiler would else forget which of the two the verifier needs. */
	if (reason || !header) {
		malformed(cursor, packet, reason);
		return;
	}
	packet->ip_version = 4;
	cursor->next = NEXT_PROTOCOL | header[9];
	fragment = load_big_endian_16(header + 6);
	if (fragment & IPV4_FRAGMENT_OFFSET_MASK)
		cursor->next = NEXT_DONE;
	if (begin_conversation(cursor, packet, FAMILY_IPV4, header[9])) {
		packet->addresses[0] = load_64(header + 12);
		packet->time_to_live = header[8];
		if (header[8] <= LOW_TIME_TO_LIVE)
			packet->events |= FEATURE_EVENTS_LOW_TTL;
		/* Which option it is, only the report of a event looks up. */
		if (header[0] != 0x45)
			packet->events |= FEATURE_EVENTS_IP_OPTION;
		if (fragment & (IPV4_MORE_FRAGMENTS | IPV4_FRAGMENT_OFFSET_MASK)) {
			packet->rare |= fragment & IPV4_FRAGMENT_OFFSET_MASK ? RARE_LATER_FRAGMENT : RARE_FIRST_FRAGMENT;
			packet->fragment_identification = load_16(header + 4);
			packet->fragment_offset = (fragment & IPV4_FRAGMENT_OFFSET_MASK) * 8;
			packet->more_fragments = !!(fragment & IPV4_MORE_FRAGMENTS);
			packet->events |= FEATURE_EVENTS_FRAGMENT;
		}
	}
	cursor->position += (header[0] & 15) * 4;
	packet->transport_position = cursor->position;
}

static __always_inline void parse_ipv6(struct cursor *cursor, struct packet *packet)
{
	const __u8 *header = header_at_cursor(cursor, packet, IPV6_HEADER_LENGTH);
	__u32 payload_length, available;

	if (!header) {
		malformed(cursor, packet, MALFORMED_IPV6_TRUNCATED);
		return;
	}
	if (header[0] >> 4 != 6) {
		malformed(cursor, packet, MALFORMED_IPV6_VERSION);
		return;
	}
	payload_length = load_big_endian_16(header + 4);
	available = packet->limit - cursor->position - IPV6_HEADER_LENGTH;
	/* 0 is the length of a jumbogram (an option tells the real one) and of a BIG TCP buffer: then the frame's own holds. */
	if (payload_length < available &&
	    (payload_length || !(packet->large || available > LENGTH_16_MAX || header[6] == IP_HOP_BY_HOP)))
		packet->limit = cursor->position + IPV6_HEADER_LENGTH + payload_length;
	packet->ip_version = 6;
	cursor->next = NEXT_PROTOCOL | header[6];
	if (begin_conversation(cursor, packet, FAMILY_IPV6, header[6])) {
		packet->addresses[0] = load_64(header + 8);
		packet->addresses[1] = load_64(header + 16);
		packet->addresses[2] = load_64(header + 24);
		packet->addresses[3] = load_64(header + 32);
		packet->time_to_live = header[7];
		if (header[7] <= LOW_TIME_TO_LIVE)
			packet->events |= FEATURE_EVENTS_LOW_TTL;
	}
	packet->extensions = 0;
	cursor->position += IPV6_HEADER_LENGTH;
	packet->transport_position = cursor->position;
}

#endif

/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Layer 3: ARP, IPv4 with options, IPv6 with its extension headers, fragments of both, AH. */
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
	IP_NO_NEXT_HEADER = 59,
	IP_DESTINATION_OPTIONS = 60,
	IP_SCTP = 132,
	IP_UDP_LITE = 136,
	IP_SHIM6 = 140,
};

#define IPV4_HEADER_LENGTH 20
#define IPV6_HEADER_LENGTH 40

/* The conversation so far becomes the tunnel around the one that begins. */
static __always_inline void enter_tunnel(struct packet *packet)
{
	packet->kind = (packet->kind & ~(0xff << KIND_TUNNEL_SHIFT)) | packet->pending_tunnel_type << KIND_TUNNEL_SHIFT;
	packet->tunnel_id = packet->pending_tunnel_id;
	packet->tunnel_family = packet->kind >> KIND_FAMILY_SHIFT & 0xff;
	packet->tunnel_addresses[0] = packet->addresses[0];
	packet->tunnel_addresses[1] = packet->addresses[1];
	packet->tunnel_addresses[2] = packet->addresses[2];
	packet->tunnel_addresses[3] = packet->addresses[3];
	packet->pending_tunnel_type = TUNNEL_NONE;
	packet->rare &= ~RARE_FRAGMENT;
}

/* A whole IP header: from here on the frame belongs to a conversation. */
static __always_inline void begin_conversation(struct packet *packet, __u32 family, __u32 protocol)
{
	if (packet->frozen)
		return;
	packet->network_position = packet->position;
	packet->protocol = protocol;
	if (packet->pending_tunnel_type)
		enter_tunnel(packet);
	packet->kind = protocol | family << KIND_FAMILY_SHIFT | (packet->kind & (0xff << KIND_TUNNEL_SHIFT));
	packet->source_port = 0;
	packet->destination_port = 0;
}

/* Hardware and protocol address lengths are the sender's own: endpoints are kept only where they are IPv4's. */
static __always_inline void parse_arp(struct packet *packet)
{
	const __u8 *header = header_at_position(packet, 8);
	__u32 hardware_length, protocol_length;

	packet->next = NEXT_DONE;
	if (!header) {
		packet_malformed(packet, MALFORMED_ARP_TRUNCATED);
		return;
	}
	hardware_length = header[4];
	protocol_length = header[5];
	if (packet->position + 8 + 2 * (hardware_length + protocol_length) > packet->limit) {
		packet_malformed(packet, MALFORMED_ARP_TRUNCATED);
		return;
	}
	if (packet->frozen)
		return;
	begin_conversation(packet, FAMILY_ARP, 0);
	packet->protocol = PROTOCOL_ARP;
	packet->addresses[0] = 0;
	if (hardware_length == 6 && protocol_length == 4) {
		header = header_at_position(packet, 28);
		if (header)
			packet->addresses[0] = load_32(header + 14) | (__u64)load_32(header + 24) << 32;
	}
}


static __always_inline void parse_ipv4(struct packet *packet)
{
	const __u8 *header = header_at_position(packet, IPV4_HEADER_LENGTH);
	__u32 first, total_length, header_length, available, fragment;

	if (!header) {
		packet_malformed(packet, MALFORMED_IPV4_TRUNCATED);
		return;
	}
	first = header[0];
	header_length = (first & 15) * 4;
	total_length = load_big_endian_16(header + 2);
	available = packet->limit - packet->position;
	if (first != 0x45) {
		if (first >> 4 != 4) {
			packet_malformed(packet, MALFORMED_IPV4_VERSION);
			return;
		}
		if (header_length < IPV4_HEADER_LENGTH) {
			packet_malformed(packet, MALFORMED_IPV4_HEADER_LENGTH);
			return;
		}
		if (header_length > available) {
			packet_malformed(packet, MALFORMED_IPV4_TRUNCATED);
			return;
		}
	}
	if (total_length < header_length) {
		/* BIG TCP: a length that 16 bits can't hold is 0. */
		if (total_length || !(packet->large || available > 0xffff)) {
			packet_malformed(packet, MALFORMED_IPV4_TOTAL_LENGTH);
			return;
		}
	} else if (total_length < available) {
		packet->limit = packet->position + total_length;
	}
	begin_conversation(packet, FAMILY_IPV4, header[9]);
	if (!packet->frozen)
		packet->addresses[0] = load_64(header + 12);
	packet->next = NEXT_PROTOCOL | header[9];
	fragment = load_big_endian_16(header + 6) & 0x3fff;
	if (fragment && !packet->frozen) {
		packet->rare |= fragment & 0x1fff ? RARE_LATER_FRAGMENT : RARE_FIRST_FRAGMENT;
		packet->fragment_identification = load_16(header + 4);
	}
	if (fragment & 0x1fff)
		packet->next = NEXT_DONE;
	packet->position += header_length;
	packet->transport_position = packet->position;
}

static __always_inline void parse_ipv6(struct packet *packet)
{
	const __u8 *header = header_at_position(packet, IPV6_HEADER_LENGTH);
	__u32 payload_length, available;

	if (!header) {
		packet_malformed(packet, MALFORMED_IPV6_TRUNCATED);
		return;
	}
	if (header[0] >> 4 != 6) {
		packet_malformed(packet, MALFORMED_IPV6_VERSION);
		return;
	}
	payload_length = load_big_endian_16(header + 4);
	available = packet->limit - packet->position - IPV6_HEADER_LENGTH;
	/* 0 is the length of a BIG TCP buffer or of a jumbogram: then the frame's own length holds. */
	if (payload_length < available && (payload_length || !(packet->large || available > 0xffff)))
		packet->limit = packet->position + IPV6_HEADER_LENGTH + payload_length;
	begin_conversation(packet, FAMILY_IPV6, header[6]);
	if (!packet->frozen) {
		packet->addresses[0] = load_64(header + 8);
		packet->addresses[1] = load_64(header + 16);
		packet->addresses[2] = load_64(header + 24);
		packet->addresses[3] = load_64(header + 32);
	}
	packet->next = NEXT_PROTOCOL | header[6];
	packet->position += IPV6_HEADER_LENGTH;
	packet->transport_position = packet->position;
}

#endif

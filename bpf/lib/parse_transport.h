/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Layer 4: TCP, UDP and its tunnels' ports, UDP-Lite, SCTP, DCCP, ICMP, ICMPv6. */
#ifndef KNP_LIB_PARSE_TRANSPORT_H
#define KNP_LIB_PARSE_TRANSPORT_H

#include "parse_network.h"

#define TCP_HEADER_LENGTH 20
#define UDP_HEADER_LENGTH 8
#define SCTP_HEADER_LENGTH 12
#define DCCP_HEADER_LENGTH 12
#define ICMP_HEADER_LENGTH 4
#define ICMP_ECHO_HEADER_LENGTH 8

/* Bit n: the flags n (FIN 1, SYN 2, RST 4, PSH 8, ACK 16, URG 32) are no stack's: none at all, two of SYN, FIN and RST, FIN or URG without ACK. */
#define IMPOSSIBLE_TCP_FLAGS 0xe8e8ffffe8e8eaebULL
#define TCP_SYN_OR_RST 6

enum udp_service_port {
	PORT_DNS = 53,
	PORT_DHCP_SERVER = 67,
	PORT_DHCP_CLIENT = 68,
	PORT_DHCPV6_CLIENT = 546,
	PORT_DHCPV6_SERVER = 547,
};

enum icmp_type {
	ICMP_ECHO_REPLY = 0,
	ICMP_ECHO_REQUEST = 8,
	ICMPV6_ECHO_REQUEST = 128,
	ICMPV6_ECHO_REPLY = 129,
	ICMPV6_ROUTER_SOLICITATION = 133,
	ICMPV6_REDIRECT = 137,
};
/* Bit n: type n says that another packet met trouble (unreachable, quench, redirect, time exceeded, parameter; v6: 1 to 4). */
#define ICMP_ERRORS (1U << 3 | 1U << 4 | 1U << 5 | 1U << 11 | 1U << 12)
#define ICMPV6_ERRORS (1U << 1 | 1U << 2 | 1U << 3 | 1U << 4)

enum tunnel_port {
	PORT_GTP_U = 2152,
	PORT_VXLAN = 4789,
	PORT_GENEVE = 6081,
	PORT_VXLAN_LINUX = 8472,
};

static __always_inline void take_ports(struct packet *packet, const __u8 *header)
{
	if (packet->frozen)
		return;
	packet->ports = load_32(header);
	packet->kind |= KIND_HAS_PORTS;
}

/*
 * The header isn't whole here. Where the frame ends on the wire it is malformed, and so is a fragment too small for ports; a first
 * fragment or a capture's snap length that leaves the ports makes nothing malformed.
 */
static __always_inline void parse_short_transport(struct cursor *cursor, struct packet *packet, __u32 length, __u32 reason)
{
	const __u8 *header = header_at_cursor(cursor, packet, 4);

	cursor->next = NEXT_DONE;
	if (header)
		take_ports(packet, header);
	if (!header || (cursor->position + length > packet->limit && !(packet->rare & RARE_FRAGMENT)))
		malformed(cursor, packet, reason);
}

/* Flags that no stack sends together, or data where none belongs. */
static __always_inline int is_odd_tcp(__u32 flags, int has_payload)
{
	return IMPOSSIBLE_TCP_FLAGS >> (flags & 63) & 1 || (flags & TCP_SYN_OR_RST && has_payload);
}

static __always_inline void parse_tcp(struct cursor *cursor, struct packet *packet)
{
	const __u8 *header = header_at_cursor(cursor, packet, TCP_HEADER_LENGTH);
	__u32 header_length;

	if (!header) {
		parse_short_transport(cursor, packet, TCP_HEADER_LENGTH, MALFORMED_TCP_TRUNCATED);
		header = header_at_cursor(cursor, packet, 14);
		if (!header || !(packet->kind & KIND_HAS_PORTS) || packet->frozen)
			return;
		if (header[12] >> 4 < TCP_HEADER_LENGTH / 4)
			malformed(cursor, packet, MALFORMED_TCP_DATA_OFFSET);
		else
			packet->tcp_flags = header[13];
		return;
	}
	/* A header that lies has its ports where they belong all the same: its flow is known, but its flags aren't believed. */
	take_ports(packet, header);
	header_length = (header[12] >> 4) * 4;
	if (header_length < TCP_HEADER_LENGTH) {
		malformed(cursor, packet, MALFORMED_TCP_DATA_OFFSET);
		return;
	}
	packet->header_end = cursor->position + header_length;
	cursor->next = NEXT_DONE;
	if (packet->frozen)
		return;
	packet->tcp_flags = header[13];
	packet->tcp_sequence = load_big_endian_32(header + 4);
	packet->payload_position = packet->header_end;
	if (is_odd_tcp(header[13], packet->header_end < packet->limit && !(packet->rare & RARE_FRAGMENT)))
		packet->events |= FEATURE_EVENTS_TCP_FLAGS;
}

static __always_inline __u32 udp_service(__u32 port)
{
	if (port > PORT_DHCPV6_SERVER)
		return 0;
	if (port == PORT_DNS)
		return FEATURE_PAYLOAD_DNS;
	if (port == PORT_DHCP_SERVER || port == PORT_DHCP_CLIENT || port == PORT_DHCPV6_CLIENT || port == PORT_DHCPV6_SERVER)
		return FEATURE_PAYLOAD_DHCP;
	return 0;
}

static __always_inline __u32 tunnel_behind_udp(__u32 source_port, __u32 destination_port)
{
	if (destination_port == PORT_VXLAN || destination_port == PORT_VXLAN_LINUX)
		return NEXT_VXLAN;
	if (destination_port == PORT_GENEVE || source_port == PORT_GENEVE)
		return NEXT_GENEVE;
	if (destination_port == PORT_GTP_U || source_port == PORT_GTP_U)
		return NEXT_GTP_U;
	return NEXT_DONE;
}

#define PORT_SERVICE_LAST PORT_DHCPV6_SERVER
#define TUNNEL_PORT_BIT(port) (1ULL << ((port) >> 3 & 63))
/* By six bits of the number: most ports have none of these, and then nothing more is asked. */
#define TUNNEL_PORT_BITS                                                                                                       \
	(TUNNEL_PORT_BIT(PORT_GTP_U) | TUNNEL_PORT_BIT(PORT_VXLAN) | TUNNEL_PORT_BIT(PORT_GENEVE) |                            \
	 TUNNEL_PORT_BIT(PORT_VXLAN_LINUX))

/* Neither a tunnel's ports nor a service's, at one look; 0: perhaps. */
static __always_inline int are_ordinary_ports(__u32 source_port, __u32 destination_port)
{
	__u64 bits = TUNNEL_PORT_BITS;

	return source_port > PORT_SERVICE_LAST && destination_port > PORT_SERVICE_LAST &&
	       !((bits >> (source_port >> 3 & 63) | bits >> (destination_port >> 3 & 63)) & 1);
}

static __always_inline void parse_udp(struct cursor *cursor, struct packet *packet)
{
	const __u8 *header = header_at_cursor(cursor, packet, UDP_HEADER_LENGTH);
	__u32 length;

	if (!header) {
		parse_short_transport(cursor, packet, UDP_HEADER_LENGTH, MALFORMED_UDP_TRUNCATED);
		return;
	}
	take_ports(packet, header);
	length = load_big_endian_16(header + 4);
	if (length < UDP_HEADER_LENGTH && (length || !(packet->large || packet->limit - cursor->position > LENGTH_16_MAX))) {
		malformed(cursor, packet, MALFORMED_UDP_LENGTH);
		return;
	}
	cursor->position += UDP_HEADER_LENGTH;
	packet->header_end = cursor->position;
	if (!packet->frozen) {
		packet->payload_position = cursor->position;
		packet->events |= udp_service(load_big_endian_16(header)) | udp_service(load_big_endian_16(header + 2));
	}
	cursor->next = tunnel_behind_udp(load_big_endian_16(header), load_big_endian_16(header + 2));
}

/* UDP-Lite, SCTP, DCCP: ports first, and nothing behind them that matters here. */
static __always_inline void parse_ported(struct cursor *cursor, struct packet *packet, __u32 length, __u32 reason)
{
	const __u8 *header = header_at_cursor(cursor, packet, length);

	if (!header) {
		parse_short_transport(cursor, packet, length, reason);
		return;
	}
	take_ports(packet, header);
	packet->header_end = cursor->position + length;
	cursor->next = NEXT_DONE;
}

/* What an ICMP message could be told as. */
static __always_inline __u32 icmp_event(__u32 type)
{
	if (type == ICMP_ECHO_REQUEST || type == ICMP_ECHO_REPLY)
		return FEATURE_PAYLOAD_ICMP_ECHO;
	return type < 32 && ICMP_ERRORS >> type & 1 ? FEATURE_EVENTS_ICMP_ERROR : 0;
}

static __always_inline __u32 icmpv6_event(__u32 type)
{
	if (type == ICMPV6_ECHO_REQUEST || type == ICMPV6_ECHO_REPLY)
		return FEATURE_PAYLOAD_ICMP_ECHO;
	if (type >= ICMPV6_ROUTER_SOLICITATION && type <= ICMPV6_REDIRECT)
		return FEATURE_EVENTS_NEIGHBOUR;
	return type < 32 && ICMPV6_ERRORS >> type & 1 ? FEATURE_EVENTS_ICMP_ERROR : 0;
}

/* ICMP and ICMPv6: the same header, other types. */
static __always_inline void parse_icmp(struct cursor *cursor, struct packet *packet, __u32 protocol)
{
	const __u8 *header = header_at_cursor(cursor, packet, ICMP_HEADER_LENGTH);

	if (!header) {
		malformed(cursor, packet, protocol == IP_ICMP ? MALFORMED_ICMP_TRUNCATED : MALFORMED_ICMPV6_TRUNCATED);
		return;
	}
	cursor->next = NEXT_DONE;
	if (packet->frozen)
		return;
	packet->icmp = load_16(header);
	packet->payload_position = cursor->position + ICMP_ECHO_HEADER_LENGTH;
	packet->events |= protocol == IP_ICMP ? icmp_event(header[0]) : icmpv6_event(header[0]);
}

#endif

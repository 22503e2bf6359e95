/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Layer 4: TCP, UDP and its tunnels' ports, UDP-Lite, SCTP, DCCP, ICMP, ICMPv6. */
#ifndef KNP_LIB_PARSE_TRANSPORT_H
#define KNP_LIB_PARSE_TRANSPORT_H

#include "packet.h"

#define TCP_HEADER_LENGTH 20
#define UDP_HEADER_LENGTH 8
#define SCTP_HEADER_LENGTH 12
#define DCCP_HEADER_LENGTH 12
#define ICMP_HEADER_LENGTH 4

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
	if (!header || (cursor->position + length > packet->limit && !(packet->rare & RARE_FRAGMENT))) {
		malformed(cursor, packet, reason);
		return;
	}
	take_ports(packet, header);
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
	header_length = (header[12] >> 4) * 4;
	if (header_length < TCP_HEADER_LENGTH) {
		malformed(cursor, packet, MALFORMED_TCP_DATA_OFFSET);
		return;
	}
	take_ports(packet, header);
	packet->header_end = cursor->position + header_length;
	if (!packet->frozen)
		packet->tcp_flags = header[13];
	cursor->next = NEXT_DONE;
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

static __always_inline void parse_udp(struct cursor *cursor, struct packet *packet)
{
	const __u8 *header = header_at_cursor(cursor, packet, UDP_HEADER_LENGTH);
	__u32 length;

	if (!header) {
		parse_short_transport(cursor, packet, UDP_HEADER_LENGTH, MALFORMED_UDP_TRUNCATED);
		return;
	}
	length = load_big_endian_16(header + 4);
	if (length < UDP_HEADER_LENGTH && (length || !(packet->large || packet->limit - cursor->position > LENGTH_16_MAX))) {
		malformed(cursor, packet, MALFORMED_UDP_LENGTH);
		return;
	}
	take_ports(packet, header);
	cursor->position += UDP_HEADER_LENGTH;
	packet->header_end = cursor->position;
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

static __always_inline void parse_icmp(struct cursor *cursor, struct packet *packet, __u32 reason)
{
	const __u8 *header = header_at_cursor(cursor, packet, ICMP_HEADER_LENGTH);

	if (!header) {
		malformed(cursor, packet, reason);
		return;
	}
	if (!packet->frozen)
		packet->icmp = load_16(header);
	cursor->next = NEXT_DONE;
}

#endif

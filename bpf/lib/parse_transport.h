/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Layer 4: TCP, UDP, UDP-Lite, SCTP, DCCP, ICMP, ICMPv6. */
#ifndef KNP_LIB_PARSE_TRANSPORT_H
#define KNP_LIB_PARSE_TRANSPORT_H

#include "packet.h"
#include "parse_network.h"

#define TCP_HEADER_LENGTH 20
#define UDP_HEADER_LENGTH 8

static __always_inline void take_ports(struct packet *packet, const __u8 *header)
{
	packet->transport_position = packet->position;
	if (packet->frozen)
		return;
	packet->source_port = load_big_endian_16(header);
	packet->destination_port = load_big_endian_16(header + 2);
	packet->kind |= KIND_HAS_PORTS;
}

/*
 * The header isn't whole here. Where the frame ends on the wire it is malformed, and so is a fragment too small for ports; a first
 * fragment or a capture's snap length that leaves the ports makes nothing malformed.
 */
static __always_inline void parse_short_transport(struct packet *packet, __u32 length, __u32 reason)
{
	const __u8 *header = header_at_position(packet, 4);

	packet->next = NEXT_DONE;
	if (!header || (packet->position + length > packet->limit && !(packet->rare & RARE_FRAGMENT))) {
		packet_malformed(packet, reason);
		return;
	}
	take_ports(packet, header);
}

static __always_inline void parse_tcp(struct packet *packet)
{
	const __u8 *header = header_at_position(packet, TCP_HEADER_LENGTH);
	__u32 header_length;

	if (!header) {
		parse_short_transport(packet, TCP_HEADER_LENGTH, MALFORMED_TCP_TRUNCATED);
		if (!(packet->rare & RARE_MALFORMED_MASK) && !packet->frozen) {
			header = header_at_position(packet, 14);
			if (header)
				packet->tcp_flags = header[13];
		}
		return;
	}
	header_length = (header[12] >> 4) * 4;
	if (header_length < TCP_HEADER_LENGTH) {
		packet_malformed(packet, MALFORMED_TCP_DATA_OFFSET);
		return;
	}
	take_ports(packet, header);
	packet->header_end = packet->position + header_length;
	if (!packet->frozen)
		packet->tcp_flags = header[13];
	packet->next = NEXT_DONE;
}

static __always_inline void parse_udp(struct packet *packet)
{
	const __u8 *header = header_at_position(packet, UDP_HEADER_LENGTH);
	__u32 length;

	if (!header) {
		parse_short_transport(packet, UDP_HEADER_LENGTH, MALFORMED_UDP_TRUNCATED);
		return;
	}
	length = load_big_endian_16(header + 4);
	if (length < UDP_HEADER_LENGTH && (length || !(packet->large || packet->limit - packet->position > 0xffff))) {
		packet_malformed(packet, MALFORMED_UDP_LENGTH);
		return;
	}
	take_ports(packet, header);
	packet->position += UDP_HEADER_LENGTH;
	packet->header_end = packet->position;
	packet->next = NEXT_DONE;
}

static __always_inline void parse_icmp(struct packet *packet, __u32 reason)
{
	const __u8 *header = header_at_position(packet, 4);

	if (!header) {
		packet_malformed(packet, reason);
		return;
	}
	if (!packet->frozen)
		packet->icmp = load_16(header);
	packet->transport_position = packet->position;
	packet->next = NEXT_DONE;
}

#endif

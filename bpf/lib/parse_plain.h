/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The short way for what most frames are: Ethernet, IPv4 without options or fragments, TCP or UDP without a tunnel. */
#ifndef KNP_LIB_PARSE_PLAIN_H
#define KNP_LIB_PARSE_PLAIN_H

#include "parse_link.h"
#include "parse_network.h"
#include "parse_transport.h"

enum plain_offset {
	PLAIN_NETWORK = ETHERNET_HEADER_LENGTH,
	PLAIN_TRANSPORT = PLAIN_NETWORK + IPV4_HEADER_LENGTH,
	PLAIN_UDP_END = PLAIN_TRANSPORT + UDP_HEADER_LENGTH,
	PLAIN_TCP_END = PLAIN_TRANSPORT + TCP_HEADER_LENGTH,
};

static __always_inline int parse_plain_udp(struct packet *packet, const __u8 *header, __u32 end)
{
	__u32 source_port = load_big_endian_16(header), destination_port = load_big_endian_16(header + 2);

	if (end < PLAIN_UDP_END || load_big_endian_16(header + 4) < UDP_HEADER_LENGTH)
		return 0;
	packet->first = tunnel_behind_udp(source_port, destination_port);
	packet->facts |= udp_service(source_port) | udp_service(destination_port);
	packet->header_end = PLAIN_UDP_END;
	return 1;
}

static __always_inline int parse_plain_tcp(struct cursor *cursor, struct packet *packet, const __u8 *header, __u32 end)
{
	__u32 header_length;

	if (header + TCP_HEADER_LENGTH > cursor->data_end || end < PLAIN_TCP_END)
		return 0;
	header_length = (header[12] >> 4) * 4;
	if (header_length < TCP_HEADER_LENGTH)
		return 0;
	packet->first = NEXT_DONE;
	packet->header_end = PLAIN_TRANSPORT + header_length;
	packet->tcp_flags = header[13];
	packet->tcp_sequence = load_big_endian_32(header + 4);
	if (is_odd_tcp(header[13], packet->header_end < end))
		packet->facts |= FEATURE_FACTS_TCP_FLAGS;
	return 1;
}

/*
 * 0 where the long way has to go on: from the frame's start, or from the tunnel header that packet.first then names. Both ways say
 * the same of all frames: a test compares them.
 */
static __always_inline int parse_plain(struct cursor *cursor, struct packet *packet)
{
	const __u8 *data = cursor->data, *network = data + PLAIN_NETWORK, *transport = data + PLAIN_TRANSPORT;
	__u32 end;

	if (packet->first != NEXT_ETHERNET || data + PLAIN_UDP_END > cursor->data_end)
		return 0;
	if (cursor->padded && packet->available < PLAIN_TCP_END)
		return 0;
	if (load_big_endian_16(data + 12) != ETHER_IPV4 || network[0] != 0x45)
		return 0;
	end = PLAIN_NETWORK + load_big_endian_16(network + 2);
	if (end > packet->limit || network[8] <= LOW_TIME_TO_LIVE ||
	    load_big_endian_16(network + 6) & (IPV4_MORE_FRAGMENTS | IPV4_FRAGMENT_OFFSET_MASK))
		return 0;
	if (network[9] == IP_UDP) {
		if (!parse_plain_udp(packet, transport, end))
			return 0;
	} else if (network[9] != IP_TCP || !parse_plain_tcp(cursor, packet, transport, end)) {
		return 0;
	}
	packet->limit = end;
	packet->addresses[0] = load_64(network + 12);
	packet->ports = load_32(transport);
	packet->protocol = network[9];
	packet->kind = network[9] | FAMILY_IPV4 << KIND_FAMILY_SHIFT | KIND_HAS_PORTS;
	packet->time_to_live = network[8];
	packet->network_position = PLAIN_NETWORK;
	packet->transport_position = PLAIN_TRANSPORT;
	packet->payload_position = packet->header_end;
	packet->ip_version = 4;
	packet->first_position = PLAIN_UDP_END;
	return packet->first == NEXT_DONE;
}

#endif

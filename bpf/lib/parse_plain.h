/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The short way for what most frames are: Ethernet, IPv4 or IPv6 without options or fragments, TCP or UDP; and those in VXLAN over IPv4. */
#ifndef KNP_LIB_PARSE_PLAIN_H
#define KNP_LIB_PARSE_PLAIN_H

#include "parse_link.h"
#include "parse_network.h"
#include "parse_transport.h"
#include "parse_tunnel.h"

enum plain_offset {
	PLAIN_NETWORK = ETHERNET_HEADER_LENGTH,
	PLAIN_UDP_END = PLAIN_NETWORK + IPV4_HEADER_LENGTH + UDP_HEADER_LENGTH,
	PLAIN_TCP_END = PLAIN_NETWORK + IPV4_HEADER_LENGTH + TCP_HEADER_LENGTH,
	PLAIN_VXLAN_ETHERNET = PLAIN_UDP_END + VXLAN_HEADER_LENGTH,
	PLAIN_VXLAN_NETWORK = PLAIN_VXLAN_ETHERNET + ETHERNET_HEADER_LENGTH,
};

/* What has been read, before it is known that the short way goes on to the end. Positions are constants where this is inlined. */
struct plain {
	__u32 network;   /* position */
	__u32 transport; /* position */
	__u32 end;       /* of the packet, as its IP header says */
	__u32 protocol;
	__u32 time_to_live;
	__u32 next; /* enum next_header: what the UDP port promises */
	__u32 events;
	__u32 header_end;
	__u32 tcp_flags;
	__u32 tcp_sequence;
};

static __always_inline int read_plain_udp(struct plain *plain, const __u8 *header)
{
	__u32 source_port = load_big_endian_16(header), destination_port = load_big_endian_16(header + 2);

	plain->header_end = plain->transport + UDP_HEADER_LENGTH;
	if (plain->end < plain->header_end || load_big_endian_16(header + 4) < UDP_HEADER_LENGTH)
		return 0;
	if (are_ordinary_ports(source_port, destination_port))
		return 1;
	plain->next = tunnel_behind_udp(source_port, destination_port);
	plain->events = udp_service(source_port) | udp_service(destination_port);
	return 1;
}

static __always_inline int read_plain_tcp(const struct cursor *cursor, struct plain *plain, const __u8 *header)
{
	__u32 header_length;

	if (header + TCP_HEADER_LENGTH > cursor->data_end || plain->end < plain->transport + TCP_HEADER_LENGTH)
		return 0;
	header_length = (header[12] >> 4) * 4;
	if (header_length < TCP_HEADER_LENGTH)
		return 0;
	plain->header_end = plain->transport + header_length;
	plain->tcp_flags = header[13];
	plain->tcp_sequence = load_big_endian_32(header + 4);
	if (is_odd_tcp(header[13], plain->header_end < plain->end))
		plain->events = FEATURE_EVENTS_TCP_FLAGS;
	return 1;
}

/* A UDP header's bytes are known to be there. */
static __always_inline int read_plain_transport(const struct cursor *cursor, struct plain *plain)
{
	const __u8 *header = cursor->data + plain->transport;

	plain->next = NEXT_DONE;
	if (plain->time_to_live <= LOW_TIME_TO_LIVE)
		return 0;
	if (plain->protocol == IP_UDP)
		return read_plain_udp(plain, header);
	return plain->protocol == IP_TCP && read_plain_tcp(cursor, plain, header);
}

static __always_inline int read_plain_ipv4(const struct cursor *cursor, struct plain *plain, __u32 limit)
{
	const __u8 *network = cursor->data + plain->network;

	plain->transport = plain->network + IPV4_HEADER_LENGTH;
	plain->end = plain->network + load_big_endian_16(network + 2);
	plain->protocol = network[9];
	plain->time_to_live = network[8];
	if (network[0] != 0x45 || plain->end > limit ||
	    load_big_endian_16(network + 6) & (IPV4_MORE_FRAGMENTS | IPV4_FRAGMENT_OFFSET_MASK))
		return 0;
	return read_plain_transport(cursor, plain);
}

static __always_inline int read_plain_ipv6(const struct cursor *cursor, struct plain *plain, __u32 limit)
{
	const __u8 *network = cursor->data + plain->network;

	plain->transport = plain->network + IPV6_HEADER_LENGTH;
	if (cursor->data + plain->transport + UDP_HEADER_LENGTH > cursor->data_end)
		return 0;
	/* 0 is the length of a jumbogram: too short for a transport header, so it goes the long way. */
	plain->end = plain->transport + load_big_endian_16(network + 4);
	plain->protocol = network[6];
	plain->time_to_live = network[7];
	if (network[0] >> 4 != 6 || plain->end > limit)
		return 0;
	return read_plain_transport(cursor, plain);
}

static __always_inline void fill_plain_packet(struct packet *packet, const struct cursor *cursor, const struct plain *plain,
                                              __u32 kind)
{
	packet->limit = plain->end;
	packet->ports = load_32(cursor->data + plain->transport);
	packet->protocol = plain->protocol;
	packet->kind = plain->protocol | kind | KIND_HAS_PORTS;
	packet->events = FEATURE_PACKET_SAMPLES | plain->events;
	packet->tcp_flags = plain->tcp_flags;
	packet->tcp_sequence = plain->tcp_sequence;
	packet->time_to_live = plain->time_to_live;
	packet->network_position = plain->network;
	packet->transport_position = plain->transport;
	packet->payload_position = packet->header_end = plain->header_end;
}

/* What the VXLAN header carries, when it is as plain as what carries it; else the long way goes on from there. */
static __always_inline int parse_plain_vxlan(const struct cursor *cursor, struct packet *packet)
{
	struct plain inner = {.network = PLAIN_VXLAN_NETWORK};
	const __u8 *vxlan = cursor->data + PLAIN_UDP_END, *ethernet = cursor->data + PLAIN_VXLAN_ETHERNET;
	__u32 end = PLAIN_VXLAN_NETWORK + IPV4_HEADER_LENGTH + UDP_HEADER_LENGTH;

	if (packet->outer || cursor->data + end > cursor->data_end || (cursor->padded && packet->available < end))
		return 0;
	if (!(vxlan[0] & VXLAN_HAS_ID) || load_big_endian_16(ethernet + 12) != ETHER_IPV4)
		return 0;
	if (!read_plain_ipv4(cursor, &inner, packet->limit) || inner.next != NEXT_DONE)
		return 0;
	if (cursor->padded && inner.protocol == IP_TCP && packet->available < inner.transport + TCP_HEADER_LENGTH)
		return 0;
	packet->rare |= 1 << ENCAPSULATION_VXLAN;
	packet->tunnel_id = load_big_endian_32(vxlan + 4) >> 8;
	packet->tunnel_family = FAMILY_IPV4;
	packet->tunnel_addresses[0] = packet->addresses[0];
	packet->addresses[0] = load_64(cursor->data + PLAIN_VXLAN_NETWORK + 12);
	packet->first = NEXT_DONE;
	fill_plain_packet(packet, cursor, &inner, FAMILY_IPV4 << KIND_FAMILY_SHIFT | TUNNEL_VXLAN << KIND_TUNNEL_SHIFT);
	return 1;
}

/*
 * 0 where the long way has to go on: from the frame's start, or from the tunnel header that packet.first then names. Both ways say
 * the same of all frames: a test compares them.
 */
static __always_inline int parse_plain(struct cursor *cursor, struct packet *packet)
{
	const __u8 *data = cursor->data;
	struct plain plain = {.network = PLAIN_NETWORK};
	__u32 type;

	if (packet->first != NEXT_ETHERNET || data + PLAIN_UDP_END > cursor->data_end)
		return 0;
	if (cursor->padded && packet->available < PLAIN_NETWORK + IPV6_HEADER_LENGTH + TCP_HEADER_LENGTH)
		return 0;
	type = load_big_endian_16(data + 12);
	if (type == ETHER_IPV4) {
		if (!read_plain_ipv4(cursor, &plain, packet->limit))
			return 0;
		packet->addresses[0] = load_64(data + PLAIN_NETWORK + 12);
		packet->ip_version = 4;
		packet->first = plain.next;
		packet->first_position = PLAIN_UDP_END;
		fill_plain_packet(packet, cursor, &plain, FAMILY_IPV4 << KIND_FAMILY_SHIFT);
		if (plain.next == NEXT_DONE)
			return 1;
		return plain.next == NEXT_VXLAN && parse_plain_vxlan(cursor, packet);
	}
	if (type != ETHER_IPV6 || !read_plain_ipv6(cursor, &plain, packet->limit))
		return 0;
	packet->addresses[0] = load_64(data + PLAIN_NETWORK + 8);
	packet->addresses[1] = load_64(data + PLAIN_NETWORK + 16);
	packet->addresses[2] = load_64(data + PLAIN_NETWORK + 24);
	packet->addresses[3] = load_64(data + PLAIN_NETWORK + 32);
	packet->extensions = 0;
	packet->ip_version = 6;
	packet->first = plain.next;
	packet->first_position = plain.header_end;
	fill_plain_packet(packet, cursor, &plain, FAMILY_IPV6 << KIND_FAMILY_SHIFT);
	return plain.next == NEXT_DONE;
}

#endif

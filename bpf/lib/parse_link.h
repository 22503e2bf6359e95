/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Layer 2: Ethernet, 802.1Q and QinQ tags, LLC and SNAP, MPLS, PPPoE. */
#ifndef KNP_LIB_PARSE_LINK_H
#define KNP_LIB_PARSE_LINK_H

#include "packet.h"

enum ether_type {
	ETHER_IPV4 = 0x0800,
	ETHER_ARP = 0x0806,
	ETHER_TEB = 0x6558,
	ETHER_VLAN = 0x8100,
	ETHER_IPV6 = 0x86dd,
	ETHER_MPLS = 0x8847,
	ETHER_MPLS_MULTICAST = 0x8848,
	ETHER_PPPOE_SESSION = 0x8864,
	ETHER_QINQ = 0x88a8,
	ETHER_LLDP = 0x88cc,
	ETHER_QINQ_OLD = 0x9100,
	ETHER_TYPE_FIRST = 0x0600, /* below: 802.3 length */
	ETHER_LENGTH_LAST = 1500,
};

enum ppp_protocol {
	PPP_IPV4 = 0x0021,
	PPP_IPV6 = 0x0057,
	PPP_MPLS = 0x0281,
	PPP_MPLS_MULTICAST = 0x0283,
};

#define ETHERNET_HEADER_LENGTH 14
#define NO_TAGS 0xffffffffffffffffULL

static __always_inline void add_vlan_tag(struct packet *packet, __u32 tag_control)
{
	__u32 count = packet_tag_count(packet);

	if (count < KNP_VLAN_TAGS_MAX)
		packet->tags ^= (__u64)(0xffff ^ (tag_control & 0xfff)) << (16 * count);
	packet->rare += RARE_TAG;
}

static __always_inline void follow_ether_type(struct cursor *cursor, struct packet *packet, __u32 type)
{
	cursor->next = type;
	if (type >= ETHER_TYPE_FIRST)
		return;
	cursor->next = NEXT_DONE;
	if (type <= ETHER_LENGTH_LAST) {
		cursor->next = NEXT_LLC;
		if (cursor->position + type < packet->limit)
			packet->limit = cursor->position + type;
	}
}

static __always_inline void parse_ethernet(struct cursor *cursor, struct packet *packet)
{
	const __u8 *header = header_at_cursor(cursor, packet, ETHERNET_HEADER_LENGTH);

	if (!packet->frozen)
		packet->protocol = PROTOCOL_ETHERNET_OTHER;
	if (!header) {
		cursor->next = NEXT_DONE;
		/* A tunnel with nothing in it is whole. */
		if (cursor->position < packet->limit || !cursor->position)
			malformed(cursor, packet, MALFORMED_ETHERNET_TRUNCATED);
		return;
	}
	cursor->position += ETHERNET_HEADER_LENGTH;
	follow_ether_type(cursor, packet, load_big_endian_16(header + 12));
}

static __always_inline void parse_vlan(struct cursor *cursor, struct packet *packet)
{
	const __u8 *header = header_at_cursor(cursor, packet, 4);

	if (!header) {
		malformed(cursor, packet, MALFORMED_VLAN_TRUNCATED);
		return;
	}
	add_vlan_tag(packet, load_big_endian_16(header));
	cursor->position += 4;
	follow_ether_type(cursor, packet, load_big_endian_16(header + 2));
}

static __always_inline void parse_llc(struct cursor *cursor, struct packet *packet)
{
	const __u8 *header = header_at_cursor(cursor, packet, 3);
	__u32 organisation;

	cursor->next = NEXT_DONE;
	if (!header)
		return;
	if (header[0] == 0x42 && header[1] == 0x42) {
		if (!packet->frozen)
			packet->protocol = PROTOCOL_STP;
		return;
	}
	if (header[0] != 0xaa || header[1] != 0xaa)
		return;
	header = header_at_cursor(cursor, packet, 8);
	if (!header)
		return;
	/* RFC 1042 and 802.1H: what follows is an EtherType; other organisations number their own. */
	organisation = load_big_endian_32(header + 2) & 0xffffff;
	cursor->position += 8;
	if (organisation == 0 || organisation == 0xf8)
		cursor->next = load_big_endian_16(header + 6);
}

static __always_inline void parse_ip_by_version(struct cursor *cursor, struct packet *packet)
{
	const __u8 *header = header_at_cursor(cursor, packet, 1);

	cursor->next = NEXT_DONE;
	if (!header)
		return;
	if (header[0] >> 4 == 4)
		cursor->next = ETHER_IPV4;
	else if (header[0] >> 4 == 6)
		cursor->next = ETHER_IPV6;
}

/* One label a round. Below the last one only IP can be told; pseudowires are not looked through. */
static __always_inline void parse_mpls(struct cursor *cursor, struct packet *packet)
{
	const __u8 *header = header_at_cursor(cursor, packet, 4);

	if (!header) {
		malformed(cursor, packet, MALFORMED_MPLS_TRUNCATED);
		return;
	}
	packet->rare |= 1 << ENCAPSULATION_MPLS;
	cursor->position += 4;
	if (header[2] & 1)
		cursor->next = NEXT_IP_BY_VERSION;
}

/* The protocol field is at the cursor; an odd first byte: it is compressed to one. */
static __always_inline void follow_ppp(struct cursor *cursor, __u32 protocol)
{
	cursor->position += 2;
	if (protocol & 0x100) {
		protocol >>= 8;
		cursor->position--;
	}
	if (protocol == PPP_IPV4)
		cursor->next = ETHER_IPV4;
	else if (protocol == PPP_IPV6)
		cursor->next = ETHER_IPV6;
	else if (protocol == PPP_MPLS || protocol == PPP_MPLS_MULTICAST)
		cursor->next = ETHER_MPLS;
}

static __always_inline void parse_pppoe(struct cursor *cursor, struct packet *packet)
{
	const __u8 *header = header_at_cursor(cursor, packet, 8);
	__u32 length;

	if (!header) {
		malformed(cursor, packet, MALFORMED_PPPOE_TRUNCATED);
		return;
	}
	cursor->next = NEXT_DONE;
	if (header[0] != 0x11 || header[1] != 0)
		return;
	packet->rare |= 1 << ENCAPSULATION_PPPOE;
	length = load_big_endian_16(header + 4);
	if (cursor->position + 6 + length < packet->limit)
		packet->limit = cursor->position + 6 + length;
	cursor->position += 6;
	follow_ppp(cursor, load_big_endian_16(header + 6));
}

#endif

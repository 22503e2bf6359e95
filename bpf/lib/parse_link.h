/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Layer 2: Ethernet, 802.1Q and QinQ tags, LLC and SNAP, MPLS, PPPoE, ARP. */
#ifndef KNP_LIB_PARSE_LINK_H
#define KNP_LIB_PARSE_LINK_H

#include "packet.h"

enum ether_type {
	ETHER_IPV4 = 0x0800,
	ETHER_ARP = 0x0806,
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

#define ETHERNET_HEADER_LENGTH 14
#define NO_TAGS 0xffffffffffffffffULL

static __always_inline void add_vlan_tag(struct packet *packet, __u32 tag_control)
{
	__u32 count = packet->rare >> RARE_TAG_SHIFT;

	if (count < KNP_VLAN_TAGS_MAX)
		packet->tags ^= (__u64)(0xffff ^ (tag_control & 0xfff)) << (16 * count);
	packet->rare += RARE_TAG;
}

static __always_inline void parse_ethernet(struct packet *packet)
{
	const __u8 *header = header_at_position(packet, ETHERNET_HEADER_LENGTH);
	__u32 type;

	if (!packet->frozen)
		packet->protocol = PROTOCOL_ETHERNET_OTHER;
	if (!header) {
		packet_malformed(packet, MALFORMED_ETHERNET_TRUNCATED);
		return;
	}
	type = load_big_endian_16(header + 12);
	packet->position += ETHERNET_HEADER_LENGTH;
	packet->next = type;
	if (type < ETHER_TYPE_FIRST) {
		packet->next = NEXT_DONE;
		if (type <= ETHER_LENGTH_LAST) {
			packet->next = NEXT_LLC;
			if (packet->position + type < packet->limit)
				packet->limit = packet->position + type;
		}
	}
}

static __always_inline void parse_vlan(struct packet *packet)
{
	const __u8 *header = header_at_position(packet, 4);
	__u32 type;

	if (!header) {
		packet_malformed(packet, MALFORMED_VLAN_TRUNCATED);
		return;
	}
	add_vlan_tag(packet, load_big_endian_16(header));
	type = load_big_endian_16(header + 2);
	packet->position += 4;
	packet->next = type;
	if (type < ETHER_TYPE_FIRST)
		packet->next = type <= ETHER_LENGTH_LAST ? NEXT_LLC : NEXT_DONE;
}

#endif

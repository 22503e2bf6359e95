/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The parser: one bounded loop, one header a round, no helper calls; the same source for XDP, TC and user space. */
#ifndef KNP_LIB_PARSE_H
#define KNP_LIB_PARSE_H

#include "packet.h"
#include "parse_link.h"
#include "parse_network.h"
#include "parse_transport.h"

/* Link header, four tags, MPLS, PPPoE, and tunnels with extension headers inside: more is counted as depth exceeded. */
#define PARSE_HEADERS_MAX 4

static __always_inline void parse_header(struct packet *packet, __u32 next)
{
	if (next == ETHER_IPV4)
		parse_ipv4(packet);
	else if (next == (NEXT_PROTOCOL | IP_TCP))
		parse_tcp(packet);
	else if (next == (NEXT_PROTOCOL | IP_UDP))
		parse_udp(packet);
	else if (next == ETHER_IPV6)
		parse_ipv6(packet);
	else if (next == NEXT_ETHERNET)
		parse_ethernet(packet);
	else if (next == ETHER_VLAN || next == ETHER_QINQ || next == ETHER_QINQ_OLD)
		parse_vlan(packet);
	else if (next == (NEXT_PROTOCOL | IP_ICMP))
		parse_icmp(packet, MALFORMED_ICMP_TRUNCATED);
	else if (next == (NEXT_PROTOCOL | IP_ICMPV6))
		parse_icmp(packet, MALFORMED_ICMPV6_TRUNCATED);
	else if (next == ETHER_ARP)
		parse_arp(packet);
	else
		packet_unknown(packet);
}

/* `data`, `data_end`, `unknown_zero`, `limit`, `next`, `large` and `frozen` are set, tags taken from metadata are in; the rest is 0. */
static __always_inline void parse_packet(struct packet *packet)
{
	packet->protocol = PROTOCOL_ETHERNET_OTHER;
	for (int round = 0; round < PARSE_HEADERS_MAX; round++) {
		packet->position ^= packet->unknown_zero;
		packet->next ^= packet->unknown_zero;
		packet->rare ^= packet->unknown_zero;
		HIDE_FROM_COMPILER(packet->position);
		HIDE_FROM_COMPILER(packet->next);
		HIDE_FROM_COMPILER(packet->rare);
		if (packet->next == NEXT_DONE)
			break;
		parse_header(packet, packet->next);
	}
	/* What is branched on from here on: unknown to the verifier, so that all ways out of the loop are one. */
	packet->rare ^= packet->unknown_zero;
	packet->kind ^= packet->unknown_zero;
	packet->tcp_flags ^= packet->unknown_zero;
	if (packet->frozen)
		packet->rare &= ~RARE_MALFORMED_MASK;
	else if (packet->rare & RARE_MALFORMED_MASK)
		packet->protocol = PROTOCOL_MALFORMED;
	packet->protocol ^= packet->unknown_zero;
}

static __always_inline __u32 packet_family(const struct packet *packet)
{
	return packet->kind >> KIND_FAMILY_SHIFT & 0xff;
}

static __always_inline __u32 packet_tunnel(const struct packet *packet)
{
	return packet->kind >> KIND_TUNNEL_SHIFT & 0xff;
}

static __always_inline __u32 packet_malformed_reason(const struct packet *packet)
{
	return packet->rare >> RARE_MALFORMED_SHIFT & 0x3f;
}

static __always_inline __u32 packet_tag_count(const struct packet *packet)
{
	return packet->rare >> RARE_TAG_SHIFT;
}

#endif

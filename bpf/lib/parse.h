/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The parser: one bounded loop, one header a round, no helper calls; the same source for XDP, TC and user space. */
#ifndef KNP_LIB_PARSE_H
#define KNP_LIB_PARSE_H

#include "parse_extension.h"
#include "parse_link.h"
#include "parse_network.h"
#include "parse_plain.h"
#include "parse_transport.h"
#include "parse_tunnel.h"

/* Tags, labels and tunnels inside each other, extension headers: more than this is counted by name. */
#define PARSE_HEADERS_MAX 20
#define PARSE_HEADERS_A_CALL 4
#define PARSE_CALLS_MAX (PARSE_HEADERS_MAX / PARSE_HEADERS_A_CALL)

static __always_inline void parse_link_header(struct cursor *cursor, struct packet *packet, __u32 next)
{
	if (next == ETHER_VLAN || next == ETHER_QINQ || next == ETHER_QINQ_OLD) {
		parse_vlan(cursor, packet);
	} else if (next == ETHER_ARP) {
		parse_arp(cursor, packet);
	} else if (next == ETHER_MPLS || next == ETHER_MPLS_MULTICAST) {
		parse_mpls(cursor, packet);
	} else if (next == ETHER_PPPOE_SESSION) {
		parse_pppoe(cursor, packet);
	} else {
		if (next == ETHER_LLDP && !packet->frozen)
			packet->protocol = PROTOCOL_LLDP;
		cursor->next = NEXT_DONE;
	}
}

static __always_inline void parse_protocol(struct cursor *cursor, struct packet *packet, __u32 protocol)
{
	if (protocol == IP_ICMP || protocol == IP_ICMPV6)
		parse_icmp(cursor, packet, protocol);
	else if (protocol == IP_GRE)
		parse_gre(cursor, packet);
	else if (protocol == IP_IPIP)
		parse_ip_in_ip(cursor, packet, ETHER_IPV4);
	else if (protocol == IP_IPV6)
		parse_ip_in_ip(cursor, packet, ETHER_IPV6);
	else if (protocol == IP_HOP_BY_HOP || protocol == IP_ROUTING || protocol == IP_DESTINATION_OPTIONS ||
	         protocol == IP_SHIM6)
		parse_options(cursor, packet);
	else if (protocol == IP_FRAGMENT)
		parse_fragment(cursor, packet);
	else if (protocol == IP_AH)
		parse_ah(cursor, packet);
	else if (protocol == IP_SCTP)
		parse_ported(cursor, packet, SCTP_HEADER_LENGTH, MALFORMED_SCTP_TRUNCATED);
	else if (protocol == IP_DCCP)
		parse_ported(cursor, packet, DCCP_HEADER_LENGTH, MALFORMED_DCCP_TRUNCATED);
	else if (protocol == IP_UDP_LITE)
		parse_ported(cursor, packet, UDP_HEADER_LENGTH, MALFORMED_UDP_TRUNCATED);
	else
		cursor->next = NEXT_DONE;
}

static __always_inline void parse_inner(struct cursor *cursor, struct packet *packet, __u32 next)
{
	if (next == NEXT_VXLAN)
		parse_vxlan(cursor, packet);
	else if (next == NEXT_GENEVE)
		parse_geneve(cursor, packet);
	else if (next == NEXT_GTP_U)
		parse_gtp_u(cursor, packet);
	else if (next == NEXT_GTP_U_EXTENSION)
		parse_gtp_u_extension(cursor, packet);
	else if (next == NEXT_IP_BY_VERSION)
		parse_ip_by_version(cursor, packet);
	else if (next == NEXT_ERSPAN_2)
		parse_erspan(cursor, packet, 8);
	else if (next == NEXT_ERSPAN_3)
		parse_erspan(cursor, packet, 12);
	else if (next == NEXT_WCCP)
		parse_wccp(cursor, packet);
	else if (next == NEXT_PPP)
		parse_ppp(cursor, packet);
	else
		parse_llc(cursor, packet);
}

/* The common ones first: each test here is a cost for all that come behind it. */
static __always_inline void parse_header(struct cursor *cursor, struct packet *packet, __u32 next)
{
	if (next == ETHER_IPV4)
		parse_ipv4(cursor, packet);
	else if (next == (NEXT_PROTOCOL | IP_TCP))
		parse_tcp(cursor, packet);
	else if (next == (NEXT_PROTOCOL | IP_UDP))
		parse_udp(cursor, packet);
	else if (next == NEXT_ETHERNET)
		parse_ethernet(cursor, packet);
	else if (next == ETHER_IPV6)
		parse_ipv6(cursor, packet);
	else if (next < NEXT_PROTOCOL)
		parse_link_header(cursor, packet, next);
	else if (next < NEXT_DONE)
		parse_protocol(cursor, packet, next - NEXT_PROTOCOL);
	else
		parse_inner(cursor, packet, next);
}

/* Protocols whose packets are told apart by ports. */
static __always_inline int protocol_has_ports(__u32 protocol)
{
	return protocol == IP_TCP || protocol == IP_UDP || protocol == IP_SCTP || protocol == IP_DCCP ||
	       protocol == IP_UDP_LITE;
}

/* Reasons that no cut can excuse: what is there is wrong. */
#define MALFORMED_LIES                                                                                                         \
	(1U << MALFORMED_IPV4_VERSION | 1U << MALFORMED_IPV4_HEADER_LENGTH | 1U << MALFORMED_IPV4_TOTAL_LENGTH |               \
	 1U << MALFORMED_IPV6_VERSION | 1U << MALFORMED_TCP_DATA_OFFSET | 1U << MALFORMED_UDP_LENGTH)

/* Headers of the innermost conversation, or of what it carries, that were cut off where only the capture or a first fragment ends. */
static __always_inline int cut_off_elsewhere(const struct packet *packet)
{
	__u32 reason = packet_malformed_reason(packet);

	if (MALFORMED_LIES >> (reason & 31) & 1)
		return 0;
	if (packet_family(packet) == FAMILY_NONE || reason == MALFORMED_IPV6_EXTENSION_TRUNCATED)
		return 0;
	if (!(packet->kind & KIND_HAS_PORTS) && protocol_has_ports(packet->kind & KIND_PROTOCOL_MASK))
		return 0;
	if (packet->ran_out)
		return 1;
	return packet->rare & RARE_FRAGMENT && packet->kind & KIND_HAS_PORTS;
}

/*
 * A verdict on what the loop has found. Inside a frozen tunnel nothing makes the frame malformed; nor does a snap length while
 * there are ports to count it by, or none to be had.
 */
static __always_inline void settle_packet(struct packet *packet)
{
	if (!(packet->rare & RARE_MALFORMED_MASK))
		return;
	if (packet->frozen || cut_off_elsewhere(packet))
		packet->rare &= ~RARE_MALFORMED_MASK;
	else {
		packet->protocol = PROTOCOL_MALFORMED;
		packet->events |= FEATURE_EVENTS_MALFORMED;
	}
}

/* A frame of so many bytes on the wire, nothing of it read yet. */
static __always_inline void reset_packet(struct packet *packet, __u32 limit, __u32 link_kind, __u32 opaque_zero, __u32 outer)
{
	packet->tags = NO_TAGS;
	packet->limit = limit;
	packet->available = limit;
	packet->protocol = PROTOCOL_ETHERNET_OTHER;
	packet->events = FEATURE_PACKET_SAMPLES;
	packet->outer = !!outer;
	packet->transport_position = 0;
	_Static_assert(__builtin_offsetof(struct packet, rare) % 8 == 0 &&
	                       __builtin_offsetof(struct packet, addresses) % 8 == 0,
	               "zeroed by words of 64 bits");
	__builtin_memset(__builtin_assume_aligned(&packet->rare, 8), 0,
	                 __builtin_offsetof(struct packet, addresses) - __builtin_offsetof(struct packet, rare));
	packet->opaque_zero = opaque_zero;
	packet->first = NEXT_ETHERNET;
	packet->first_position = 0;
	if (link_kind == LINK_RAW_IP) {
		packet->first = NEXT_IP_BY_VERSION;
	} else if (link_kind == LINK_OTHER) {
		packet->first = NEXT_DONE;
		packet->protocol = PROTOCOL_LINK_TYPE;
	}
}

/*
 * The long way, a few headers at a time: whatever the frame is, from the header and position that `packet` names. 1: done. The
 * entries call it in a global function: the verifier sees it once, not in every round, and few rounds of it multiply.
 */
static __always_inline int parse_some_headers(struct cursor *cursor, struct packet *packet)
{
	__u32 opaque_zero = packet->opaque_zero;

	cursor->position = packet->first_position;
	cursor->next = packet->first;
	for (int round = 0; round < PARSE_HEADERS_A_CALL; round++) {
		/* 0, but the verifier can't know: makes the states of all headers alike where they meet again. */
		cursor->position ^= opaque_zero;
		cursor->next ^= opaque_zero;
		HIDE_FROM_COMPILER(cursor->position);
		HIDE_FROM_COMPILER(cursor->next);
		cursor->position &= POSITION_BITS;
		cursor->next &= NEXT_BITS;
		if (cursor->next == NEXT_DONE || cursor->position > PARSE_POSITION_MAX)
			break;
		parse_header(cursor, packet, cursor->next);
	}
	packet->first_position = cursor->position;
	packet->first = cursor->next;
	return cursor->next == NEXT_DONE || cursor->position > PARSE_POSITION_MAX;
}

static __always_inline void settle_nested(struct packet *packet)
{
	if (packet->first != NEXT_DONE)
		packet->rare |= RARE_DEPTH_EXCEEDED;
	settle_packet(packet);
}

#endif

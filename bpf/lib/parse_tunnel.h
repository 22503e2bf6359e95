/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Tunnels: GRE with all its flags, ERSPAN, IP in IP, VXLAN, Geneve, GTP-U. What they carry goes through the parser again. */
#ifndef KNP_LIB_PARSE_TUNNEL_H
#define KNP_LIB_PARSE_TUNNEL_H

#include "parse_link.h"
#include "parse_network.h"

enum gre_flag {
	GRE_CHECKSUM = 0x8000,
	GRE_ROUTING = 0x4000,
	GRE_KEY = 0x2000,
	GRE_SEQUENCE = 0x1000,
	GRE_ACKNOWLEDGEMENT = 0x0080, /* version 1 */
	GRE_VERSION = 0x0007,
};

enum gre_protocol {
	GRE_ERSPAN_3 = 0x22eb,
	GRE_EOIP = 0x6400, /* MikroTik's Ethernet over IP, version 1 */
	GRE_PPP = 0x880b,  /* PPTP, version 1 */
	GRE_WCCP = 0x883e,
	GRE_ERSPAN_2 = 0x88be,
};

#define VXLAN_HEADER_LENGTH 8
#define VXLAN_HAS_ID 0x08
#define GTP_U_USER_DATA 255

static __always_inline void parse_ip_in_ip(struct cursor *cursor, struct packet *packet, __u32 ether_type)
{
	__u32 is_6in4 = packet->ip_version == 4 && ether_type == ETHER_IPV6;

	enter_tunnel(packet, is_6in4 ? TUNNEL_6IN4 : TUNNEL_IPIP, 0);
	packet->pending_encapsulation = is_6in4 ? 1 << ENCAPSULATION_6IN4 : 1 << ENCAPSULATION_IPIP;
	cursor->next = ether_type;
}

/* ERSPAN type I has no header of its own, and no sequence number in GRE to tell it by. */
static __always_inline __u32 follow_gre(__u32 flags, __u32 protocol)
{
	if (flags & GRE_ROUTING)
		return NEXT_DONE;
	if (protocol == GRE_PPP && (flags & GRE_VERSION) <= 1)
		return NEXT_PPP;
	if (flags & GRE_VERSION)
		return (flags & GRE_VERSION) == 1 && protocol == GRE_EOIP ? NEXT_ETHERNET : NEXT_DONE;
	if (protocol == GRE_WCCP)
		return NEXT_WCCP;
	if (protocol == ETHER_TEB)
		return NEXT_ETHERNET;
	if (protocol == GRE_ERSPAN_2)
		return flags & GRE_SEQUENCE ? NEXT_ERSPAN_2 : NEXT_ETHERNET;
	if (protocol == GRE_ERSPAN_3)
		return NEXT_ERSPAN_3;
	return protocol >= ETHER_TYPE_FIRST ? protocol : NEXT_DONE;
}

static __always_inline void parse_gre(struct cursor *cursor, struct packet *packet)
{
	const __u8 *header = header_at_cursor(cursor, packet, 4);
	__u32 flags, protocol, length = 4, key = 0;

	if (!header) {
		malformed(cursor, packet, MALFORMED_GRE_TRUNCATED);
		return;
	}
	flags = load_big_endian_16(header);
	protocol = load_big_endian_16(header + 2);
	if (flags & (GRE_CHECKSUM | GRE_ROUTING))
		length += 4;
	if (flags & GRE_KEY) {
		header = bytes_at(cursor, packet, cursor->position + length, 4);
		if (header && !(flags & GRE_VERSION))
			key = load_big_endian_32(header);
		length += 4;
	}
	if (flags & GRE_SEQUENCE)
		length += 4;
	if (flags & GRE_VERSION && flags & GRE_ACKNOWLEDGEMENT)
		length += 4;
	if (cursor->position + length > packet->limit) {
		malformed(cursor, packet, MALFORMED_GRE_TRUNCATED);
		return;
	}
	packet->rare |= 1 << ENCAPSULATION_GRE;
	enter_tunnel(packet, TUNNEL_GRE, key);
	cursor->position += length;
	cursor->next = cursor->position < packet->limit ? follow_gre(flags, protocol) : NEXT_DONE;
}

/* Type II: 8 bytes; type III: 12, and 8 more with the O bit. */
static __always_inline void parse_erspan(struct cursor *cursor, struct packet *packet, __u32 length)
{
	const __u8 *header = header_at_cursor(cursor, packet, length);

	if (!header) {
		malformed(cursor, packet, MALFORMED_TUNNEL_TRUNCATED);
		return;
	}
	cursor->next = NEXT_DONE;
	cursor->position += length;
	if (length == 8) {
		if (header[0] >> 4 == 1)
			cursor->next = NEXT_ETHERNET;
		return;
	}
	/* Frame type 0 is Ethernet; what others carry has no header of its own. */
	if (header[0] >> 4 != 2 || header[10] & 0x7c)
		return;
	if (header[11] & 1)
		cursor->position += 8;
	cursor->next = NEXT_ETHERNET;
}

/* WCCP version 2 has 4 bytes of its own before the redirected packet, version 1 none (as Linux tells them apart). */
static __always_inline void parse_wccp(struct cursor *cursor, struct packet *packet)
{
	const __u8 *header = header_at_cursor(cursor, packet, 1);

	cursor->next = ETHER_IPV4;
	if (header && header[0] >> 4 != 4)
		cursor->position += 4;
}

/* PPP in PPTP: address and control may be left out. */
static __always_inline void parse_ppp(struct cursor *cursor, struct packet *packet)
{
	const __u8 *header = header_at_cursor(cursor, packet, 2);

	if (header && header[0] == 0xff && header[1] == 0x03) {
		cursor->position += 2;
		header = header_at_cursor(cursor, packet, 2);
	}
	cursor->next = NEXT_DONE;
	if (header)
		follow_ppp(cursor, load_big_endian_16(header));
}

static __always_inline void parse_vxlan(struct cursor *cursor, struct packet *packet)
{
	const __u8 *header = header_at_cursor(cursor, packet, 8);

	cursor->next = NEXT_DONE;
	if (!header || !(header[0] & VXLAN_HAS_ID))
		return;
	packet->rare |= 1 << ENCAPSULATION_VXLAN;
	enter_tunnel(packet, TUNNEL_VXLAN, load_big_endian_32(header + 4) >> 8);
	cursor->position += 8;
	cursor->next = NEXT_ETHERNET;
}

static __always_inline void parse_geneve(struct cursor *cursor, struct packet *packet)
{
	const __u8 *header = header_at_cursor(cursor, packet, 8);
	__u32 length, protocol;

	cursor->next = NEXT_DONE;
	if (!header || header[0] >> 6 != 0)
		return;
	length = 8 + (header[0] & 0x3f) * 4;
	if (cursor->position + length > packet->limit)
		return;
	packet->rare |= 1 << ENCAPSULATION_GENEVE;
	enter_tunnel(packet, TUNNEL_GENEVE, load_big_endian_32(header + 4) >> 8);
	cursor->position += length;
	protocol = load_big_endian_16(header + 2);
	if (protocol == ETHER_TEB)
		cursor->next = NEXT_ETHERNET;
	else if (protocol >= ETHER_TYPE_FIRST && cursor->position < packet->limit)
		cursor->next = protocol;
}

static __always_inline void parse_gtp_u(struct cursor *cursor, struct packet *packet)
{
	const __u8 *header = header_at_cursor(cursor, packet, 8);

	cursor->next = NEXT_DONE;
	/* Version 1, and not GTP' (the charging protocol). */
	if (!header || header[0] >> 5 != 1 || !(header[0] & 0x10))
		return;
	packet->rare |= 1 << ENCAPSULATION_GTP_U;
	if (header[1] != GTP_U_USER_DATA)
		return;
	enter_tunnel(packet, TUNNEL_GTP_U, load_big_endian_32(header + 4));
	cursor->position += 8;
	cursor->next = NEXT_IP_BY_VERSION;
	/* Sequence number, N-PDU number and next extension: all there when any is. */
	if (!(header[0] & 7))
		return;
	header = header_at_cursor(cursor, packet, 4);
	cursor->position += 4;
	if (header && header[3])
		cursor->next = NEXT_GTP_U_EXTENSION;
}

/* Length in units of 4 bytes first, the type of the next one last. */
static __always_inline void parse_gtp_u_extension(struct cursor *cursor, struct packet *packet)
{
	const __u8 *header = header_at_cursor(cursor, packet, 4);
	__u32 length;

	cursor->next = NEXT_DONE;
	if (!header || !header[0])
		return;
	length = header[0] * 4;
	cursor->position += length;
	header = bytes_at(cursor, packet, cursor->position - 1, 1);
	if (header)
		cursor->next = header[0] ? NEXT_GTP_U_EXTENSION : NEXT_IP_BY_VERSION;
}

#endif

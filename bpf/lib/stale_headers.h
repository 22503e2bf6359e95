/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Packets received by tunnel devices that have no Ethernet header (ipip, gre, sit): before 5.14 they come with the outer frame's headers
 * in front. Looked for by the object for kernels before 5.12 only; on 5.12 and 5.13 such packets count as what stands in front.
 */
#ifndef KNP_LIB_STALE_HEADERS_H
#define KNP_LIB_STALE_HEADERS_H

#include "frame.h"

#define STALE_WORD_BYTES 8
#define STALE_IPV6_HEADER_LENGTH 40

/* By the packet's own length; 0 where it tells none. */
static __always_inline __u32 length_of_ip_packet(const __u8 *header)
{
	if (header[0] >> 4 == 4)
		return load_big_endian_16(header + 2);
	if (header[0] >> 4 == 6)
		return load_big_endian_16(header + 4) + STALE_IPV6_HEADER_LENGTH;
	return 0;
}

/*
 * Such a device left the link layer of a decapsulated packet where the outer frame's was, and TC hands it over from there: with the outer
 * frame's headers in front. They are recognized by the network header, which lies elsewhere than at the beginning.
 */
static __always_inline __u32 stale_header_length(const struct __sk_buff *buffer, const struct frame *frame)
{
	__u8 first[STALE_WORD_BYTES] = {}, network[STALE_WORD_BYTES] = {};
	__u32 length, stale;

	if (frame->link_kind != LINK_RAW_IP || frame->direction != DIRECTION_RECEIVED)
		return 0;
	if (bpf_skb_load_bytes(buffer, 0, first, sizeof(first)) ||
	    bpf_skb_load_bytes_relative(buffer, 0, network, sizeof(network), BPF_HDR_START_NET))
		return 0;
	if (load_64(first) == load_64(network))
		return 0;
	length = length_of_ip_packet(network);
	if (!length || length >= buffer->len)
		return 0;
	stale = buffer->len - length;
	if (bpf_skb_load_bytes(buffer, stale, first, sizeof(first)) || load_64(first) != load_64(network))
		return 0;
	return stale;
}

static __always_inline void find_stale_headers(const struct __sk_buff *buffer, struct frame *frame)
{
#ifdef FLOW_TABLE_HASH
	frame->stale = stale_header_length(buffer, frame);
	/* Else the verifier walks all that follows once with it and once without: 115,000 instructions on 5.10, 78,000 so. */
	MASK_UNKNOWN(frame->stale, frame->opaque_zero, 0xffff);
#else
	(void)buffer;
	(void)frame;
#endif
}

#endif

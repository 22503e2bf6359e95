/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* How many frames, and how many bytes, one of the kernel's buffers is on the wire. */
#ifndef KNP_LIB_WIRE_SIZE_H
#define KNP_LIB_WIRE_SIZE_H

#include "frame.h"
#include "packet.h"

#define VLAN_TAG_LENGTH 4
#define JUMBO_HEADER_LENGTH 8
/* gso_size where fragments give the sizes (SCTP): only gso_segs tells their number. */
#define SIZE_BY_FRAGMENTS 0xffff

/*
 * Segmentation repeats everything through the innermost transport header. `wire_len` would tell the same at egress, but not at
 * ingress after GRO, and on kernels before 6.x not for tunnels. `vlan_present`: the tag that the kernel keeps beside the buffer.
 */
static __always_inline void count_as_on_the_wire(struct frame *frame, const struct packet *packet,
                                                 const struct __sk_buff *buffer, __u32 vlan_present)
{
	if (packet->large) {
		__u32 length = buffer->len - stale_bytes(frame), segments = buffer->gso_segs, size = buffer->gso_size;
		__u32 header = packet->header_end ? packet->header_end : packet->transport_position;

		header -= header > stale_bytes(frame) ? stale_bytes(frame) : header;
		/* BIG TCP: the option that holds the length of so large a packet goes no further than the driver. */
		if (packet->jumbo_header) {
			length -= JUMBO_HEADER_LENGTH;
			header -= JUMBO_HEADER_LENGTH;
		}
		/* Buffers from guests (virtio, tap) leave the number to who needs it. */
		if (!segments && size && size != SIZE_BY_FRAGMENTS && length > header)
			segments = (length - header + size - 1) / size;
		if (!segments)
			segments = 1;
		frame->frames = segments;
		frame->bytes = length + (__u64)(segments - 1) * header;
	}
	if (vlan_present)
		frame->bytes += frame->frames * VLAN_TAG_LENGTH;
}

#endif

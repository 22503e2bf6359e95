/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Bytes of the packet itself, copied for a event: by helper where there is a buffer (they may lie in its pages), else word by word. */
#ifndef KNP_LIB_PAYLOAD_H
#define KNP_LIB_PAYLOAD_H

#include "frame.h"
#include "packet.h"

/* A power of two above the longest payload that a class asks for. */
#define EVENT_PAYLOAD_SPACE 4096
#define EVENT_PAYLOAD_LONGEST KNP_EVENT_PAYLOAD_MAX

/* Where a class's payload begins, and how much of it is told. In memory, as struct packet is, to keep the verifier from knowing. */
struct event_plan {
	__u32 type;
	__u32 reason;
	__u32 start;  /* of the payload, offset in the frame */
	__u32 length; /* at most */
	__u32 data;   /* where the bytes begin that packet_payload_length counts */
	__u32 copied;
};

static __always_inline void read_macs(struct packet *packet, struct cursor *cursor)
{
	if (cursor->data + 12 > cursor->data_end)
		return;
	*(__u64 *)&packet->macs[0] = load_64(cursor->data);
	*(__u32 *)&packet->macs[8] = load_32(cursor->data + 8);
}

/*
 * XDP: what lies behind data_end (in the fragments of a multi-buffer frame) can't be read, and the helper that copies is younger than
 * 5.10: only what is linear is reported. Length and progress are kept in
 * memory, so that the verifier has nothing to compare between the rounds.
 */
static __always_inline __u32 copy_words(__u8 *to, struct cursor *cursor, struct event_plan *plan)
{
	volatile struct event_plan *progress = plan;

	progress->copied = 0;
	for (__u32 at = 0; at < EVENT_PAYLOAD_LONGEST; at += 8) {
		__u64 offset = progress->start + at;
		const __u8 *from;

		if (at + 8 > progress->length)
			break;
		HIDE_FROM_COMPILER(offset);
		offset &= PARSE_POSITION_MASK;
		from = cursor->data + offset;
		if (from + 8 > cursor->data_end)
			break;
		*(__u64 *)(to + at) = load_64(from);
		progress->copied = at + 8;
	}
	for (__u32 rest = 0; rest < 7; rest++) {
		__u32 copied = progress->copied;
		__u64 offset = progress->start + copied;
		const __u8 *from;

		if (copied >= progress->length || copied >= EVENT_PAYLOAD_LONGEST)
			break;
		HIDE_FROM_COMPILER(offset);
		offset &= PARSE_POSITION_MASK;
		from = cursor->data + offset;
		if (from + 1 > cursor->data_end)
			break;
		to[copied & (EVENT_PAYLOAD_SPACE - 1)] = *from;
		progress->copied = copied + 1;
	}
	return progress->copied;
}

/* Returns how many bytes there were. */
static __always_inline __u32 copy_payload(__u8 *to, const struct frame *frame, const struct packet *packet,
                                          struct cursor *cursor, struct event_plan *plan)
{
	__u32 end = packet->limit, start = plan->start, length = plan->length;

	if (cursor->padded && packet->available < end)
		end = packet->available;
	if (start >= end || start > PARSE_POSITION_MAX)
		return 0;
	if (length > end - start)
		length = end - start;
	if (length > EVENT_PAYLOAD_LONGEST)
		length = EVENT_PAYLOAD_LONGEST;
	if (!length)
		return 0;
	if (!frame->buffer) {
		plan->length = length;
		return copy_words(to, cursor, plan);
	}
	/* The mask is the verifier's: length is no more than EVENT_PAYLOAD_LONGEST. */
	HIDE_FROM_COMPILER(length);
	length = ((length - 1) & (EVENT_PAYLOAD_SPACE - 1)) + 1;
	if (bpf_skb_load_bytes(frame->buffer, start, to, length))
		return 0;
	return length;
}

#endif

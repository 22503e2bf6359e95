/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* What the entries have in common: a packet ready to be parsed, and a frame that nobody told us about. */
#ifndef KNP_LIB_ENTRY_H
#define KNP_LIB_ENTRY_H

#include "account.h"

static __always_inline void begin_packet(struct packet *packet, const struct frame *frame, long data, long data_end, __u32 limit)
{
	__builtin_memset(packet, 0, sizeof(*packet));
	packet->data = (const __u8 *)data;
	packet->data_end = (const __u8 *)data_end;
	packet->unknown_zero = frame->control->epoch >> 1;
	packet->tags = NO_TAGS;
	packet->limit = limit;
	packet->next = NEXT_ETHERNET;
	if (frame->link_kind == LINK_RAW_IP)
		packet->next = NEXT_IP_BY_VERSION;
}

/* Fills the frame from control; 0: not ours to count. */
static __always_inline int begin_frame(struct frame *frame, __u32 interface_index, __u32 direction)
{
	frame->control = read_control();
	if (!frame->control)
		return 0;
	frame->epoch = frame->control->epoch & 1;
	frame->interface_index = interface_index;
	frame->direction = direction;
	return find_interface(frame);
}

#endif

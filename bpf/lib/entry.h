/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* What the entries have in common: the frame's interface, and a packet ready to be parsed. */
#ifndef KNP_LIB_ENTRY_H
#define KNP_LIB_ENTRY_H

#include "account.h"
#include "cost.h"

static __always_inline void begin_packet(struct packet *packet, const struct frame *frame, __u32 limit)
{
	reset_packet(packet, limit, frame->link_kind, frame->opaque_zero, frame->control->features & FEATURE_TUNNELS_OUTER);
}

/* Fills the frame from control; 0: not ours to count. */
static __always_inline int begin_frame(struct frame *frame, __u32 interface_index, __u32 direction, __u32 program)
{
	frame->control = read_control();
	if (!frame->control)
		return 0;
	frame->epoch = frame->control->epoch & 1;
	frame->opaque_zero = frame->control->epoch >> 1;
	frame->interface_index = interface_index;
	frame->direction = direction;
	frame->program = program;
	if (find_interface(frame))
		return !(frame->ingress_only && direction == DIRECTION_SENT);
	count_health(frame, HEALTH_UNKNOWN_INTERFACE);
	return 0;
}

#endif

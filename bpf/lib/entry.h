/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* What the entries have in common: the frame's interface, and a packet ready to be parsed. */
#ifndef KNP_LIB_ENTRY_H
#define KNP_LIB_ENTRY_H

#include "account.h"
#include "cost.h"

static __always_inline void begin_packet(struct packet *packet, const struct frame *frame, __u32 limit)
{
	reset_packet(packet, limit, frame->link_kind, frame->opaque_zero, control.features & FEATURE_TUNNELS_OUTER);
}

/* A packet in registers: what only some frames have is set for all, since the verifier must see it written. */
static __always_inline void begin_local_packet(struct packet *packet, const struct frame *frame, __u32 limit)
{
	begin_packet(packet, frame, limit);
	__builtin_memset(packet->addresses, 0, sizeof(packet->addresses));
	__builtin_memset(packet->tunnel_addresses, 0, sizeof(packet->tunnel_addresses));
	packet->tunnel_family = FAMILY_NONE;
}

/* Fills the frame from control; 0: not ours to count. */
static __always_inline int begin_frame(struct frame *frame, __u32 interface_index, __u32 direction, __u32 program)
{
	__u32 epoch = *(const volatile __u32 *)&control.epoch;

	frame->epoch = epoch & 1;
	frame->opaque_zero = epoch >> 1;
	frame->interface_index = interface_index;
	frame->direction = direction;
	frame->program = program;
	if (find_interface(frame))
		return !(frame->ingress_only && direction == DIRECTION_SENT);
	count_health_event(frame, HEALTH_UNKNOWN_INTERFACE);
	return 0;
}

/* For global functions, which take no pointers but the context. */
static __always_inline void store_frame(struct scratch_space *space, const struct frame *frame, __u32 event_classes)
{
	struct frame *stored = &space->frame;

	stored->epoch = frame->epoch;
	stored->opaque_zero = frame->opaque_zero;
	stored->interface_index = frame->interface_index;
	stored->slot = frame->slot;
	stored->link_kind = frame->link_kind;
	stored->direction = frame->direction;
	stored->program = frame->program;
	stored->frames = frame->frames;
	stored->bytes = frame->bytes;
	stored->time = frame->time;
	stored->time_is_ns = frame->time_is_ns;
#ifdef FLOW_TABLE_HASH
	stored->stale = frame->stale;
#endif
	space->event_classes = event_classes;
}

#endif

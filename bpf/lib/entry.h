/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* What the entries have in common: the frame's interface, and a packet ready to be parsed. */
#ifndef KNP_LIB_ENTRY_H
#define KNP_LIB_ENTRY_H

#include "account.h"

static __always_inline struct packet *begin_packet(struct cursor *cursor, const struct frame *frame, __u32 limit)
{
	__u32 zero = 0;
	struct packet *packet = bpf_map_lookup_elem(&scratch, &zero);

	if (!packet)
		return 0;
	packet->tags = NO_TAGS;
	packet->transport_position = 0;
	packet->limit = limit;
	packet->protocol = PROTOCOL_ETHERNET_OTHER;
	packet->rare = 0;
	packet->kind = 0;
	packet->ports = 0;
	packet->tcp_flags = 0;
	packet->icmp = 0;
	packet->tunnel_id = 0;
	packet->pending_tunnel = TUNNEL_NONE;
	packet->pending_encapsulation = 0;
	packet->header_end = 0;
	packet->option = 0;
	packet->payload_position = 0;
	packet->facts = FEATURE_PACKET_SAMPLES;
	packet->tcp_sequence = 0;
	packet->fragment_offset = 0;
	packet->fragment_identification = 0;
	packet->more_fragments = 0;
	packet->large = 0;
	packet->available = limit;
	packet->outer = !!(frame->control->features & FEATURE_TUNNELS_OUTER);
	packet->frozen = 0;
	packet->ran_out = 0;
	packet->jumbo_header = 0;
	cursor->position = 0;
	cursor->next = NEXT_ETHERNET;
	if (frame->link_kind == LINK_RAW_IP) {
		cursor->next = NEXT_IP_BY_VERSION;
	} else if (frame->link_kind == LINK_OTHER) {
		cursor->next = NEXT_DONE;
		packet->protocol = PROTOCOL_LINK_TYPE;
	}
	return packet;
}

/* Fills the frame from control; 0: not ours to count. */
static __always_inline int begin_frame(struct frame *frame, __u32 interface_index, __u32 direction)
{
	frame->control = read_control();
	if (!frame->control)
		return 0;
	frame->epoch = frame->control->epoch & 1;
	frame->unknown_zero = frame->control->epoch >> 1;
	frame->interface_index = interface_index;
	frame->direction = direction;
	if (find_interface(frame))
		return !(frame->ingress_only && direction == DIRECTION_SENT);
	count_health(frame, HEALTH_UNKNOWN_INTERFACE);
	return 0;
}

#endif

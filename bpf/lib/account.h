/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* One parsed frame into all that counts it: its protocol's row, encapsulations, reasons, and its flow. */
#ifndef KNP_LIB_ACCOUNT_H
#define KNP_LIB_ACCOUNT_H

#ifdef FLOW_TABLE_HASH
#include "flow_table_hash.h"
#else
#include "flow_table.h"
#endif
#include "events.h"
#include "flow_socket.h"
#include "fragments.h"
#include "parse.h"

static __always_inline void count_tags(const struct frame *frame, __u32 tag_count)
{
	count_row(frame, COUNTER_ENCAPSULATION + ENCAPSULATION_VLAN);
	if (tag_count > 1)
		count_row_times(frame, COUNTER_ENCAPSULATION + ENCAPSULATION_QINQ, tag_count - 1);
	if (tag_count > KNP_VLAN_TAGS_MAX)
		count_health_frames(frame, HEALTH_VLAN_TAGS_EXCEEDED);
}

/* Index of the lowest of 16 bits, one of which is set: BPF has no instruction for it. */
static __always_inline __u32 lowest_bit(__u32 bits)
{
	__u32 index = 0;

	if (!(bits & 0xff)) {
		bits >>= 8;
		index = 8;
	}
	if (!(bits & 0xf)) {
		bits >>= 4;
		index += 4;
	}
	if (!(bits & 3)) {
		bits >>= 2;
		index += 2;
	}
	return index + !(bits & 1);
}

static __always_inline void count_rare(const struct frame *frame, const struct packet *packet)
{
	__u32 encapsulations = packet->rare & RARE_ENCAPSULATIONS;

	for (__u32 count = 0; count < ENCAPSULATION_COUNT && encapsulations; count++) {
		count_row(frame, COUNTER_ENCAPSULATION + lowest_bit(encapsulations));
		encapsulations &= encapsulations - 1;
	}
	if (packet_tag_count(packet))
		count_tags(frame, packet_tag_count(packet));
	if (packet->rare & RARE_MALFORMED_MASK)
		count_row(frame, COUNTER_MALFORMED + packet_malformed_reason(packet));
	/* Of the conversation that the frame counts as: what was a fragment around it has been looked through. */
	if (packet->rare & RARE_FRAGMENT)
		count_health_frames(frame, HEALTH_FRAGMENTS);
	if (packet->rare & RARE_DEPTH_EXCEEDED)
		count_health_frames(frame, HEALTH_DEPTH_EXCEEDED);
}

static __always_inline void count_conversation(const struct frame *frame, struct packet *packet, struct __sk_buff *buffer)
{
	struct flow_identity flow;
	struct flow_place place;

	identify_flow(&flow, packet, frame);
	place = account_flow(frame, packet, &flow);
	if (place.novelty == FLOW_NEW && wants_flow_socket())
		write_flow_socket(place.index, &flow, buffer);
	if (place.novelty != FLOW_REFUSED)
		return;
	count_row(frame, COUNTER_UNTRACKED + packet->protocol);
	count_health_frames(frame, HEALTH_UNTRACKED);
	packet->events |= FEATURE_EVENTS_UNTRACKED;
}

/* What parse_plain has read to its end, most of it in registers. `buffer`: at TC, else 0. Returns what there is to report, as bits of enum control_feature. */
static __always_inline __u32 account_plain(const struct frame *frame, struct packet *packet, struct __sk_buff *buffer)
{
	MASK_UNKNOWN(packet->kind, frame->opaque_zero, 0xffff);
	packet->protocol = packet->kind & KIND_PROTOCOL_MASK;
	MASK_UNKNOWN(packet->tcp_flags, frame->opaque_zero, 0xff);
	MASK_UNKNOWN(packet->events, frame->opaque_zero, 0xffff);
	MASK_UNKNOWN(packet->rare, frame->opaque_zero, 0xffff);
	count_protocol(frame, packet->protocol);
	if (packet->rare)
		count_row(frame, COUNTER_ENCAPSULATION + ENCAPSULATION_VXLAN);
	count_conversation(frame, packet, buffer);
	return wanted_events(packet);
}

/* A global function, for its key takes room on the stack that the longest chain of calls needs. */
__noinline int follow_first_fragment_of_scratch(__u32 unused)
{
	struct scratch_space *space = scratch_of_cpu();

	if (!space)
		return unused;
	HIDE_FROM_COMPILER(space);
	follow_first_fragment(&space->frame, &space->packet);
	return 0;
}

/* Whatever else there is, in memory. */
static __always_inline void account_scratch_packet(struct scratch_space *space, struct __sk_buff *buffer)
{
	struct packet *packet = &space->packet;
	struct frame *frame = &space->frame;

	if (packet->rare & RARE_FRAGMENT)
		follow_first_fragment_of_scratch(0);
	count_protocol(frame, packet->protocol);
	if (packet->rare)
		count_rare(frame, packet);
	if (packet_family(packet) != FAMILY_NONE)
		count_conversation(frame, packet, buffer);
	if (packet_family(packet) <= FAMILY_ARP)
		packet->events |= FEATURE_EVENTS_SOURCE_MAC;
	space->event_classes = wanted_events(packet);
}

#endif

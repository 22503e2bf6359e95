/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Events: what a packet may be worth telling of, by class, each within its own rate; off unless control.features asks. */
#ifndef KNP_LIB_EVENTS_H
#define KNP_LIB_EVENTS_H

#include "event_rates.h"
#include "flow_entry.h"
#include "payload.h"
#include "scan_tracking.h"

/* All bits of control.features but those that are no class of events. */
#define EVENT_FEATURES (~(__u32)(FEATURE_TUNNELS_OUTER | FEATURE_FLOW_SOCKETS))

struct event_space {
	struct event_record record;
	__u8 payload[EVENT_PAYLOAD_SPACE];
	struct event_plan plan;
};

/* Key: 0. Value: the event being written; CPU by CPU, within one run. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct event_space);
} event_scratch SEC(".maps");

/* Which of the features' classes this is: the index of its bit. */
enum event_class {
	CLASS_MALFORMED = 0,
	CLASS_TCP_FLAGS,
	CLASS_ARP,
	CLASS_NEIGHBOUR,
	CLASS_ICMP_ERROR,
	CLASS_FRAGMENT,
	CLASS_IP_OPTION,
	CLASS_FIRST_BYTES,
	CLASS_DNS,
	CLASS_DHCP,
	CLASS_TUNNELS_OUTER, /* no event */
	CLASS_PACKET,
	CLASS_ICMP_ECHO,
	CLASS_SOURCE_MAC,
	CLASS_UNTRACKED,
	CLASS_LOW_TTL,
	CLASS_COUNT,
};

static __always_inline void plan_payload(struct event_plan *plan, __u32 reason, __u32 start, __u32 length)
{
	plan->type = EVENT_PAYLOAD;
	plan->reason = reason;
	plan->start = start;
	plan->length = length;
}

#define QUIC_PORT 443

/* Of datagrams only QUIC's have so much to say: a ClientHello may fill two of them, in one buffer. */
static __always_inline __u32 first_bytes_length(const struct packet *packet)
{
	if ((packet->kind & KIND_PROTOCOL_MASK) == IP_TCP || __builtin_bswap16(packet->ports) == QUIC_PORT ||
	    __builtin_bswap16(packet->ports >> 16) == QUIC_PORT)
		return EVENT_PAYLOAD_LONGEST;
	return 512;
}

static __always_inline void plan_event(struct event_plan *plan, const struct packet *packet, __u32 class)
{
	plan->reason = 0;
	plan->length = 0;
	plan->start = packet->transport_position;
	plan->data = packet->payload_position;
	if (class == CLASS_MALFORMED) {
		plan->type = EVENT_MALFORMED;
		plan->reason = packet_malformed_reason(packet);
	} else if (class == CLASS_TCP_FLAGS) {
		plan->type = EVENT_TCP_FLAGS;
		plan->reason = !(IMPOSSIBLE_TCP_FLAGS >> (packet->tcp_flags & 63) & 1);
	} else if (class == CLASS_ARP) {
		plan->type = EVENT_ARP;
		plan->reason = packet->option;
		plan->start = packet->network_position;
		plan->length = 28;
	} else if (class == CLASS_NEIGHBOUR) {
		plan->type = EVENT_NEIGHBOUR;
		plan->reason = packet->icmp & 0xff;
		plan->length = 256;
	} else if (class == CLASS_ICMP_ERROR) {
		plan->type = EVENT_ICMP_ERROR;
		plan->reason = __builtin_bswap16(packet->icmp);
		plan->length = 96;
	} else if (class == CLASS_FRAGMENT) {
		plan->type = EVENT_FRAGMENT;
		plan->reason = packet->fragment_offset;
		plan->data = packet->transport_position;
	} else if (class == CLASS_IP_OPTION) {
		plan->type = EVENT_IP_OPTION;
		plan->reason = packet->option;
	} else if (class == CLASS_FIRST_BYTES) {
		plan_payload(plan, PAYLOAD_FIRST_BYTES, packet->payload_position, first_bytes_length(packet));
	} else if (class == CLASS_DNS) {
		plan_payload(plan, PAYLOAD_DNS, packet->payload_position, 512);
	} else if (class == CLASS_DHCP) {
		plan_payload(plan, PAYLOAD_DHCP, packet->payload_position, 512);
	} else if (class == CLASS_ICMP_ECHO) {
		plan_payload(plan, PAYLOAD_ICMP_ECHO, packet->transport_position, 72);
	} else if (class == CLASS_PACKET) {
		plan->type = EVENT_PACKET;
		plan->start = 0;
		plan->length = 256;
	} else if (class == CLASS_SOURCE_MAC) {
		plan->type = EVENT_SOURCE_MAC;
	} else if (class == CLASS_UNTRACKED) {
		plan->type = EVENT_UNTRACKED;
	} else {
		plan->type = EVENT_LOW_TTL;
	}
}

/* A buffer of many frames may hold more than 16 bits can say. */
static __always_inline __u32 payload_length(const struct packet *packet, const struct event_plan *plan)
{
	__u32 length = plan->data < packet->limit ? packet->limit - plan->data : 0;

	return length < LENGTH_16_MAX ? length : LENGTH_16_MAX;
}

static __always_inline void write_event(struct event_record *record, const struct frame *frame, const struct packet *packet,
                                        const struct event_plan *plan)
{
	__u32 family = packet_family(packet);

	record->type = plan->type;
	record->interface_index = frame->interface_index;
	record->time = frame->time;
	if (family == FAMILY_IPV6) {
		write_address(record->source_address, FAMILY_IPV6, packet->addresses[0], packet->addresses[1]);
		write_address(record->destination_address, FAMILY_IPV6, packet->addresses[2], packet->addresses[3]);
	} else {
		write_address(record->source_address, FAMILY_IPV4, family ? (__u32)packet->addresses[0] : 0, 0);
		write_address(record->destination_address, FAMILY_IPV4, family ? packet->addresses[0] >> 32 : 0, 0);
	}
	record->source_port = __builtin_bswap16(packet->ports);
	record->destination_port = __builtin_bswap16(packet->ports >> 16);
	record->reason = plan->reason;
	record->protocol = packet->kind;
	record->family = family;
	record->direction = frame->direction;
	record->tcp_flags = packet->tcp_flags;
	record->time_to_live = family ? packet->time_to_live : 0;
	record->tunnel_type = packet_tunnel(packet);
	record->tunnel_id = packet->tunnel_id;
	record->frame_length = frame->bytes;
	record->tcp_sequence = packet->tcp_sequence;
	__builtin_memcpy(record->source_mac, &packet->macs[6], 6);
	__builtin_memcpy(record->destination_mac, &packet->macs[0], 6);
	*(__u32 *)&record->vlan[0] = packet->tags;
	*(__u32 *)&record->vlan[2] = packet->tags >> 32;
	record->packet_payload_length = payload_length(packet, plan);
	record->fragment_offset = packet->fragment_offset;
	record->ip_flags = packet->more_fragments ? 0x8000 : 0;
	record->ip_identification = packet->fragment_identification;
	record->reserved = 0;
}

static __always_inline void report_event(const struct frame *frame, struct packet *packet, struct cursor *cursor, __u32 class)
{
	__u32 zero = 0, length;
	struct event_space *space = bpf_map_lookup_elem(&event_scratch, &zero);

	class ^= frame->opaque_zero;
	HIDE_FROM_COMPILER(class);
	class &= CLASS_COUNT - 1;
	if (!space || !is_worth_telling(frame, packet, class))
		return;
	if (!take_token(frame, class)) {
		count_health_event(frame, (1U << class) == FEATURE_PACKET_SAMPLES ? HEALTH_SAMPLES_SKIPPED
		                                                                  : HEALTH_EVENTS_LOST_RATE_LIMIT);
		return;
	}
	plan_event(&space->plan, packet, class);
	write_event(&space->record, frame, packet, &space->plan);
	length = copy_payload(space->payload, frame, packet, cursor, &space->plan);
	space->record.payload_length = length;
	space->record.length = sizeof(space->record) + length;
	if (bpf_ringbuf_output(&events, space, sizeof(space->record) + (length & (EVENT_PAYLOAD_SPACE - 1)), 0))
		count_health_event(frame, HEALTH_EVENTS_LOST_RING_FULL);
}

/* What there is to report of this packet, as bits of enum control_feature; 0: nothing, as for nearly every packet. */
static __always_inline __u32 wanted_events(const struct packet *packet)
{
	return packet->events & control.features & EVENT_FEATURES;
}

/* The frame as it was stored, and the buffer, a pointer that no memory holds. */
static __always_inline void read_frame(struct frame *frame, const struct frame *stored, struct __sk_buff *buffer)
{
	frame->epoch = stored->epoch;
	frame->opaque_zero = stored->opaque_zero;
	frame->interface_index = stored->interface_index;
	frame->link_kind = stored->link_kind;
	frame->direction = stored->direction;
	frame->program = stored->program;
	frame->bytes = stored->bytes;
	frame->time = stored->time;
	frame->time_is_ns = stored->time_is_ns;
	frame->buffer = buffer;
}

/* What every class may want to know; returns the classes, as bits. */
static __always_inline __u32 prepare_events(struct cursor *cursor)
{
	struct scratch_space *space = scratch_of_cpu();

	if (!space)
		return 0;
	HIDE_FROM_COMPILER(space);
	if (space->frame.link_kind == LINK_ETHERNET)
		read_macs(&space->packet, cursor);
	if (space->event_classes & FEATURE_EVENTS_IP_OPTION && packet_family(&space->packet) == FAMILY_IPV4)
		space->packet.option = find_ipv4_option(cursor, &space->packet, space->frame.opaque_zero);
	return space->event_classes;
}

static __always_inline void report_class(struct cursor *cursor, struct __sk_buff *buffer, __u32 class)
{
	struct scratch_space *space = scratch_of_cpu();
	struct frame frame = {};

	if (!space)
		return;
	HIDE_FROM_COMPILER(space);
	read_frame(&frame, &space->frame, buffer);
	report_event(&frame, &space->packet, cursor, class);
}

/*
 * Functions of their own (global, so verified once and apart; one class for all sixteen): what they do is long and rare. `padded`
 * counts for every buffer, since only the capture's packets have `available` below their length.
 */
__noinline int report_class_of_buffer(struct __sk_buff *buffer, __u32 class)
{
	struct cursor cursor = {
		.data = (const __u8 *)(long)buffer->data,
		.data_end = (const __u8 *)(long)buffer->data_end,
		.padded = 1,
	};

	report_class(&cursor, buffer, class);
	return 0;
}

__noinline int report_events_of_buffer(struct __sk_buff *buffer)
{
	struct cursor cursor = {
		.data = (const __u8 *)(long)buffer->data,
		.data_end = (const __u8 *)(long)buffer->data_end,
		.padded = 1,
	};
	__u32 classes = prepare_events(&cursor);

	for (__u32 class = 0; class < CLASS_COUNT; class ++) {
		if (classes >> class & 1)
			report_class_of_buffer(buffer, class);
	}
	return 0;
}

__noinline int report_class_of_frame(struct xdp_md *context, __u32 class)
{
	struct cursor cursor = {
		.data = (const __u8 *)(long)context->data,
		.data_end = (const __u8 *)(long)context->data_end,
	};

	report_class(&cursor, 0, class);
	return 0;
}

__noinline int report_events_of_frame(struct xdp_md *context)
{
	struct cursor cursor = {
		.data = (const __u8 *)(long)context->data,
		.data_end = (const __u8 *)(long)context->data_end,
	};
	__u32 classes = prepare_events(&cursor);

	for (__u32 class = 0; class < CLASS_COUNT; class ++) {
		if (classes >> class & 1)
			report_class_of_frame(context, class);
	}
	return 0;
}

#endif

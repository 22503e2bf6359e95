/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* TC, both directions: buffers of the kernel, counted as the frames that they are on the wire; the chain goes on behind us. */
#include "lib/entry.h"
#include "lib/stale_headers.h"
#include "lib/wire_size.h"

/*
 * What is made linear where the parser has run out of bytes: first what tunnels need in practice and drivers have room for, then
 * the longest header that IPv6 knows with what may stand around it.
 */
#define PULL_LENGTH 192
#define PULL_LENGTH_LONG 2560

/* Global functions are verified once and apart, and keep the way of ordinary frames short. */
__noinline int parse_headers_of_buffer(struct __sk_buff *buffer)
{
	struct cursor cursor = {
		.data = (const __u8 *)(long)buffer->data,
		.data_end = (const __u8 *)(long)buffer->data_end,
	};
	struct packet *packet = scratch_packet();

	return packet ? parse_some_headers(&cursor, packet) : 1;
}

static __always_inline void parse_nested_buffer(struct __sk_buff *buffer, struct packet *packet)
{
	for (int call = 0; call < PARSE_CALLS_MAX; call++) {
		if (parse_headers_of_buffer(buffer))
			break;
	}
	settle_nested(packet);
}

static __always_inline void begin_buffer(struct packet *packet, const struct __sk_buff *buffer, const struct frame *frame)
{
	begin_packet(packet, frame, buffer->len);
	if (buffer->vlan_present)
		add_vlan_tag(packet, buffer->vlan_tci);
	packet->large = !!buffer->gso_size;
	if (stale_bytes(frame))
		packet->first_position = stale_bytes(frame);
}

/* Headers lie in the buffer's pages: rare, and worth a second reading. */
static __always_inline void parse_pulled(struct __sk_buff *buffer, struct packet *packet, const struct frame *frame,
                                         __u32 length)
{
	if (bpf_skb_pull_data(buffer, buffer->len < length ? buffer->len : length))
		return;
	begin_buffer(packet, buffer, frame);
	parse_nested_buffer(buffer, packet);
}

static __always_inline void parse_buffer(struct scratch_space *space, struct __sk_buff *buffer)
{
	struct cursor cursor = {
		.data = (const __u8 *)(long)buffer->data,
		.data_end = (const __u8 *)(long)buffer->data_end,
	};

	begin_buffer(&space->packet, buffer, &space->frame);
	if (parse_plain(&cursor, &space->packet))
		return;
	parse_nested_buffer(buffer, &space->packet);
	if (space->packet.ran_out)
		parse_pulled(buffer, &space->packet, &space->frame, PULL_LENGTH);
	if (space->packet.ran_out && buffer->len > PULL_LENGTH)
		parse_pulled(buffer, &space->packet, &space->frame, PULL_LENGTH_LONG);
}

/* What parse_plain has not read to its end; the frame is in scratch memory. */
__noinline int count_nested_buffer(struct __sk_buff *buffer)
{
	struct scratch_space *space = scratch_of_cpu();
	__u32 vlan_present = buffer->vlan_present;

	if (!space)
		return 0;
	HIDE_FROM_COMPILER(space);
	parse_buffer(space, buffer);
	count_as_on_the_wire(&space->frame, &space->packet, buffer, vlan_present);
	account_scratch_packet(space, buffer);
	return 0;
}

/* What parse_plain has read, once more, to where the reporting functions look. */
__noinline int read_plain_buffer_again(struct __sk_buff *buffer)
{
	struct scratch_space *space = scratch_of_cpu();
	struct cursor cursor = {
		.data = (const __u8 *)(long)buffer->data,
		.data_end = (const __u8 *)(long)buffer->data_end,
	};

	if (!space)
		return 0;
	HIDE_FROM_COMPILER(space);
	begin_buffer(&space->packet, buffer, &space->frame);
	parse_plain(&cursor, &space->packet);
	return 0;
}

static __always_inline void count_buffer(struct scratch_space *space, struct __sk_buff *buffer, struct frame *frame)
{
	struct cursor cursor = {
		.data = (const __u8 *)(long)buffer->data,
		.data_end = (const __u8 *)(long)buffer->data_end,
	};
	struct packet packet;
	__u32 event_classes, vlan_present = buffer->vlan_present;

	frame->frames = 1;
	find_stale_headers(buffer, frame);
	frame->bytes = buffer->len - stale_bytes(frame);
	frame->time = bpf_jiffies64();
	begin_local_packet(&packet, frame, buffer->len);
	packet.large = !!buffer->gso_size;
	if (!vlan_present && parse_plain(&cursor, &packet)) {
		count_as_on_the_wire(frame, &packet, buffer, 0);
		event_classes = account_plain(frame, &packet, buffer);
		if (!event_classes)
			return;
		store_frame(space, frame, event_classes);
		read_plain_buffer_again(buffer);
	} else {
		store_frame(space, frame, 0);
		count_nested_buffer(buffer);
	}
	if (space->event_classes)
		report_events_of_buffer(buffer);
}

static __always_inline int monitor_buffer(struct __sk_buff *buffer, __u32 direction)
{
	struct scratch_space *space = scratch_of_cpu();
	struct frame frame = {};

	if (!space)
		return TC_ACT_UNSPEC;
	HIDE_FROM_COMPILER(space);
	begin_run(space, direction);
	if (begin_frame(&frame, buffer->ifindex, direction, direction))
		count_buffer(space, buffer, &frame);
	end_run(space, &frame);
	return TC_ACT_UNSPEC;
}

SEC("tc")
int network_monitor_tc_ingress(struct __sk_buff *buffer)
{
	return monitor_buffer(buffer, DIRECTION_RECEIVED);
}

SEC("tc")
int network_monitor_tc_egress(struct __sk_buff *buffer)
{
	return monitor_buffer(buffer, DIRECTION_SENT);
}

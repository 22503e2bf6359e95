/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* XDP, ingress: frames as they came off the wire, before GRO; all are passed on. */
#include "lib/entry.h"

/* Global functions are verified once and apart, and keep the way of ordinary frames short. */
__noinline int parse_headers_of_frame(struct xdp_md *context)
{
	struct cursor cursor = {
		.data = (const __u8 *)(long)context->data,
		.data_end = (const __u8 *)(long)context->data_end,
	};
	struct packet *packet = scratch_packet();

	return packet ? parse_some_headers(&cursor, packet) : 1;
}

static __always_inline void parse_nested_frame(struct xdp_md *context, struct packet *packet)
{
	for (int call = 0; call < PARSE_CALLS_MAX; call++) {
		if (parse_headers_of_frame(context))
			break;
	}
	settle_nested(packet);
}

static __always_inline void parse_frame(struct scratch_space *space, struct xdp_md *context)
{
	struct cursor cursor = {
		.data = (const __u8 *)(long)context->data,
		.data_end = (const __u8 *)(long)context->data_end,
	};

	begin_packet(&space->packet, &space->frame, space->frame.bytes);
	if (!parse_plain(&cursor, &space->packet))
		parse_nested_frame(context, &space->packet);
}

/* What parse_plain has not read to its end; the frame is in scratch memory. */
__noinline int count_nested_frame(struct xdp_md *context)
{
	struct scratch_space *space = scratch_of_cpu();

	if (!space)
		return 0;
	HIDE_FROM_COMPILER(space);
	parse_frame(space, context);
	account_scratch_packet(space, 0);
	return 0;
}

/* What parse_plain has read, once more, to where the reporting functions look. */
__noinline int read_plain_frame_again(struct xdp_md *context)
{
	struct scratch_space *space = scratch_of_cpu();
	struct cursor cursor = {
		.data = (const __u8 *)(long)context->data,
		.data_end = (const __u8 *)(long)context->data_end,
	};

	if (!space)
		return 0;
	HIDE_FROM_COMPILER(space);
	begin_packet(&space->packet, &space->frame, space->frame.bytes);
	parse_plain(&cursor, &space->packet);
	return 0;
}

static __always_inline void count_frame(struct scratch_space *space, struct xdp_md *context, struct frame *frame)
{
	struct cursor cursor = {
		.data = (const __u8 *)(long)context->data,
		.data_end = (const __u8 *)(long)context->data_end,
	};
	struct packet packet;
	__u32 event_classes;

	frame->frames = 1;
	frame->bytes = cursor.data_end - cursor.data;
	frame->time = bpf_jiffies64();
	begin_local_packet(&packet, frame, frame->bytes);
	if (parse_plain(&cursor, &packet)) {
		event_classes = account_plain(frame, &packet, 0);
		if (!event_classes)
			return;
		store_frame(space, frame, event_classes);
		read_plain_frame_again(context);
	} else {
		store_frame(space, frame, 0);
		count_nested_frame(context);
	}
	if (space->event_classes)
		report_events_of_frame(context);
}

static __always_inline int monitor_frame(struct xdp_md *context)
{
	struct scratch_space *space = scratch_of_cpu();
	struct frame frame = {};

	if (!space)
		return XDP_PASS;
	HIDE_FROM_COMPILER(space);
	begin_run(space, PROGRAM_XDP);
	if (begin_frame(&frame, context->ingress_ifindex, DIRECTION_RECEIVED, PROGRAM_XDP))
		count_frame(space, context, &frame);
	end_run(space, &frame);
	return XDP_PASS;
}

SEC("xdp")
int network_monitor_xdp(struct xdp_md *context)
{
	return monitor_frame(context);
}

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

static __always_inline int monitor_frame(struct xdp_md *context)
{
	struct scratch_space *space = scratch_of_cpu();
	struct frame frame = {};
	struct cursor cursor;
	struct packet *packet;
	const __u8 *data = (const __u8 *)(long)context->data;
	const __u8 *data_end = (const __u8 *)(long)context->data_end;
	__u32 length = data_end - data;

	if (!space)
		return XDP_PASS;
	begin_run(space, PROGRAM_XDP);
	if (!begin_frame(&frame, context->ingress_ifindex, DIRECTION_RECEIVED, PROGRAM_XDP))
		return XDP_PASS;
	frame.frames = 1;
	frame.bytes = length;
	frame.time = bpf_jiffies64();
	packet = &space->packet;
	begin_packet(packet, &frame, length);
	cursor.data = data;
	cursor.data_end = data_end;
	cursor.padded = 0;
	if (!parse_plain(&cursor, packet))
		parse_nested_frame(context, packet);
	if (account_packet(&frame, packet))
		report_events_of_frame(context);
	end_run(space, &frame);
	return XDP_PASS;
}

SEC("xdp")
int network_monitor_xdp(struct xdp_md *context)
{
	return monitor_frame(context);
}

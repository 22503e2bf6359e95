/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* XDP, ingress: frames as they came off the wire, before GRO; all are passed on. */
#include "lib/entry.h"

SEC("xdp")
int network_monitor_xdp(struct xdp_md *context)
{
	struct frame frame = {};
	struct packet packet;
	__u32 length = context->data_end - context->data;

	if (!begin_frame(&frame, context->ingress_ifindex, DIRECTION_RECEIVED))
		return XDP_PASS;
	frame.frames = 1;
	frame.bytes = length;
	frame.time = bpf_jiffies64();
	begin_packet(&packet, &frame, context->data, context->data_end, length);
	parse_packet(&packet);
	account_packet(&frame, &packet);
	return XDP_PASS;
}

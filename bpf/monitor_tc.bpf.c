/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* TC, both directions: buffers of the kernel, counted as the frames that they are on the wire; the chain goes on behind us. */
#include "lib/entry.h"

static __always_inline int monitor_buffer(struct __sk_buff *buffer, __u32 direction)
{
	struct frame frame = {};
	struct packet packet;

	if (!begin_frame(&frame, buffer->ifindex, direction))
		return TC_ACT_UNSPEC;
	frame.frames = 1;
	frame.bytes = buffer->len;
	frame.time = bpf_jiffies64();
	begin_packet(&packet, &frame, buffer->data, buffer->data_end, buffer->len);
	parse_packet(&packet);
	account_packet(&frame, &packet);
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

/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* TC, both directions: buffers of the kernel, counted as the frames that they are on the wire; the chain goes on behind us. */
#include "lib/entry.h"

static __always_inline int monitor_buffer(struct __sk_buff *buffer, __u32 direction)
{
	struct frame frame = {};
	struct cursor cursor;
	struct packet *packet;

	if (!begin_frame(&frame, buffer->ifindex, direction))
		return TC_ACT_UNSPEC;
	frame.frames = 1;
	frame.bytes = buffer->len;
	frame.time = bpf_jiffies64();
	packet = begin_packet(&cursor, &frame, buffer->len);
	if (!packet)
		return TC_ACT_UNSPEC;
	cursor.data = (const __u8 *)(long)buffer->data;
	cursor.data_end = (const __u8 *)(long)buffer->data_end;
	cursor.padded = 0;
	parse_packet(&cursor, packet, frame.unknown_zero);
	account_packet(&frame, packet);
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

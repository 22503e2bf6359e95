/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* TC, both directions: buffers of the kernel, counted as the frames that they are on the wire; the chain goes on behind us. */
#include "lib/entry.h"
#include "lib/wire_size.h"

/* What is made linear where the parser has run out of bytes: more than the headers that it follows in practice. */
#define PULL_LENGTH 512

static __always_inline int monitor_buffer(struct __sk_buff *buffer, __u32 direction)
{
	struct frame frame = {};
	struct cursor cursor = {};
	struct packet *packet = 0;

	if (!begin_frame(&frame, buffer->ifindex, direction))
		return TC_ACT_UNSPEC;
	frame.frames = 1;
	frame.bytes = buffer->len;
	frame.time = bpf_jiffies64();
	for (int attempt = 0; attempt < 2; attempt++) {
		packet = begin_packet(&cursor, &frame, buffer->len);
		if (!packet)
			return TC_ACT_UNSPEC;
		if (buffer->vlan_present)
			add_vlan_tag(packet, buffer->vlan_tci);
		packet->large = !!buffer->gso_size;
		cursor.data = (const __u8 *)(long)buffer->data;
		cursor.data_end = (const __u8 *)(long)buffer->data_end;
		parse_packet(&cursor, packet, frame.unknown_zero);
		if (!packet->ran_out || attempt)
			break;
		/* Headers lie in the buffer's pages: rare, and worth a second reading. */
		if (bpf_skb_pull_data(buffer, buffer->len < PULL_LENGTH ? buffer->len : PULL_LENGTH))
			break;
	}
	count_as_on_the_wire(&frame, packet, buffer);
	if (account_packet(&frame, packet))
		report_facts_of_buffer(buffer);
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

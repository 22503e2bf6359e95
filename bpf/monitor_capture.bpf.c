/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Captures: the same way by BPF_PROG_TEST_RUN, with time and lengths from the capture (records.h, enum capture_cb). */
#include "lib/entry.h"

#define ETHERNET_FRAME_LENGTH_MAX 1522

/* As parse_nested_buffer, for data that may be longer than the frame. */
__noinline int parse_headers_of_capture(struct __sk_buff *buffer)
{
	struct cursor cursor = {
		.data = (const __u8 *)(long)buffer->data,
		.data_end = (const __u8 *)(long)buffer->data_end,
		.padded = 1,
	};
	struct packet *packet = scratch_packet();

	return packet ? parse_some_headers(&cursor, packet) : 1;
}

static __always_inline void parse_nested_capture(struct __sk_buff *buffer, struct packet *packet)
{
	for (int call = 0; call < PARSE_CALLS_MAX; call++) {
		if (parse_headers_of_capture(buffer))
			break;
	}
	settle_nested(packet);
}

SEC("tc")
int network_monitor_capture(struct __sk_buff *buffer)
{
	struct frame frame = {};
	struct cursor cursor;
	struct scratch_space *space = scratch_of_cpu();
	struct packet *packet;
	__u32 direction_and_delta = buffer->cb[CAPTURE_CB_DIRECTION_AND_DELTA];
	__u32 limit = buffer->cb[CAPTURE_CB_ORIGINAL_LENGTH];

	if (!space)
		return TC_ACT_UNSPEC;
	count_run(space, PROGRAM_CAPTURE);
	if (!begin_frame(&frame, buffer->mark, direction_and_delta & 1, PROGRAM_CAPTURE))
		return TC_ACT_UNSPEC;
	packet = &space->packet;
	frame.frames = 1;
	frame.bytes = limit;
	frame.time_is_ns = 1;
	frame.time = buffer->cb[CAPTURE_CB_TIME_LOW] | (__u64)buffer->cb[CAPTURE_CB_TIME_HIGH] << 32;
	limit += (__s16)(direction_and_delta >> 16);
	begin_packet(packet, &frame, limit);
	cursor.data = (const __u8 *)(long)buffer->data;
	cursor.data_end = (const __u8 *)(long)buffer->data_end;
	cursor.padded = 1;
	/* Longer than any frame with a tag and without jumbo frames: captured before segmentation, where lengths may be 0. */
	packet->large = frame.bytes > ETHERNET_FRAME_LENGTH_MAX;
	packet->available = buffer->cb[CAPTURE_CB_CAPTURED_LENGTH];
	if (!parse_plain(&cursor, packet))
		parse_nested_capture(buffer, packet);
	if (account_packet(&frame, packet))
		report_events_of_buffer(buffer);
	return TC_ACT_UNSPEC;
}

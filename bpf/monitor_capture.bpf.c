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

/* The parser's state is left where test/parser looks for it. */
__noinline int count_capture(struct __sk_buff *buffer)
{
	struct scratch_space *space = scratch_of_cpu();
	struct cursor cursor = {
		.data = (const __u8 *)(long)buffer->data,
		.data_end = (const __u8 *)(long)buffer->data_end,
		.padded = 1,
	};
	__u32 limit = buffer->cb[CAPTURE_CB_ORIGINAL_LENGTH];

	if (!space)
		return 0;
	HIDE_FROM_COMPILER(space);
	limit += (__s16)(buffer->cb[CAPTURE_CB_DIRECTION_AND_DELTA] >> 16);
	begin_packet(&space->packet, &space->frame, limit);
	/* Longer than any frame with a tag and without jumbo frames: captured before segmentation, where lengths may be 0. */
	space->packet.large = space->frame.bytes > ETHERNET_FRAME_LENGTH_MAX;
	space->packet.available = buffer->cb[CAPTURE_CB_CAPTURED_LENGTH];
	if (!parse_plain(&cursor, &space->packet))
		parse_nested_capture(buffer, &space->packet);
	account_scratch_packet(space, 0);
	return 0;
}

SEC("tc")
int network_monitor_capture(struct __sk_buff *buffer)
{
	struct scratch_space *space = scratch_of_cpu();
	struct frame frame = {};

	if (!space)
		return TC_ACT_UNSPEC;
	HIDE_FROM_COMPILER(space);
	count_run(space, PROGRAM_CAPTURE);
	if (!begin_frame(&frame, buffer->mark, buffer->cb[CAPTURE_CB_DIRECTION_AND_DELTA] & 1, PROGRAM_CAPTURE))
		return TC_ACT_UNSPEC;
	frame.frames = 1;
	frame.bytes = buffer->cb[CAPTURE_CB_ORIGINAL_LENGTH];
	frame.time_is_ns = 1;
	frame.time = buffer->cb[CAPTURE_CB_TIME_LOW] | (__u64)buffer->cb[CAPTURE_CB_TIME_HIGH] << 32;
	store_frame(space, &frame, 0);
	count_capture(buffer);
	if (space->event_classes)
		report_events_of_buffer(buffer);
	return TC_ACT_UNSPEC;
}

/* SPDX-License-Identifier: MIT */
/* The kernel's parser, compiled for user space: a frame in, struct packet out. */
#ifndef KNP_TEST_PARSER_USER_SPACE_H
#define KNP_TEST_PARSER_USER_SPACE_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "../../bpf/lib/parse.h"

struct frame_bytes {
	const uint8_t *data;
	uint32_t length;   /* captured */
	uint32_t original; /* on the wire */
	uint32_t link_kind;
	uint32_t outer;
	uint32_t large;
};

/* The data lies in an allocation of exactly its size, so that a read beyond it is seen. `plain`: with the short way first. */
static inline struct packet parse_in_user_space(const struct frame_bytes *frame, int plain)
{
	struct packet packet;
	uint8_t *data = malloc(frame->length ? frame->length : 1);
	struct cursor cursor = {.data = data, .data_end = data + frame->length, .padded = 1};

	memset(&packet, 0, sizeof(packet));
	memcpy(data, frame->data, frame->length);
	reset_packet(&packet, frame->original, frame->link_kind, 0, frame->outer);
	packet.large = frame->large;
	packet.available = frame->length;
	if (!plain || !parse_plain(&cursor, &packet))
		for (int call = 0; call < PARSE_CALLS_MAX && !parse_some_headers(&cursor, &packet); call++)
			;
	settle_nested(&packet);
	free(data);
	return packet;
}

/* The name of the first field that says something else of the frame, or NULL. */
static inline const char *first_difference(const struct packet *left, const struct packet *right)
{
#define COMPARE(field)                                                                                                         \
	if (left->field != right->field)                                                                                       \
	return #field
	COMPARE(protocol);
	COMPARE(rare);
	COMPARE(kind);
	COMPARE(ports);
	COMPARE(tags);
	COMPARE(tcp_flags);
	COMPARE(icmp);
	COMPARE(tunnel_id);
	COMPARE(header_end);
	COMPARE(events);
	if (packet_family(left) != FAMILY_NONE) {
		COMPARE(addresses[0]);
		COMPARE(network_position);
	}
	if (packet_family(left) == FAMILY_IPV6) {
		COMPARE(addresses[1]);
		COMPARE(addresses[2]);
		COMPARE(addresses[3]);
	}
#undef COMPARE
	return 0;
}

#endif

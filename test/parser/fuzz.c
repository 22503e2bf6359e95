// SPDX-License-Identifier: MIT
// libFuzzer: any bytes as a frame. Memory is ASan's to judge; here: both ways through the parser agree, and every number stays in its range.
#include "user_space.h"

#include <stdio.h>

#define REQUIRE(condition)                                                                                                     \
	do {                                                                                                                   \
		if (!(condition)) {                                                                                            \
			fprintf(stderr, "not so: %s\n", #condition);                                                           \
			abort();                                                                                               \
		}                                                                                                              \
	} while (0)

// The first byte of the input: how the frame is handed over.
enum how { HOW_RAW_IP = 1, HOW_OUTER = 2, HOW_LARGE = 4, HOW_CUT = 8 };

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
	if (size < 1 || size > 4096)
		return 0;
	const uint8_t how = input[0];
	struct frame_bytes frame = {
		.data = input + 1,
		.length = (uint32_t)size - 1,
		.original = (uint32_t)size - 1 + (how & HOW_CUT ? 1000 : 0),
		.link_kind = how & HOW_RAW_IP ? LINK_RAW_IP : LINK_ETHERNET,
		.outer = !!(how & HOW_OUTER),
		.large = !!(how & HOW_LARGE),
	};
	const struct packet nested = parse_in_user_space(&frame, 0);
	if (!(how & HOW_RAW_IP)) {
		const struct packet plain = parse_in_user_space(&frame, 1);
		const char *difference = first_difference(&nested, &plain);
		// Where the headers are too many, the short way's three aren't among those that were counted.
		if (difference && !((nested.rare | plain.rare) & RARE_DEPTH_EXCEEDED)) {
			fprintf(stderr, "the short way and the long one differ in %s\n", difference);
			abort();
		}
	}
	REQUIRE(nested.protocol <= PROTOCOL_LINK_TYPE);
	REQUIRE((nested.protocol == PROTOCOL_MALFORMED) == (packet_malformed_reason(&nested) != MALFORMED_NONE));
	REQUIRE(packet_malformed_reason(&nested) < MALFORMED_REASON_COUNT);
	REQUIRE((nested.rare & 0xffff) >> ENCAPSULATION_COUNT == 0);
	REQUIRE(packet_tag_count(&nested) <= PARSE_HEADERS_MAX);
	REQUIRE(packet_tunnel(&nested) <= TUNNEL_6IN4);
	REQUIRE(nested.limit <= frame.original);
	if (!(nested.kind & KIND_HAS_PORTS))
		REQUIRE(nested.ports == 0);
	if (packet_family(&nested) == FAMILY_NONE)
		REQUIRE(nested.kind == 0 && nested.protocol >= PROTOCOL_LLDP);
	if (packet_family(&nested) != FAMILY_NONE)
		REQUIRE(nested.network_position < frame.length);
	if (frame.outer)
		REQUIRE(packet_tunnel(&nested) == TUNNEL_NONE);
	return 0;
}

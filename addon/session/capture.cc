// SPDX-License-Identifier: MIT
// Runs frames by BPF_PROG_TEST_RUN, which accepts neither the shortest nor the longest frames.
#include "session/capture.h"

#include "host/native_error.h"

#include <algorithm>
#include <bpf/bpf.h>
#include <cerrno>
#include <cstring>
#include <linux/bpf.h>
#include <linux/if_ether.h>

namespace knp
{

namespace
{

constexpr uint32_t ethernetHeaderBytes = 14;
// The maximum that shortestTestFrame() returns.
constexpr uint32_t testFrameBytesMin = ethernetHeaderBytes + 40;
// A page less headroom and tailroom: the limit of kernels before 6.18, the lowest.
constexpr uint32_t testFrameBytesMax = 3520;

// Events of one call: as many bytes as the largest ring holds.
constexpr size_t eventBytesMax = 64 << 20;

// Below this BPF_PROG_TEST_RUN fails with EINVAL: an Ethernet header everywhere, and a whole IP header where the EtherType is IP
// (newer kernels). Shorter frames are padded; the program gets the true length separately.
uint32_t shortestTestFrame(const uint8_t *data, uint32_t length)
{
	if (length < ethernetHeaderBytes)
		return ethernetHeaderBytes;
	const uint32_t etherType = data[12] << 8 | data[13];
	if (etherType == ETH_P_IP)
		return ethernetHeaderBytes + 20;
	return etherType == ETH_P_IPV6 ? ethernetHeaderBytes + 40 : ethernetHeaderBytes;
}

} // namespace

Capture::Capture(MonitorObject &object) : object(object), ring(object.mapFd("events")) {}

CaptureResult Capture::run(const uint8_t *frames, size_t bytes)
{
	// Looked up in each call: the object may have been replaced between two of them.
	const int program = object.program("network_monitor_capture").fd;
	CaptureResult result = {};
	uint8_t paddedFrame[testFrameBytesMin];
	struct __sk_buff context = {};
	size_t at = 0;
	while (at < bytes) {
		struct capture_frame frame;
		if (bytes - at < sizeof(frame))
			throw NativeError::invalid("run captured frames", "the buffer ends inside a frame's header");
		memcpy(&frame, frames + at, sizeof(frame));
		at += sizeof(frame);
		const size_t room = (size_t(frame.captured_length) + 7) / 8 * 8;
		if (room > bytes - at)
			throw NativeError::invalid("run captured frames", "a frame is longer than what is left of the buffer");
		const uint8_t *data = frames + at;
		at += room;

		uint32_t length = std::min(frame.captured_length, testFrameBytesMax);
		context.mark = frame.interface_index;
		context.cb[CAPTURE_CB_CAPTURED_LENGTH] = length;
		context.cb[CAPTURE_CB_ORIGINAL_LENGTH] = frame.original_length;
		context.cb[CAPTURE_CB_TIME_LOW] = static_cast<uint32_t>(frame.time_ns);
		context.cb[CAPTURE_CB_TIME_HIGH] = static_cast<uint32_t>(frame.time_ns >> 32);
		context.cb[CAPTURE_CB_DIRECTION_AND_DELTA] =
			(frame.direction & 1u) | uint32_t(static_cast<uint16_t>(frame.link_length_delta)) << 16;
		if (const uint32_t shortest = shortestTestFrame(data, length); length < shortest) {
			memset(paddedFrame, 0, sizeof(paddedFrame));
			memcpy(paddedFrame, data, length);
			data = paddedFrame;
			length = shortest;
		}
		LIBBPF_OPTS(bpf_test_run_opts, test, .data_in = data, .data_size_in = length, .ctx_in = &context,
		            .ctx_size_in = sizeof(context));
		int failed = bpf_prog_test_run_opts(program, &test);
		if (failed)
			throw NativeError::fromErrno("run a captured frame", failed);
		ring.consume(result.events, eventBytesMax);
		result.lastTimeNs = frame.time_ns;
	}
	result.lost = ring.lost();
	return result;
}

} // namespace knp

// SPDX-License-Identifier: MIT
// Captures: frames run through the capture program by BPF_PROG_TEST_RUN, in order.
#pragma once

#include "events/event_ring.h"
#include "objects/monitor_object.h"

namespace knp
{

struct CaptureResult {
	EventBytes events;
	uint64_t lost;
	uint64_t lastTimeNs; // of the last frame; 0 without frames
};

class Capture
{
public:
	explicit Capture(MonitorObject &object);
	// Runs every capture_frame in the buffer. Throws if a header's length doesn't fit.
	CaptureResult run(const uint8_t *frames, size_t bytes);

private:
	MonitorObject &object;
	EventRing ring;
};

} // namespace knp

// SPDX-License-Identifier: MIT
// Reading the ring buffer of events: by a thread of its own (live), or in step with the frames (captures).
#pragma once

#include "host/file_descriptor.h"

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

struct ring_buffer;

namespace knp
{

using EventBytes = std::vector<uint8_t>;

// Events know their own length; a user's events are put behind it: a __u32 and four zero bytes.
enum class RecordFraming { SelfDescribing, LengthFirst };

// The consumer's side of the ring: whole records, one behind the other, each from a multiple of 8.
class EventRing
{
public:
	explicit EventRing(int mapFd, RecordFraming framing = RecordFraming::SelfDescribing);
	~EventRing();
	EventRing(const EventRing &) = delete;
	EventRing &operator=(const EventRing &) = delete;

	// Appends what is there to `into`, up to `bytesMax` of it in all; what doesn't fit is counted.
	void consume(EventBytes &into, size_t bytesMax);
	int pollFd() const;
	uint64_t lost() const { return lostEvents; }
	// The most bytes that have waited since the last call: at a reading, or now. On any thread.
	uint64_t takeRingHighWaterBytes();

private:
	static int take(void *self, void *data, size_t bytes);
	uint64_t waiting() const;

	const Mapping positions; // of consumer and producer, a page each
	std::atomic<uint64_t> mostWaiting{0};
	const RecordFraming framing;
	struct ring_buffer *ring;
	EventBytes *target = nullptr;
	size_t targetBytesMax = 0;
	uint64_t lostEvents = 0;
};

// Hands over what the ring holds, at most every 100 ms, from its own thread.
class EventThread
{
public:
	// `deliver` is called on the thread. Of more than `queuedBytesMax` that nobody has taken yet, events are refused and counted.
	EventThread(int mapFd, RecordFraming framing, size_t queuedBytesMax,
	            std::function<void(EventBytes &&, uint64_t lost)> deliver);
	~EventThread();

	// Ends the thread; what the ring still holds is appended to `into`. Returns what was lost in all.
	uint64_t finish(EventBytes &into, size_t bytesMax);

	uint64_t takeRingHighWaterBytes() { return ring.takeRingHighWaterBytes(); }

	// Hands over what the ring holds at this moment, on the caller's thread; in order with what the thread itself hands over.
	void handOver();

	// Bytes that JavaScript has taken off the queue.
	void taken(size_t bytes) { queuedBytes -= bytes; }

private:
	void run();
	void end();

	std::mutex reading; // from the ring to its delivery
	EventRing ring;
	const size_t queuedBytesMax;
	uint64_t lostBefore = 0;
	bool handedOver = false;
	std::function<void(EventBytes &&, uint64_t lost)> deliver;
	FileDescriptor wake; // eventfd: time to end
	std::atomic<size_t> queuedBytes{0};
	std::thread thread;
};

} // namespace knp

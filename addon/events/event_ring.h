// SPDX-License-Identifier: MIT
// Reads the ring buffer of events: on its own thread (live), or in step with the frames (captures).
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

// Events carry their own length; a user's events get a prefix with theirs: a __u32 and four zero bytes.
enum class RecordFraming { SelfDescribing, LengthFirst };

// The consumer's side of the ring: whole records, one after the other, each aligned to 8.
class EventRing
{
public:
	explicit EventRing(int mapFd, RecordFraming framing = RecordFraming::SelfDescribing);
	~EventRing();
	EventRing(const EventRing &) = delete;
	EventRing &operator=(const EventRing &) = delete;

	// Appends the waiting events to `into`, up to `bytesMax` in all; events that don't fit are counted as lost.
	void consume(EventBytes &into, size_t bytesMax);
	int pollFd() const;
	uint64_t lost() const { return lostEvents; }
	// Most bytes waiting since the last call: at a read, or now. Any thread.
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

// Delivers the ring's events from its own thread, at most every 100 ms.
class EventThread
{
public:
	// `deliver` is called on the thread. Events beyond `queuedBytesMax` not yet consumed are dropped and counted.
	EventThread(int mapFd, RecordFraming framing, size_t queuedBytesMax,
	            std::function<void(EventBytes &&, uint64_t lost)> deliver);
	~EventThread();

	// Ends the thread and appends the ring's remaining events to `into`. Returns the total number lost.
	uint64_t finish(EventBytes &into, size_t bytesMax);

	uint64_t takeRingHighWaterBytes() { return ring.takeRingHighWaterBytes(); }

	// Delivers the ring's events on the caller's thread, in order with the deliveries of the ring's thread.
	void handOver();

	// Bytes that JavaScript has consumed from the queue.
	void taken(size_t bytes) { queuedBytes -= bytes; }

private:
	void run();
	void end();

	std::mutex reading; // held from the read of the ring to the delivery
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

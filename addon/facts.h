// SPDX-License-Identifier: MIT
// Reading the ring buffer of facts: by a thread of its own (live), or in step with the frames (captures).
#pragma once

#include "owned.h"

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

using FactBytes = std::vector<uint8_t>;

// Facts know their own length; a user's events are put behind it: a __u32 and four zero bytes.
enum class RecordFraming { SelfDescribing, LengthFirst };

// The consumer's side of the ring: whole records, one behind the other, each from a multiple of 8.
class FactRing
{
public:
	explicit FactRing(int mapFd, RecordFraming framing = RecordFraming::SelfDescribing);
	~FactRing();
	FactRing(const FactRing &) = delete;
	FactRing &operator=(const FactRing &) = delete;

	// Appends what is there to `into`, up to `bytesMax` of it in all; what doesn't fit is counted.
	void consume(FactBytes &into, size_t bytesMax);
	int pollFd() const;
	uint64_t lost() const { return lostFacts; }
	// The most bytes that have waited since the last call: at a reading, or now. On any thread.
	uint64_t takeMostWaiting();

private:
	static int take(void *self, void *data, size_t bytes);
	uint64_t waiting() const;

	const Mapping positions; // of consumer and producer, a page each
	std::atomic<uint64_t> mostWaiting{0};
	const RecordFraming framing;
	struct ring_buffer *ring;
	FactBytes *target = nullptr;
	size_t targetBytesMax = 0;
	uint64_t lostFacts = 0;
};

// Hands over what the ring holds, at most every 100 ms, from its own thread.
class FactThread
{
public:
	// `deliver` is called on the thread. Of more than `queuedBytesMax` that nobody has taken yet, facts are refused and counted.
	FactThread(int mapFd, RecordFraming framing, size_t queuedBytesMax,
	           std::function<void(FactBytes &&, uint64_t lost)> deliver);
	~FactThread();

	// Ends the thread; what the ring still holds is appended to `into`. Returns what was lost in all.
	uint64_t finish(FactBytes &into, size_t bytesMax);

	uint64_t takeMostWaiting() { return ring.takeMostWaiting(); }

	// Hands over what the ring holds at this moment, on the caller's thread; in order with what the thread itself hands over.
	void handOver();

	// Bytes that JavaScript has taken off the queue.
	void taken(size_t bytes) { queuedBytes -= bytes; }

private:
	void run();
	void end();

	std::mutex reading; // from the ring to its delivery
	FactRing ring;
	const size_t queuedBytesMax;
	uint64_t lostBefore = 0;
	bool handedOver = false;
	std::function<void(FactBytes &&, uint64_t lost)> deliver;
	FileDescriptor wake; // eventfd: time to end
	std::atomic<size_t> queuedBytes{0};
	std::thread thread;
};

} // namespace knp

// SPDX-License-Identifier: MIT
// Reads the ring buffer, and the thread that does so.
#include "events/event_ring.h"

#include "host/native_error.h"
#include "privileges/signal_block.h"

#include <bpf/libbpf.h>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace knp
{

namespace
{

// Events are batched for this long: at most ten calls into JavaScript a second, and no event later than 100 ms.
constexpr int gatherMs = 90;

constexpr size_t alignment = 8;

} // namespace

EventRing::EventRing(int mapFd, RecordFraming framing)
	: positions(Mapping::readOnlyOfMap(mapFd, 2 * pageBytes(), "map the ring buffer's positions")), framing(framing),
	  ring(ring_buffer__new(mapFd, take, this, nullptr))
{
	if (!ring)
		throw NativeError::fromErrno("map the ring buffer", errno);
}

EventRing::~EventRing()
{
	ring_buffer__free(ring);
}

int EventRing::pollFd() const
{
	return ring_buffer__epoll_fd(ring);
}

int EventRing::take(void *self, void *data, size_t bytes)
{
	auto *ring = static_cast<EventRing *>(self);
	const size_t prefix = ring->framing == RecordFraming::LengthFirst ? alignment : 0;
	const size_t start = ring->target->size();
	const size_t end = start + prefix + (bytes + alignment - 1) / alignment * alignment;
	if (end > ring->targetBytesMax) {
		ring->lostEvents++;
		return 0;
	}
	ring->target->resize(end);
	if (prefix) {
		const auto length = static_cast<uint32_t>(bytes);
		memcpy(ring->target->data() + start, &length, sizeof(length));
	}
	memcpy(ring->target->data() + start + prefix, data, bytes);
	return 0;
}

uint64_t EventRing::waiting() const
{
	const auto *start = positions.as<uint8_t>();
	const auto *consumer = reinterpret_cast<const uint64_t *>(start);
	const auto *producer = reinterpret_cast<const uint64_t *>(start + pageBytes());
	// Read the consumer's position first: it never passes the producer's.
	const uint64_t read = __atomic_load_n(consumer, __ATOMIC_ACQUIRE);
	return __atomic_load_n(producer, __ATOMIC_ACQUIRE) - read;
}

uint64_t EventRing::takeRingHighWaterBytes()
{
	return std::max(mostWaiting.exchange(0), waiting());
}

void EventRing::consume(EventBytes &into, size_t bytesMax)
{
	mostWaiting = std::max(mostWaiting.load(), waiting());
	target = &into;
	targetBytesMax = bytesMax;
	int count = ring_buffer__consume(ring);
	target = nullptr;
	if (count < 0)
		throw NativeError::fromErrno("read the ring buffer", count);
}

EventThread::EventThread(int mapFd, RecordFraming framing, size_t queuedBytesMax,
                         std::function<void(EventBytes &&, uint64_t lost)> deliver)
	: ring(mapFd, framing), queuedBytesMax(queuedBytesMax), deliver(std::move(deliver)),
	  wake(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK))
{
	if (!wake.valid())
		throw NativeError::fromErrno("make an eventfd", errno);
	// Signals belong to Node's main thread.
	const SignalBlock undisturbed;
	thread = std::thread([this] { run(); });
}

EventThread::~EventThread()
{
	end();
}

void EventThread::end()
{
	if (!thread.joinable())
		return;
	uint64_t increment = 1;
	while (write(wake.get(), &increment, sizeof(increment)) < 0 && errno == EINTR) {
	}
	thread.join();
}

uint64_t EventThread::finish(EventBytes &into, size_t bytesMax)
{
	end();
	ring.consume(into, bytesMax);
	return ring.lost();
}

void EventThread::handOver()
{
	std::lock_guard<std::mutex> guard(reading);
	EventBytes events;
	ring.consume(events, queuedBytesMax - std::min(queuedBytesMax, queuedBytes.load()));
	handedOver = !events.empty() || ring.lost() != lostBefore;
	if (!handedOver)
		return;
	lostBefore = ring.lost();
	queuedBytes += events.size();
	deliver(std::move(events), lostBefore);
}

void EventThread::run()
{
	struct pollfd waited[2] = {{wake.get(), POLLIN, 0}, {ring.pollFd(), POLLIN, 0}};
	for (bool more = false;; more = handedOver) {
		// If the last read found events, the next one waits the full interval: one wake-up instead of two.
		if (!more) {
			if (poll(waited, 2, -1) < 0 && errno != EINTR)
				return;
			if (waited[0].revents)
				return;
		}
		// The ring has events: wait for more, unless it is time to end.
		if (poll(waited, 1, gatherMs) > 0)
			return;
		handOver();
	}
}

} // namespace knp

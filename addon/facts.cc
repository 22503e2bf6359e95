// SPDX-License-Identifier: MIT
// The ring buffer's consumer and its thread.
#include "facts.h"

#include "native_error.h"
#include "signal_block.h"

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

// Facts wait this long for company: ten calls into JavaScript a second at most, and none later than 100 ms.
constexpr int gatherMs = 90;

constexpr size_t alignment = 8;

} // namespace

FactRing::FactRing(int mapFd, RecordFraming framing)
	: positions(Mapping::readOnlyOfMap(mapFd, 2 * pageBytes(), "map the ring buffer's positions")), framing(framing),
	  ring(ring_buffer__new(mapFd, take, this, nullptr))
{
	if (!ring)
		throw NativeError::fromErrno("map the ring buffer", errno);
}

FactRing::~FactRing()
{
	ring_buffer__free(ring);
}

int FactRing::pollFd() const
{
	return ring_buffer__epoll_fd(ring);
}

int FactRing::take(void *self, void *data, size_t bytes)
{
	auto *ring = static_cast<FactRing *>(self);
	const size_t prefix = ring->framing == RecordFraming::LengthFirst ? alignment : 0;
	const size_t start = ring->target->size();
	const size_t end = start + prefix + (bytes + alignment - 1) / alignment * alignment;
	if (end > ring->targetBytesMax) {
		ring->lostFacts++;
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

uint64_t FactRing::waiting() const
{
	const auto *start = positions.as<uint8_t>();
	const auto *consumer = reinterpret_cast<const uint64_t *>(start);
	const auto *producer = reinterpret_cast<const uint64_t *>(start + pageBytes());
	// The consumer's first: it never passes the producer's.
	const uint64_t read = __atomic_load_n(consumer, __ATOMIC_ACQUIRE);
	return __atomic_load_n(producer, __ATOMIC_ACQUIRE) - read;
}

uint64_t FactRing::takeMostWaiting()
{
	return std::max(mostWaiting.exchange(0), waiting());
}

void FactRing::consume(FactBytes &into, size_t bytesMax)
{
	mostWaiting = std::max(mostWaiting.load(), waiting());
	target = &into;
	targetBytesMax = bytesMax;
	int count = ring_buffer__consume(ring);
	target = nullptr;
	if (count < 0)
		throw NativeError::fromErrno("read the ring buffer", count);
}

FactThread::FactThread(int mapFd, RecordFraming framing, size_t queuedBytesMax,
                       std::function<void(FactBytes &&, uint64_t lost)> deliver)
	: ring(mapFd, framing), queuedBytesMax(queuedBytesMax), deliver(std::move(deliver)),
	  wake(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK))
{
	if (!wake.valid())
		throw NativeError::fromErrno("make an eventfd", errno);
	// Signals belong to Node's main thread.
	const SignalBlock undisturbed;
	thread = std::thread([this] { run(); });
}

FactThread::~FactThread()
{
	end();
}

void FactThread::end()
{
	if (!thread.joinable())
		return;
	uint64_t one = 1;
	while (write(wake.get(), &one, sizeof(one)) < 0 && errno == EINTR) {
	}
	thread.join();
}

uint64_t FactThread::finish(FactBytes &into, size_t bytesMax)
{
	end();
	ring.consume(into, bytesMax);
	return ring.lost();
}

void FactThread::handOver()
{
	std::lock_guard<std::mutex> guard(reading);
	FactBytes facts;
	ring.consume(facts, queuedBytesMax - std::min(queuedBytesMax, queuedBytes.load()));
	handedOver = !facts.empty() || ring.lost() != lostBefore;
	if (!handedOver)
		return;
	lostBefore = ring.lost();
	queuedBytes += facts.size();
	deliver(std::move(facts), lostBefore);
}

void FactThread::run()
{
	struct pollfd waited[2] = {{wake.get(), POLLIN, 0}, {ring.pollFd(), POLLIN, 0}};
	for (bool more = false;; more = handedOver) {
		// Where the last look found some, the next one follows as late as it may: one wake-up in place of two.
		if (!more) {
			if (poll(waited, 2, -1) < 0 && errno != EINTR)
				return;
			if (waited[0].revents)
				return;
		}
		// The ring has news: let more come, unless it is time to end.
		if (poll(waited, 1, gatherMs) > 0)
			return;
		handOver();
	}
}

} // namespace knp

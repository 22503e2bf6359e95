// SPDX-License-Identifier: MIT
// Passes events from the event thread to JavaScript through a bounded queue: by a callback, or read by polling.
#pragma once

#include "events/event_ring.h"

#include <deque>
#include <memory>
#include <mutex>
#include <node_api.h>
#include <utility>

namespace knp
{

class EventDelivery
{
public:
	// Calls `callback(events, lost)` on the thread of `env`. The callback is a hidden property of `holder`, a weak reference, so
	// that a callback which references its session doesn't keep it alive.
	EventDelivery(napi_env env, int mapFd, napi_ref holder, RecordFraming framing = RecordFraming::SelfDescribing);
	// No callback: events wait for `read`, up to so many bytes. A reader that polls once a second wakes once a second.
	EventDelivery(napi_env env, int mapFd, size_t waitingBytesMax);
	~EventDelivery();
	// The queued events and those in the ring now, in order, and the total number lost. Delivery goes on.
	EventBytes read(uint64_t &lost);
	// Ends the delivery and returns the queued events and those in the ring, in order, and the total number lost. Later calls return nothing.
	EventBytes takeRest(uint64_t &lost);
	// High-water mark of the ring, as in EventRing; after the end, once, the last value.
	uint64_t takeRingHighWaterBytes() { return thread ? thread->takeRingHighWaterBytes() : std::exchange(mostAtEnd, 0); }
	// `{events, lost}` of takeRest and of read.
	static napi_value restObject(napi_env env, EventDelivery *delivery);
	napi_value readObject(napi_env env);
	bool isRead() const { return holder == nullptr; }
	static void setCallback(napi_env env, napi_value holder, napi_value callback);
	EventDelivery(const EventDelivery &) = delete;
	EventDelivery &operator=(const EventDelivery &) = delete;

private:
	static void call(napi_env env, napi_value, void *context, void *data);
	static void stopAtThreadEnd(void *self);
	static napi_value objectOf(napi_env env, const EventBytes &events, uint64_t lost);
	void begin(int mapFd, RecordFraming framing, size_t waitingBytesMax);
	void accept(EventBytes &&events, uint64_t lost);
	void stop();

	// Read by the thread, not yet passed to JavaScript.
	struct Parcel {
		EventBytes events;
		uint64_t lost;
	};
	std::deque<Parcel> takeWaiting();

	std::mutex mutex;
	std::deque<Parcel> waiting;
	napi_env env;
	napi_ref holder;
	napi_threadsafe_function function = nullptr; // null where events are polled
	uint64_t lostAtRead = 0;
	bool threadEnded = false;         // the JavaScript thread's cleanup hooks have run
	std::atomic<bool> closing{false}; // Node has closed the function: it must not be used again
	std::unique_ptr<EventThread> thread;
	uint64_t mostAtEnd = 0;
};

} // namespace knp

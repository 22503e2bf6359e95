// SPDX-License-Identifier: MIT
// From the event thread to JavaScript, through a bounded queue: a callback is called soon, or somebody reads when it suits.
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
	// that a callback which knows its session doesn't keep it alive.
	EventDelivery(napi_env env, int mapFd, napi_ref holder, RecordFraming framing = RecordFraming::SelfDescribing);
	// Nobody is called: events wait for `read`, up to so many bytes. Who works once a second is woken once a second.
	EventDelivery(napi_env env, int mapFd, size_t waitingBytesMax);
	~EventDelivery();
	// All that waits and what the ring holds at this moment, in order, and how many were lost in all. It goes on.
	EventBytes read(uint64_t &lost);
	// Ends the delivery: what waits for JavaScript and what the ring holds, in order, and how many were lost in all. Once; then nothing.
	EventBytes takeRest(uint64_t &lost);
	// Of the ring, as EventRing has it; after its end once what came before.
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

	// What the thread has read and JavaScript has not taken.
	struct Parcel {
		EventBytes events;
		uint64_t lost;
	};
	std::deque<Parcel> takeWaiting();

	std::mutex mutex;
	std::deque<Parcel> waiting;
	napi_env env;
	napi_ref holder;
	napi_threadsafe_function function = nullptr; // none where events are read
	uint64_t lostAtRead = 0;
	bool threadEnded = false;         // JavaScript's: its hooks have run
	std::atomic<bool> closing{false}; // Node has closed the function: it mustn't be touched again
	std::unique_ptr<EventThread> thread;
	uint64_t mostAtEnd = 0;
};

} // namespace knp

// SPDX-License-Identifier: MIT
// Delivers events to JavaScript. Teardown order matters: the thread is joined before Node closes the function that it calls.
#include "events/event_delivery.h"

#include "host/native_error.h"

#include <cerrno>
#include <cstring>

namespace knp
{

namespace
{

// Limit after the thread has ended: more than a ring can hold.
constexpr size_t restBytesMax = 16 << 20;

// Bytes that may wait for a callback: some 10,000 events. A slower reader loses events and gets their count.
constexpr size_t calledBytesMax = 4 << 20;

// Size of the parcels that wait to be read: without merging, eleven a second would be as many buffers.
constexpr size_t parcelBytes = 256 << 10;

constexpr const char *callbackProperty = "eventsCallback";

// A single parcel is moved, not copied.
void append(EventBytes &all, EventBytes &&next)
{
	if (all.empty())
		all = std::move(next);
	else
		all.insert(all.end(), next.begin(), next.end());
}

} // namespace

EventDelivery::EventDelivery(napi_env env, int mapFd, napi_ref holder, RecordFraming framing) : env(env), holder(holder)
{
	napi_value name;
	napi_create_string_utf8(env, "kubenetprobe-top events", NAPI_AUTO_LENGTH, &name);
	// No queue limit of Node's: the thread bounds the bytes.
	if (napi_create_threadsafe_function(env, nullptr, nullptr, name, 0, 1, nullptr, nullptr, this, call, &function) !=
	    napi_ok)
		throw NativeError{"EUNKNOWN", "make the queue of events", 0, "Node-API refused"};
	// Events alone don't keep the process running.
	napi_unref_threadsafe_function(env, function);
	begin(mapFd, framing, calledBytesMax);
}

EventDelivery::EventDelivery(napi_env env, int mapFd, size_t waitingBytesMax) : env(env), holder(nullptr)
{
	begin(mapFd, RecordFraming::SelfDescribing, waitingBytesMax);
}

void EventDelivery::begin(int mapFd, RecordFraming framing, size_t waitingBytesMax)
{
	// Hooks run last in, first out: this hook before the function's own.
	napi_add_env_cleanup_hook(env, stopAtThreadEnd, this);
	try {
		thread = std::make_unique<EventThread>(
			mapFd, framing, waitingBytesMax,
			[this](EventBytes &&events, uint64_t lost) { accept(std::move(events), lost); });
	} catch (...) {
		napi_remove_env_cleanup_hook(env, stopAtThreadEnd, this);
		stop();
		throw;
	}
}

void EventDelivery::accept(EventBytes &&events, uint64_t lost)
{
	if (closing)
		return;
	{
		std::lock_guard<std::mutex> guard(mutex);
		if (!function && !waiting.empty() && waiting.back().events.size() < parcelBytes) {
			append(waiting.back().events, std::move(events));
			waiting.back().lost = lost;
		} else {
			waiting.push_back({std::move(events), lost});
		}
	}
	if (function && napi_call_threadsafe_function(function, nullptr, napi_tsfn_nonblocking) == napi_closing)
		closing = true;
}

void EventDelivery::setCallback(napi_env env, napi_value holder, napi_value callback)
{
	// Not enumerable: inspecting a session doesn't show it.
	napi_property_descriptor property = {callbackProperty,
	                                     nullptr,
	                                     nullptr,
	                                     nullptr,
	                                     nullptr,
	                                     callback,
	                                     static_cast<napi_property_attributes>(napi_writable | napi_configurable),
	                                     nullptr};
	napi_define_properties(env, holder, 1, &property);
}

EventDelivery::~EventDelivery()
{
	if (!threadEnded)
		napi_remove_env_cleanup_hook(env, stopAtThreadEnd, this);
	stop();
}

void EventDelivery::stopAtThreadEnd(void *self)
{
	auto *delivery = static_cast<EventDelivery *>(self);
	delivery->threadEnded = true;
	delivery->stop();
}

void EventDelivery::stop()
{
	thread.reset();
	if (function && !closing)
		napi_release_threadsafe_function(function, napi_tsfn_abort);
	function = nullptr;
}

std::deque<EventDelivery::Parcel> EventDelivery::takeWaiting()
{
	std::lock_guard<std::mutex> guard(mutex);
	std::deque<Parcel> taken;
	taken.swap(waiting);
	return taken;
}

EventBytes EventDelivery::takeRest(uint64_t &lost)
{
	EventBytes rest;
	lost = 0;
	if (!thread)
		return rest;
	EventBytes last;
	mostAtEnd = thread->takeRingHighWaterBytes();
	lost = thread->finish(last, restBytesMax);
	thread.reset();
	for (Parcel &parcel : takeWaiting())
		append(rest, std::move(parcel.events));
	append(rest, std::move(last));
	return rest;
}

EventBytes EventDelivery::read(uint64_t &lost)
{
	EventBytes all;
	if (thread) {
		thread->handOver();
		for (Parcel &parcel : takeWaiting()) {
			thread->taken(parcel.events.size());
			lostAtRead = parcel.lost;
			append(all, std::move(parcel.events));
		}
	}
	lost = lostAtRead;
	return all;
}

napi_value EventDelivery::readObject(napi_env env)
{
	uint64_t lost;
	const EventBytes events = read(lost);
	return objectOf(env, events, lost);
}

napi_value EventDelivery::restObject(napi_env env, EventDelivery *delivery)
{
	uint64_t lost = 0;
	EventBytes rest;
	if (delivery)
		rest = delivery->takeRest(lost);
	return objectOf(env, rest, lost);
}

napi_value EventDelivery::objectOf(napi_env env, const EventBytes &events, uint64_t lost)
{
	napi_value object, buffer, count;
	void *bytes;
	if (napi_create_object(env, &object) != napi_ok ||
	    napi_create_arraybuffer(env, events.size(), &bytes, &buffer) != napi_ok ||
	    napi_create_double(env, static_cast<double>(lost), &count) != napi_ok)
		throw NativeError{"EUNKNOWN", "take the events", 0, "Node-API refused"};
	if (!events.empty())
		memcpy(bytes, events.data(), events.size());
	napi_set_named_property(env, object, "events", buffer);
	napi_set_named_property(env, object, "lost", count);
	return object;
}

// A call may find the parcels of several calls, and the next call none.
void EventDelivery::call(napi_env env, napi_value, void *context, void *)
{
	if (!env)
		return; // closed meanwhile
	auto *delivery = static_cast<EventDelivery *>(context);
	if (!delivery->thread)
		return;
	std::deque<Parcel> parcels = delivery->takeWaiting();
	for (const Parcel &parcel : parcels)
		delivery->thread->taken(parcel.events.size());
	napi_value object, callback, arguments[2];
	if (napi_get_reference_value(env, delivery->holder, &object) != napi_ok || !object ||
	    napi_get_named_property(env, object, callbackProperty, &callback) != napi_ok)
		return;
	// The callback may close the delivery: only locals are used from here.
	for (const Parcel &parcel : parcels) {
		void *bytes;
		if (napi_create_arraybuffer(env, parcel.events.size(), &bytes, &arguments[0]) != napi_ok ||
		    napi_create_double(env, static_cast<double>(parcel.lost), &arguments[1]) != napi_ok)
			return;
		if (!parcel.events.empty())
			memcpy(bytes, parcel.events.data(), parcel.events.size());
		// An exception of the callback becomes an uncaught exception, as with every other event.
		if (napi_call_function(env, object, callback, 2, arguments, nullptr) != napi_ok)
			return;
	}
}

} // namespace knp

// SPDX-License-Identifier: MIT
// The order of ending matters: the thread is joined before Node closes the function that it calls.
#include "fact_delivery.h"

#include "native_error.h"

#include <cerrno>
#include <cstring>

namespace knp
{

namespace
{

// After the thread has ended: what a ring can hold, and more.
constexpr size_t restBytesMax = 16 << 20;

// What may wait for a callback: some 10,000 facts. A reader that is so far behind loses, and is told.
constexpr size_t calledBytesMax = 4 << 20;

// Of parcels that wait to be read: eleven a second would be as many buffers.
constexpr size_t parcelBytes = 256 << 10;

constexpr const char *callbackProperty = "factsCallback";

// One parcel alone is moved, not copied.
void append(FactBytes &all, FactBytes &&next)
{
	if (all.empty())
		all = std::move(next);
	else
		all.insert(all.end(), next.begin(), next.end());
}

} // namespace

FactDelivery::FactDelivery(napi_env env, int mapFd, napi_ref holder, RecordFraming framing) : env(env), holder(holder)
{
	napi_value name;
	napi_create_string_utf8(env, "kubenetprobe-top facts", NAPI_AUTO_LENGTH, &name);
	// Without a limit of Node's own: the thread bounds the bytes.
	if (napi_create_threadsafe_function(env, nullptr, nullptr, name, 0, 1, nullptr, nullptr, this, call, &function) !=
	    napi_ok)
		throw NativeError{"EUNKNOWN", "make the queue of facts", 0, "Node-API refused"};
	// Facts alone don't keep a program running.
	napi_unref_threadsafe_function(env, function);
	begin(mapFd, framing, calledBytesMax);
}

FactDelivery::FactDelivery(napi_env env, int mapFd, size_t waitingBytesMax) : env(env), holder(nullptr)
{
	begin(mapFd, RecordFraming::SelfDescribing, waitingBytesMax);
}

void FactDelivery::begin(int mapFd, RecordFraming framing, size_t waitingBytesMax)
{
	// Hooks run last in, first out: this one before the function's own.
	napi_add_env_cleanup_hook(env, stopAtThreadEnd, this);
	try {
		thread =
			std::make_unique<FactThread>(mapFd, framing, waitingBytesMax, [this](FactBytes &&facts, uint64_t lost) {
				accept(std::move(facts), lost);
			});
	} catch (...) {
		napi_remove_env_cleanup_hook(env, stopAtThreadEnd, this);
		stop();
		throw;
	}
}

void FactDelivery::accept(FactBytes &&facts, uint64_t lost)
{
	if (closing)
		return;
	{
		std::lock_guard<std::mutex> guard(mutex);
		if (!function && !waiting.empty() && waiting.back().facts.size() < parcelBytes) {
			append(waiting.back().facts, std::move(facts));
			waiting.back().lost = lost;
		} else {
			waiting.push_back({std::move(facts), lost});
		}
	}
	if (function && napi_call_threadsafe_function(function, nullptr, napi_tsfn_nonblocking) == napi_closing)
		closing = true;
}

void FactDelivery::setCallback(napi_env env, napi_value holder, napi_value callback)
{
	// Not enumerable, so that inspecting a session doesn't show it.
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

FactDelivery::~FactDelivery()
{
	if (!threadEnded)
		napi_remove_env_cleanup_hook(env, stopAtThreadEnd, this);
	stop();
}

void FactDelivery::stopAtThreadEnd(void *self)
{
	auto *delivery = static_cast<FactDelivery *>(self);
	delivery->threadEnded = true;
	delivery->stop();
}

void FactDelivery::stop()
{
	thread.reset();
	if (function && !closing)
		napi_release_threadsafe_function(function, napi_tsfn_abort);
	function = nullptr;
}

std::deque<FactDelivery::Parcel> FactDelivery::takeWaiting()
{
	std::lock_guard<std::mutex> guard(mutex);
	std::deque<Parcel> taken;
	taken.swap(waiting);
	return taken;
}

FactBytes FactDelivery::takeRest(uint64_t &lost)
{
	FactBytes rest;
	lost = 0;
	if (!thread)
		return rest;
	FactBytes last;
	mostAtEnd = thread->takeMostWaiting();
	lost = thread->finish(last, restBytesMax);
	thread.reset();
	for (Parcel &parcel : takeWaiting())
		append(rest, std::move(parcel.facts));
	append(rest, std::move(last));
	return rest;
}

FactBytes FactDelivery::read(uint64_t &lost)
{
	FactBytes all;
	if (thread) {
		thread->handOver();
		for (Parcel &parcel : takeWaiting()) {
			thread->taken(parcel.facts.size());
			lostAtRead = parcel.lost;
			append(all, std::move(parcel.facts));
		}
	}
	lost = lostAtRead;
	return all;
}

napi_value FactDelivery::readObject(napi_env env)
{
	uint64_t lost;
	const FactBytes facts = read(lost);
	return objectOf(env, facts, lost);
}

napi_value FactDelivery::restObject(napi_env env, FactDelivery *delivery)
{
	uint64_t lost = 0;
	FactBytes rest;
	if (delivery)
		rest = delivery->takeRest(lost);
	return objectOf(env, rest, lost);
}

napi_value FactDelivery::objectOf(napi_env env, const FactBytes &facts, uint64_t lost)
{
	napi_value object, buffer, count;
	void *bytes;
	if (napi_create_object(env, &object) != napi_ok ||
	    napi_create_arraybuffer(env, facts.size(), &bytes, &buffer) != napi_ok ||
	    napi_create_double(env, static_cast<double>(lost), &count) != napi_ok)
		throw NativeError{"EUNKNOWN", "take the facts", 0, "Node-API refused"};
	if (!facts.empty())
		memcpy(bytes, facts.data(), facts.size());
	napi_set_named_property(env, object, "facts", buffer);
	napi_set_named_property(env, object, "lost", count);
	return object;
}

// One call may find the parcels of several, and the next one none.
void FactDelivery::call(napi_env env, napi_value, void *context, void *)
{
	if (!env)
		return; // closed meanwhile
	auto *delivery = static_cast<FactDelivery *>(context);
	if (!delivery->thread)
		return;
	std::deque<Parcel> parcels = delivery->takeWaiting();
	for (const Parcel &parcel : parcels)
		delivery->thread->taken(parcel.facts.size());
	napi_value object, callback, arguments[2];
	if (napi_get_reference_value(env, delivery->holder, &object) != napi_ok || !object ||
	    napi_get_named_property(env, object, callbackProperty, &callback) != napi_ok)
		return;
	// The callback may close the delivery: from here on only locals are touched.
	for (const Parcel &parcel : parcels) {
		void *bytes;
		if (napi_create_arraybuffer(env, parcel.facts.size(), &bytes, &arguments[0]) != napi_ok ||
		    napi_create_double(env, static_cast<double>(parcel.lost), &arguments[1]) != napi_ok)
			return;
		if (!parcel.facts.empty())
			memcpy(bytes, parcel.facts.data(), parcel.facts.size());
		// What the callback throws becomes an uncaught exception, as with every other event.
		if (napi_call_function(env, object, callback, 2, arguments, nullptr) != napi_ok)
			return;
	}
}

} // namespace knp

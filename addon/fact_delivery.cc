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

constexpr const char *callbackProperty = "factsCallback";

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
	// Hooks run last in, first out: this one before the function's own.
	napi_add_env_cleanup_hook(env, stopAtThreadEnd, this);
	try {
		thread = std::make_unique<FactThread>(mapFd, framing, [this](FactBytes &&facts, uint64_t lost) {
			if (closing)
				return;
			{
				std::lock_guard<std::mutex> guard(mutex);
				waiting.push_back({std::move(facts), lost});
			}
			if (napi_call_threadsafe_function(function, nullptr, napi_tsfn_nonblocking) == napi_closing)
				closing = true;
		});
	} catch (...) {
		napi_remove_env_cleanup_hook(env, stopAtThreadEnd, this);
		stop();
		throw;
	}
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
	if (function)
		napi_remove_env_cleanup_hook(env, stopAtThreadEnd, this);
	stop();
}

void FactDelivery::stopAtThreadEnd(void *self)
{
	static_cast<FactDelivery *>(self)->stop();
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
	for (const Parcel &parcel : takeWaiting())
		rest.insert(rest.end(), parcel.facts.begin(), parcel.facts.end());
	rest.insert(rest.end(), last.begin(), last.end());
	return rest;
}

napi_value FactDelivery::restObject(napi_env env, FactDelivery *delivery)
{
	uint64_t lostCount = 0;
	FactBytes rest;
	if (delivery)
		rest = delivery->takeRest(lostCount);
	napi_value object, facts, lost;
	void *bytes;
	if (napi_create_object(env, &object) != napi_ok ||
	    napi_create_arraybuffer(env, rest.size(), &bytes, &facts) != napi_ok ||
	    napi_create_double(env, static_cast<double>(lostCount), &lost) != napi_ok)
		throw NativeError{"EUNKNOWN", "take the last facts", 0, "Node-API refused"};
	if (!rest.empty())
		memcpy(bytes, rest.data(), rest.size());
	napi_set_named_property(env, object, "facts", facts);
	napi_set_named_property(env, object, "lost", lost);
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

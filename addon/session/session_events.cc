// SPDX-License-Identifier: MIT
// The methods of a session that hand out events: by a callback, when somebody reads, and the last ones.
#include "session/session.h"

#include "javascript/javascript.h"
#include "host/native_error.h"

#include <memory>

namespace knp
{

void Session::gatherKernelEvents(const Napi::CallbackInfo &info)
{
	guarded(info.Env(), [&] {
		SessionCore &session = open("gather events");
		if (session.object.capture)
			throw NativeError::invalid("gather events", "captures deliver their events with runFrames()");
		if (events)
			throw NativeError::invalid("gather events", "they go somewhere already");
		const uint32_t bytesMax = numberArgument(info[0], "bytesMax", 4096, 1u << 30);
		events = std::make_unique<EventDelivery>(env, session.object.mapFd("events"), size_t(bytesMax));
	});
}

Napi::Value Session::readKernelEvents(const Napi::CallbackInfo &info)
{
	return guarded(info.Env(), [&] {
		open("read events");
		if (!events || !events->isRead())
			throw NativeError::invalid("read events", "gatherKernelEvents() comes first");
		return Napi::Value(info.Env(), events->readObject(info.Env()));
	});
}

Napi::Value Session::takeKernelEvents(const Napi::CallbackInfo &info)
{
	return guarded(info.Env(), [&] {
		open("take the last events");
		return Napi::Value(info.Env(), EventDelivery::restObject(info.Env(), events.get()));
	});
}

Napi::Value Session::takeRingHighWaterBytes(const Napi::CallbackInfo &info)
{
	return Napi::Number::New(info.Env(), events ? static_cast<double>(events->takeRingHighWaterBytes()) : 0);
}

void Session::onKernelEvents(const Napi::CallbackInfo &info)
{
	guarded(info.Env(), [&] {
		SessionCore &session = open("receive events");
		if (session.object.capture)
			throw NativeError::invalid("receive events", "captures deliver their events with runFrames()");
		if (!info[0].IsFunction() && !info[0].IsNull())
			throw NativeError::invalid("receive events", "callback must be a function or null");
		if (events && events->isRead() && !info[0].IsNull())
			throw NativeError::invalid("receive events", "they are gathered already");
		EventDelivery::setCallback(env, info.This(), info[0]);
		if (info[0].IsNull())
			events.reset();
		else if (!events)
			events = std::make_unique<EventDelivery>(env, session.object.mapFd("events"),
			                                         static_cast<napi_ref>(*this));
	});
}

} // namespace knp

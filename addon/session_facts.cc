// SPDX-License-Identifier: MIT
// The methods of a session that hand out facts: by a callback, when somebody reads, and the last ones.
#include "session.h"

#include "javascript.h"
#include "native_error.h"

#include <memory>

namespace knp
{

void Session::gatherFacts(const Napi::CallbackInfo &info)
{
	guarded(info.Env(), [&] {
		SessionCore &session = open("gather facts");
		if (session.object.capture)
			throw NativeError::invalid("gather facts", "captures deliver their facts with runFrames()");
		if (facts)
			throw NativeError::invalid("gather facts", "they go somewhere already");
		const uint32_t bytesMax = numberArgument(info[0], "bytesMax", 4096, 1u << 30);
		facts = std::make_unique<FactDelivery>(env, session.object.mapFd("facts"), size_t(bytesMax));
	});
}

Napi::Value Session::readFacts(const Napi::CallbackInfo &info)
{
	return guarded(info.Env(), [&] {
		open("read facts");
		if (!facts || !facts->isRead())
			throw NativeError::invalid("read facts", "gatherFacts() comes first");
		return Napi::Value(info.Env(), facts->readObject(info.Env()));
	});
}

Napi::Value Session::takeFacts(const Napi::CallbackInfo &info)
{
	return guarded(info.Env(), [&] {
		open("take the last facts");
		return Napi::Value(info.Env(), FactDelivery::restObject(info.Env(), facts.get()));
	});
}

Napi::Value Session::takeMostWaiting(const Napi::CallbackInfo &info)
{
	return Napi::Number::New(info.Env(), facts ? static_cast<double>(facts->takeMostWaiting()) : 0);
}

void Session::onFacts(const Napi::CallbackInfo &info)
{
	guarded(info.Env(), [&] {
		SessionCore &session = open("receive facts");
		if (session.object.capture)
			throw NativeError::invalid("receive facts", "captures deliver their facts with runFrames()");
		if (!info[0].IsFunction() && !info[0].IsNull())
			throw NativeError::invalid("receive facts", "callback must be a function or null");
		if (facts && facts->isRead() && !info[0].IsNull())
			throw NativeError::invalid("receive facts", "they are gathered already");
		FactDelivery::setCallback(env, info.This(), info[0]);
		if (info[0].IsNull())
			facts.reset();
		else if (!facts)
			facts = std::make_unique<FactDelivery>(env, session.object.mapFd("facts"),
			                                       static_cast<napi_ref>(*this));
	});
}

} // namespace knp

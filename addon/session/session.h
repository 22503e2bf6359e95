// SPDX-License-Identifier: MIT
// The Session class of contract.ts: one loaded object with its maps, programs and attachments.
#pragma once

#include "attach/attachments.h"
#include "session/capture.h"
#include "drain/drain.h"
#include "events/event_delivery.h"
#include "objects/monitor_object.h"

#include <atomic>
#include <memory>
#include <napi.h>

namespace knp
{

// State shared with work off the main thread; lives until the last of it has ended.
struct SessionCore {
	explicit SessionCore(const ObjectOptions &options) : object(options), drain(object)
	{
		if (options.capture)
			capture = std::make_unique<Capture>(object);
	}

	MonitorObject object;
	Drain drain;
	std::unique_ptr<Capture> capture;
	std::atomic<bool> busy{false}; // a drain or frames running
	std::shared_ptr<LoadedObject> prepared;
};

class Session : public Napi::ObjectWrap<Session>
{
public:
	static Napi::Function define(Napi::Env env);
	explicit Session(const Napi::CallbackInfo &info);
	~Session() override;

private:
	void setInterface(const Napi::CallbackInfo &info);
	Napi::Value addInterface(const Napi::CallbackInfo &info);
	void removeInterface(const Napi::CallbackInfo &info);
	void setFeatures(const Napi::CallbackInfo &info);
	void setSampleRate(const Napi::CallbackInfo &info);
	Napi::Value attach(const Napi::CallbackInfo &info);
	void detach(const Napi::CallbackInfo &info);
	Napi::Value query(const Napi::CallbackInfo &info);
	Napi::Value drain(const Napi::CallbackInfo &info);
	void release(const Napi::CallbackInfo &info);
	void onKernelEvents(const Napi::CallbackInfo &info);
	void gatherKernelEvents(const Napi::CallbackInfo &info);
	Napi::Value readKernelEvents(const Napi::CallbackInfo &info);
	Napi::Value takeKernelEvents(const Napi::CallbackInfo &info);
	Napi::Value takeRingHighWaterBytes(const Napi::CallbackInfo &info);
	Napi::Value runFrames(const Napi::CallbackInfo &info);
	Napi::Value programs(const Napi::CallbackInfo &info);
	Napi::Value maps(const Napi::CallbackInfo &info);
	Napi::Value prepare(const Napi::CallbackInfo &info);
	void commit(const Napi::CallbackInfo &info);
	Napi::Value mapBytes(const Napi::CallbackInfo &info);
	void enableStatistics(const Napi::CallbackInfo &info);
	void disableStatistics(const Napi::CallbackInfo &info);
	void close(const Napi::CallbackInfo &info);

	static void closeAtThreadEnd(void *self);
	void closeAll();
	SessionCore &open(const char *operation) const;

	napi_env env;
	std::shared_ptr<SessionCore> core;
	Attachments attachments;
	std::unique_ptr<EventDelivery> events;
	FileDescriptor statistics;
};

} // namespace knp

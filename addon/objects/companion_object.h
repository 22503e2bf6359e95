// SPDX-License-Identifier: MIT
// The CompanionObject class of contract.ts: a BPF object beside the monitor's, with its maps, programs and attachments.
#pragma once

#include "attach/attachments.h"
#include "objects/loaded_object.h"

#include <memory>
#include <napi.h>

namespace knp
{

class CompanionObject : public Napi::ObjectWrap<CompanionObject>
{
public:
	static Napi::Function define(Napi::Env env);
	explicit CompanionObject(const Napi::CallbackInfo &info);
	~CompanionObject() override;

private:
	// Shared with a preparation running on another thread.
	struct Core {
		std::string name;
		std::shared_ptr<LoadedObject> object;
		std::shared_ptr<LoadedObject> prepared;
		Attachments attachments;
	};

	Napi::Value programs(const Napi::CallbackInfo &info);
	Napi::Value refused(const Napi::CallbackInfo &info);
	Napi::Value maps(const Napi::CallbackInfo &info);
	Napi::Value attach(const Napi::CallbackInfo &info);
	void detach(const Napi::CallbackInfo &info);
	void setEnabled(const Napi::CallbackInfo &info);
	Napi::Value walk(const Napi::CallbackInfo &info);
	Napi::Value prepare(const Napi::CallbackInfo &info);
	void commit(const Napi::CallbackInfo &info);
	void close(const Napi::CallbackInfo &info);

	static void closeAtThreadEnd(void *self);
	void closeAll();
	Core &open(const char *operation) const;

	napi_env env;
	std::shared_ptr<Core> core;
};

// Adds Map and CompanionObject to the addon's exports.
void defineCompanionObjects(Napi::Env env, Napi::Object exports);

} // namespace knp

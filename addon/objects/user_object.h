// SPDX-License-Identifier: MIT
// The UserObject class of contract.ts: a user's BPF object with its maps, programs and attachments.
#pragma once

#include "attach/attachment.h"
#include "objects/loaded_object.h"

#include <map>
#include <memory>
#include <napi.h>

namespace knp
{

class UserObject : public Napi::ObjectWrap<UserObject>
{
public:
	static Napi::Function define(Napi::Env env);
	explicit UserObject(const Napi::CallbackInfo &info);
	~UserObject() override;

private:
	struct Attached {
		std::string program;
		std::unique_ptr<Attachment> attachment;
	};
	// Shared with a preparation under way on another thread.
	struct Core {
		std::string name;
		std::shared_ptr<LoadedObject> object;
		std::shared_ptr<LoadedObject> prepared;
		std::map<uint32_t, Attached> attachments;
	};

	Napi::Value programs(const Napi::CallbackInfo &info);
	Napi::Value maps(const Napi::CallbackInfo &info);
	Napi::Value attach(const Napi::CallbackInfo &info);
	void detach(const Napi::CallbackInfo &info);
	Napi::Value prepare(const Napi::CallbackInfo &info);
	void commit(const Napi::CallbackInfo &info);
	void close(const Napi::CallbackInfo &info);

	static void closeAtThreadEnd(void *self);
	void closeAll();
	Core &open(const char *operation) const;

	napi_env env;
	std::shared_ptr<Core> core;
	uint32_t lastAttachment = 0;
};

// Adds Map and UserObject to what `require` returns.
void defineUserObjects(Napi::Env env, Napi::Object exports);

} // namespace knp

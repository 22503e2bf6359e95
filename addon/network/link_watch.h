// SPDX-License-Identifier: MIT
// What changed in the list of network interfaces, as the kernel multicasts it: asked without waiting, one system call where nothing has.
#pragma once

#include "host/file_descriptor.h"

#include <napi.h>

namespace knp
{

// LinkWatch of NativeModule.
class LinkWatch : public Napi::ObjectWrap<LinkWatch>
{
public:
	static Napi::Function define(Napi::Env env);
	explicit LinkWatch(const Napi::CallbackInfo &info);

private:
	Napi::Value read(const Napi::CallbackInfo &info);
	void close(const Napi::CallbackInfo &info);

	FileDescriptor socket;
};

} // namespace knp

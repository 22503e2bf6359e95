// SPDX-License-Identifier: MIT
// Changes of the network interfaces, from the kernel's RTNLGRP_LINK multicast: polled without blocking, one system call if nothing changed.
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

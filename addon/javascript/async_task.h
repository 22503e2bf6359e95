// SPDX-License-Identifier: MIT
// Work on libuv's threads that resolves a promise; plain Node-API calls, since an ending thread must not get exceptions.
#pragma once

#include "host/native_error.h"

#include <functional>
#include <memory>
#include <node_api.h>

namespace knp
{

class AsyncTask
{
public:
	virtual ~AsyncTask() = default;
	// Takes ownership of the task and returns its promise; nullptr if Node refused, then the task is deleted.
	static napi_value start(napi_env env, const char *name, std::unique_ptr<AsyncTask> task);

protected:
	virtual void execute() = 0;                  // on another thread; may throw NativeError
	virtual napi_value result(napi_env env) = 0; // on JavaScript's thread, after success; nullptr: the thread is ending

private:
	static void executeOnThread(napi_env env, void *self);
	static void onComplete(napi_env env, napi_status status, void *self);

	napi_async_work work = nullptr;
	napi_deferred deferred = nullptr;
	std::unique_ptr<NativeError> error;
};

} // namespace knp

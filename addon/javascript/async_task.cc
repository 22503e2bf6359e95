// SPDX-License-Identifier: MIT
// Queues the work, then resolves or rejects its promise.
#include "javascript/async_task.h"

#include "javascript/javascript.h"

#include <exception>

namespace knp
{

napi_value AsyncTask::start(napi_env env, const char *name, std::unique_ptr<AsyncTask> task)
{
	napi_value promise, resource;
	if (napi_create_string_utf8(env, name, NAPI_AUTO_LENGTH, &resource) != napi_ok)
		return nullptr;
	AsyncTask *raw = task.get();
	if (napi_create_async_work(env, nullptr, resource, executeOnThread, onComplete, raw, &raw->work) != napi_ok)
		return nullptr;
	if (napi_create_promise(env, &raw->deferred, &promise) != napi_ok || napi_queue_async_work(env, raw->work) != napi_ok) {
		napi_delete_async_work(env, raw->work);
		return nullptr;
	}
	task.release();
	return promise;
}

void AsyncTask::executeOnThread(napi_env, void *self)
{
	auto *task = static_cast<AsyncTask *>(self);
	try {
		task->execute();
	} catch (const NativeError &error) {
		task->error = std::make_unique<NativeError>(error);
	} catch (const std::exception &error) {
		task->error = std::make_unique<NativeError>(NativeError::fromException(error));
	}
}

void AsyncTask::onComplete(napi_env env, napi_status status, void *self)
{
	std::unique_ptr<AsyncTask> task(static_cast<AsyncTask *>(self));
	napi_delete_async_work(env, task->work);
	// An ending thread cancels the work, or every call fails: then the promise has no waiters.
	if (status == napi_cancelled)
		return;
	napi_value value = task->error ? nullptr : task->result(env);
	const bool failed = !value;
	if (failed)
		value = makeErrorObject(
			env, task->error ? *task->error : NativeError{"EUNKNOWN", "hand over a result", 0, "Node-API refused"});
	if (!value)
		return;
	if (failed)
		napi_reject_deferred(env, task->deferred, value);
	else
		napi_resolve_deferred(env, task->deferred, value);
}

} // namespace knp

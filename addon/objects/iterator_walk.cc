// SPDX-License-Identifier: MIT
// The task behind walk().
#include "objects/iterator_walk.h"

#include "javascript/async_task.h"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <unistd.h>
#include <vector>

namespace knp
{

namespace
{

class WalkTask : public AsyncTask
{
public:
	WalkTask(FileDescriptor walk, size_t bytesMax) : walk(std::move(walk)), bytesMax(bytesMax) {}

protected:
	void execute() override
	{
		std::vector<uint8_t> piece(64 * 1024);
		for (;;) {
			ssize_t length = read(walk.get(), piece.data(), piece.size());
			// A program that returns 1 is called again for the same object, once its output has been read.
			if (length < 0 && (errno == EINTR || errno == EAGAIN))
				continue;
			if (length < 0)
				throw NativeError::fromErrno("walk an iterator", errno);
			if (length == 0)
				return;
			const size_t taken = std::min(static_cast<size_t>(length), bytesMax - output.size());
			output.insert(output.end(), piece.begin(), piece.begin() + static_cast<long>(taken));
			complete &= taken == static_cast<size_t>(length);
		}
	}

	napi_value result(napi_env env) override
	{
		napi_value object, buffer, whole;
		void *into;
		if (napi_create_object(env, &object) != napi_ok ||
		    napi_create_arraybuffer(env, output.size(), &into, &buffer) != napi_ok ||
		    napi_get_boolean(env, complete, &whole) != napi_ok)
			return nullptr;
		if (!output.empty())
			memcpy(into, output.data(), output.size());
		napi_set_named_property(env, object, "output", buffer);
		napi_set_named_property(env, object, "complete", whole);
		return object;
	}

private:
	const FileDescriptor walk;
	const size_t bytesMax;
	std::vector<uint8_t> output;
	bool complete = true;
};

} // namespace

Napi::Value startWalk(Napi::Env env, FileDescriptor walk, size_t bytesMax)
{
	napi_value promise =
		AsyncTask::start(env, "kubenetprobe-top walk", std::make_unique<WalkTask>(std::move(walk), bytesMax));
	if (!promise)
		throw NativeError{"EUNKNOWN", "walk an iterator", 0, "Node-API refused to queue work"};
	return Napi::Value(env, promise);
}

} // namespace knp

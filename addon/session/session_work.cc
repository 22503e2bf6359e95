// SPDX-License-Identifier: MIT
// The drain and the frames as asynchronous tasks.
#include "session/session_work.h"

#include "javascript/async_task.h"
#include "session/session.h"

#include <cerrno>
#include <cstring>

namespace knp
{

namespace
{

// Lock for one task at a time: acquired on JavaScript's thread, released when the promise is resolved or rejected.
class Turn
{
public:
	Turn(std::shared_ptr<SessionCore> core, const char *operation) : core(std::move(core))
	{
		if (this->core->busy.exchange(true))
			throw NativeError::fromErrno(operation, EBUSY, "one at a time: the last one has not ended");
	}
	~Turn() { core->busy = false; }
	Turn(const Turn &) = delete;

	const std::shared_ptr<SessionCore> core;
};

// Keeps a block alive as long as JavaScript references it.
struct Lease {
	std::shared_ptr<BatchMemory> memory;
	Mapping block;
};

void endLease(napi_env, void *, void *hint)
{
	std::unique_ptr<Lease> lease(static_cast<Lease *>(hint));
	lease->memory->giveBack(std::move(lease->block));
}

class DrainTask : public AsyncTask
{
public:
	explicit DrainTask(std::shared_ptr<SessionCore> core) : turn(std::move(core), "drain") {}

protected:
	void execute() override { batch = turn.core->drain.run(); }

	napi_value result(napi_env env) override
	{
		auto lease = std::make_unique<Lease>(Lease{turn.core->drain.memory, std::move(batch.memory)});
		napi_value buffer;
		if (napi_create_external_arraybuffer(env, lease->block.as<void>(), batch.bytes, endLease, lease.get(),
		                                     &buffer) != napi_ok)
			return nullptr;
		lease.release();
		return buffer;
	}

private:
	Turn turn;
	Batch batch;
};

class FramesTask : public AsyncTask
{
public:
	FramesTask(napi_env env, std::shared_ptr<SessionCore> core, napi_value buffer, size_t bytes)
		: turn(std::move(core), "run captured frames"), env(env), bytes(bytes)
	{
		void *start;
		size_t room;
		if (napi_get_arraybuffer_info(env, buffer, &start, &room) != napi_ok || bytes > room)
			throw NativeError::invalid("run captured frames", "length must lie within the ArrayBuffer");
		frames = static_cast<const uint8_t *>(start);
		// Holds a reference: the buffer must not be collected while it is read.
		napi_create_reference(env, buffer, 1, &held);
	}
	~FramesTask() override { napi_delete_reference(env, held); }

protected:
	void execute() override
	{
		outcome = turn.core->capture->run(frames, bytes);
		if (outcome.lastTimeNs)
			turn.core->drain.setCaptureTime(outcome.lastTimeNs);
	}

	napi_value result(napi_env env) override
	{
		napi_value object, events, lost;
		void *into;
		if (napi_create_object(env, &object) != napi_ok ||
		    napi_create_arraybuffer(env, outcome.events.size(), &into, &events) != napi_ok ||
		    napi_create_double(env, static_cast<double>(outcome.lost), &lost) != napi_ok)
			return nullptr;
		if (!outcome.events.empty())
			memcpy(into, outcome.events.data(), outcome.events.size());
		napi_set_named_property(env, object, "events", events);
		napi_set_named_property(env, object, "lost", lost);
		return object;
	}

private:
	Turn turn;
	napi_env env;
	napi_ref held = nullptr;
	const uint8_t *frames = nullptr;
	size_t bytes;
	CaptureResult outcome = {};
};

napi_value startOrThrow(napi_env env, const char *name, std::unique_ptr<AsyncTask> task)
{
	napi_value promise = AsyncTask::start(env, name, std::move(task));
	if (!promise)
		throw NativeError{"EUNKNOWN", name, 0, "Node-API refused to queue work"};
	return promise;
}

} // namespace

napi_value startDrain(napi_env env, std::shared_ptr<SessionCore> core)
{
	return startOrThrow(env, "kubenetprobe-top drain", std::make_unique<DrainTask>(std::move(core)));
}

napi_value startFrames(napi_env env, std::shared_ptr<SessionCore> core, napi_value frames, size_t bytes)
{
	return startOrThrow(env, "kubenetprobe-top frames", std::make_unique<FramesTask>(env, std::move(core), frames, bytes));
}

} // namespace knp

// SPDX-License-Identifier: MIT
// The task behind prepare().
#include "objects/prepare_task.h"

#include "javascript/javascript.h"

namespace knp
{

namespace
{

class PrepareTask : public AsyncTask
{
public:
	PrepareTask(std::function<void()> load, std::function<void()> done) : load(std::move(load)), done(std::move(done)) {}

protected:
	void execute() override { load(); }

	napi_value result(napi_env env) override
	{
		done();
		napi_value nothing;
		return napi_get_undefined(env, &nothing) == napi_ok ? nothing : nullptr;
	}

private:
	std::function<void()> load;
	std::function<void()> done;
};

} // namespace

std::vector<uint8_t> objectArgument(const Napi::Value &value)
{
	if (!value.IsTypedArray())
		throw NativeError::invalid("read the arguments", "object must be a Uint8Array");
	const auto array = value.As<Napi::TypedArray>();
	const auto *start = static_cast<const uint8_t *>(array.ArrayBuffer().Data()) + array.ByteOffset();
	return std::vector<uint8_t>(start, start + array.ByteLength());
}

NextVersion nextVersionArguments(const Napi::CallbackInfo &info)
{
	NextVersion next = {objectArgument(info[0]), {}};
	if (!info[1].IsArray())
		throw NativeError::invalid("read the arguments", "kept maps must be an array of names");
	const auto list = info[1].As<Napi::Array>();
	for (uint32_t index = 0; index < list.Length(); index++)
		next.kept.push_back(textArgument(list.Get(index), "map name"));
	return next;
}

Napi::Value startPreparation(Napi::Env env, std::function<void()> load, std::function<void()> done)
{
	auto task = std::make_unique<PrepareTask>(std::move(load), std::move(done));
	napi_value promise = AsyncTask::start(env, "kubenetprobe-top load", std::move(task));
	if (!promise)
		throw NativeError{"EUNKNOWN", "load BPF object", 0, "Node-API refused to queue work"};
	return Napi::Value(env, promise);
}

} // namespace knp

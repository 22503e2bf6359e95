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

Napi::Value startPreparation(Napi::Env env, std::function<void()> load, std::function<void()> done)
{
	auto task = std::make_unique<PrepareTask>(std::move(load), std::move(done));
	napi_value promise = AsyncTask::start(env, "kubenetprobe-top load", std::move(task));
	if (!promise)
		throw NativeError{"EUNKNOWN", "load BPF object", 0, "Node-API refused to queue work"};
	return Napi::Value(env, promise);
}

} // namespace knp
